import { z } from 'zod'

import { GitOid, RefName, RepositoryId, Sha256 } from '../kernel/names.ts'
import { MAX_MANIFEST_BYTES } from './manifest.ts'
import { statement } from './statement.ts'

/** What a repository record is about. */
export const ModelOrDataset = z.enum(['model', 'dataset'])
export type ModelOrDataset = z.infer<typeof ModelOrDataset>

/** A ref's full name: `refs/heads/main`, `refs/tags/v1`. */
const FullRefName = z
  .string()
  .refine((ref) => /^refs\/./.test(ref) && RefName.safeParse(ref.slice(5)).success)

/** A ref of a public repository now points at a commit. */
export const RepositoryRevision = statement(
  'repository-revision/1',
  z
    .object({
      repository: RepositoryId,
      kind: ModelOrDataset,
      ref: FullRefName,
      /** The commit, or the annotated tag object. Absent when the ref was deleted. */
      commit: GitOid.exactOptional(),
      /** Names the bytes of the commit's `Manifest`; `size` in bytes. */
      manifest: z.object({ sha256: Sha256, size: z.int().min(1).max(MAX_MANIFEST_BYTES) }).exactOptional(),
    })
    .refine(({ commit, manifest }) => commit !== undefined || manifest === undefined),
)
export type RepositoryRevision = z.infer<typeof RepositoryRevision>
