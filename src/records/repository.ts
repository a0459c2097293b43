import { z } from 'zod'

import { GitOid, RepositoryId } from '../kernel/names.ts'

/** What a repository record is about. */
export const ModelOrDataset = z.enum(['model', 'dataset'])

/** A ref of a public repository now points at a commit. */
export const RepositoryRevision = z.object({
  type: z.literal('repository-revision/1'),
  time: z.iso.datetime(),
  body: z.object({
    repository: RepositoryId,
    kind: ModelOrDataset,
    ref: z.string(),
    /** Absent when the ref was deleted. */
    commit: GitOid.exactOptional(),
  }),
})
export type RepositoryRevision = z.infer<typeof RepositoryRevision>

/** A repository is no longer offered: deleted, moved or made private. */
export const RepositoryWithdrawal = z.object({
  type: z.literal('repository-withdrawal/1'),
  time: z.iso.datetime(),
  body: z.object({ repository: RepositoryId, kind: ModelOrDataset, movedTo: RepositoryId.exactOptional() }),
})
export type RepositoryWithdrawal = z.infer<typeof RepositoryWithdrawal>
