import { createHash } from 'node:crypto'

import type { Writer } from '../../../database/index.ts'
import { type GitOid, Sha256 } from '../../../kernel/names.ts'
import type { RevisionQueries } from '../revisions/index.ts'
import { bytesOf, describeFiles } from './queries.ts'
import type { DescribedFiles, ManifestName } from './types.ts'

/** Rows written per statement, well under SQLite's limit of 32,766 parameters. */
const ROWS_AT_ONCE = 500

/**
 * Names the manifest of a commit that is about to be announced, and remembers what is needed to derive the same bytes again
 * without hashing every file. Null when the commit has more than a manifest takes.
 */
export async function nameManifest(
  tx: Writer,
  queries: RevisionQueries,
  repositoryId: string,
  at: GitOid,
): Promise<ManifestName | null> {
  const described = await describeFiles(tx, queries, repositoryId, at)
  const bytes = described && bytesOf(described)
  if (!bytes) return null
  await rememberDigests(tx, described.digests)
  await rememberNames(tx, repositoryId, described.names)
  return { sha256: Sha256.parse(createHash('sha256').update(bytes).digest('hex')), size: bytes.length }
}

/** Keeps the SHA-256 of blobs. What is known stays. */
export async function rememberDigests(tx: Writer, digests: DescribedFiles['digests']): Promise<void> {
  for (let start = 0; start < digests.length; start += ROWS_AT_ONCE)
    await tx
      .insertInto('blob_digest')
      .values(digests.slice(start, start + ROWS_AT_ONCE))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

/** Keeps under which Xet hash the repository's manifests name a large file. What was said first stays. */
export async function rememberNames(
  tx: Writer,
  repositoryId: string,
  names: DescribedFiles['names'],
): Promise<void> {
  for (let start = 0; start < names.length; start += ROWS_AT_ONCE) {
    const rows = names
      .slice(start, start + ROWS_AT_ONCE)
      .map(({ sha256, xet }) => ({ repository_id: repositoryId, sha256, xet_hash: xet }))
    await tx
      .insertInto('manifest_file')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}
