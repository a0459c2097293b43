import { z } from 'zod'

import { RepositoryId } from '../kernel/names.ts'
import { ModelOrDataset } from './repository-revision.ts'
import { statement } from './statement.ts'

/** A repository is no longer offered: deleted, moved or made private. */
export const RepositoryWithdrawal = statement(
  'repository-withdrawal/1',
  z.object({ repository: RepositoryId, kind: ModelOrDataset, movedTo: RepositoryId.exactOptional() }),
)
export type RepositoryWithdrawal = z.infer<typeof RepositoryWithdrawal>
