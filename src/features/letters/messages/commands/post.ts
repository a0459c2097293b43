import { setTimeout as delay } from 'node:timers/promises'

import { HOUR, MINUTE } from '../../../../kernel/time.ts'
import { REMEMBER_FOR } from '../rules.ts'
import { type DeliverDeps, deliverDue, nextDue } from './deliver.ts'
import { forgetOld } from './index.ts'

/** Sends what members hosted here tell others. Disposing ends what is under way. */
export interface Post extends AsyncDisposable {
  /** Something may have been queued. */
  wake(): void
}

export interface PostDeps extends DeliverDeps {
  /** Done before anything is sent. */
  readonly prepare: () => Promise<void>
}

/** Starts sending: what is due at once, the rest when it is. */
export function startPost(deps: PostDeps): Post {
  const stop = new AbortController()
  let awake = Promise.withResolvers<void>()
  let forgottenAt = 0

  async function run(): Promise<void> {
    await deps.prepare()
    while (!stop.signal.aborted) {
      const next = await takeTurn()
      await waitFor(next)
    }
  }
  async function takeTurn(): Promise<number> {
    try {
      await deliverDue(deps, stop.signal)
      const now = deps.clock()
      if (forgottenAt < now - HOUR) {
        await forgetOld(deps.database, now - REMEMBER_FOR)
        forgottenAt = now
      }
      const next = await nextDue(deps)
      return next === null ? HOUR : Math.max(0, next - deps.clock())
    } catch (cause) {
      if (!stop.signal.aborted) deps.events.broken(cause)
      return MINUTE
    }
  }
  async function waitFor(milliseconds: number): Promise<void> {
    const early = new AbortController()
    const signal = AbortSignal.any([stop.signal, early.signal])
    const time = delay(Math.min(milliseconds, HOUR), undefined, { signal, ref: false })
    await Promise.race([time.catch(() => {}), awake.promise]) // ended early: that is what was waited for
    early.abort()
    awake = Promise.withResolvers()
  }

  const running = run().catch((cause: unknown) => deps.events.broken(cause))
  return {
    wake: () => awake.resolve(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      awake.resolve()
      await running
    },
  }
}
