import type { LogTable } from '../../../../database/index.ts'
import { fromUtf8 } from '../../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { explainFetch, readAll } from '../../../../kernel/fetcher.ts'
import { SECOND } from '../../../../kernel/time.ts'
import { currentKeys } from '../../../../log/index.ts'
import type { Source } from '../../members/commands/source.ts'
import { witnessPrefix } from '../../members/rules.ts'
import { listFollowers } from '../queries.ts'
import type { Follower } from '../types.ts'
import { heard, look, readEvidence, sourceOf } from './compare.ts'
import { freeze } from './freeze.ts'
import type { FollowerDeps } from './index.ts'

/** How long a follower may think about a checkpoint. */
const PATIENCE = 10 * SECOND
/** Followers asked at once. */
const AT_ONCE = 32
const MOST_ANSWER_BYTES = 16 * 1024
/** A size that was not theirs is corrected once; it may change again while we ask. */
const MOST_TRIES = 3

/**
 * Makes the command that shows a log's newest checkpoint to all who follow it, asks for their cosignatures, and finds out
 * whether another process signs our log. Called after each signature; resolves when everybody has answered or does not. A
 * follower that is still being asked is asked once more afterwards.
 */
export function createPush(deps: FollowerDeps) {
  const rounds = new Map<string, { again: boolean }>()

  async function pushTo(origin: string, follower: Follower, signal: AbortSignal): Promise<void> {
    const source = sourceOf(deps, follower, signal)
    if (!source) return
    const name = `${origin} ${follower.memberId}`
    const running = rounds.get(name)
    if (running) {
      running.again = true
      return
    }
    const round = { again: true }
    rounds.set(name, round)
    try {
      while (round.again && !signal.aborted) {
        round.again = false
        await heard(deps, follower, undefined, () => ask(deps, origin, follower, source))
      }
    } finally {
      rounds.delete(name)
    }
  }

  return async (origin: string, signal: AbortSignal): Promise<void> => {
    const waiting = (await listFollowers(deps.database.read, origin)).values()
    const lane = async () => {
      for (const follower of waiting) await pushTo(origin, follower, signal)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  }
}

/** Goes on from what the follower has seen to the newest checkpoint. */
async function ask(deps: FollowerDeps, origin: string, follower: Follower, source: Source): Promise<void> {
  // Before it is shown what we signed: who is ahead of us has it from another process, and that one may go on.
  const seen = await look(deps, origin, source)
  if (seen !== 'agrees') return seen === 'ahead' ? freeze(deps, origin, 'twin') : undefined
  let oldSize = await deps.logs.sizeVouchedBy(origin, follower.memberId)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const log = await deps.logs.find(origin)
    if (!log?.checkpoint || log.frozen !== null) return
    const request = await deps.logs.cosignatureRequest(log, Math.min(oldSize, log.signed_size))
    const { status, text } = await post(source, request)
    switch (status) {
      case 200:
        if (!(await keep(deps, log, follower, text))) deps.events.unsigned(follower.memberId)
        return
      case 409: {
        const size = /^(?:0|[1-9]\d{0,15})\n$/.test(text) ? Number(text) : null
        if (size === null) return
        if (size > log.signed_size && (await look(deps, origin, source)) === 'ahead')
          return freeze(deps, origin, 'twin')
        oldSize = size
        continue
      }
      case 403:
      case 422:
        // It has reason to doubt us: perhaps it has seen a history that is not this one.
        if ((await look(deps, origin, source)) === 'ahead') return freeze(deps, origin, 'twin')
        return readEvidence(deps, log, source)
      default:
        return // it does not follow us, or cannot answer now: the next checkpoint is shown to it again
    }
  }
}

/** Its key may be another than it said last, if its own log is followed here; or that one may be behind. */
async function keep(
  { logs }: FollowerDeps,
  log: LogTable,
  { memberId, witnessKey }: Follower,
  lines: string,
): Promise<boolean> {
  if (await logs.keepCosignature(log, { memberId, witnessKey }, lines)) return true
  const speaking = await logs.speaking(memberId)
  const current = speaking && currentKeys(speaking.keys).witness
  return current !== null && logs.keepCosignature(log, { memberId, witnessKey: current }, lines)
}

async function post(
  source: Source,
  body: Uint8Array,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await source.fetcher.fetch({
    url: `${witnessPrefix(source.url)}/add-checkpoint`,
    allow: source.allow,
    signal: source.signal,
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body,
    maxBytes: MOST_ANSWER_BYTES,
    firstByteMs: PATIENCE,
  })
  if (!answer.ok) throw new Refusal(explainFetch(answer.failure))
  using response = answer.value
  const read = await readAll(response)
  if (read.ok) return { status: response.status, text: fromUtf8(read.value) }
  throw new Refusal(failure('hostAnswerBroken', { host: new URL(source.url).host }))
}
