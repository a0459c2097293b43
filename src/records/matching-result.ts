import { z } from 'zod'

import { Origin, Sha256 } from '../kernel/names.ts'
import { TreeHashText } from './key.ts'
import { MAX_ROUND_MEMBERS } from './matching-round.ts'
import { areDistinct, list, Reference, statement } from './statement.ts'

/** A log as far as it takes part. */
export const CutLog = z.object({ origin: Origin, size: z.int().min(1), root: TreeHashText })

/**
 * What a member computed of a round at a cut. The first that the round's own member states decides it; the same statement of
 * another member confirms it.
 */
export const MatchingResult = statement(
  'matching-result/1',
  z.object({
    round: Reference,
    cut: list(CutLog, { max: MAX_ROUND_MEMBERS }).refine((cut) =>
      areDistinct(cut.map(({ origin }) => origin)),
    ),
    /** SHA-256 of the round's canonical JSON (docs/spec/matching.md). */
    input: Sha256,
    /** The `resultHash` of the result. */
    result: Sha256,
  }),
)
export type MatchingResult = z.infer<typeof MatchingResult>
