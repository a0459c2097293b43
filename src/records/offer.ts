import { z } from 'zod'

import { MemberId } from '../kernel/names.ts'
import {
  Amount,
  areDistinctReferences,
  Condition,
  Countries,
  Country,
  GroupReference,
  isInOrder,
  isOfKind,
  measured,
  Sector,
  spoken,
  technical,
  Title,
} from './capacity.ts'
import { LanguageCode } from './language.ts'
import { line, prose } from './prose.ts'
import { areDistinct, list, Reference, statement } from './statement.ts'

const Groups = list(GroupReference, { max: 16 }).refine(areDistinctReferences)
const Members = list(MemberId, { max: 100 }).refine(areDistinct)
const Purposes = list(Sector, { max: 11 }).refine(areDistinct)

/** Whom an offer is for: any of groups, countries and members is enough; purposes narrow it. Everybody when left out. */
export const Eligible = z.object({
  groups: Groups.exactOptional(),
  countries: Countries.exactOptional(),
  members: Members.exactOptional(),
  purposes: Purposes.exactOptional(),
})
export type Eligible = z.infer<typeof Eligible>

/** Whom an offer is not for, and why: a legal limit of the supplier, stated so that a refusal has a reason. */
export const Exclusion = z
  .object({
    groups: Groups.exactOptional(),
    countries: Countries.exactOptional(),
    members: Members.exactOptional(),
    purposes: Purposes.exactOptional(),
    reason: line(300),
  })
  .refine((each) => Boolean(each.groups ?? each.countries ?? each.members ?? each.purposes))

/** A part of an offer that is kept for a group: what it leaves over is open to all when soft, and to nobody when hard. */
export const Reserve = z.object({ group: GroupReference, amount: Amount, mode: z.enum(['hard', 'soft']) })

/** Needs so small that they are granted as they come. */
export const Standing = z.object({
  /** Most that one need is granted. */
  each: Amount,
  /** Most that one member is granted in a calendar month. */
  member: Amount,
  /** Most that is granted in a calendar month. */
  month: Amount,
})
export type Standing = z.infer<typeof Standing>

/** What a member offers, to whom, and under which conditions. */
export const Offer = statement(
  'offer/1',
  z
    .object({
      ...spoken,
      ...measured,
      title: Title,
      description: prose(2000),
      language: LanguageCode,
      amount: Amount,
      ...technical,
      /** Where it is provided: what a need says of residency is held against this. */
      location: Country.exactOptional(),
      /** What the receiver pays for one unit: in millionths of the currency (ISO 4217). Free when left out. */
      price: z.object({ micros: z.int().min(1), currency: z.string().regex(/^[A-Z]{3}$/) }).exactOptional(),
      eligible: Eligible.exactOptional(),
      excluded: list(Exclusion, { max: 16 }).exactOptional(),
      reserves: list(Reserve, { max: 16 })
        .refine((reserves) => areDistinctReferences(reserves.map(({ group }) => group)))
        .exactOptional(),
      /** Most that one member, and one country, may receive of it. */
      caps: z.object({ member: Amount.exactOptional(), country: Amount.exactOptional() }).exactOptional(),
      conditions: list(Condition, { max: 16 })
        .refine((conditions) => areDistinct(conditions.map(({ id }) => id)))
        .exactOptional(),
      standing: Standing.exactOptional(),
      /** The pledge that this offer keeps a part of. */
      pledge: Reference.exactOptional(),
      /** An offer of the same member that this one takes the place of. */
      replaces: Reference.exactOptional(),
    })
    .refine(isOfKind, { path: ['unit'] })
    .refine(isInOrder, { path: ['until'] })
    .refine(({ reserves = [], amount }) => reserves.reduce((sum, each) => sum + each.amount, 0) <= amount, {
      path: ['reserves'],
    }),
)
export type Offer = z.infer<typeof Offer>
