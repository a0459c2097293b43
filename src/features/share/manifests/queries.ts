import { createHash } from 'node:crypto'

import { isDirectory, tagTarget } from '../../../content/git/index.ts'
import type { Reader } from '../../../database/index.ts'
import { GitOid, RepositoryPath, Sha256, XetHash } from '../../../kernel/names.ts'
import { MAX_MANIFEST_FILES, type ManifestFile, writeManifest } from '../../../records/index.ts'
import type { RevisionQueries } from '../revisions/index.ts'
import type { DescribedFiles, TreeFile } from './types.ts'

/** SQLite takes at most 32,766 parameters; lists are asked for in pieces. */
const ASK_AT_ONCE = 1000

/**
 * The canonical bytes of the manifest of a commit, or of the commit that a tag names; null when it takes more files or bytes than
 * a manifest may have. The caller has found the object in the repository. Derived from the commit each time: about a second for
 * 100,000 files.
 */
export async function manifestOf(
  reader: Reader,
  queries: RevisionQueries,
  repositoryId: string,
  at: GitOid,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const described = await describeFiles(reader, queries, repositoryId, at)
  return described && bytesOf(described)
}

/** The bytes of a manifest of described files; null when they would be too many. */
export function bytesOf({ files }: DescribedFiles): Uint8Array<ArrayBuffer> | null {
  try {
    return writeManifest(files)
  } catch (cause) {
    if (cause instanceof RangeError) return null // too long to be announced
    throw cause
  }
}

/** Every file of a commit, or of the commit that a tag names, with its hashes; null when a manifest takes fewer files. */
export async function describeFiles(
  reader: Reader,
  queries: RevisionQueries,
  repositoryId: string,
  at: GitOid,
): Promise<DescribedFiles | null> {
  const found = await filesOf(reader, queries, await peel(reader, queries, at))
  if (!found) return null
  const blobs = await blobsOf(reader, queries, [...new Set(found.map(({ oid }) => oid))])
  const large = new Set([...blobs.facts.values()].flatMap(({ isLarge, sha256 }) => (isLarge ? [sha256] : [])))
  const names = await xetNamesOf(reader, repositoryId, [...large])
  const files = found.map(({ path, oid }): ManifestFile => {
    const fact = blobs.facts.get(oid)
    if (!fact) throw new Error(`git object ${oid} is not held`)
    const xet = fact.isLarge ? names.all.get(fact.sha256) : undefined
    const { size, sha256 } = fact
    return { path: RepositoryPath.parse(path), size, sha256, ...(xet && { xet }), gitOid: oid }
  })
  return { files, digests: blobs.fresh, names: names.fresh }
}

async function peel(reader: Reader, queries: RevisionQueries, oid: GitOid): Promise<GitOid> {
  const row = await reader
    .selectFrom('git_object')
    .select('type')
    .where('oid', '=', oid)
    .executeTakeFirstOrThrow()
  return row.type === 'tag' ? tagTarget(await queries.blob(reader, oid)) : oid
}

/** Submodules are no files of this repository. */
async function filesOf(
  reader: Reader,
  queries: RevisionQueries,
  commit: GitOid,
): Promise<readonly TreeFile[] | null> {
  const found: TreeFile[] = []
  const visit = async (tree: GitOid, prefix: string): Promise<boolean> => {
    for (const entry of (await queries.tree(reader, tree)).values()) {
      const path = prefix + entry.name
      if (isDirectory(entry)) {
        if (!(await visit(entry.oid, `${path}/`))) return false
      } else if (entry.mode !== '160000' && found.push({ path, oid: entry.oid }) > MAX_MANIFEST_FILES)
        return false
    }
    return true
  }
  return (await visit((await queries.commit(reader, commit)).tree, '')) ? found : null
}

interface BlobFact {
  readonly isLarge: boolean
  readonly sha256: Sha256
  readonly size: number
}

async function blobsOf(reader: Reader, queries: RevisionQueries, oids: readonly GitOid[]) {
  const facts = new Map<GitOid, BlobFact>()
  const fresh: { oid: GitOid; sha256: Sha256 }[] = []
  for (let start = 0; start < oids.length; start += ASK_AT_ONCE) {
    for (const row of await blobRows(reader, oids.slice(start, start + ASK_AT_ONCE))) {
      const oid = GitOid.parse(row.oid)
      if (row.lfs_sha256 !== null && row.lfs_size !== null) {
        facts.set(oid, { isLarge: true, sha256: Sha256.parse(row.lfs_sha256), size: row.lfs_size })
        continue
      }
      const sha256 = Sha256.parse(row.sha256 ?? digest(await queries.blob(reader, oid)))
      if (row.sha256 === null) fresh.push({ oid, sha256 })
      facts.set(oid, { isLarge: false, sha256, size: row.size })
    }
  }
  return { facts, fresh }
}

function blobRows(reader: Reader, oids: readonly GitOid[]) {
  return reader
    .selectFrom('git_object')
    .leftJoin('blob_digest', 'blob_digest.oid', 'git_object.oid')
    .select([
      'git_object.oid',
      'git_object.size',
      'git_object.lfs_sha256',
      'git_object.lfs_size',
      'blob_digest.sha256',
    ])
    .where('git_object.oid', 'in', oids)
    .execute()
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What was once said stays said; else the least of the Xet hashes that lead to the file. */
async function xetNamesOf(reader: Reader, repositoryId: string, sha256s: readonly Sha256[]) {
  const all = new Map<Sha256, XetHash>()
  const fresh: { sha256: Sha256; xet: XetHash }[] = []
  for (let start = 0; start < sha256s.length; start += ASK_AT_ONCE) {
    const asked = sha256s.slice(start, start + ASK_AT_ONCE)
    const said = await reader
      .selectFrom('manifest_file')
      .select(['sha256', 'xet_hash'])
      .where('repository_id', '=', repositoryId)
      .where('sha256', 'in', asked)
      .execute()
    for (const row of said) all.set(Sha256.parse(row.sha256), XetHash.parse(row.xet_hash))
    const held = await reader
      .selectFrom('repository_file')
      .select(({ fn }) => ['sha256', fn.min('xet_hash').as('xet_hash')])
      .where('repository_id', '=', repositoryId)
      .where('sha256', 'in', asked)
      .groupBy('sha256')
      .execute()
    for (const row of held) {
      const sha256 = Sha256.parse(row.sha256)
      if (all.has(sha256)) continue
      const xet = XetHash.parse(row.xet_hash)
      all.set(sha256, xet)
      fresh.push({ sha256, xet })
    }
  }
  return { all, fresh }
}
