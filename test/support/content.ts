import { randomBytes } from 'node:crypto'
import { chmod, open } from 'node:fs/promises'
import { join } from 'node:path'

import { openDiskArrivalStore, openDiskPartStore, openDiskXorbStore } from '../../src/adapters/disk/index.ts'
import { openSqlite } from '../../src/adapters/sqlite/index.ts'
import {
  createContent,
  type Content,
  type ContentDeps,
  type ContentEvents,
  type Problem,
  type XorbStore,
} from '../../src/content/index.ts'
import { createWorkerPool } from '../../src/content/work/index.ts'
import type { Database } from '../../src/database/index.ts'
import type { Clock } from '../../src/kernel/time.ts'
import { temporaryFolder } from './folder.ts'

/** A content store over a folder, with the public repositories `kigali` and `quito` and the private `geneva`. */
export interface TestContent extends AsyncDisposable {
  readonly content: Content
  readonly database: Database
  readonly xorbs: XorbStore
  readonly folder: string
  /** Names of the events so far. */
  readonly events: readonly string[]
  readonly clock: Clock
  /** Moves the clock. */
  wait(milliseconds: number): void
  /** Everything the doctor finds. */
  problems(): Promise<readonly Problem[]>
}

/** What a test puts between the store and its parts, to make them fail. */
export type Wrap = (deps: ContentDeps) => ContentDeps

/** A content store in a folder of its own; everything is gone when it is disposed. */
export async function temporaryContent(wrap?: Wrap): Promise<TestContent> {
  await using owned = new AsyncDisposableStack()
  const folder = owned.use(await temporaryFolder())
  const test = owned.use(await openTestContent(folder.path, wrap))
  const rest = owned.move()
  return { ...test, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** Opens what a folder holds, or an empty one; the folder stays when it is disposed. */
export async function openTestContent(folder: string, wrap: Wrap = (deps) => deps): Promise<TestContent> {
  await using owned = new AsyncDisposableStack()
  const database = owned.use(openSqlite(join(folder, 'node.db')))
  await addRepositories(database)
  const xorbs = owned.use(await openDiskXorbStore(folder, randomBytes))
  const parts = await openDiskPartStore(folder)
  const arrivalFiles = await openDiskArrivalStore(folder)
  const work = owned.use(createWorkerPool())
  const { events, told } = recordEvents()
  let now = Date.UTC(2026, 10, 24)
  const clock = () => now
  const content = createContent(
    wrap({ database, xorbs, parts, arrivalFiles, work, clock, random: randomBytes, events }),
  )
  const rest = owned.move()
  return {
    content,
    database,
    xorbs,
    folder,
    clock,
    events: told,
    wait(milliseconds) {
      now += milliseconds
    },
    problems: () => Array.fromAsync(content.doctor()),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

async function addRepositories(database: Database): Promise<void> {
  const member = {
    id: 'member',
    handle: 'nairobi',
    display_name: 'Nairobi',
    url: null,
    created_at: 0,
    hosted: 1 as const,
  }
  await database.write(async (tx) => {
    await tx
      .insertInto('member')
      .values(member)
      .onConflict((row) => row.doNothing())
      .execute()
    for (const name of ['kigali', 'quito', 'geneva']) {
      await tx
        .insertInto('repository')
        .values({
          id: name,
          member_id: member.id,
          kind: 'model',
          namespace: 'nairobi',
          name,
          key: `nairobi/${name}`,
          visibility: name === 'geneva' ? 'private' : 'public',
          gated: 'no',
          created_at: 0,
          modified_at: 0,
        })
        .onConflict((row) => row.doNothing())
        .execute()
    }
  })
}

function recordEvents(): { readonly events: ContentEvents; readonly told: readonly string[] } {
  const told: string[] = []
  const events = {
    fileStored: () => void told.push('fileStored'),
    xorbStored: () => void told.push('xorbStored'),
    contentDamaged: () => void told.push('contentDamaged'),
    fileErased: () => void told.push('fileErased'),
    leftoversRemoved: () => void told.push('leftoversRemoved'),
  }
  return { events, told }
}

/** Bytes as they arrive from a network: pieces of `size`. */
export async function* inPieces(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

/** The whole of a body. */
export async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  return Buffer.concat(await Array.fromAsync(body))
}

/** Where the bytes of a stored xorb lie. */
export async function pathOfXorb({ database, xorbs }: TestContent, hash: string): Promise<string> {
  const row = await database.read
    .selectFrom('xorb')
    .select('location')
    .where('hash', '=', hash)
    .executeTakeFirstOrThrow()
  return xorbs.path(row.location)
}

/** Flips one bit of a stored file, behind everybody's back. */
export async function flipBit(path: string, at: number): Promise<void> {
  await chmod(path, 0o644)
  await using file = await open(path, 'r+')
  const byte = new Uint8Array(1)
  await file.read(byte, 0, 1, at)
  await file.write(
    byte.map((value) => value ^ 1),
    0,
    1,
    at,
  )
}
