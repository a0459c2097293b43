import type { Content } from '../content/index.ts'
import type { Database } from '../database/index.ts'
import type { Catalogue } from '../features/catalogue/index.ts'
import {
  type CarriedSource,
  createRemoteContent,
  type Doubts,
  addUsage,
  findFollow,
  type Follow,
  heldBytesOf,
  isRepositoryWanted,
  type LeftOut,
  logMirrorEvents,
  logRemoteContentEvents,
  type MemberCommands,
  type MissedFile,
  mirrorRepository,
  NOTHING_LEFT_OUT,
  noteOverQuota,
  type Quota,
  type RemoteContent,
  repositoriesOf,
  type Source,
  sourcesOfMember,
  type WantedFiles,
  spentQuota,
  usageOf,
  whyLeftOut,
  withFile,
} from '../features/follow/index.ts'
import type { Share } from '../features/share/index.ts'
import type { Fetcher } from '../kernel/fetcher.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import type { Clock } from '../kernel/time.ts'

export interface CopyDeps {
  /** Told what the terms left out. */
  readonly courses: Pick<MemberCommands['courses'], 'noteLeftOut'>
  readonly database: Database
  readonly share: Pick<Share, 'queries'>
  readonly catalogue: Pick<Catalogue, 'refreshCard' | 'entry'>
  readonly remoteContent: Pick<RemoteContent, 'fetchAll'>
  readonly fetcher: Fetcher
  readonly random: Random
  readonly clock: Clock
  readonly log: Log
  /** Who is not asked for what, for a while. */
  readonly doubts?: Doubts
}

/**
 * Makes what a followed member announces stand here: its repositories with their history, their cards, and their large
 * files where the terms say so. One repository that cannot be had now does not keep the others waiting; it is tried again
 * at the next turn. Resolves to whether nothing was left undone.
 */
export async function keepCopies(
  deps: CopyDeps,
  { memberId }: Pick<Follow, 'memberId'>,
  signal: AbortSignal,
): Promise<boolean> {
  const follow = await findFollow(deps.database.read, memberId) // the terms may be others by now
  if (follow?.trust !== 'full' || follow.url === null || follow.frozen !== null) return true
  const sources = someOf(await sourcesOfMember(deps.database.read, memberId), deps.random)
  let isDone = follow.stated === null // its new address is tried again soon
  const tally = { leftOut: NOTHING_LEFT_OUT }
  for (const wanted of await repositoriesOf(deps.database.read, memberId)) {
    signal.throwIfAborted()
    if (!(await keepUpWith(deps, { follow, sources, tally }, wanted, signal))) isDone = false
  }
  deps.courses.noteLeftOut(memberId, follow.filter && tally.leftOut)
  return isDone
}

/** One round over a member's repositories. */
interface Round {
  readonly follow: Follow
  readonly sources: readonly Source[]
  readonly tally: { leftOut: LeftOut }
}

/** Others than its home that are asked for a repository in one turn. */
const MOST_OTHERS = 8

/** The home, and of the others some, drawn by lot where there are many: in the end each has its turn. */
function someOf([home, ...others]: readonly Source[], random: Random): readonly Source[] {
  const first = others.length > MOST_OTHERS ? (random(1)[0] ?? 0) % others.length : 0
  const drawn = [...others.slice(first), ...others.slice(0, first)].slice(0, MOST_OTHERS)
  return home ? [home, ...drawn] : []
}

/** One repository, as far as the terms go; whether nothing was left undone. */
async function keepUpWith(
  deps: CopyDeps,
  { follow, sources, tally }: Round,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<boolean> {
  const used = await usageOf(deps.database.read, follow.memberId, deps.clock())
  if (spentQuota(used, follow.quota, ['objects'])) return noteLate(deps, follow, 'objects')
  const { isDone, repositoryId, bytes } = await keepCopy(deps, follow, sources, wanted, signal)
  if (bytes > 0)
    await deps.database.write((tx) => addUsage(tx, follow.memberId, deps.clock(), { objects: bytes }))
  if (repositoryId === null) return isDone
  const licence = follow.filter ? await licenceOf(deps, repositoryId) : null
  if (!isRepositoryWanted(follow, { kind: wanted.kind, licence })) {
    tally.leftOut = { ...tally.leftOut, repositories: tally.leftOut.repositories + 1 }
    return isDone
  }
  const isWanted = async ({ size }: { readonly size: number }) => {
    const why = whyLeftOut(follow.filter, size, await heldBytesOf(deps.database.read, follow.memberId))
    if (why) tally.leftOut = withFile(tally.leftOut, why, size)
    return why === null
  }
  const files = follow.filter ? { isWanted } : {}
  const missed = await keepFiles(deps, repositoryId, wanted, signal, files)
  if (missed.some(({ failure }) => failure.reason === 'overQuota')) return noteLate(deps, follow, 'content')
  return isDone && missed.length === 0
}

/** The same from a carry, where files are taken too, of every branch and tag. Nobody is asked over a network. */
export async function copyFromCarry(
  deps: Omit<CopyDeps, 'remoteContent' | 'courses'> & { readonly content: Content; readonly clock: Clock },
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
    const { isDone, repositoryId } = await keepCopy(carried, follow, [source], wanted, signal)
    if (repositoryId !== null) counts.repositories++
    const isWhole =
      repositoryId === null ||
      follow.content === 'none' ||
      (await keepFiles(carried, repositoryId, wanted, signal, { of: 'everyRef' })).length === 0
    if (!isDone || !isWhole) counts.incomplete++
  }
  return counts
}

type Wanted = Awaited<ReturnType<typeof repositoriesOf>>[number]

/** What became of a copy: nothing was left undone, and its id where there is one now. */
interface Kept {
  readonly isDone: boolean
  readonly repositoryId: string | null
  /** Of the git objects that came. */
  readonly bytes: number
}

async function keepCopy(
  deps: Omit<CopyDeps, 'courses'>,
  { memberId }: Follow,
  sources: readonly Source[],
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Kept> {
  const { database, share, fetcher, random, log, doubts } = deps
  const mirrored = await mirrorRepository(
    {
      database,
      share,
      fetcher,
      random,
      events: logMirrorEvents(log),
      sources,
      signal,
      ...(doubts && { doubts }),
    },
    { memberId, ...wanted },
  )
  if (!mirrored.ok) {
    log.warn({ ...wanted, reason: mirrored.failure.reason }, 'repository not copied this time')
    return { isDone: false, repositoryId: null, bytes: 0 }
  }
  if (mirrored.value.kind !== 'mirrored') return { isDone: true, repositoryId: null, bytes: 0 }
  const { repositoryId, isChanged, bytes } = mirrored.value
  if (isChanged) await deps.catalogue.refreshCard(repositoryId)
  return { isDone: true, repositoryId, bytes }
}

/** Fetches the large files of a copy that are wanted; those that did not come. */
async function keepFiles(
  deps: Omit<CopyDeps, 'courses'>,
  repositoryId: string,
  wanted: Wanted,
  signal: AbortSignal,
  files: WantedFiles,
): Promise<readonly MissedFile[]> {
  const { fetched, missed } = await deps.remoteContent.fetchAll(repositoryId, signal, files)
  if (fetched > 0) await deps.catalogue.refreshCard(repositoryId)
  if (missed.length > 0) deps.log.warn({ ...wanted, missed: missed.length }, 'files not fetched this time')
  return missed
}

async function licenceOf({ catalogue }: CopyDeps, repositoryId: string): Promise<string | null> {
  const entry = await catalogue.entry(repositoryId)
  const licence = entry?.card?.metadata?.['license']
  return typeof licence === 'string' ? licence : null
}

/** What is more than a day may bring comes on another one: nothing is left to be done now. */
async function noteLate(
  { database, clock, log }: CopyDeps,
  { memberId, handle }: Follow,
  what: keyof Quota,
): Promise<true> {
  await noteOverQuota(database, memberId, clock())
  log.warn({ handle, what }, 'a member brought more today than it may; the rest comes on another day')
  return true
}
