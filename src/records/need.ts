import { z } from 'zod'

import {
  Amount,
  ConditionIds,
  Countries,
  Country,
  Goal,
  isInOrder,
  isOfKind,
  measured,
  Sector,
  spoken,
  technical,
  Title,
} from './capacity.ts'
import { LanguageCode } from './language.ts'
import { prose } from './prose.ts'
import { areDistinct, list, Reference, statement } from './statement.ts'

/** What a member needs, for all to see. Who is to be asked about it is told in a sealed message, never here. */
export const Need = statement(
  'need/1',
  z
    .object({
      ...spoken,
      ...measured,
      title: Title,
      /** What it is for, and what will come of it. */
      purpose: prose(2000),
      /** In which language title and purpose are written. */
      language: LanguageCode,
      /** Where it will be used. */
      country: Country,
      amount: Amount,
      /** Less than this is of no use. */
      minimum: Amount.exactOptional(),
      sector: Sector,
      goals: list(Goal, { max: 17 })
        .refine((goals) => areDistinct(goals.map(String)))
        .exactOptional(),
      ...technical,
      /** Where data may be processed; anywhere when left out. */
      residency: Countries.exactOptional(),
      /** Conditions of offers that this member accepts. */
      accepts: ConditionIds.exactOptional(),
      /** What will be given back to everybody: open weights, a report. */
      outputs: prose(1000).exactOptional(),
      /** What shows that it can begin: a repository's revision, a pilot. */
      readiness: list(Reference, { max: 16 }).exactOptional(),
      /** A need of the same member that this one takes the place of. */
      replaces: Reference.exactOptional(),
    })
    .refine(isOfKind, { path: ['unit'] })
    .refine(isInOrder, { path: ['until'] })
    .refine(({ minimum = 1, amount }) => minimum <= amount, { path: ['minimum'] }),
)
export type Need = z.infer<typeof Need>
