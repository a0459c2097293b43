/** A large round for the bench, the same on every run. */
import type { Round } from '../../src/features/capacity/index.ts'
import { readRound } from '../../src/features/capacity/index.ts'

/** A sequence of numbers below a bound that looks random (mulberry32): a bench measures the same round each time. */
export function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function someOf<Each>(all: readonly Each[], count: number, next: (below: number) => number): readonly Each[] {
  const rest = [...all]
  return Array.from({ length: count }, () => rest.splice(next(rest.length), 1)).flat()
}

/** Needs of as many institutions in sixty countries; each offer is for a fifth of them and keeps a part for a group. */
export function largeRound(needs: number, offers: number, unit: 'gpu-hour' | 'seat' = 'gpu-hour'): Round {
  const next = numbers(1)
  const countries = Array.from(
    { length: 60 },
    (_, at) => `${String.fromCharCode(65 + Math.floor(at / 26))}${String.fromCharCode(65 + (at % 26))}`,
  )
  const id = (kind: string, at: number) => `${kind}${String(at).padStart(5, '0')}`
  const institutions = Array.from({ length: needs }, (_, at) => ({
    id: id('i', at),
    country: countries[next(60)],
    weight: 1 + next(3),
  }))
  const round = readRound({
    format: 'ayni-round/1',
    kind: unit === 'seat' ? 'skills' : 'compute',
    unit,
    rule: { name: 'leximin', version: 1 },
    groups: {
      least: { countries: countries.slice(0, 12) },
      landlocked: { countries: countries.slice(8, 24) },
    },
    institutions,
    needs: institutions.map((institution, at) => ({
      id: id('n', at),
      institution: institution.id,
      amount: 10 + next(991),
    })),
    offers: Array.from({ length: offers }, (_, at) => {
      const amount = 100 + next(1900)
      return {
        id: id('o', at),
        supplier: 's',
        amount,
        eligible: { countries: someOf(countries, 12, next) },
        reserves: [
          { group: 'least', amount: Math.floor(amount / 5), mode: 'soft' },
          { group: 'landlocked', amount: Math.floor(amount / 10), mode: 'hard' },
        ],
      }
    }),
  })
  if (!round.ok) throw new Error(JSON.stringify(round.failure))
  return round.value
}
