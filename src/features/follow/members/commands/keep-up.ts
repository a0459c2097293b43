import { setTimeout as delay } from 'node:timers/promises'

import type { Fetcher } from '../../../../kernel/fetcher.ts'
import { type MemberId, Origin, partsOfOrigin } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import type { Clock } from '../../../../kernel/time.ts'
import type { Hints } from '../../../../log/index.ts'
import { pauseAfter, pauseOfStream } from '../rules.ts'
import type { Follow } from '../types.ts'
import type { MemberCommands } from './index.ts'

export interface KeepUpDeps {
  readonly members: MemberCommands
  readonly fetcher: Fetcher
  readonly random: Random
  readonly clock: Clock
  /** Tells when a followed log has sent us a checkpoint. */
  readonly pushed: Hints
  /** What is done after a turn; resolves to whether nothing was left undone, which is tried again sooner. */
  readonly after: (follow: Follow, signal: AbortSignal) => Promise<boolean>
  readonly onError: (error: unknown) => void
}

/** Keeps the copies of all followed members up to date. Disposing ends every turn. */
export interface Following extends AsyncDisposable {
  /** The list of followed members may have changed. */
  wake(): void
}

/** Starts one turn after another for each followed member: by the clock, and at once when its node says that it has grown. */
export function startFollowing(deps: KeepUpDeps): Following {
  const stop = new AbortController()
  const turns = new Map<
    string,
    { readonly url: string; readonly end: AbortController; readonly done: Promise<void> }
  >()
  let awake = Promise.withResolvers<void>()

  async function supervise(): Promise<void> {
    while (!stop.signal.aborted) {
      const follows = new Map(
        (await deps.members.list()).map((follow) => [follow.memberId as string, follow]),
      )
      for (const [memberId, { end }] of turns) if (!follows.has(memberId)) end.abort()
      for (const [memberId, follow] of follows) {
        const turn = turns.get(memberId)
        if (turn && turn.url !== follow.url) turn.end.abort() // it moved: begun anew once that has ended
        if (!turn && follow.url !== null) begin(memberId, follow.url, follow)
      }
      await awake.promise
      awake = Promise.withResolvers()
    }
  }
  function begin(memberId: string, url: string, follow: Follow): void {
    const end = new AbortController()
    const signal = AbortSignal.any([stop.signal, end.signal])
    const done = keepUp(deps, { ...follow, url }, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) deps.onError(error)
      })
      .finally(() => {
        turns.delete(memberId)
        awake.resolve()
      })
    turns.set(memberId, { url, end, done })
  }

  const supervising = supervise().catch(deps.onError)
  return {
    wake: () => awake.resolve(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      awake.resolve()
      await supervising
      await Promise.all([...turns.values()].map(({ done }) => done))
    },
  }
}

/** A followed member whose node answers somewhere. */
type Reached = Follow & { readonly url: string }

async function keepUp(deps: KeepUpDeps, follow: Reached, signal: AbortSignal): Promise<void> {
  const bell = createBell()
  const ear = { isHearing: false, ring: bell.ring }
  const listening = Promise.all([
    listenForHints(deps, follow, ear, signal),
    listenForPushes(deps, follow, bell.ring, signal),
  ])
  const { courses } = deps.members
  for (let failures = 0, isRung = false; !signal.aborted;) {
    courses.plan(follow.memberId, null)
    const isDone = await takeTurn(deps, follow, signal, isRung)
    failures = isDone ? 0 : failures + 1
    const pause = pauseAfter({ failures, isHearing: ear.isHearing }, chance(deps.random))
    courses.plan(follow.memberId, deps.clock() + pause)
    isRung = await bell.wait(pause, signal)
  }
  courses.plan(follow.memberId, null)
  await listening
}

/** Whether nothing was left undone. What breaks a turn off, a full disk too, is told, and the next one waits its time. */
async function takeTurn(
  deps: KeepUpDeps,
  follow: Reached,
  signal: AbortSignal,
  isRung: boolean,
): Promise<boolean> {
  try {
    const turn = await deps.members.sync(follow.memberId, signal, { isRung })
    return (await deps.after(follow, signal)) && turn.ok // others may have brought what its home did not
  } catch (cause) {
    if (!signal.aborted) deps.onError(cause)
    return false
  }
}

/** Lets one wait for a time or until somebody rings, and tells whether somebody did; ringing before the wait counts. */
function createBell() {
  let rung = Promise.withResolvers<void>()
  return {
    ring: () => rung.resolve(),
    async wait(milliseconds: number, signal: AbortSignal): Promise<boolean> {
      const early = new AbortController()
      const time = delay(milliseconds, undefined, {
        signal: AbortSignal.any([signal, early.signal]),
        ref: false,
      })
      const over = time.catch(() => {}).then(() => false) // ended early: that is what was waited for
      const isRung = await Promise.race([over, rung.promise.then(() => true)])
      early.abort()
      rung = Promise.withResolvers()
      return isRung
    },
  }
}

function chance(random: Random): number {
  return (random(1)[0] ?? 0) / 255
}

async function listenForPushes(
  { pushed }: KeepUpDeps,
  { memberId }: Follow,
  ring: () => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const { origin } of pushed.listen(signal))
    if (partsOfOrigin(Origin.parse(origin)).member === memberId) ring()
}

const STREAM_BYTES = 16 * 1024 * 1024

/** Whether hints come, and what to do when one does. */
interface Ear {
  isHearing: boolean
  readonly ring: () => void
}

/** Hears of new checkpoints as they are signed. When the stream is cut, the clock alone is left until it is back. */
async function listenForHints(
  { fetcher, random }: KeepUpDeps,
  { url, memberId, allowPrivate }: Reached,
  ear: Ear,
  signal: AbortSignal,
): Promise<void> {
  const allow = allowPrivate ? ('private' as const) : ('public' as const)
  const request = {
    url: `${url}/api/ayni/v1/logs/events`,
    allow,
    signal,
    maxBytes: STREAM_BYTES,
    isStream: true,
    headers: { accept: 'text/event-stream' },
  }
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const answer = await fetcher.fetch(request)
      if (answer.ok) {
        using stream = answer.value
        if (stream.status === 200 && (await hear(stream.body, memberId, ear))) failures = 0
      }
    } catch {
      // Whatever cut the stream, polling goes on, and the stream is tried again below.
    }
    const pause = pauseOfStream(failures, chance(random))
    await delay(pause, undefined, { signal, ref: false }).catch(() => {}) // ended meanwhile: the loop sees it
  }
}

/**
 * Rings when the stream opens and when it ends, as something may have been missed, and for each event about a log of the member; resolves at
 * the stream's end to whether anything was heard.
 */
async function hear(body: AsyncIterable<Uint8Array>, memberId: MemberId, ear: Ear): Promise<boolean> {
  const decoder = new TextDecoder()
  let rest = ''
  let heard = false
  try {
    for await (const piece of body) {
      if (!heard) ear.ring()
      heard = ear.isHearing = true
      rest = (rest + decoder.decode(piece, { stream: true })).slice(-10_000)
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      if (lines.some((line) => line.startsWith('data:') && line.includes(`"ayni/${memberId}/`))) ear.ring()
    }
    return heard
  } finally {
    ear.isHearing = false
    ear.ring()
  }
}
