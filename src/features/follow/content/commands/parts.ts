import { setTimeout as delay } from 'node:timers/promises'

import { failure } from '../../../../kernel/failure.ts'
import { BrokenFetch, type Fetcher } from '../../../../kernel/fetcher.ts'
import type { Clock, Millis } from '../../../../kernel/time.ts'
import { hostOf, nextPartBytes, PART_BYTES, pauseAfter, type PartProblem, problemOf } from '../rules.ts'
import type { Source } from '../types.ts'

export interface PartsDeps {
  readonly fetcher: Fetcher
  readonly clock: Clock
  /** Longest wait for a source that gave something before. */
  readonly pauseMs: Millis
}

/** Something that a source serves whole or in part. */
export interface Resource {
  readonly url: string
  readonly source: Source
  /** It may not be longer. */
  readonly maxBytes: number
  /** Whether the source may be waited for once it gives nothing; otherwise its failure ends the fetching. */
  readonly isWorthWaiting?: () => boolean
  /** Told of each answer's ETag; false ends the fetching: it is something else. */
  readonly isIt?: (etag: string | undefined) => boolean
}

/**
 * The bytes of a resource, out of parts that are as long as the link bears: where one is cut, the next goes on at that very
 * byte, as long as anything comes. Returns why they are not all, or null.
 */
export async function* fetchInParts(
  deps: PartsDeps,
  resource: Resource,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, PartProblem | null> {
  let partBytes: number = PART_BYTES.first
  let size: number | null = null
  let vain = 0
  for (let at = 0; size === null || at < size;) {
    const asked = { start: at, end: Math.min(size ?? resource.maxBytes, at + partBytes) }
    const part = onePart(deps.fetcher, resource, { asked, size }, signal)
    let received = 0
    let next = await part.next()
    for (; !next.done; next = await part.next()) {
      received += next.value.length
      yield next.value
    }
    size ??= next.value.size
    at += received
    partBytes = nextPartBytes(asked.end - asked.start, received)
    const { problem } = next.value
    vain = received > 0 ? 0 : vain + 1
    if (problem?.isUnfit) return problem
    if (!problem || vain === 0) continue
    if (resource.isWorthWaiting?.() === false) return problem
    if (!(await pause(deps, problem, { at, vain }, signal))) return problem
  }
  return null
}

interface PartEnd {
  readonly size: number | null
  readonly problem: PartProblem | null
}

async function* onePart(
  fetcher: Fetcher,
  { url, source, maxBytes, isIt = () => true }: Resource,
  {
    asked,
    size,
  }: { readonly asked: { readonly start: number; readonly end: number }; readonly size: number | null },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, PartEnd> {
  const answer = await fetcher.fetch({
    url,
    allow: source.allow,
    signal,
    range: asked,
    maxBytes: asked.end - asked.start,
    wanted: ['etag'],
  })
  if (!answer.ok) return { size, problem: problemOf(answer.failure) }
  using response = answer.value
  if (response.status !== 206) return { size, problem: refused(response.status, source) }
  const told = response.part?.size ?? 0
  const isSame = told === (size ?? told) && told <= maxBytes && isIt(response.headers['etag'])
  if (!isSame) return { size, problem: broken(source) }
  try {
    yield* response.body
    return { size: told, problem: null }
  } catch (cause) {
    if (cause instanceof BrokenFetch) return { size: told, problem: problemOf(cause.failure) }
    throw cause
  }
}

/** False: it is not worth the wait. */
async function pause(
  { clock, pauseMs }: PartsDeps,
  problem: PartProblem,
  { at, vain }: { readonly at: number; readonly vain: number },
  signal: AbortSignal,
): Promise<boolean> {
  const wait = pauseAfter([problem], { received: at, rounds: vain, now: clock() }, pauseMs)
  if (wait !== null) await delay(wait, undefined, { signal })
  return wait !== null
}

/** Why an answer that is no part of what was asked for is none. */
function refused(status: number, source: Source): PartProblem {
  const isAbsent = status === 404 || status === 401 || status === 403
  return isAbsent
    ? { isUnfit: true, failure: failure('contentNotFound') }
    : { ...broken(source), isUnfit: status < 500 }
}

/** A source that says what cannot be. */
export function broken({ url }: Source): PartProblem {
  return { isUnfit: true, failure: failure('hostAnswerBroken', { host: hostOf(url) }) }
}
