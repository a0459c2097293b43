import { setTimeout as delay } from 'node:timers/promises'

import type { ByteRange } from '../../../../kernel/byte-range.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { BrokenFetch, type FetchedResponse, type Fetcher } from '../../../../kernel/fetcher.ts'
import type { Clock, Millis } from '../../../../kernel/time.ts'
import {
  fileUrl,
  nextPartBytes,
  PART_BYTES,
  pauseAfter,
  type PartProblem,
  problemOf,
  readPart,
} from '../rules.ts'
import type { PointedFile, RemoteRepository, Source } from '../types.ts'

export interface SourceBodyDeps {
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly pauseMs: Millis
}

export interface WantedFile {
  readonly repository: RemoteRepository
  readonly file: PointedFile
}

/** Where a piece of a body came from. */
export interface SourcePiece {
  readonly source: Source
  readonly bytes: Uint8Array
}

/**
 * The whole file, exactly its size, out of parts: each from the source that gave the last one, going on at the byte
 * where that was cut, until it gives nothing; then from the next. Unverified. Throws a `Refusal` when all of them fail.
 */
export async function* sourceBody(
  deps: SourceBodyDeps,
  wanted: WantedFile,
  sources: readonly Source[],
  signal: AbortSignal,
): AsyncGenerator<SourcePiece> {
  const choice = new SourceChoice(sources)
  const { size } = wanted.file
  let partBytes: number = PART_BYTES.first
  for (let at = 0; at < size;) {
    const source = choice.source
    const asked = { start: at, end: Math.min(size, at + partBytes) }
    const part = fetchPart(deps, wanted, source, asked, signal)
    let problem: PartProblem | null = null
    let received = 0
    for (let next = await part.next(); ; next = await part.next()) {
      if (next.done) {
        problem = next.value
        break
      }
      received += next.value.length
      at += next.value.length
      yield { source, bytes: next.value }
    }
    partBytes = nextPartBytes(asked.end - asked.start, received)
    if (problem) await choice.turnFrom(problem, { deps, at, received, signal })
    else choice.praise()
  }
}

/** Yields the bytes of a part; returns why they are not all, or null. */
async function* fetchPart(
  { fetcher }: SourceBodyDeps,
  { repository, file }: WantedFile,
  source: Source,
  asked: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, PartProblem | null> {
  const answer = await fetcher.fetch({
    url: fileUrl(source, repository, file),
    allow: source.allow,
    signal,
    range: asked,
    maxBytes: file.size,
    wanted: ['content-length'],
  })
  if (!answer.ok) return problemOf(answer.failure)
  using response = answer.value
  const part = readPart(response, asked, file.size)
  return 'length' in part ? yield* exactly(part.length, response) : part
}

async function* exactly(
  length: number,
  response: FetchedResponse,
): AsyncGenerator<Uint8Array, PartProblem | null> {
  let left = length
  try {
    for await (const piece of response.body) {
      if (piece.length > left) return broken(response, true)
      left -= piece.length
      yield piece
    }
  } catch (cause) {
    if (cause instanceof BrokenFetch) return problemOf(cause.failure)
    throw cause
  }
  return left === 0 ? null : broken(response, false)
}

function broken({ url }: FetchedResponse, isUnfit: boolean): PartProblem {
  return { isUnfit, failure: failure('hostAnswerBroken', { host: new URL(url).host }) }
}

interface Turn {
  readonly deps: SourceBodyDeps
  /** The byte where to go on. */
  readonly at: number
  /** Of the part that failed. */
  readonly received: number
  readonly signal: AbortSignal
}

/** Which source is asked next. */
class SourceChoice {
  /** Those that may have the file; the first one is asked. */
  readonly #sources: Source[]
  /** Of those asked since anything came, one each. */
  #problems: PartProblem[] = []
  #rounds = 0

  constructor(sources: readonly Source[]) {
    this.#sources = [...sources]
  }

  get source(): Source {
    const [first] = this.#sources
    if (!first) throw new Refusal(failure('contentNotFound'))
    return first
  }

  /** Something came. */
  praise(): void {
    this.#problems = []
    this.#rounds = 0
  }

  /** A part failed: stays with a source that gave something, else turns to the next, waiting when all have failed. */
  async turnFrom(problem: PartProblem, turn: Turn): Promise<void> {
    if (turn.received > 0) this.praise()
    if (turn.received > 0 && !problem.isUnfit) return
    const failed = this.#sources.shift()
    if (failed && !problem.isUnfit) {
      this.#sources.push(failed)
      this.#problems.push(problem)
    }
    if (this.#sources.length === 0) throw new Refusal(problem.failure)
    if (this.#problems.length >= this.#sources.length) await this.#pause(problem, turn)
  }

  async #pause(problem: PartProblem, { deps, at, signal }: Turn): Promise<void> {
    this.#rounds++
    const state = { received: at, rounds: this.#rounds, now: deps.clock() }
    const pause = pauseAfter(this.#problems, state, deps.pauseMs)
    if (pause === null) throw new Refusal(problem.failure)
    this.#problems = []
    await delay(pause, undefined, { signal })
  }
}
