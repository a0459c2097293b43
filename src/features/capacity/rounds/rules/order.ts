import { partsOfOrigin } from '../../../../kernel/names.ts'
import type { Reference } from '../../../../records/index.ts'

type Place = Pick<Reference, 'origin' | 'index'>

/** Of places in one member's logs, the earlier first; between members an order of names, not of time. */
export function byPlace(left: Place, right: Place): number {
  const [one, other] = [partsOfOrigin(left.origin), partsOfOrigin(right.origin)]
  if (one.member !== other.member) return compareText(one.member, other.member)
  return one.log - other.log || left.index - right.index
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
