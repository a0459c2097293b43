import type { Database, LogTable } from '../../../database/index.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import type { Fetcher } from '../../../kernel/fetcher.ts'
import { Origin, partsOfOrigin } from '../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import type { Clock } from '../../../kernel/time.ts'
import {
  type LogFiles,
  type Logs,
  MAX_NOTE_BYTES,
  openCheckpoint,
  readCosigned,
  readGenesis,
} from '../../../log/index.ts'
import { inspect } from '../members/commands/inspect.ts'
import { remoteFiles } from '../members/commands/source.ts'
import { project } from '../members/projection.ts'
import { logPrefix } from '../members/rules.ts'
import type { FollowerEvents } from './events.ts'
import { listFollowers } from './queries.ts'
import type { Announcement, Follower } from './types.ts'

export interface FollowerDeps {
  readonly database: Database
  readonly logs: Logs
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly events: FollowerEvents
}

/** Most followers of a log that announce themselves: each costs a row, and a question at each start. */
const MOST_FOLLOWERS = 1000

/** What a log's home knows of whoever follows it, and asks of them. */
export function createFollowerCommands(deps: FollowerDeps) {
  const { database, clock } = deps
  /** Own logs that a follower, or nobody, has confirmed since this start. */
  const confirmed = new Set<string>()

  /**
   * A follower says that it holds our newest checkpoint. Refused with `logNotBelieved` when it is not what it says, and
   * with `logBehind` when the checkpoint is another than our newest: it looks again and says so again.
   */
  async function announce(log: LogTable, said: Announcement): Promise<Result<void>> {
    const read = readCosigned(log, said)
    if (!read) return fail(failure('logNotBelieved', { path: 'cosignature' }))
    // Before the log is confirmed, whoever is ahead of us has what we lost: that is taken back, see `maySign`.
    if (read.size > log.size && confirmed.has(log.origin)) await freeze(deps, log, 'twin')
    if (read.size !== log.signed_size || read.root !== log.root) return fail(failure('logBehind'))
    const row = {
      origin: log.origin,
      member_id: read.memberId,
      witness_key: read.witnessKey,
      url: said.url,
      allow_private: 0 as const,
      since: clock(),
    }
    const { signer, time, line } = read
    return database.write(async (tx) => {
      const known = await listFollowers(tx, log.origin)
      const isKnown = known.some(({ memberId }) => memberId === read.memberId)
      if (!isKnown && known.length >= MOST_FOLLOWERS) return fail(failure('tooManyFollowers'))
      await tx
        .insertInto('follower')
        .values(row)
        .onConflict((same) => same.columns(['origin', 'member_id']).doUpdateSet({ url: said.url }))
        .execute()
      const cosignature = { origin: log.origin, signer, size: read.size, time, line }
      await tx
        .insertInto('cosignature')
        .values(cosignature)
        .onConflict((same) => same.columns(['origin', 'signer']).doUpdateSet(cosignature))
        .execute()
      return succeed(undefined)
    })
  }

  /**
   * Takes the member at an address for a follower of every log written here, and lets it be asked there, be it a loopback or
   * private address. Refused as {@link inspect} refuses.
   */
  async function allow(url: string, signal: AbortSignal): Promise<Result<void>> {
    try {
      const { memberId, genesis } = await inspect(
        { fetcher: deps.fetcher, url, allow: 'private', signal },
        null,
      )
      const keys = readGenesis(genesis)
      if (!keys) return fail(failure('logNotBelieved', { path: 'tile/entries/000' }))
      const own = (await deps.logs.list()).filter(({ role }) => role === 'own')
      const row = {
        member_id: memberId,
        witness_key: keys.witness,
        url,
        allow_private: 1 as const,
        since: clock(),
      }
      await database.write(async (tx) => {
        for (const { origin } of own)
          await tx
            .insertInto('follower')
            .values({ ...row, origin })
            .onConflict((same) =>
              same.columns(['origin', 'member_id']).doUpdateSet({ url, allow_private: 1 }),
            )
            .execute()
      })
      return succeed(undefined)
    } catch (cause) {
      if (cause instanceof Refusal) return fail(cause.failure)
      throw cause
    }
  }

  /**
   * Whether a log may be signed. After a start, whoever is known to follow it is asked for its newest checkpoint first: what
   * was lost here comes back from there, and another history freezes the log. While all who were named are silent it waits.
   */
  async function maySign(log: LogTable, signal: AbortSignal): Promise<boolean> {
    if (log.frozen !== null) return false
    if (confirmed.has(log.origin)) return true
    const followers = await listFollowers(database.read, log.origin)
    for (const follower of followers) {
      const answer = await compare(deps, log, follower, signal)
      if (answer === 'recovered' || answer === 'forked') return false // the next turn begins from what is there then
      if (answer === 'agrees') confirmed.add(log.origin)
    }
    // Anybody may say that they follow: only those whom the operator named, or follows, can make us wait.
    const awaited = followers.filter(({ isNamed }) => isNamed).length
    if (awaited === 0) confirmed.add(log.origin)
    if (!confirmed.has(log.origin)) deps.events.unconfirmed(log.origin, awaited)
    return confirmed.has(log.origin)
  }

  /**
   * Whether another process signs our log too: a follower that is ahead of us has it from a twin. Then one of the two must
   * end, and this one does. Called after each signature.
   */
  async function watch(origin: string, signal: AbortSignal): Promise<void> {
    for (const follower of await listFollowers(database.read, origin)) {
      const files = follower.url === null ? null : filesOf(deps, follower, origin, signal)
      const log = await deps.logs.find(origin)
      if (!files || !log || log.frozen !== null) continue
      const ahead = await sizeAt(deps, log, follower, files)
      if (ahead === 'forked' || ahead > log.size) await freeze(deps, log, 'twin')
    }
  }

  return { announce, allow, maySign, watch, list: (origin: string) => listFollowers(database.read, origin) }
}

export type FollowerCommands = ReturnType<typeof createFollowerCommands>

/** What a follower's copy says of our log. */
type Answer = 'silent' | 'agrees' | 'recovered' | 'forked'

async function compare(
  deps: FollowerDeps,
  log: LogTable,
  follower: Follower,
  signal: AbortSignal,
): Promise<Answer> {
  const files = filesOf(deps, follower, log.origin, signal)
  if (!files) return 'silent'
  return heard(deps, follower, 'silent', () => pull(deps, log, files, signal))
}

function filesOf(
  { fetcher }: FollowerDeps,
  { url, allowPrivate }: Follower,
  origin: string,
  signal: AbortSignal,
): LogFiles | null {
  if (url === null) return null
  const allow = allowPrivate ? ('private' as const) : ('public' as const)
  const { member } = partsOfOrigin(Origin.parse(origin))
  return remoteFiles({ fetcher, url, allow, signal }, logPrefix(url, member))
}

/** What asking a follower brings; `otherwise` when it does not answer. */
async function heard<Value>(
  { events }: FollowerDeps,
  { memberId }: Follower,
  otherwise: Value,
  ask: () => Promise<Value>,
): Promise<Value> {
  try {
    return await ask()
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    events.silent(memberId, cause.failure.reason)
    return otherwise
  }
}

/** The size of our log that a follower holds; 0 when it does not answer. */
function sizeAt(
  deps: FollowerDeps,
  log: LogTable,
  follower: Follower,
  files: LogFiles,
): Promise<number | 'forked'> {
  return heard<number | 'forked'>(deps, follower, 0, async () => {
    const bytes = await files.read('checkpoint', MAX_NOTE_BYTES)
    const opened = bytes && openCheckpoint(log, bytes)
    if (!opened) return 0
    const { size, root } = opened.checkpoint
    const isOlder = size < log.signed_size
    const isSame = size === log.signed_size && Buffer.from(root).toString('hex') === log.root
    return isOlder || isSame || size > log.signed_size ? size : 'forked'
  })
}

/** Our own log as a follower holds it: what we lost is taken back, entry by entry, verified as any log is. */
async function pull(
  deps: FollowerDeps,
  log: LogTable,
  files: LogFiles,
  signal: AbortSignal,
): Promise<Answer> {
  const synced = await deps.logs.sync(log, {
    files,
    apply: (tx, entries) => project(tx, log.member_id, entries),
    signal,
  })
  if (synced.ok) {
    // A checkpoint that we signed and do not know, over less than we hold unsigned: a history that cannot be joined.
    if (synced.value.kind === 'stale' && synced.value.size > log.signed_size) {
      await freeze(deps, log, 'fork')
      return 'forked'
    }
    if (synced.value.kind !== 'grown') return 'agrees'
    deps.events.recovered(log.origin, synced.value.from, synced.value.to)
    return 'recovered'
  }
  if (synced.failure.kind === 'fork') {
    await freeze(deps, log, 'fork')
    return 'forked'
  }
  return 'silent' // what this follower sends is not our log: it says nothing about it
}

async function freeze({ database, events }: FollowerDeps, { origin }: LogTable, why: string): Promise<void> {
  await database.write((tx) =>
    tx
      .updateTable('log')
      .set({ frozen: why })
      .where('origin', '=', origin)
      .where('frozen', 'is', null)
      .execute(),
  )
  events.frozen(origin, why)
}
