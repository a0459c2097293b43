import { resolve } from 'node:path'

import { z } from 'zod'

import { fromUtf8 } from '../../kernel/bytes.ts'
import type { LogFiles } from '../../log/tlog/index.ts'
import { CommandFailure } from '../failures.ts'
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

/** Null where the address is no node's. */
async function readAnnouncement(url: string, signal: AbortSignal) {
  const bytes = await download(`${url}/.well-known/ayni`, MAX_ANSWER_BYTES, signal)
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
