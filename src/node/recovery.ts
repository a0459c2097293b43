import type { Content } from '../content/index.ts'
import {
  createRemoteContent,
  findAnyRepository,
  logMirrorEvents,
  logRemoteContentEvents,
  mirrorRepository,
  repositoriesOf,
  type Source,
} from '../features/follow/index.ts'
import type { MemberId } from '../kernel/names.ts'
import type { Clock } from '../kernel/time.ts'
import type { CopyDeps } from './copies.ts'

export interface RecoveryDeps extends Omit<CopyDeps, 'remoteContent' | 'courses'> {
  readonly content: Content
  readonly clock: Clock
}

/**
 * Brings back what a hosted member's log announces and an old backup did not have: repositories, versions, large files, from
 * followers that hold copies. Resolves to whether all of it is here. May be stopped and called again.
 */
export async function restoreRepositories(
  deps: RecoveryDeps,
  memberId: MemberId,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<boolean> {
  const { database, share, content, fetcher, random, clock, log, catalogue } = deps
  await using files = createRemoteContent({
    database,
    content,
    share,
    fetcher,
    sources: async () => sources,
    repository: (id) => findAnyRepository(database.read, id),
    clock,
    events: logRemoteContentEvents(log),
  })
  let isWhole = true
  for (const wanted of await repositoriesOf(database.read, memberId)) {
    signal.throwIfAborted()
    const events = logMirrorEvents(log)
    const mirrored = await mirrorRepository(
      { database, share, fetcher, random, events, sources, signal },
      { memberId, isOwn: true, ...wanted },
    )
    if (!mirrored.ok) {
      log.warn({ ...wanted, reason: mirrored.failure.reason }, 'repository not recovered this time')
      isWhole = false
    } else if (mirrored.value.kind === 'mirrored') {
      const { repositoryId } = mirrored.value
      const { missed } = await files.fetchAll(repositoryId, signal, { of: 'everyRef' })
      if (missed.length > 0) log.warn({ ...wanted, missed: missed.length }, 'files not recovered this time')
      await catalogue.refreshCard(repositoryId)
      isWhole &&= missed.length === 0
    }
  }
  return isWhole
}
