import type { MemberId } from '../../../../kernel/names.ts'
import type { Country } from '../../../../records/index.ts'
import type {
  FlowAccount,
  GroupAccount,
  Ledger,
  LedgerLine,
  MemberAccount,
  PledgeAccount,
  Totals,
} from '../types.ts'

/** A promise as it was made. */
export type Promised = Omit<PledgeAccount, 'totals'> &
  Pick<Totals, 'kind' | 'unit'> & { readonly amount: bigint }
/** A group of countries by one of its lists. */
export type Group = Omit<GroupAccount, 'totals'>

/** Adds everything up. Every figure is a sum of lines, or of promises: nothing else is counted. */
export function ledgerOf({
  asOf,
  lines,
  promises,
  groups,
  unopened,
}: {
  readonly asOf: string
  readonly lines: readonly LedgerLine[]
  readonly promises: readonly Promised[]
  readonly groups: readonly Group[]
  readonly unopened: number
}): Ledger {
  const sorted = lines.toSorted(
    (one, other) => compare(one.agreement, other.agreement) || one.obligation - other.obligation,
  )
  return {
    asOf,
    lines: sorted,
    unopened,
    totals: totalsOf(sorted, promises),
    pledges: promises
      .toSorted((one, other) => compare(one.pledge, other.pledge))
      .map((each) => accountOf(each, sorted)),
    members: membersIn(sorted, promises),
    groups: groups
      .toSorted((one, other) => compare(one.code, other.code) || compare(one.memberId, other.memberId))
      .map((group) => ({ ...group, totals: totalsOf(inCountries(sorted, group.countries)) })),
    flows: flowsIn(sorted),
  }
}

/** What lines, and promises, come to, by kind and unit. */
export function totalsOf(
  lines: readonly LedgerLine[],
  promises: readonly Promised[] = [],
): readonly Totals[] {
  const units = new Map<string, Pick<Totals, 'kind' | 'unit'>>()
  for (const { kind, unit } of [...lines, ...promises]) units.set(`${kind} ${unit}`, { kind, unit })
  return Array.from(units)
    .toSorted(([one], [other]) => compare(one, other))
    .map(([, measure]) => sumOf(measure, lines.filter(isOf(measure)), promises.filter(isOf(measure))))
}

/** Agreements that one party alone has signed, or the other did not want, bind nobody. */
const BINDING: ReadonlySet<LedgerLine['state']> = new Set([
  'active',
  'delivered',
  'accepted',
  'disputed',
  'closed',
])

function sumOf(
  { kind, unit }: Pick<Totals, 'kind' | 'unit'>,
  lines: readonly LedgerLine[],
  promises: readonly Promised[],
): Totals {
  const sum = (part: 'claimed' | 'delivered' | 'accepted' | 'disputed' | 'overdue') =>
    lines.reduce((total, line) => total + line[part], 0n)
  return {
    kind,
    unit,
    promised: promises.reduce((total, { amount }) => total + amount, 0n),
    committed: lines.reduce((total, { state, amount }) => total + (BINDING.has(state) ? amount : 0n), 0n),
    claimed: sum('claimed'),
    delivered: sum('delivered'),
    accepted: sum('accepted'),
    disputed: sum('disputed'),
    overdue: sum('overdue'),
  }
}

function accountOf(promise: Promised, lines: readonly LedgerLine[]): PledgeAccount {
  const { pledge, memberId, title, until, kind, unit } = promise
  const kept = lines.filter((line) => line.pledge === pledge && line.supplier === memberId)
  return {
    pledge,
    memberId,
    title,
    until,
    totals: sumOf({ kind, unit }, kept.filter(isOf({ kind, unit })), [promise]),
  }
}

function membersIn(lines: readonly LedgerLine[], promises: readonly Promised[]): readonly MemberAccount[] {
  const ids = new Set<MemberId>([
    ...lines.flatMap(({ supplier, receiver }) => [supplier, receiver]),
    ...promises.map(({ memberId }) => memberId),
  ])
  return Array.from(ids)
    .toSorted(compare)
    .map((memberId) => ({
      memberId,
      supplied: totalsOf(
        lines.filter(({ supplier }) => supplier === memberId),
        promises.filter((promise) => promise.memberId === memberId),
      ),
      received: totalsOf(lines.filter(({ receiver }) => receiver === memberId)),
    }))
}

function flowsIn(lines: readonly LedgerLine[]): readonly FlowAccount[] {
  const pairs = Map.groupBy(
    lines.filter(({ state }) => BINDING.has(state)),
    ({ supplier, receiver }) => `${supplier} ${receiver}`,
  )
  return Array.from(pairs)
    .toSorted(([one], [other]) => compare(one, other))
    .flatMap(([, between]) => {
      const [first] = between
      return first ? [{ supplier: first.supplier, receiver: first.receiver, totals: totalsOf(between) }] : []
    })
}

function inCountries(lines: readonly LedgerLine[], countries: readonly Country[]): readonly LedgerLine[] {
  const listed = new Set(countries)
  return lines.filter(({ country }) => listed.has(country))
}

function isOf({ kind, unit }: Pick<Totals, 'kind' | 'unit'>) {
  return (each: Pick<Totals, 'kind' | 'unit'>) => each.kind === kind && each.unit === unit
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
