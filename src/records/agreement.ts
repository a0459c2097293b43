import { z } from 'zod'

import { MemberId } from '../kernel/names.ts'
import { Amount, Country, Day, Goal, isInOrder, isOfKind, measured, Sector, Title } from './capacity.ts'
import { LanguageCode } from './language.ts'
import { prose } from './prose.ts'
import { areDistinct, list, Reference, statement } from './statement.ts'

/** Most obligations of one agreement. */
export const MAX_OBLIGATIONS = 32

/** What one party owes the other: until `due`, an amount. */
export const Obligation = z
  .object({
    /** Who owes it: the other party receives it. */
    by: MemberId,
    ...measured,
    amount: Amount,
    /** What exactly, in words. */
    text: prose(500),
    due: Day,
    /** The need that it answers, and the offer that it comes from. */
    need: Reference.exactOptional(),
    offer: Reference.exactOptional(),
    /** The pledge that it counts for, where no offer says so. */
    pledge: Reference.exactOptional(),
  })
  .refine(isOfKind, { path: ['unit'] })
export type Obligation = z.infer<typeof Obligation>

/** Two members agree; the one that states it has signed thereby. It holds when the other signs too. */
export const Agreement = statement(
  'agreement/1',
  z
    .object({
      title: Title,
      description: prose(2000),
      language: LanguageCode,
      /** Who states it and whom it is with. */
      parties: z.tuple([MemberId, MemberId]).refine(areDistinct),
      obligations: list(Obligation, { max: MAX_OBLIGATIONS }),
      from: Day,
      until: Day,
      /** Where it does good, and for what. */
      country: Country,
      sector: Sector,
      goals: list(Goal, { max: 17 })
        .refine((goals) => areDistinct(goals.map(String)))
        .exactOptional(),
      /** The result of a round that it carries out. */
      result: Reference.exactOptional(),
      /** Whether it was granted at once under the standing rule of the offer that its one obligation names. */
      standing: z.literal(true).exactOptional(),
    })
    .refine(isInOrder, { path: ['until'] })
    .refine(({ parties, obligations }) => obligations.every(({ by }) => parties.includes(by)), {
      path: ['obligations'],
    }),
)
export type Agreement = z.infer<typeof Agreement>
