/** What a member may take back, pure. docs/spec/records.md says the same in words. */
import { type Origin, partsOfOrigin } from '../../../kernel/names.ts'

/**
 * Records that nothing else rests on. Keys, names and logs go on by newer records; what is said to an association binds others too
 * and ends by leaving; what two members agreed, and what was delivered of it, binds the other; others confirm the result of a
 * round; a withdrawal, a retraction, an erasure and evidence stay.
 */
const RETRACTABLE: ReadonlySet<string> = new Set([
  'repository-revision/1',
  'public-good/1',
  'log-observed/1',
  'need/1',
  'offer/1',
  'pledge/1',
  'country-group/1',
  'matching-round/1',
])

export function isRetractable(type: string | null): boolean {
  return type !== null && RETRACTABLE.has(type)
}

interface Place {
  readonly origin: Origin
  readonly position: number
}

/** Whether a member said the one before the other: in the same log, or in an earlier one of its own. */
export function isEarlier(one: Place, other: Place): boolean {
  const [first, second] = [partsOfOrigin(one.origin), partsOfOrigin(other.origin)]
  if (first.member !== second.member) return false
  return first.log < second.log || (first.log === second.log && one.position < other.position)
}
