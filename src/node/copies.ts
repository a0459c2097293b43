import type { Content } from '../content/index.ts'
import type { Database } from '../database/index.ts'
import type { Catalogue } from '../features/catalogue/index.ts'
import {
  type CarriedSource,
  createRemoteContent,
  type Follow,
  logMirrorEvents,
  logRemoteContentEvents,
  mirrorRepository,
  type RemoteContent,
  repositoriesOf,
  type Source,
} from '../features/follow/index.ts'
import type { Share } from '../features/share/index.ts'
import type { Fetcher } from '../kernel/fetcher.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import type { Clock } from '../kernel/time.ts'

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
  if (follow.trust !== 'full' || follow.url === null) return true
  const source = { url: follow.url, allow: follow.allowPrivate ? ('private' as const) : ('public' as const) }
  let isDone = true
  for (const wanted of await repositoriesOf(deps.database.read, follow.memberId)) {
    signal.throwIfAborted()
    const kept = await keepCopy(deps, follow, source, wanted, signal)
    const isWhole =
      kept.repositoryId === null ||
      follow.content !== 'all' ||
      (await keepFiles(deps, kept.repositoryId, wanted, signal))
    if (!kept.isDone || !isWhole) isDone = false
  }
  return isDone
}

/** The same from a carry, where files are taken too, of every branch and tag. Nobody is asked over a network. */
export async function copyFromCarry(
  deps: Omit<CopyDeps, 'remoteContent'> & { readonly content: Content; readonly clock: Clock },
  follow: Follow,
  { fetcher, url, layout }: CarriedSource,
  signal: AbortSignal,
): Promise<{ repositories: number; incomplete: number }> {
  const counts = { repositories: 0, incomplete: 0 }
  if (follow.trust !== 'full') return counts
  const source = { url, layout, allow: 'public' as const }
  await using remoteContent = createRemoteContent({
    ...deps,
    fetcher,
    sources: async () => [source],
    events: logRemoteContentEvents(deps.log),
  })
  for (const wanted of await repositoriesOf(deps.database.read, follow.memberId)) {
    signal.throwIfAborted()
    const carried = { ...deps, fetcher, remoteContent }
    const { isDone, repositoryId } = await keepCopy(carried, follow, source, wanted, signal)
    if (repositoryId !== null) counts.repositories++
    const isWhole =
      repositoryId === null ||
      follow.content === 'none' ||
      (await keepFiles(carried, repositoryId, wanted, signal, 'everyRef'))
    if (!isDone || !isWhole) counts.incomplete++
  }
  return counts
}

type Wanted = Awaited<ReturnType<typeof repositoriesOf>>[number]

/** What became of a copy: nothing was left undone, and its id where there is one now. */
interface Kept {
  readonly isDone: boolean
  readonly repositoryId: string | null
}

async function keepCopy(
  deps: CopyDeps,
  { memberId }: Follow,
  source: Source,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Kept> {
  const { database, share, fetcher, random, log } = deps
  const mirrored = await mirrorRepository(
    { database, share, fetcher, random, events: logMirrorEvents(log), sources: [source], signal },
    { memberId, ...wanted },
  )
  if (!mirrored.ok) {
    log.warn({ ...wanted, reason: mirrored.failure.reason }, 'repository not copied this time')
    return { isDone: false, repositoryId: null }
  }
  if (mirrored.value.kind !== 'mirrored') return { isDone: true, repositoryId: null }
  const { repositoryId, isChanged } = mirrored.value
  if (isChanged) await deps.catalogue.refreshCard(repositoryId)
  return { isDone: true, repositoryId }
}

/** Fetches the large files of a copy; whether all of them are here. */
async function keepFiles(
  deps: CopyDeps,
  repositoryId: string,
  wanted: Wanted,
  signal: AbortSignal,
  of: 'main' | 'everyRef' = 'main',
): Promise<boolean> {
  const { fetched, missed } = await deps.remoteContent.fetchAll(repositoryId, signal, of)
  if (fetched > 0) await deps.catalogue.refreshCard(repositoryId)
  if (missed.length > 0) deps.log.warn({ ...wanted, missed: missed.length }, 'files not fetched this time')
  return missed.length === 0
}
