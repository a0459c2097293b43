import type { z } from '@hono/zod-openapi'

import type { Content } from '../../content/index.ts'
import type { Database } from '../../database/index.ts'
import type { Accounts } from '../../features/accounts/index.ts'
import { findHome, holdersOf, holdingOf, largeFilesOf } from '../../features/follow/index.ts'
import type { Repository, Share } from '../../features/share/index.ts'
import { type Result, succeed } from '../../kernel/result.ts'
import { isoTime, type Millis } from '../../kernel/time.ts'
import type { RepositoryHolders } from './schemas.ts'

export interface HolderDeps {
  readonly database: Database
  readonly accounts: Pick<Accounts, 'members'>
  readonly share: Pick<Share, 'queries'>
  readonly content: Pick<Content, 'fileOf'>
}

/** What is known here of who holds the default branch of a repository. Asks no other machine. */
export async function holdersOfRepository(
  { database: { read }, accounts, share, content }: HolderDeps,
  { id, fullName, memberId, home: isCopy }: Repository,
): Promise<Result<z.infer<typeof RepositoryHolders>>> {
  const commit = await share.queries.resolve(read, id, 'main')
  if (!commit.ok) return commit
  const { files } = await largeFilesOf(read, share.queries, id, commit.value)
  const held = await holdingOf(content, id, files)
  const home = isCopy === null ? null : await findHome(read, memberId)
  const own = home ? null : (await accounts.members()).find((member) => member.id === memberId)
  const version = { repositoryId: id, memberId, commit: commit.value }
  const holders = await holdersOf(read, { ...version, files: new Set(files.map(({ sha256 }) => sha256)) })
  return succeed({
    id: fullName,
    commit: commit.value,
    home: {
      member: memberId,
      name: home?.name ?? own?.displayName ?? '',
      url: home ? home.url : (own?.url ?? null),
    },
    checkedAt: isoOrNull(home?.follow?.checkedAt ?? null),
    files: held.files,
    bytes: held.bytes,
    here: { files: held.heldFiles, bytes: held.heldBytes },
    holders: holders.map(({ memberId: member, name, isHome, files: shown, verifiedAt }) => ({
      member,
      name,
      isHome,
      files: shown,
      verifiedAt: isoOrNull(verifiedAt),
    })),
  })
}

function isoOrNull(at: Millis | null): string | null {
  return at === null ? null : isoTime(at)
}
