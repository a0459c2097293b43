import { chmod, mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { z } from 'zod'

import { type Failure, failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { writeDurable } from './durable.ts'
import { isMissing } from './missing.ts'

/** The version of the folder's layout and tables that this program writes: the same number as the tables' own. */
export const FORMAT_VERSION = 2

const SOCKET = 'node.sock'
const DATABASE = 'ayni.db'

/**
 * A node's data folder, held by this process alone until disposed (docs/spec/data-folder.md).
 * The lock belongs to the process: it goes with it, however it ends.
 */
export interface DataFolder extends AsyncDisposable {
  /** Absolute. */
  readonly path: string
  /** Path of the database file, which exists and is its owner's only. */
  readonly database: string
  /** Path of the socket through which the running node is administered. */
  readonly socket: string
}

/**
 * Opens a data folder, making one where nothing is or an empty folder is, and moves an older format's version forward:
 * from then on older programs refuse it. Refused, with nothing in it touched: `dataFolderNewer`, `dataFolderForeign`, and
 * `databaseGone` where members have keys or logs and the database is not there: a new one would begin their logs again;
 * `dataFolderInUse`, with the holder's `socket` as detail, while another process holds it. `wanted` `existing` makes nothing: refused with `notSetUp`.
 */
export async function openDataFolder(
  path: string,
  wanted: 'existing' | 'any' = 'any',
): Promise<Result<DataFolder>> {
  const folder = resolve(path)
  const before = await inspect(folder)
  if (before.kind === 'unusable') return fail(before.failure)
  if (before.kind === 'new' && wanted === 'existing') return fail(failure('notSetUp'))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const lock = await takeLock(join(folder, 'lock'))
  if (!lock) return fail(failure('dataFolderInUse', { path: folder, socket: join(folder, SOCKET) }))
  // What was seen before the lock may have changed until it was held.
  const found = await inspect(folder)
  if (found.kind === 'unusable') {
    lock.close()
    return fail(found.failure)
  }
  if (found.kind === 'new' || found.version < FORMAT_VERSION) await stamp(folder)
  const database = join(folder, DATABASE)
  await makePrivateFile(database) // SQLite gives its log files the permissions of the database
  return succeed({
    path: folder,
    database,
    socket: join(folder, SOCKET),
    async [Symbol.asyncDispose]() {
      lock.close()
    },
  })
}

type Inspection =
  | { readonly kind: 'new' }
  | { readonly kind: 'ours'; readonly version: number }
  | { readonly kind: 'unusable'; readonly failure: Failure }

// A folder in the making has these first; a mounted volume begins with the last one.
const NOTHING_YET = new Set(['lock', 'ayni.json.tmp', 'lost+found'])

const Stamp = z.object({ format: z.literal('ayni-data-folder'), version: z.int().min(1) })

/** Looks without touching. */
async function inspect(folder: string): Promise<Inspection> {
  const names = await namesIn(folder)
  if (names === null) return { kind: 'new' }
  if (names.every((name) => NOTHING_YET.has(name))) return { kind: 'new' }
  const found = names.includes('ayni.json') ? await readStamp(join(folder, 'ayni.json')) : null
  if (found === null) return { kind: 'unusable', failure: failure('dataFolderForeign', { path: folder }) }
  if (found.version <= FORMAT_VERSION)
    return (await isWithoutDatabase(folder))
      ? { kind: 'unusable', failure: failure('databaseGone', { path: folder }) }
      : { kind: 'ours', version: found.version }
  const detail = { path: folder, found: found.version, known: FORMAT_VERSION }
  return { kind: 'unusable', failure: failure('dataFolderNewer', detail) }
}

/** Whether members have keys or logs here and no database says so. An empty file is none: SQLite would make it one. */
async function isWithoutDatabase(folder: string): Promise<boolean> {
  const database = await stat(join(folder, DATABASE)).catch(nullWhenMissing)
  if (database && database.size > 0) return false
  const [keys, logs] = [await namesIn(join(folder, 'keys')), await namesIn(join(folder, 'logs'))]
  return [...(keys ?? []), ...(logs ?? [])].length > 0
}

function nullWhenMissing(cause: unknown): null {
  if (isMissing(cause)) return null
  throw cause
}

/** Null when nothing is there. A file where the folder should be is foreign: it has one name that is not ours. */
async function namesIn(folder: string): Promise<string[] | null> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR') return [folder]
    if (isMissing(cause)) return null
    throw cause
  }
}

async function readStamp(path: string): Promise<z.infer<typeof Stamp> | null> {
  const text = await readFile(path, 'utf8')
  try {
    return Stamp.parse(JSON.parse(text))
  } catch {
    return null // somebody else's file of that name: the folder is foreign
  }
}

async function stamp(folder: string): Promise<void> {
  const path = join(folder, 'ayni.json')
  await writeDurable(
    path,
    `${JSON.stringify({ format: 'ayni-data-folder', version: FORMAT_VERSION } satisfies z.infer<typeof Stamp>)}\n`,
  )
  await chmod(path, 0o600)
}

const SQLITE_BUSY = 5

/**
 * Holds an exclusive SQLite transaction on an empty database: Node has no flock, and the operating system frees
 * SQLite's lock when the process dies. Null when another process, or this one, holds it already.
 */
async function takeLock(path: string): Promise<DatabaseSync | null> {
  await makePrivateFile(path)
  const lock = new DatabaseSync(path)
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive') // no journal file beside it
    return lock
  } catch (cause) {
    lock.close()
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) return null
    throw cause
  }
}

/**
 * Makes an empty file, its owner's only, unless there is one. One that exists is not opened: closing it would drop
 * every POSIX lock this process holds on it.
 */
async function makePrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'ax', 0o600)
    await file.close()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
  }
}
