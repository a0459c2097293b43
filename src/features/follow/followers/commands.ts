import { setTimeout as delay } from 'node:timers/promises'

import type { Database, LogTable, Writer } from '../../../database/index.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import type { Fetcher } from '../../../kernel/fetcher.ts'
import { type MemberId, Origin, partsOfOrigin, RepositoryId, repositoryKey } from '../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import type { Clock } from '../../../kernel/time.ts'
import {
  type LogFiles,
  type Logs,
  MAX_NOTE_BYTES,
  type NewEntry,
  openCheckpoint,
  readCosigned,
  readGenesis,
} from '../../../log/index.ts'
import { readLeaf } from '../../../records/index.ts'
import { hideRepository } from '../../share/index.ts'
import type { Source } from '../content/index.ts'
import { inspect } from '../members/commands/inspect.ts'
import { remoteFiles } from '../members/commands/source.ts'
import { project } from '../members/projection.ts'
import { logPrefix, pauseAfter } from '../members/rules.ts'
import type { FollowerEvents } from './events.ts'
import { listFollowers } from './queries.ts'
import type { Announcement, Follower } from './types.ts'

export interface FollowerDeps {
  readonly database: Database
  readonly logs: Logs
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly events: FollowerEvents
  /** Brings back what recovered entries name, from those who hold it; resolves to whether all of it is here. */
  readonly restore: (memberId: MemberId, sources: readonly Source[], signal: AbortSignal) => Promise<boolean>
}

/** Most followers of a log that announce themselves: each costs a row, and a question at each start. */
const MOST_FOLLOWERS = 1000

/** What a log's home knows of whoever follows it, and asks of them. */
export function createFollowerCommands(deps: FollowerDeps) {
  const { database, clock } = deps
  /** Own logs that a follower, or nobody, has confirmed since this start. */
  const confirmed = new Set<string>()
  /** Own logs for which what was lost is being brought back. */
  const restoring = new Set<string>()

  /**
   * A follower says that it holds our newest checkpoint. Refused with `logNotBelieved` when it is not what it says, and
   * with `logBehind` when the checkpoint is another than our newest: it looks again and says so again.
   */
  async function announce(log: LogTable, said: Announcement): Promise<Result<void>> {
    const read = readCosigned(await deps.logs.keys(log), said)
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
      if (answer === 'recovered') void restoreOnce(log, followers, signal)
      if (answer === 'recovered' || answer === 'forked') return false // the next turn begins from what is there then
      if (answer === 'agrees') confirmed.add(log.origin)
    }
    // Anybody may say that they follow: only those whom the operator named, or follows, can make us wait.
    const awaited = followers.filter(({ isNamed }) => isNamed).length
    if (awaited === 0) confirmed.add(log.origin)
    if (!confirmed.has(log.origin)) deps.events.unconfirmed(log.origin, awaited)
    else if (followers.length > 0) void restoreOnce(log, followers, signal) // an earlier run may not have ended it
    return confirmed.has(log.origin)
  }

  async function restoreOnce(
    log: LogTable,
    followers: readonly Follower[],
    signal: AbortSignal,
  ): Promise<void> {
    if (restoring.has(log.origin)) return
    restoring.add(log.origin)
    await restoreLost(deps, log, followers, signal)
    restoring.delete(log.origin)
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
    const opened = bytes && openCheckpoint(await deps.logs.keys(log), bytes)
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
    apply: async (tx, entries) => {
      await project(tx, log.member_id, entries)
      await hideWithdrawn(tx, log.member_id, entries)
      await tx
        .insertInto('setting')
        .values({ name: lostOf(log), value: 'yes' })
        .onConflict((same) => same.doNothing())
        .execute()
    },
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

/** Names the setting that says that not everything that recovered entries name is here yet. */
function lostOf({ member_id }: LogTable): string {
  return `lost.${member_id}`
}

/** What was withdrawn after the backup was made is shown no more; its files stay. */
async function hideWithdrawn(tx: Writer, memberId: string, entries: readonly NewEntry[]): Promise<void> {
  for (const { leaf } of entries) {
    const read = readLeaf(leaf)
    if (read.kind !== 'record' || read.record.type !== 'repository-withdrawal/1') continue
    const { repository, kind } = read.record.body
    const again = await tx
      .selectFrom('announced_ref')
      .select('ref')
      .where('member_id', '=', memberId)
      .where('kind', '=', kind)
      .where('key', '=', repositoryKey(repository))
      .executeTakeFirst()
    if (!again) await hideRepository(tx, { memberId, kind, fullName: RepositoryId.parse(repository) })
  }
}

/**
 * Brings back what the entries that came back from followers name. Signing does not wait for it: large files may take days. If we
 * stop anywhere, the setting is still there and the next start goes on.
 */
async function restoreLost(
  deps: FollowerDeps,
  log: LogTable,
  followers: readonly Follower[],
  signal: AbortSignal,
): Promise<void> {
  try {
    const { database } = deps
    const name = lostOf(log)
    const lost = await database.read
      .selectFrom('setting')
      .select('value')
      .where('name', '=', name)
      .executeTakeFirst()
    if (!lost) return
    const sources = followers.flatMap(({ url, allowPrivate }): Source[] =>
      url === null ? [] : [{ url, allow: allowPrivate ? 'private' : 'public' }],
    )
    const { member } = partsOfOrigin(Origin.parse(log.origin))
    for (let failures = 1; !(await deps.restore(member, sources, signal)); failures++)
      await delay(pauseAfter(failures, 0.5), undefined, { signal, ref: false })
    await database.write((tx) => tx.deleteFrom('setting').where('name', '=', name).execute())
    deps.events.restored(log.origin)
  } catch (cause) {
    if (!signal.aborted) deps.events.notRestored(log.origin, cause)
  }
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
