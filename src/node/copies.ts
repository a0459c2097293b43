import type { Database } from '../database/index.ts'
import type { Catalogue } from '../features/catalogue/index.ts'
import {
  type Follow,
  logMirrorEvents,
  mirrorRepository,
  type RemoteContent,
  repositoriesOf,
} from '../features/follow/index.ts'
import type { Share } from '../features/share/index.ts'
import type { Fetcher } from '../kernel/fetcher.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'

export interface CopyDeps {
  readonly database: Database
  readonly share: Pick<Share, 'queries'>
  readonly catalogue: Pick<Catalogue, 'refreshCard'>
  readonly remoteContent: Pick<RemoteContent, 'fetchAll'>
  readonly fetcher: Fetcher
  readonly random: Random
  readonly log: Log
}

/**
 * Makes what a followed member announces stand here: its repositories with their history, their cards, and their large
 * files where the terms say so. One repository that cannot be had now does not keep the others waiting; it is tried again
 * at the next turn. Resolves to whether nothing was left undone.
 */
export async function keepCopies(deps: CopyDeps, follow: Follow, signal: AbortSignal): Promise<boolean> {
  if (follow.trust !== 'full') return true
  let isDone = true
  for (const wanted of await repositoriesOf(deps.database.read, follow.memberId)) {
    signal.throwIfAborted()
    if (!(await keepCopy(deps, follow, wanted, signal))) isDone = false
  }
  return isDone
}

async function keepCopy(
  deps: CopyDeps,
  { memberId, url, allowPrivate, content }: Follow,
  wanted: Awaited<ReturnType<typeof repositoriesOf>>[number],
  signal: AbortSignal,
): Promise<boolean> {
  const { database, share, fetcher, random, log } = deps
  const allow = allowPrivate ? ('private' as const) : ('public' as const)
  const mirrored = await mirrorRepository(
    { database, share, fetcher, random, events: logMirrorEvents(log), sources: [{ url, allow }], signal },
    { memberId, ...wanted },
  )
  if (!mirrored.ok) {
    log.warn({ ...wanted, reason: mirrored.failure.reason }, 'repository not copied this time')
    return false
  }
  if (mirrored.value.kind !== 'mirrored') return true
  const { repositoryId, isChanged } = mirrored.value
  if (isChanged) await deps.catalogue.refreshCard(repositoryId)
  if (content !== 'all') return true
  const { fetched, missed } = await deps.remoteContent.fetchAll(repositoryId, signal)
  if (fetched > 0) await deps.catalogue.refreshCard(repositoryId)
  if (missed.length > 0) log.warn({ ...wanted, missed: missed.length }, 'files not fetched this time')
  return missed.length === 0
}
