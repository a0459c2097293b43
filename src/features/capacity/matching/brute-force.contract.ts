/** The best way to give whole units, found by trying all of them. Knows nothing of flows. */
import type { Allocation, Round } from './index.ts'

interface Source {
  readonly offer: Round['offers'][number]
  readonly group: string | null
  readonly isSoft: boolean
  rest: number
}

/** What institutions received by their weight, least first, and what each has. Weights are small: fractions compare as numbers. */
export function sharesOf(round: Round, allocations: readonly Allocation[]) {
  const owners = new Map(round.needs.map(({ id, institution }) => [id, institution]))
  const has = new Map<string, number>()
  for (const { need, amount } of allocations) {
    const owner = owners.get(need) ?? ''
    const [n, d = '1'] = amount.split('/')
    has.set(owner, (has.get(owner) ?? 0) + Number(n) / Number(d))
  }
  return { shares: sorted(round, has), has }
}

function sorted(round: Round, has: ReadonlyMap<string, number>): readonly number[] {
  return round.institutions.map(({ id, weight = 1 }) => (has.get(id) ?? 0) / weight).toSorted((a, b) => a - b)
}

/** The best sorted vector of shares among all ways that leave nobody below `base`. */
export function bestWhole(
  round: Round,
  base: ReadonlyMap<string, number>,
  isSecond: boolean,
): readonly number[] {
  const homes = new Map(round.institutions.map(({ id, country }) => [id, country]))
  const inGroup = (group: string, country: string): boolean => {
    const { countries = [], includes = [] } = round.groups?.[group] ?? {}
    return countries.includes(country) || includes.some((each) => inGroup(each, country))
  }
  const sources: Source[] = round.offers.flatMap((offer) => {
    const kept = (offer.reserves ?? []).map(({ group, amount, mode }) => ({
      offer,
      group,
      isSoft: mode === 'soft',
      rest: Number(amount),
    }))
    const open = Number(offer.amount) - kept.reduce((sum, { rest }) => sum + rest, 0)
    return [{ offer, group: null, isSoft: false, rest: open }, ...kept]
  })
  const pairs = round.needs.flatMap((need) =>
    sources
      .filter(({ offer, group, isSoft }) => {
        const isNamed = offer.eligible?.institutions?.includes(need.institution)
        return (
          isNamed &&
          (group === null || (isSoft && isSecond) || inGroup(group, homes.get(need.institution) ?? ''))
        )
      })
      .map((source) => ({ need, source })),
  )
  const has = new Map<string, number>()
  const taken = new Map<string, number>()
  let best: readonly number[] | null = null
  const room = (key: string, most: string | undefined) =>
    most === undefined ? Infinity : Number(most) - (taken.get(key) ?? 0)
  const take = (key: string, amount: number) => taken.set(key, (taken.get(key) ?? 0) + amount)
  const tryFrom = (at: number): void => {
    const pair = pairs[at]
    if (!pair) {
      if (round.institutions.some(({ id }) => (has.get(id) ?? 0) < (base.get(id) ?? 0))) return
      const shares = sorted(round, has)
      if (!best || isBetter(shares, best)) best = shares
      return
    }
    const { need, source } = pair
    const { id, caps } = source.offer
    const keys = [
      `need ${need.id}`,
      `${id} by ${need.institution}`,
      `${id} in ${homes.get(need.institution)}`,
    ] as const
    const most = Math.min(
      source.rest,
      room(keys[0], need.amount),
      room(keys[1], caps?.institution),
      room(keys[2], caps?.country),
    )
    for (let amount = 0; amount <= most; amount++) {
      source.rest -= amount
      for (const key of keys) take(key, amount)
      has.set(need.institution, (has.get(need.institution) ?? 0) + amount)
      tryFrom(at + 1)
      has.set(need.institution, (has.get(need.institution) ?? 0) - amount)
      for (const key of keys) take(key, -amount)
      source.rest += amount
    }
  }
  tryFrom(0)
  return best ?? []
}

function isBetter(left: readonly number[], right: readonly number[]): boolean {
  const at = left.findIndex((each, index) => each !== right[index])
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0)
}
