import { WHOLE_UNITS } from '../../../../records/index.ts'
import type { Round } from '../types.ts'
import { commonMultiple, type Fraction, parseFraction } from './fraction.ts'

/** An amount of a round or a result that was read before. */
export function amountOf(text: string): Fraction {
  const amount = parseFraction(text)
  if (!amount) throw new Error(`${text} was read as an amount`)
  return amount
}

/** Whether nobody can have a part of one. */
export function isWhole({ unit }: Pick<Round, 'unit'>): boolean {
  return WHOLE_UNITS.has(unit)
}

/** Where something stands in a round. Needs and offers are named by their ids: their lists were sorted. */
export const needPlace = (id: string, member: string) => `needs.${id}.${member}`
export const offerPlace = (id: string, member: string) => `offers.${id}.${member}`

/** Every amount that is divided or divides, with its place. */
export function amountsOf({ needs, offers }: Round): readonly (readonly [string, Fraction])[] {
  const named: (readonly [string, string | undefined])[] = [
    ...needs.flatMap(
      ({ id, amount, minimum }) =>
        [
          [needPlace(id, 'amount'), amount],
          [needPlace(id, 'minimum'), minimum],
        ] as const,
    ),
    ...offers.flatMap(
      ({ id, amount, caps = {}, reserves = [] }) =>
        [
          [offerPlace(id, 'amount'), amount],
          [offerPlace(id, 'caps.institution'), caps.institution],
          [offerPlace(id, 'caps.country'), caps.country],
          ...reserves.map((each) => [offerPlace(id, 'reserves'), each.amount] as const),
        ] as const,
    ),
  ]
  return named.flatMap(([place, text]) => (text === undefined ? [] : [[place, amountOf(text)] as const]))
}

/** What everything is counted in inside: so small that every amount of the round is a whole number of it. */
export function scaleOf(round: Round): bigint {
  return commonMultiple(amountsOf(round).map(([, { d }]) => d))
}
