import type { Content } from '../content/index.ts'
import type { Database } from '../database/index.ts'
import type { RevisionSource } from '../features/catalogue/index.ts'
import { erasureOf, type Share } from '../features/share/index.ts'
import { concatBytes } from '../kernel/bytes.ts'

/** Lets the catalogue read revisions without knowing where bytes lie: small files from git, large ones from the content store. */
export function revisionSource(deps: {
  readonly database: Database
  readonly share: Pick<Share, 'queries'>
  readonly content: Content
}): RevisionSource {
  const { database, share, content } = deps
  return {
    listFiles: (_repositoryId, commit) => share.queries.files(database.read, commit),
    async readPrefix(repositoryId, commit, path, length) {
      const entry = await share.queries.describe(database.read, commit, path)
      if (entry?.type !== 'file') throw new Error(`no file ${path} in ${commit}`)
      if (await erasureOf(database.read, repositoryId, entry)) return null
      if (!entry.large) return (await share.queries.blob(database.read, entry.oid)).subarray(0, length)
      const stored = await content.fileOf(repositoryId, entry.large.sha256)
      if (!stored) return null // a copy whose large files were not fetched yet
      const reader = await content.openFile(stored.xetHash)
      if (!reader) throw new Error(`the bytes of ${path} in ${commit} are not held`)
      const parts: Uint8Array[] = []
      for await (const part of reader.read({ start: 0, end: Math.min(length, reader.size) })) parts.push(part)
      return concatBytes(parts)
    },
  }
}
