/** Opens the features on the adapters over one data folder. */
import {
  freeBytes,
  openDiskArrivalStore,
  openCarryFolder,
  openDiskKeyStore,
  openDiskMessageKeyStore,
  openDiskLogFileStore,
  openDiskPartStore,
  openDiskXorbStore,
  type DataFolder,
} from '../adapters/disk/index.ts'
import { openFetcher } from '../adapters/network/index.ts'
import { openSqlite } from '../adapters/sqlite/index.ts'
import type { OpenNode } from '../cli/main.ts'
import { asFarAsReadable, createContent, logContentEvents, type Content } from '../content/index.ts'
import { createWorkerPool } from '../content/work/index.ts'
import type { Database } from '../database/index.ts'
import { createAccounts, type Accounts } from '../features/accounts/index.ts'
import { type Capacity, createCapacity } from '../features/capacity/index.ts'
import { createCatalogue, type Catalogue } from '../features/catalogue/index.ts'
import {
  type AssociationCommands,
  createAssociationCommands,
  type CarryCommands,
  createCarryCommands,
  createErasureCommands,
  type ErasureCommands,
  createFollowerCommands,
  createMemberCommands,
  createPublicGoodCommands,
  type FollowerCommands,
  logFollowerEvents,
  createRemoteContent,
  dailyAllowance,
  logFollowEvents,
  logRemoteContentEvents,
  type MemberCommands,
  type PublicGoodCommands,
  type RemoteContent,
  sourcesOf,
} from '../features/follow/index.ts'
import {
  type Assertions,
  createAssertions,
  createElsewhere,
  createMessageCommands,
  createMoving,
  createRequestCommands,
  type Elsewhere,
  hear,
  isAboutAgreement,
  logMessageEvents,
  type MessageCommands,
  type RequestCommands,
} from '../features/letters/index.ts'
import {
  createShare,
  examineRevisions,
  repositoriesWithOldCard,
  type LargeFiles,
  type Share,
} from '../features/share/index.ts'
import { createClockWatch, hearingClocks } from '../kernel/clock-watch.ts'
import type { Fetcher } from '../kernel/fetcher.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import type { Clock } from '../kernel/time.ts'
import { createHints, createLogs, type Hints, type Logs } from '../log/index.ts'
import { copyFromCarry } from './copies.ts'
import { projectionsOf } from './projections.ts'
import { rebuildAll } from './rebuild.ts'
import { restoreRepositories } from './recovery.ts'
import { revisionSource } from './revision-source.ts'
import { type Tasks, tasksOf } from './tasks.ts'

export interface NodeDeps {
  readonly folder: DataFolder
  /** Aborted when the process is asked to end: what would go on for hours ends then. */
  readonly stop?: AbortSignal
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** A node's features over one data folder, without any surface: what the command line and the server both use. */
export interface Node extends Tasks, AsyncDisposable {
  readonly database: Database
  readonly accounts: Accounts
  readonly content: Content
  /** Large files of other members, fetched while they are served. */
  readonly remoteContent: RemoteContent
  readonly share: Share
  readonly catalogue: Catalogue
  readonly logs: Logs
  readonly hints: Hints
  /** Members of other nodes: looking at them, following them. */
  readonly members: MemberCommands
  readonly followers: FollowerCommands
  /** What is promised to everybody. */
  readonly publicGoods: PublicGoodCommands
  /** What members tell each other, and what their people ask for and may read elsewhere. */
  readonly messages: MessageCommands
  readonly requests: RequestCommands
  readonly assertions: Assertions
  readonly elsewhere: Elsewhere
  readonly associations: AssociationCommands
  /** Needs and offers, rounds, agreements, and what they come to. */
  readonly capacity: Capacity
  readonly carry: CarryCommands
  readonly erasures: ErasureCommands
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Bytes of room left where the data folder lies. */
  freeBytes(): Promise<number>
  /** Mends what an interrupted run left. Call once before serving. */
  recover(): Promise<void>
}

/** Opens everything in the folder. Dispose ends it in reverse order; the folder itself stays its opener's. */
export async function openNode({ folder, clock, random, log, stop }: NodeDeps): Promise<Node> {
  await using owned = new AsyncDisposableStack()
  const quiet = owned.use(openSqlite(folder.database))
  const { database, onCommit } = noticing(quiet)
  const xorbs = owned.use(await openDiskXorbStore(folder.path, random))
  const parts = await openDiskPartStore(folder.path)
  const arrivalFiles = await openDiskArrivalStore(folder.path)
  const work = owned.use(createWorkerPool())
  const events = logContentEvents(log)
  const content = createContent({ database, xorbs, parts, arrivalFiles, work, clock, random, events })
  const files = openDiskLogFileStore(folder.path, random)
  const keys = await openDiskKeyStore(folder.path)
  const messageKeys = await openDiskMessageKeyStore(folder.path)
  const clockWatch = createClockWatch(clock)
  const ahead = () => clockWatch.ahead()
  const logs = createLogs({ database, files, keys, messageKeys, clock, random, ahead })
  const ended = new AbortController()
  owned.defer(() => ended.abort())
  const hints = createHints(stop ? AbortSignal.any([stop, ended.signal]) : ended.signal)
  const accounts = createAccounts({ database, clock, random, logs })
  const network = owned.use(openFetcher({ clock, random }))
  const fetcher = hearingClocks(network, clockWatch)
  const followEvents = logFollowEvents(log)
  const followers = createFollowerCommands({
    database,
    logs,
    fetcher,
    clock,
    events: logFollowerEvents(log),
    restore: (memberId, sources, signal) =>
      restoreRepositories(
        { database, share, catalogue, content, fetcher, random, clock, log },
        memberId,
        sources,
        signal,
      ),
  })
  const pushed = createHints(ended.signal)
  const forgive = (url: string) => network.forgive(url)
  const members = createMemberCommands({
    database,
    logs,
    fetcher,
    forgive,
    clock,
    random,
    events: followEvents,
    pushed,
  })
  const associations = createAssociationCommands({ database, clock, members, fetcher })
  const carry = createCarryCommands({
    database,
    logs,
    members,
    followers,
    get share() {
      return share
    },
    content,
    clock,
    random,
    keys,
    messageKeys,
    letters: createMoving({ database, clock, random }),
    refreshCard: (id) => catalogue.refreshCard(id),
    openFolder: openCarryFolder,
    copyFrom: (follow, source, signal) =>
      copyFromCarry(
        { database, share, catalogue, content, fetcher, random, clock, log },
        follow,
        source,
        signal,
      ),
  })
  const largeFiles: LargeFiles = {
    sizeOf: async (repositoryId, sha256) => (await content.fileOf(repositoryId, sha256))?.size ?? null,
  }
  const share = createShare({ database, largeFiles, clock, random })
  const cards = createCatalogue({ database, source: revisionSource({ database, share, content }) })
  const catalogue: Catalogue = {
    ...cards,
    // A commit stands whether or not its card can be read: a card that is behind is read again at the next start.
    refreshCard: (id) =>
      cards
        .refreshCard(id)
        .catch((error: unknown) => log.error({ err: error, repositoryId: id }, 'card not read')),
  }
  const refreshCard = (id: string) => catalogue.refreshCard(id)
  const erasures = createErasureCommands({ database, content, refreshCard, clock })
  const remoteEvents = logRemoteContentEvents(log)
  const remoteContent = owned.use(
    createRemoteContent({
      database,
      content,
      share,
      fetcher,
      sources: (repositoryId) => sourcesOf(database.read, repositoryId),
      allowance: dailyAllowance({ database, clock }),
      clock,
      events: {
        ...remoteEvents,
        fileFetched(event) {
          remoteEvents.fileFetched(event)
          void catalogue.refreshCard(event.repositoryId) // what weights are made of stands in the file itself
        },
      },
    }),
  )
  owned.defer(async () => {
    // A full disk must not keep a node from ending well: what is lost is a count.
    await share.downloads
      .flush()
      .catch((error: unknown) => log.error({ err: error }, 'download counts not written'))
  })
  const letters = { database, logs, messageKeys, fetcher, clock, random, events: logMessageEvents(log) }
  const messages = createMessageCommands({
    ...letters,
    hear: (tx, between, message) =>
      isAboutAgreement(message)
        ? capacity.agreements.hear(tx, between, message)
        : hear(letters, tx, between, message),
  })
  const assertions = createAssertions(letters)
  const capacity = createCapacity({ database, logs, share, clock, random })
  const rest = owned.move()
  return {
    database,
    accounts,
    content,
    remoteContent,
    share,
    catalogue,
    logs,
    hints,
    members,
    followers,
    publicGoods: createPublicGoodCommands({ database, clock }),
    associations,
    capacity,
    carry,
    erasures,
    fetcher,
    messages,
    requests: createRequestCommands(letters),
    assertions,
    elsewhere: createElsewhere({ ...letters, assertions }),
    ...tasksOf({
      quiet,
      onCommit,
      ended: ended.signal,
      database,
      share,
      content,
      catalogue,
      remoteContent,
      logs,
      hints,
      pushed,
      members,
      followers,
      associations,
      erasures,
      letters,
      files,
      keys,
      fetcher,
      clock,
      random,
      log,
    }),
    clock,
    random,
    log,
    freeBytes: () => freeBytes(folder.path),
    async recover() {
      await content.recover()
      await erasures.carryOut()
      await members.finishRedactions()
      for (const id of await repositoriesWithOldCard(database.read)) await catalogue.refreshCard(id)
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

/** A database that tells when something was committed. */
function noticing(database: Database): { database: Database; onCommit: (listener: () => void) => void } {
  const listeners: (() => void)[] = []
  const write: Database['write'] = async (work) => {
    const value = await database.write(work)
    for (const listener of listeners) listener()
    return value
  }
  return { database: { ...database, write }, onCommit: (listener) => void listeners.push(listener) }
}

/** What the command line administers of a node; disposing it disposes the node. */
export function administered(node: Node): OpenNode {
  return {
    accounts: node.accounts,
    members: node.members,
    followers: node.followers,
    messages: node.messages,
    publicGoods: node.publicGoods,
    associations: node.associations,
    capacity: node.capacity,
    carry: node.carry,
    erasures: node.erasures,
    async *examine(signal) {
      yield* node.content.doctor(signal)
      yield* asFarAsReadable('revisions', examineRevisions(node.database, signal), signal)
    },
    rebuild: (signal) => rebuildAll(node.database, projectionsOf(node), signal),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}
