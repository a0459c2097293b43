import { setTimeout as delay } from 'node:timers/promises'

import { MINUTE, SECOND } from '../../../../kernel/time.ts'
import { type EvidenceDeps, evidenceOpener } from './evidence.ts'

export interface OpeningDeps extends EvidenceDeps {
  readonly onError: (cause: unknown) => void
}

const LOOK_AT_MOST_EVERY = SECOND
const LOOK_EVERY = 10 * MINUTE

/** Opens evidence when a delivery or its bytes may have come. Disposing ends what is under way. */
export function startOpeningEvidence(deps: OpeningDeps): AsyncDisposable & { wake(): void } {
  const stop = new AbortController()
  let awake = Promise.withResolvers<void>()
  const openEvidence = evidenceOpener(deps)

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      awake = Promise.withResolvers()
      await openEvidence(stop.signal).catch((cause: unknown) => {
        if (!stop.signal.aborted) deps.onError(cause)
      })
      await pause(LOOK_AT_MOST_EVERY)
      await Promise.race([pause(LOOK_EVERY), awake.promise])
    }
  }
  const pause = (milliseconds: number) =>
    delay(milliseconds, undefined, { signal: stop.signal, ref: false }).catch(() => {}) // ended meanwhile: the loop sees it

  const running = run()
  return {
    wake: () => awake.resolve(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      awake.resolve()
      await running
    },
  }
}
