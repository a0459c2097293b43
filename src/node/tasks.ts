/** What a node does by itself while it runs: each task is started by its owner and ends when it is disposed. */
import type { Content } from '../content/index.ts'
import type { Database } from '../database/index.ts'
import { startGranting, startOpeningEvidence } from '../features/capacity/index.ts'
import type { Catalogue } from '../features/catalogue/index.ts'
import {
  type AssociationCommands,
  type ErasureCommands,
  createDoubts,
  type FollowerCommands,
  type Following,
  logPublicGoodEvents,
  type MemberCommands,
  project,
  type RemoteContent,
  startCheckingCopies,
  startFollowing,
  stateObserved,
} from '../features/follow/index.ts'
import { keepKeys, type KeyDeps, type Post, type PostDeps, startPost } from '../features/letters/index.ts'
import type { Share } from '../features/share/index.ts'
import type { Fetcher } from '../kernel/fetcher.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import type { Clock } from '../kernel/time.ts'
import {
  type Hints,
  type KeyStore,
  type LogFileStore,
  logLogEvents,
  type Logs,
  type LogWriter,
  startLogWriter,
} from '../log/index.ts'
import { keepCopies } from './copies.ts'

export interface TaskDeps {
  /** The database without those who listen to it: what a task writes wakes no task. */
  readonly quiet: Database
  readonly onCommit: (listener: () => void) => void
  /** Aborted when the node ends. */
  readonly ended: AbortSignal
  readonly database: Database
  readonly share: Share
  readonly content: Content
  readonly catalogue: Catalogue
  readonly remoteContent: RemoteContent
  readonly logs: Logs
  readonly hints: Hints
  readonly pushed: Hints
  readonly members: MemberCommands
  readonly followers: FollowerCommands
  readonly associations: AssociationCommands
  readonly erasures: ErasureCommands
  readonly letters: KeyDeps & Omit<PostDeps, 'prepare'>
  readonly files: LogFileStore
  readonly keys: KeyStore
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface Tasks {
  /** Keeps up with everybody who is followed. Its owner disposes it before the node. */
  keepUp(): Following
  /** Starts looking at the copies of what is promised. Its owner disposes it before the node. */
  checkCopies(): AsyncDisposable
  /** Starts writing the logs of the members hosted here. Its owner disposes it before the node. */
  writeLogs(): LogWriter
  /** Starts sending messages to other members. Its owner disposes it before the node. */
  sendMessages(): Post
  /** Starts opening the evidence of deliveries when it has come. Its owner disposes it before the node. */
  openEvidence(): AsyncDisposable
  /** Starts granting small needs under the standing rules of offers. Its owner disposes it before the node. */
  grantSmallNeeds(): AsyncDisposable
}

export function tasksOf(deps: TaskDeps): Tasks {
  const published: (() => void)[] = []
  return {
    keepUp: () => waking(deps, keepUp(deps)),
    checkCopies: () => waking(deps, checkCopies(deps)),
    writeLogs: () =>
      waking(
        deps,
        writeLogs(deps, () => {
          for (const wake of published) wake()
        }),
      ),
    sendMessages: () => waking(deps, sendMessages(deps)),
    openEvidence: () => waking(deps, openEvidence(deps)),
    grantSmallNeeds() {
      const granting = waking(deps, grantSmallNeeds(deps))
      published.push(() => granting.wake())
      return granting
    },
  }
}

/** A task that looks again after every commit. */
function waking<Task extends { wake(): void }>({ onCommit }: TaskDeps, task: Task): Task {
  onCommit(() => task.wake())
  return task
}

function keepUp(deps: TaskDeps): Following {
  const { database, members, associations, erasures, fetcher, random, pushed, clock, log } = deps
  const tell = tellerOfCopies(deps)
  const copying = { ...deps, courses: members.courses, doubts: createDoubts(clock) }
  return startFollowing({
    members,
    fetcher,
    random,
    clock,
    pushed,
    onError: (error) => log.error({ err: error }, 'following broke off'),
    async after(follow, signal) {
      await stateObserved({ database, clock })
      await tell(follow.memberId)
      await erasures.carryOut()
      await associations.followNewMembers(signal)
      return keepCopies(copying, follow, signal)
    },
  })
}

/** Whoever follows a member through this node hears of what came. */
function tellerOfCopies({ logs, hints }: TaskDeps): (memberId: string) => Promise<void> {
  const told = new Map<string, number>()
  return async (memberId) => {
    const log = await logs.current(memberId)
    if (!log || told.get(log.origin) === log.signed_size) return
    told.set(log.origin, log.signed_size)
    hints.tell({ origin: log.origin, size: log.signed_size })
  }
}

function checkCopies({ quiet: database, log, ...deps }: TaskDeps): ReturnType<typeof startCheckingCopies> {
  return startCheckingCopies({ ...deps, database, events: logPublicGoodEvents(log) })
}

/** `onPublished`: what the logs say is projected by then; the commit that did so wakes nobody. */
function writeLogs(
  { quiet: database, files, keys, clock, ...deps }: TaskDeps,
  onPublished: () => void,
): LogWriter {
  const { hints, followers, ended, log } = deps
  const show = (origin: string) =>
    followers.push(origin, ended).catch((error: unknown) => {
      if (!ended.aborted) log.error({ err: error }, 'checkpoint not shown to followers')
    })
  return startLogWriter({
    database,
    files,
    keys,
    clock,
    events: {
      ...logLogEvents(log),
      published(origin, size) {
        log.info({ origin, size }, 'checkpoint signed')
        hints.tell({ origin, size })
        onPublished()
        void show(origin)
      },
    },
    maySign: (each) => followers.maySign(each, ended),
    apply: project,
  })
}

function sendMessages({ quiet, letters }: TaskDeps): Post {
  return startPost({ ...letters, database: quiet, prepare: () => keepKeys(letters) })
}

function openEvidence({ quiet: database, logs, share, clock, log }: TaskDeps) {
  return startOpeningEvidence({
    database,
    logs,
    share,
    clock,
    onError: (error) => log.error({ err: error }, 'evidence not opened'),
  })
}

/** What it says is to wake the writer of logs: so it writes where commits are heard, and finds nothing to do when it hears itself. */
function grantSmallNeeds({ database, logs, clock, log }: TaskDeps) {
  return startGranting({
    database,
    logs,
    clock,
    onError: (error) => log.error({ err: error }, 'small needs not granted'),
  })
}
