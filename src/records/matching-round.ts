import { z } from 'zod'

import { MemberId } from '../kernel/names.ts'
import { areDistinctReferences, GroupReference, isOfKind, measured, spoken, Title } from './capacity.ts'
import { LanguageCode } from './language.ts'
import { prose } from './prose.ts'
import { areDistinct, list, RecordTime, statement } from './statement.ts'

/** By which rule a round is decided. `order` of the priority rule: an earlier group first, all others last. */
export const MatchingRule = z.discriminatedUnion('name', [
  z.object({ name: z.literal('leximin'), version: z.literal(1) }),
  z.object({ name: z.literal('proportional'), version: z.literal(1) }),
  z.object({
    name: z.literal('priority'),
    version: z.literal(1),
    order: list(GroupReference, { max: 16 }).refine(areDistinctReferences),
  }),
])
export type MatchingRule = z.infer<typeof MatchingRule>

/** Most members whose needs and offers one round takes up: the cut that decides it must fit into a record. */
export const MAX_ROUND_MEMBERS = 100

/** A round is announced: everything that decides it but the needs and offers themselves, before it is held. */
export const MatchingRound = statement(
  'matching-round/1',
  z
    .object({
      ...spoken,
      ...measured,
      title: Title,
      description: prose(2000),
      language: LanguageCode,
      rule: MatchingRule,
      /** Needs and offers that say an earlier time take part. */
      deadline: RecordTime,
      /** Whose needs and offers take part: at most {@link MAX_ROUND_MEMBERS}. Everybody whose log is in the cut when left out. */
      members: list(MemberId, { max: MAX_ROUND_MEMBERS }).refine(areDistinct).exactOptional(),
      /** Groups whose members count more: of the groups of a country the largest weight counts. Others have 1. */
      weights: list(z.object({ group: GroupReference, weight: z.int().min(2).max(1000) }), { max: 16 })
        .refine((weights) => areDistinctReferences(weights.map(({ group }) => group)))
        .exactOptional(),
      /** Groups whose part is shown among the figures of fairness. */
      shown: list(GroupReference, { max: 16 }).refine(areDistinctReferences).exactOptional(),
    })
    .refine(isOfKind, { path: ['unit'] }),
)
export type MatchingRound = z.infer<typeof MatchingRound>
