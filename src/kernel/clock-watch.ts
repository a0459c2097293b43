import type { Fetcher } from './fetcher.ts'
import { type Clock, type Millis, momentOf } from './time.ts'

/** Holds this machine's clock against those of the machines that it talks to. */
export interface ClockWatch {
  /** A machine said what its clock shows: an HTTP date. */
  heard(host: string, date: string | undefined): void
  /** How much our clock shows more than theirs: the median over the last of each; 0 before anybody said anything. */
  ahead(): Millis
}

/** Hosts that are remembered: those heard of last. */
const MOST_HOSTS = 32

export function createClockWatch(clock: Clock): ClockWatch {
  const byHost = new Map<string, Millis>()
  return {
    heard(host, date) {
      const theirs = date === undefined ? Number.NaN : momentOf(date)
      if (!Number.isFinite(theirs)) return
      byHost.delete(host)
      byHost.set(host, clock() - theirs)
      const [oldest] = byHost.keys()
      if (byHost.size > MOST_HOSTS && oldest !== undefined) byHost.delete(oldest)
    },
    ahead() {
      const sorted = [...byHost.values()].toSorted((one, other) => one - other)
      return sorted[Math.floor(sorted.length / 2)] ?? 0
    },
  }
}

/** The same fetcher; what the clocks of those who answer show is heard. */
export function hearingClocks(fetcher: Fetcher, watch: ClockWatch): Fetcher {
  return {
    async fetch(request) {
      const answer = await fetcher.fetch({ ...request, wanted: [...(request.wanted ?? []), 'date', 'age'] })
      if (!answer.ok) return answer
      const { url, headers } = answer.value
      // What a cache kept is dated when it was fetched.
      if (headers['age'] === undefined) watch.heard(new URL(url).host, headers['date'])
      return answer
    },
  }
}
