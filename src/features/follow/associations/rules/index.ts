/** How associations decide who belongs to them, pure. docs/spec/associations.md says the same in words. */
import type { AssociationId, MemberId } from '../../../../kernel/names.ts'
import type { Millis } from '../../../../kernel/time.ts'
import type { AssociationCharter, Reference } from '../../../../records/index.ts'
import type { Association, Said } from '../types.ts'
import { adoptedAt, adoptedIn, awaitedIn, openRoundOf, proposalsIn, type Scene } from './decision.ts'
import { idsOf } from './quorum.ts'
import { inOrderOfLogs, listen, type Voice } from './voice.ts'

export { abandonQuorumOf, convenerOf, idsOf, quorumOf, ROUND } from './quorum.ts'
export { endorsedBy } from './voice.ts'
export { placeKey } from './decision.ts'
export { type Policy, type Witnessing, witnessingOf, witnessPolicyOf } from './policy.ts'

type State = Pick<
  Association,
  'epoch' | 'members' | 'hash' | 'since' | 'open' | 'isContradictory' | 'awaited'
>

/**
 * An association by everything that is known to have been said of it; null where no founding member's charter is. Depends on
 * the set of statements alone: neither on their order nor on who holds them.
 */
export function assess(id: AssociationId, statements: readonly Said[]): Association | null {
  const charterSaid = charterIn(statements)
  if (!charterSaid) return null
  const { charter, said } = charterSaid
  const voices = listen(statements)
  const founders = idsOf(charter.members)
  const unsigned = founders.filter((member) => !voices.get(member)?.signatures.length)
  const begun = { epoch: 0, members: charter.members, hash: charterSaid.hash, isContradictory: false }
  const { state, belonged } =
    unsigned.length > 0
      ? { state: { ...begun, since: null, open: null, awaited: {} }, belonged: new Set(founders) }
      : decide(charter.rule, begun, foundedAt(founders, voices), voices)
  const listed = idsOf(state.members)
  return {
    id,
    charter,
    charterPlace: said.place,
    unsigned,
    ...state,
    left: state.since === null ? [] : listed.filter((member) => !voices.get(member)?.isBound),
    applicants: applicantsOf(voices, new Set(listed)),
    misconduct: [...voices].flatMap(([member, { misconduct }]) => (belonged.has(member) ? misconduct : [])),
  }
}

/** The charter as a founding member said it: the first by the order of logs, as all that have this hash are one. */
function charterIn(statements: readonly Said[]) {
  for (const said of statements.toSorted(inOrderOfLogs)) {
    const { record, hash, memberId } = said
    if (
      record.type === 'association-charter/1' &&
      hash !== null &&
      Object.hasOwn(record.body.members, memberId)
    )
      return { charter: record.body, hash, said }
  }
  return null
}

/** When the last founding member signed, as they say. */
function foundedAt(founders: readonly MemberId[], voices: ReadonlyMap<MemberId, Voice>): Millis {
  return Math.max(...founders.map((member) => voices.get(member)?.signatures[0]?.time ?? 0))
}

/** One epoch after the other, as far as what was said goes. */
function decide(
  rule: AssociationCharter['body']['rule'],
  begun: Omit<State, 'since' | 'open' | 'awaited'>,
  foundedSince: Millis,
  voices: ReadonlyMap<MemberId, Voice>,
): { readonly state: State; readonly belonged: ReadonlySet<MemberId> } {
  const belonged = new Set<MemberId>()
  let [{ epoch, members, hash }, since] = [begun, foundedSince]
  for (;;) {
    const ids = idsOf(members)
    ids.forEach((id) => belonged.add(id))
    const scene: Scene = { rule, epoch: epoch + 1, members: ids, hash, since, voices }
    const proposals = proposalsIn(scene)
    const [adopted, another] = adoptedIn(scene, proposals)
    const isContradictory = another !== undefined
    if (!adopted || isContradictory) {
      const open = isContradictory ? null : openRoundOf(scene, proposals)
      const awaited = isContradictory ? {} : awaitedIn(scene)
      return { state: { epoch, members, hash, since, open, isContradictory, awaited }, belonged }
    }
    since = adoptedAt(scene, adopted)
    ;({ members, hash } = adopted)
    epoch++
  }
}

function applicantsOf(
  voices: ReadonlyMap<MemberId, Voice>,
  listed: ReadonlySet<MemberId>,
): ReadonlyMap<MemberId, Reference> {
  return new Map(
    [...voices].flatMap(([member, { isBound, signatures }]) => {
      const last = signatures.at(-1)
      return isBound && last && !listed.has(member) ? [[member, last.place] as const] : []
    }),
  )
}
