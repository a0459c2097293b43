import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { z } from 'zod'

import { fromUtf8 } from '../../kernel/bytes.ts'
import { Origin, partsOfOrigin } from '../../kernel/names.ts'
import { type LogFiles, MAX_NOTE_BYTES, parseCheckpoint, parseNote } from '../../log/tlog/index.ts'
import { CommandFailure } from '../failures.ts'
import { FIRST_CONTACT } from '../hub/http.ts'
import { download, filesAtUrl, filesInFolder } from './log-files.ts'

const MAX_ANSWER_BYTES = 1024 * 1024

/** Where a log lies, and what is known of it before any of its files is read. */
export interface LogLocation {
  readonly files: LogFiles
  /** What its host, or the person, calls it; null when nobody did. */
  readonly origin: string | null
  /** The entries that named new keys, as far as its host says. */
  readonly keysAt: readonly number[]
}

const Log = z.object({
  origin: z.string(),
  prefix: z.string(),
  keysAt: z.array(z.int().min(0)).max(1000).default([]),
})

/** What a node says of itself; the first log is its own. */
const Announcement = z.object({
  logs: z.array(Log).min(1),
})

/** Finds the log that a person means: at a node, at the address of a log itself, or in a folder. */
export async function locateLog(
  place: string,
  origin: string | null,
  signal: AbortSignal,
): Promise<LogLocation> {
  if (!/^https?:\/\//i.test(place))
    return { files: filesInFolder(resolve(place), signal), origin, keysAt: [] }
  const url = place.replace(/\/+$/, '')
  const announced = await readAnnouncement(url, signal)
  if (!announced) return { files: filesAtUrl(url, signal), origin, keysAt: [] }
  const found = origin === null ? announced.logs[0] : announced.logs.find((log) => log.origin === origin)
  if (!found) throw new CommandFailure(`${url} has no log ${origin}.`)
  const files = filesAtUrl(prefixOf(found.prefix, url), signal)
  return { files, origin: found.origin, keysAt: found.keysAt }
}

/**
 * Finds every log that a person means: all that were carried here, in one folder or in several of which one goes on from the other, or the one
 * of {@link locateLog}.
 */
export async function locateLogs(
  place: string,
  origin: string | null,
  signal: AbortSignal,
): Promise<readonly LogLocation[]> {
  const isFolder = !/^https?:\/\//i.test(place)
  const folders = isFolder ? place.split(',').map((folder) => resolve(folder)) : []
  const carried = [...new Set((await Promise.all(folders.map(originsIn))).flat())].toSorted()
  const wanted = origin === null ? carried : carried.filter((each) => each === origin)
  if (wanted.length > 0)
    return wanted.map((each) => ({
      files: filesInAny(folders.map((folder) => filesInFolder(join(folder, placeInCarry(each)), signal))),
      origin: each,
      keysAt: [],
    }))
  if (carried.length > 0) throw new CommandFailure(`${place} has no log ${origin}.`)
  const located = await locateLog(place, origin, signal)
  const named = Origin.safeParse(origin)
  if (isFolder || !named.success || (await located.files.read('checkpoint', MAX_NOTE_BYTES))) return [located]
  // A web server that serves a carry: the log lies where the carry has it.
  const url = `${place.replace(/\/+$/, '')}/${placeInCarry(named.data)}`
  return [{ files: filesAtUrl(url, signal), origin: named.data, keysAt: [] }]
}

/** The newest checkpoint of several folders; everything else where the first one has it. */
function filesInAny(folders: readonly LogFiles[]): LogFiles {
  return {
    async read(path, maxBytes) {
      const found: Uint8Array[] = []
      for (const folder of folders) {
        const bytes = await folder.read(path, maxBytes)
        if (bytes && path !== 'checkpoint') return bytes
        if (bytes) found.push(bytes)
      }
      return found.toSorted((left, right) => sizeIn(right) - sizeIn(left))[0] ?? null
    },
  }
}

/** How many entries a checkpoint says that it covers. */
function sizeIn(checkpoint: Uint8Array): number {
  const note = parseNote(checkpoint)
  return (note && parseCheckpoint(note.text)?.size) ?? -1
}

function placeInCarry(origin: Origin): string {
  const { member, log } = partsOfOrigin(origin)
  return `logs/${member}/${log}`
}

/** The logs of a carry (docs/spec/carry.md); none where the folder is none. */
async function originsIn(folder: string): Promise<readonly Origin[]> {
  const logs = join(folder, 'logs')
  const found: Origin[] = []
  for (const member of await namesIn(logs))
    for (const number of await namesIn(join(logs, member))) {
      const origin = Origin.safeParse(`ayni/${member}/${number}`)
      if (origin.success) found.push(origin.data)
    }
  return found.toSorted()
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw cause
  })
}

/** Null where the address is no node's. */
async function readAnnouncement(url: string, signal: AbortSignal) {
  const bytes = await download(`${url}/.well-known/ayni`, MAX_ANSWER_BYTES, signal, FIRST_CONTACT)
  const text = bytes && fromUtf8(bytes)
  try {
    return text === null ? null : (Announcement.safeParse(JSON.parse(text)).data ?? null)
  } catch {
    return null // a web server that answers a page to everything
  }
}

function prefixOf(prefix: string, url: string): string {
  const address = URL.parse(prefix, `${url}/`)
  if (address && /^https?:$/.test(address.protocol)) return address.href.replace(/\/+$/, '')
  throw new CommandFailure(`${url} says that its log is at “${prefix}”, which is no address.`)
}
