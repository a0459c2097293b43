import { type Failure, failure, FAILURES, type Reason } from '../../../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { UNITS_OF } from '../../../../records/index.ts'
import { DIGITS, MOST, type Offer, Round, type Scope } from '../types.ts'
import { amountOf, amountsOf, isWhole, needPlace, offerPlace } from './amounts.ts'
import { add, commonMultiple, compare, ZERO } from './fraction.ts'
import { hasMorePairs } from './network.ts'

/** Reads a round from parsed JSON, into normal form. The failure names the first thing that is wrong and its place. */
export function readRound(json: unknown): Result<Round> {
  const parsed = Round.safeParse(json)
  if (!parsed.success) return fail(firstIssue(parsed.error.issues))
  const problem = inconsistency(parsed.data)
  if (problem) return fail(problem)
  if (hasMorePairs(parsed.data, MOST.pairs))
    return fail(failure('matchTooMany', { limit: MOST.pairs }, 'offers'))
  return succeed(parsed.data)
}

type Issue = NonNullable<ReturnType<typeof Round.safeParse>['error']>['issues'][number]

function firstIssue([issue]: readonly Issue[]): Failure {
  if (!issue) return failure('matchMalformed', {}, '')
  const field = placeOf(
    issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path,
  )
  if (issue.code === 'too_big' && issue.origin === 'array')
    return failure('matchTooMany', { limit: Number(issue.maximum) }, field)
  const params: Record<string, unknown> = (issue.code === 'custom' && issue.params) || {}
  const reason = isReason(params['reason']) ? params['reason'] : 'matchMalformed'
  return failure(reason, reason === 'matchDuplicate' ? { id: String(params['id']) } : {}, field)
}

function isReason(reason: unknown): reason is Reason {
  return typeof reason === 'string' && Object.hasOwn(FAILURES, reason)
}

/** `needs[3].amount`. */
function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, step) => {
    if (typeof step === 'number') return `${place}[${step}]`
    return place === '' ? String(step) : `${place}.${String(step)}`
  }, '')
}

/** What each part says well and the whole does not. */
function inconsistency(round: Round): Failure | null {
  if (!UNITS_OF[round.kind].includes(round.unit))
    return failure('matchUnit', { unit: round.unit, kind: round.kind }, 'unit')
  for (const check of [unknownGroup, groupCycle, unknownInstitution, badMinimum, badReserves, badAmount]) {
    const problem = check(round)
    if (problem) return problem
  }
  return null
}

function unknownGroup({ rule, groups = {}, offers }: Round): Failure | null {
  const named = [
    ...(rule.order ?? []).map((group) => ['rule.order', group] as const),
    ...Object.entries(groups).flatMap(([id, { includes = [] }]) =>
      includes.map((group) => [`groups.${id}.includes`, group] as const),
    ),
    ...offers.flatMap((offer) => groupsNamedBy(offer)),
  ]
  const unknown = named.find(([, group]) => !Object.hasOwn(groups, group))
  return unknown ? failure('matchGroup', { group: unknown[1] }, unknown[0]) : null
}

function groupsNamedBy({
  id,
  reserves = [],
  eligible,
  excluded = [],
}: Offer): readonly (readonly [string, string])[] {
  const at = (member: string) => (group: string) => [offerPlace(id, member), group] as const
  const inScope = ({ groups = [] }: Scope) => groups
  return [
    ...reserves.map(({ group }) => at('reserves')(group)),
    ...(eligible ? inScope(eligible).map(at('eligible')) : []),
    ...excluded.flatMap((each) => (each.groups ?? []).map(at('excluded'))),
  ]
}

/** Follows what groups include; a group that is met below itself is part of a cycle, which is named. */
function groupCycle({ groups = {} }: Round): Failure | null {
  const done = new Set<string>()
  const cycleBelow = (id: string, above: readonly string[]): readonly string[] | null => {
    if (above.includes(id)) return [...above.slice(above.indexOf(id)), id]
    if (done.has(id)) return null
    for (const each of groups[id]?.includes ?? []) {
      const cycle = cycleBelow(each, [...above, id])
      if (cycle) return cycle
    }
    done.add(id)
    return null
  }
  for (const id of Object.keys(groups).toSorted()) {
    const cycle = cycleBelow(id, [])
    if (cycle) return failure('matchGroupCycle', { cycle: cycle.join(' → ') }, `groups.${cycle[0]}.includes`)
  }
  return null
}

function unknownInstitution({ institutions, needs }: Round): Failure | null {
  const known = new Set(institutions.map(({ id }) => id))
  const lost = needs.find(({ institution }) => !known.has(institution))
  return lost
    ? failure('matchInstitution', { id: lost.institution }, needPlace(lost.id, 'institution'))
    : null
}

function badMinimum({ needs }: Round): Failure | null {
  const bad = needs.find(({ amount, minimum, indivisible }) => {
    if (minimum === undefined) return false
    return indivisible ? minimum !== amount : compare(amountOf(minimum), amountOf(amount)) > 0
  })
  return bad ? failure('matchMinimum', {}, needPlace(bad.id, 'minimum')) : null
}

function badReserves({ offers }: Round): Failure | null {
  const bad = offers.find(
    ({ amount, reserves = [] }) =>
      compare(
        reserves.reduce((total, each) => add(total, amountOf(each.amount)), ZERO),
        amountOf(amount),
      ) > 0,
  )
  return bad ? failure('matchReserves', {}, offerPlace(bad.id, 'reserves')) : null
}

/** Parts of what has no parts, and fractions so many and so odd that nobody could compute with them. */
function badAmount(round: Round): Failure | null {
  const amounts = amountsOf(round)
  const part = isWhole(round) && amounts.find(([, { d }]) => d !== 1n)
  if (part) return failure('matchPart', { unit: round.unit }, part[0])
  const limit = 10n ** BigInt(DIGITS.common)
  let multiple = 1n
  for (const [place, { d }] of amounts) {
    multiple = commonMultiple([multiple, d])
    if (multiple >= limit) return failure('matchAmount', {}, place)
  }
  return null
}
