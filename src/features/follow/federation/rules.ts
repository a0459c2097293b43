/** Decisions about showing the federation, pure. */
import { DAY, HOUR, type Millis } from '../../../kernel/time.ts'
import type { Age, Federation, KnownMember, Tie } from './types.ts'

/** A member that sends hints is asked each hour, and one that follows says so each day: twice that is not late yet. */
const FRESH = 2 * HOUR
const RECENT = 2 * DAY

/** In which of three steps of age a copy is. */
export function ageOf(at: Millis | null, now: Millis): Age {
  if (at === null) return 'never'
  if (now - at < FRESH) return 'fresh'
  return now - at < RECENT ? 'hours' : 'days'
}

/** Ties of the members hosted here first, then what was copied last. */
export function inOrder({ members, ties }: Federation): readonly Tie[] {
  const hosted = new Set(members.filter(({ isHosted }) => isHosted).map(({ memberId }) => memberId))
  const rank = ({ from, to }: Tie) => (hosted.has(from) ? 0 : hosted.has(to) ? 1 : 2)
  return ties.toSorted((left, right) => rank(left) - rank(right) || (right.at ?? 0) - (left.at ?? 0))
}

/**
 * What of the federation a picture can show: at most `most` members, our own first, then those tied to us, whoever copied
 * last before the others; and only the ties between these.
 */
export function nearest(federation: Federation, most: number): Federation {
  const order = new Map<string, number>()
  const meet = (memberId: string) => void (order.has(memberId) || order.set(memberId, order.size))
  for (const { memberId, isHosted } of federation.members) if (isHosted) meet(memberId)
  for (const { from, to } of inOrder(federation)) [from, to].forEach(meet)
  for (const { memberId } of federation.members) meet(memberId)
  const place = ({ memberId }: KnownMember) => order.get(memberId) ?? order.size
  const members = federation.members.toSorted((left, right) => place(left) - place(right)).slice(0, most)
  const shown = new Set(members.map(({ memberId }) => memberId))
  return { members, ties: federation.ties.filter(({ from, to }) => shown.has(from) && shown.has(to)) }
}
