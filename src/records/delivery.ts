import { z } from 'zod'

import { GitOid, RepositoryId, RepositoryPath, Sha256 } from '../kernel/names.ts'
import { Amount, Day, isInOrder } from './capacity.ts'
import { prose } from './prose.ts'
import { ModelOrDataset } from './repository-revision.ts'
import { list, Reference, statement } from './statement.ts'

/** What shows a delivery. Everybody opens and counts it anew. */
export const Evidence = z.discriminatedUnion('kind', [
  /** A revision of a public repository was announced: it counts one. */
  z.object({ kind: z.literal('revision'), record: Reference }),
  /** A file in a public repository: what a scheduler wrote down, a table, or a list of digests of credentials. */
  z.object({
    kind: z.literal('file'),
    format: z.enum(['slurm', 'csv', 'digests']),
    repository: RepositoryId,
    repositoryKind: ModelOrDataset,
    commit: GitOid,
    path: RepositoryPath,
    sha256: Sha256,
  }),
])
export type Evidence = z.infer<typeof Evidence>

/** A party says what it has delivered of an obligation. Without evidence it is claimed, not delivered. */
export const Delivery = statement(
  'delivery/1',
  z
    .object({
      agreement: Reference,
      /** Which obligation, from 0. */
      obligation: z.int().min(0).max(31),
      amount: Amount,
      /** In which days. */
      from: Day,
      until: Day,
      evidence: list(Evidence, { max: 16 }).exactOptional(),
      note: prose(1000).exactOptional(),
    })
    .refine(isInOrder, { path: ['until'] }),
)
export type Delivery = z.infer<typeof Delivery>
