import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { AddressPolicy, FetchedResponse, Fetcher } from '../../../../kernel/fetcher.ts'
import { explainFetch, readAll } from '../../../../kernel/fetcher.ts'
import type { LogFiles } from '../../../../log/index.ts'

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
  if (answer.status === 404) return null
  if (answer.status !== 200) throw new Refusal(failure('hostAnswerBroken', { host: new URL(url).host }))
  const body = await readAll(answer)
  if (!body.ok) throw new Refusal(explainFetch(body.failure))
  return body.value
}
