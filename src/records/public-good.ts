import { z } from 'zod'

import { MemberId, RepositoryId } from '../kernel/names.ts'
import { ModelOrDataset } from './repository-revision.ts'
import { statement } from './statement.ts'

/** A repository is offered as a public good: under a licence, kept up by a member, held by several, until a date. */
export const PublicGood = statement(
  'public-good/1',
  z.object({
    repository: RepositoryId,
    kind: ModelOrDataset,
    /** An SPDX licence expression; whether its names are on the SPDX list is not looked at. */
    licence: z.string().regex(/^[A-Za-z0-9(][A-Za-z0-9.+:() -]{0,99}$/),
    /** Who answers for it. */
    maintainer: MemberId,
    /** How many members shall hold a full copy. */
    holders: z.int().min(1).max(1000),
    /** The last day of the promise, in UTC: `2028-12-31`. */
    until: z.iso.date(),
  }),
)
export type PublicGood = z.infer<typeof PublicGood>
