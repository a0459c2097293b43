import type { MemberId } from '../../../../kernel/names.ts'
import type { Reference } from '../../../../records/index.ts'
import type { Statement } from '../../../follow/index.ts'
import { assessAgreements } from '../../agreements/index.ts'
import { assessCapacity, countriesOf, groupsNamedBy, type StatedCapacity } from '../../statements/index.ts'
import type { AssessedRound, Cut } from '../types.ts'
import { agreementStatements } from './committed.ts'
import { groupsOfRound, isOfRound } from './parts.ts'

/** What is known within a cut: what was taken back after it still stands. */
export function statementsIn(cut: Cut, statements: readonly Statement[]): readonly Statement[] {
  const sizes = new Map<string, number>(cut.map(({ origin, size }) => [origin, size]))
  const isIn = ({ origin, index }: Pick<Reference, 'origin' | 'index'>) => index < (sizes.get(origin) ?? 0)
  return statements
    .filter(({ place }) => isIn(place))
    .map((said) => (said.retracted && !isIn(said.retracted) ? { ...said, retracted: null } : said))
}

/**
 * Whose logs a round is decided from: its own member's, those with needs and offers of its kind, those that list a group which is
 * named, and those of whoever agreed something with one of them. Other logs contribute nothing.
 */
export function membersConcerned(
  round: Pick<AssessedRound, 'memberId' | 'body'>,
  statements: readonly Statement[],
): ReadonlySet<MemberId> {
  const capacity = assessCapacity(statements)
  const needs = capacity.needs.filter((each) => isOfRound(round, each))
  const offers = capacity.offers.filter((each) => isOfRound(round, each))
  const taking = new Set([...needs, ...offers].map(({ memberId }) => memberId))
  const agreements = assessAgreements(agreementStatements(statements), new Map())
  const parties = agreements
    .filter((each) => each.parties.some((party) => taking.has(party)))
    .flatMap((each) => each.parties)
  const listing = [...groupsOfRound(round), ...offers.flatMap(groupsNamedBy)].flatMap((reference) =>
    listersOf(capacity, reference),
  )
  return new Set([round.memberId, ...taking, ...parties, ...listing])
}

function listersOf({ groups }: StatedCapacity, reference: Reference): readonly MemberId[] {
  return groups.filter((group) => countriesOf([group], reference) !== null).map(({ memberId }) => memberId)
}
