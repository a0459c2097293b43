import { createHash } from 'node:crypto'

import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { AddressPolicy, FetchedResponse, Fetcher } from '../../../../kernel/fetcher.ts'
import { explainFetch, readAll } from '../../../../kernel/fetcher.ts'
import { type LogFiles, MAX_NOTE_BYTES } from '../../../../log/index.ts'
import { witnessPrefix } from '../rules.ts'

/** What a node answers for a bundle of which it has erased entries: then they are asked for in another place. */
const REDACTED = 451

/** How a member's node is reached. */
export interface Source {
  readonly fetcher: Fetcher
  /** Without a trailing slash. */
  readonly url: string
  readonly allow: AddressPolicy
  readonly signal: AbortSignal
}

/** A log's files as a node serves them. Throws a {@link Refusal} where it cannot be reached. */
export function remoteFiles(source: Source, prefix: string): LogFiles {
  return { read: (path, maxBytes) => readUrl(source, `${prefix}/${path}`, maxBytes) }
}

/** A file that was fetched, by which its next fetch may be answered with nothing. */
export interface Remembered {
  readonly etag: string
  readonly bytes: Uint8Array
}

/** {@link remoteFiles} whose checkpoint crosses the link only when it is another; `remembered` outlives the source. */
export function remoteFilesWithMemory(
  source: Source,
  prefix: string,
  remembered: Map<string, Remembered>,
): LogFiles {
  return {
    read: (path, maxBytes) =>
      path === 'checkpoint'
        ? readChanged(source, `${prefix}/${path}`, maxBytes, remembered)
        : readUrl(source, `${prefix}/${path}`, maxBytes),
  }
}

async function readChanged(
  { fetcher, allow, signal }: Source,
  url: string,
  maxBytes: number,
  remembered: Map<string, Remembered>,
): Promise<Uint8Array | null> {
  const known = remembered.get(url)
  const headers = known && { headers: { 'if-none-match': known.etag } }
  const answer = await fetcher.fetch({ url, allow, signal, maxBytes, wanted: ['etag'], ...headers })
  if (!answer.ok) throw new Refusal(explainFetch(answer.failure))
  if (answer.value.status === 304 && known) {
    answer.value[Symbol.dispose]()
    return known.bytes
  }
  const { etag } = answer.value.headers
  const bytes = await bodyOf(answer.value, url)
  if (bytes && etag !== undefined) remembered.set(url, { etag, bytes })
  else remembered.delete(url)
  return bytes
}

/** The checkpoint of a log that a node vouched for last; null where it has not. */
export function readVouched(
  source: Source,
  origin: string,
  remembered: Map<string, Remembered> = new Map(),
): Promise<Uint8Array | null> {
  const hash = createHash('sha256').update(origin).digest('hex')
  const url = `${witnessPrefix(source.url)}/${hash}/checkpoint`
  return readChanged(source, url, MAX_NOTE_BYTES, remembered)
}

/** The body of a whole answer; null for 404. Throws a {@link Refusal} where there is none. */
export async function readUrl(
  { fetcher, allow, signal }: Source,
  url: string,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const answer = await fetcher.fetch({ url, allow, signal, maxBytes })
  if (!answer.ok) throw new Refusal(explainFetch(answer.failure))
  return bodyOf(answer.value, url)
}

async function bodyOf(response: FetchedResponse, url: string): Promise<Uint8Array | null> {
  using answer = response
  if (answer.status === 404 || answer.status === REDACTED) return null
  if (answer.status !== 200) throw new Refusal(failure('hostAnswerBroken', { host: new URL(url).host }))
  const body = await readAll(answer)
  if (!body.ok) throw new Refusal(explainFetch(body.failure))
  return body.value
}
