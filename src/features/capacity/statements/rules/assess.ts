import { partsOfOrigin, type Sha256 } from '../../../../kernel/names.ts'
import type { Reference } from '../../../../records/index.ts'
import type { RecordOf, Statement } from '../../../follow/index.ts'
import type { Stated, StatedCapacity, StatedGroup, StatedType } from '../types.ts'

/**
 * What needs, offers, pledges and groups of countries come to. Only the set of statements counts, never its order; types
 * of other things may be among them.
 */
export function assessCapacity(statements: readonly Statement[]): StatedCapacity {
  const replaceable = <Body extends { replaces?: Reference }>({ body }: { readonly body: Body }) => ({
    body,
    replaces: body.replaces,
  })
  return {
    needs: assessed(ofType(statements, 'need/1'), replaceable),
    offers: assessed(ofType(statements, 'offer/1'), replaceable),
    pledges: assessed(ofType(statements, 'pledge/1'), ({ body }) => ({ body })),
    groups: assessed(ofType(statements, 'country-group/1'), ({ body }) => ({ body })),
  }
}

function ofType<Type extends StatedType>(
  statements: readonly Statement[],
  type: Type,
): readonly Statement<Type>[] {
  return statements.filter((each): each is Statement<Type> => each.record.type === type)
}

/** The countries of a group as the record that is named lists them; null where that record is not among them. */
export function countriesOf(
  groups: readonly Pick<StatedGroup, 'place' | 'body'>[],
  reference: Reference,
): readonly string[] | null {
  return groups.find(({ place }) => isSame(place, reference))?.body.countries ?? null
}

/** Whether both name one record, and not only equal ones: anybody may repeat another member's words. */
export function isSame(one: Reference, other: Reference): boolean {
  return one.leaf === other.leaf && one.index === other.index && one.origin === other.origin
}

function assessed<Type extends StatedType, Body>(
  said: readonly Statement<Type>[],
  read: (record: RecordOf<Type>) => { readonly body: Body; readonly replaces?: Reference | undefined },
): readonly Stated<Body>[] {
  const inOrder = firstOfEqual(said.toSorted(byPlace)).map((each) => ({ ...each, ...read(each.record) }))
  const known = new Map(inOrder.map((each) => [keyOf(each.place), each]))
  const successors = new Map<string, Sha256>()
  const tooLate = new Map<string, Sha256>()
  for (const each of inOrder) {
    const replaced = each.replaces && known.get(keyOf(each.replaces))
    if (!replaced || replaced.memberId !== each.memberId || !isAfter(each, replaced)) continue
    const first = successors.get(keyOf(replaced.place))
    if (first === undefined) successors.set(keyOf(replaced.place), each.id)
    else tooLate.set(keyOf(each.place), first)
  }
  return inOrder.toSorted(byTime).map(({ id, memberId, place, time, body, retracted }) => {
    const replacedBy = successors.get(keyOf(place)) ?? tooLate.get(keyOf(place)) ?? null
    const state = retracted ? 'withdrawn' : replacedBy === null ? 'open' : 'replaced'
    return { id, memberId, place, time, body, state, replacedBy }
  })
}

/** A member that says the very same twice, to the millisecond, has said it once. */
function firstOfEqual<Said extends Statement>(inOrder: readonly Said[]): readonly Said[] {
  const seen = new Set<string>()
  return inOrder.filter(({ memberId, id }) => {
    const key = `${memberId} ${id}`
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

function keyOf({ origin, index, leaf }: Reference): string {
  return `${origin} ${index} ${leaf}`
}

/** Both are of one member. */
function isAfter({ place }: Statement, { place: earlier }: Statement): boolean {
  const [one, other] = [partsOfOrigin(place.origin).log, partsOfOrigin(earlier.origin).log]
  return one > other || (one === other && place.index > earlier.index)
}

function byPlace({ place: one }: Statement, { place: other }: Statement): number {
  const [left, right] = [partsOfOrigin(one.origin), partsOfOrigin(other.origin)]
  if (left.member !== right.member) return left.member < right.member ? -1 : 1
  return left.log - right.log || one.index - other.index
}

function byTime(one: Statement, other: Statement): number {
  if (one.time !== other.time) return one.time - other.time
  return one.id === other.id ? byPlace(one, other) : one.id < other.id ? -1 : 1
}
