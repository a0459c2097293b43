import type { Failure } from '../../kernel/failure.ts'
import { failure } from '../../kernel/failure.ts'
import type { FetchedResponse } from '../../kernel/fetcher.ts'
import { rawPath } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import type { RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { mediaTypeOf, UPLOAD_HEADERS } from '../uploaded-file.ts'

/** Headers that are handed on as they come. Not where blocks of a file could be fetched: they are not here. */
const HANDED_ON: ReadonlySet<string> = new Set([
  'content-range',
  'content-disposition',
  'etag',
  'accept-ranges',
  'x-repo-commit',
  'x-linked-size',
  'x-linked-etag',
])

/** Headers of an answer that are read at all. */
export const WANTED = [...HANDED_ON, 'content-length', 'content-encoding', 'x-error-code', 'link']

const TOLD_ON = new Set([200, 206, 304, 416])

/**
 * Answers a client with what the repository's home, at `home`, answered. The bytes pass through; a refusal becomes one of our
 * own.
 */
export function handOn(
  c: RequestContext,
  answer: FetchedResponse,
  { what, home }: { readonly what: 'api' | 'file'; readonly home: string },
): Response {
  const { status, headers } = answer
  if (!isToldOn(status)) {
    answer[Symbol.dispose]()
    const commit = headers['x-repo-commit']
    return refuse(c, refusalIn(answer), commit === undefined ? {} : { 'X-Repo-Commit': commit })
  }
  const sent = {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => HANDED_ON.has(name))),
    ...lengthOf(answer),
    ...(what === 'file'
      ? { ...UPLOAD_HEADERS, 'Content-Type': mediaTypeOf(rawPath(c)) }
      : { 'Content-Type': 'application/json', ...linkOf(c, headers['link'], home) }),
    'Cache-Control': 'private, no-store',
  }
  if (c.req.method === 'HEAD' || status === 304) {
    answer[Symbol.dispose]()
    return c.body(null, status, sent)
  }
  return c.body(streamOf(answer), status, sent)
}

function isToldOn(status: number): status is 200 | 206 | 304 | 416 {
  return TOLD_ON.has(status)
}

/** The length as it was sent; unknown where it came compressed. */
function lengthOf({ headers }: FetchedResponse): Record<string, string> {
  const length = headers['content-length']
  const isAsItIs = (headers['content-encoding'] ?? 'identity') === 'identity'
  return length !== undefined && isAsItIs ? { 'Content-Length': length } : {}
}

/** What is not shared any more is not there; the rest is the home's trouble. */
function refusalIn({ status, url, headers }: FetchedResponse): Failure {
  const code = headers['x-error-code']
  if (code === 'EntryNotFound') return failure('entryNotFound', { path: new URL(url).pathname })
  if (code === 'RevisionNotFound') return failure('revisionNotFound', { rev: new URL(url).pathname })
  if (status === 401 && code === undefined) return failure('assertionExpired')
  if (status === 401 || status === 403 || status === 404) return failure('repositoryNotFound')
  return failure('hostAnswerBroken', { host: new URL(url).host })
}

/** The next page of a list is asked for here as well. Links of files lead to blocks, which are not here. */
function linkOf(c: RequestContext, link: string | undefined, home: string): Record<string, string> {
  const [, target] = /^<([^<>]+)>; rel="next"$/.exec(link ?? '') ?? []
  const url = target === undefined ? null : URL.parse(target, home)
  const prefix = new URL(home).pathname.replace(/\/$/, '')
  if (!url?.pathname.startsWith(`${prefix}/`)) return {}
  return { Link: `<${baseUrl(c)}${url.pathname.slice(prefix.length)}${url.search}>; rel="next"` }
}

/** Ends the reading when the client goes away, and breaks the answer when the reading fails. */
function streamOf(answer: FetchedResponse): ReadableStream<Uint8Array> {
  const pieces = answer.body[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await pieces.return?.()
      answer[Symbol.dispose]()
    },
  })
}
