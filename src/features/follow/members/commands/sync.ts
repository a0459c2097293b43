import { z } from 'zod'

import {
  type Database,
  type LogTable,
  type Reader,
  readSetting,
  type Writer,
  writeSetting,
} from '../../../../database/index.ts'
import { fromUtf8, utf8 } from '../../../../kernel/bytes.ts'
import { type Failure, failure, Refusal } from '../../../../kernel/failure.ts'
import { type Fetcher, readAll } from '../../../../kernel/fetcher.ts'
import { MemberId, Origin, originOf } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { type Clock, DAY, type Millis } from '../../../../kernel/time.ts'
import type {
  Apply,
  Fork,
  Introduction,
  LogFiles,
  Logs,
  NewEntry,
  SyncFailure,
  Synced,
} from '../../../../log/index.ts'
import { hostedMembers } from '../../../accounts/index.ts'
import type { FollowEvents } from '../events.ts'
import { heedForks, project, refoldMember } from '../projection.ts'
import { addUsage, findFollow, forgetStated, listFollows, statedOf, usageOf } from '../queries.ts'
import { isStale, logPrefix, spentQuota } from '../rules.ts'
import type { Follow, Stated } from '../types.ts'
import type { Gossip } from './gossip.ts'
import { type Remembered, remoteFiles, remoteFilesWithMemory, type Source } from './source.ts'
import { preferWhole } from './whole-bundles.ts'

export interface SyncDeps {
  readonly database: Database
  readonly logs: Logs
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly events: FollowEvents
  readonly gossip: Gossip
  /** Of each followed member, which size of its log we last told its home that we hold, and when. */
  readonly announced: Map<string, { readonly size: number; readonly at: Millis }>
  /** The checkpoint that each log's home gave last, by its address. */
  readonly checkpoints: Map<string, Remembered>
}

/** A member's logs in a carry. */
export interface CarriedFiles {
  /** Null where the carry has no such log. */
  readonly filesOf: (origin: Origin) => LogFiles | null
  /** When the carry was made: how fresh the copies are then. Null where nobody has said so. */
  readonly asOf: Millis | null
}

/**
 * Brings the copy of a followed member's log up to date, makes what it says count, and cosigns it. What went wrong is
 * written down with the follow; a fork freezes the copy and is said to everybody.
 */
export async function syncFollow(
  deps: SyncDeps,
  follow: Follow,
  signal: AbortSignal,
  carried?: CarriedFiles,
): Promise<Result<Synced>> {
  const outcome = carried
    ? await attempt(deps, follow, signal, carried)
    : await attemptWhereItIs(deps, follow, signal)
  if (!carried) await note(deps, follow, outcome)
  else if (outcome.ok && carried.asOf !== null) await noteCarried(deps, follow, carried.asOf)
  if (outcome.ok && outcome.value.kind === 'grown') deps.events.grown(follow.handle, outcome.value.to)
  if (!outcome.ok) deps.events.failed(follow.handle, outcome.failure.reason)
  return outcome
}

/** A member that says in this turn that it moved is asked at the new address at once. */
async function attemptWhereItIs(
  deps: SyncDeps,
  follow: Follow,
  signal: AbortSignal,
): Promise<Result<Synced>> {
  const there = await tryStated(deps, follow, signal)
  if (there) return there
  const outcome = await attempt(deps, follow, signal)
  const now = await findFollow(deps.database.read, follow.memberId)
  if (now?.stated && now.stated.url !== follow.stated?.url) await tryStated(deps, now, signal)
  return outcome
}

/**
 * Asks first where the member's log says that its node is now. From the first good answer on that is its address; until then the
 * former one is asked as well. Null when that is what is left to do.
 */
async function tryStated(
  deps: SyncDeps,
  follow: Follow,
  signal: AbortSignal,
): Promise<Result<Synced> | null> {
  if (!follow.stated) return null
  const { url } = follow.stated
  const outcome = await attempt(deps, { ...follow, url }, signal)
  const isThere = outcome.ok && outcome.value.kind !== 'stale'
  const name = statedOf(follow.memberId)
  await deps.database.write(async (tx) => {
    const isSame = (await readSetting(tx, name)) === JSON.stringify(follow.stated)
    if (!isSame) return // it has stated another one meanwhile
    if (isThere) {
      await tx.updateTable('follow').set({ url }).where('member_id', '=', follow.memberId).execute()
      return forgetStated(tx, follow.memberId)
    }
    const reason = outcome.ok ? 'logStale' : outcome.failure.reason
    const value = JSON.stringify({ url, failure: reason } satisfies Stated)
    await writeSetting(tx, name, value)
  })
  return isThere ? outcome : null
}

async function attempt(
  deps: SyncDeps,
  follow: Follow,
  signal: AbortSignal,
  carried?: CarriedFiles,
): Promise<Result<Synced>> {
  const held = await deps.logs.current(follow.memberId)
  if (!held) throw new Error(`the log of ${follow.memberId} is gone`)
  const origin = Origin.parse(held.origin)
  const source = carried ? null : sourceOf(deps, follow, signal)
  if (!carried && !source) return fail(failure('noAddress'))
  const filesOf = carried?.filesOf ?? ((each: Origin) => source && filesAt(source, each))
  const files = source ? homeFiles(deps, follow, origin, source) : filesOf(origin)
  const apply = async (tx: Writer, entries: readonly NewEntry[]) => {
    if (!carried) await spend(tx, deps.clock(), follow, entries)
    const take = (await isTrusted(tx, follow)) ? project : heedForks
    await take(tx, follow.memberId, entries)
  }
  try {
    const turn = files ? await lookAt(deps, follow, held, { source, files, apply, signal }) : OLDER
    // The log may have ended: the next one begins with why, and is followed on.
    const went = isLast(turn, held, carried) ? succeed(false) : await goOn(deps, follow, held, filesOf)
    if (carried && !went.ok) return went
    if (!went.ok || !went.value) return turn.outcome
    const next = await attempt(deps, follow, signal, carried)
    const isJustBegun = next.ok && next.value.kind === 'unchanged'
    return isJustBegun ? succeed({ kind: 'grown', from: 0, to: 1 }) : next
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    if (carried) return fail(cause.failure)
    // The home is away: what others have goes on all the same.
    const fork = await deps.gossip(held, follow, apply, signal)
    if (fork) return fail(await explain(deps, follow, held, { kind: 'fork', fork }))
    await deps.logs.cosign(held.origin)
    return fail(cause.failure)
  }
}

/** Whether what a member says counts: as the terms are now, which may have been changed since the turn began. */
async function isTrusted(reader: Reader, { memberId, trust }: Follow): Promise<boolean> {
  const row = await reader
    .selectFrom('follow')
    .select('trust')
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  return (row?.trust ?? trust) === 'full'
}

function sourceOf({ fetcher }: SyncDeps, { url, allowPrivate }: Follow, signal: AbortSignal): Source | null {
  return url === null ? null : { fetcher, url, allow: allowPrivate ? 'private' : 'public', signal }
}

/** Whether nothing is to be gone on to: a home says what there is; in a carry a log counts when it is whole as far as it goes. */
function isLast({ outcome, isContinued }: Turn, { frozen }: LogTable, carried?: CarriedFiles): boolean {
  if (carried) return !outcome.ok && frozen === null
  return outcome.ok && !isContinued && outcome.value.kind !== 'stale'
}

function filesAt(source: Source, origin: Origin): LogFiles {
  return remoteFiles(source, logPrefix(source.url, origin))
}

/** A log as its home serves it, with what others still have of it. */
function homeFiles(deps: SyncDeps, follow: Follow, origin: Origin, source: Source): LogFiles {
  const home = remoteFilesWithMemory(source, logPrefix(source.url, origin), deps.checkpoints)
  return preferWhole(home, () => otherCopies(deps, follow, origin, source.signal))
}

/** The log as others have it that are followed here, where they have it. */
async function otherCopies(deps: SyncDeps, follow: Follow, origin: Origin, signal: AbortSignal) {
  const known = await listFollows(deps.database.read)
  return known.flatMap((other) => {
    const source = other.memberId === follow.memberId ? null : sourceOf(deps, other, signal)
    return source ? [filesAt(source, origin)] : []
  })
}

/** A carry says nothing of today, and nothing of whether the member's node is reached. */
async function noteCarried({ database, clock }: SyncDeps, { memberId }: Follow, asOf: Millis): Promise<void> {
  const at = Math.min(asOf, clock())
  await database.write((tx) =>
    tx
      .updateTable('follow')
      .set({ checked_at: at })
      .where('member_id', '=', memberId)
      .where((is) => is.or([is('checked_at', 'is', null), is('checked_at', '<', at)]))
      .execute(),
  )
}

/** One look at the log as it is held. */
interface Turn {
  readonly outcome: Result<Synced>
  /** Whether its home says that a later log continues it. */
  readonly isContinued: boolean
}

/** Of a carry from before the log that is followed now was begun. */
const OLDER: Turn = { outcome: succeed({ kind: 'stale', size: 0 }), isContinued: false }

async function lookAt(
  deps: SyncDeps,
  follow: Follow,
  held: LogTable,
  from: {
    /** Null for what was carried. */
    readonly source: Source | null
    readonly files: LogFiles
    readonly apply: Apply
    readonly signal: AbortSignal
  },
): Promise<Turn> {
  const { source, files, apply, signal } = from
  const ended = (cause: Failure) => ({ outcome: fail(cause), isContinued: false })
  if (held.frozen !== null) return ended(failure('logForked'))
  const spent = source && (await overQuota(deps.database.read, deps.clock(), follow))
  if (spent) {
    const fork = await deps.gossip(held, follow, apply, signal)
    return ended(fork ? await explain(deps, follow, held, { kind: 'fork', fork }) : spent)
  }
  const synced = await deps.logs.sync(held, { files, apply, signal })
  if (!synced.ok) return ended(await explain(deps, follow, held, synced.failure))
  const isQuiet = synced.value.kind === 'unchanged'
  const fork = source ? await deps.gossip(held, follow, apply, signal, isQuiet) : null
  if (fork) return ended(await explain(deps, follow, held, { kind: 'fork', fork }))
  const cosigning = await deps.logs.cosign(held.origin)
  if (cosigning.kind === 'fork') return ended(await explain(deps, follow, held, cosigning))
  if (cosigning.kind === 'suspended') deps.events.clockDoubted()
  const isNews = source !== null && synced.value.kind !== 'stale'
  const isContinued = isNews && (await announce(deps, follow, Origin.parse(held.origin), source))
  return { outcome: synced, isContinued }
}

/**
 * Holds the log that continues this one, when the source has one; resolves to whether it has. What does not count any more is taken out of
 * all that was made of it.
 */
async function goOn(
  deps: SyncDeps,
  follow: Follow,
  held: LogTable,
  filesOf: (origin: Origin) => LogFiles | null,
): Promise<Result<boolean>> {
  const next = originOf(follow.memberId, held.number + 1)
  const files = filesOf(next)
  if (!files) return succeed(false)
  const same = filesOf(Origin.parse(held.origin)) ?? NO_FILES
  const adopted = await deps.logs.adopt(held, files, same)
  if (!adopted.ok) return fail(failure('logNotBelieved', { path: adopted.failure.path }))
  if (!adopted.value) return fail(failure('logNotBelieved', { path: 'checkpoint' }))
  const { hasDropped } = adopted.value
  if (hasDropped)
    await deps.database.write(async (tx) => {
      if (await isTrusted(tx, follow)) await refoldMember(tx, deps.logs, { member_id: follow.memberId })
    })
  deps.events.continued(follow.handle, next)
  return succeed(true)
}

const NO_FILES: LogFiles = { read: async () => null }

/**
 * Tells a log's home that we hold its newest checkpoint: it may ask us for it after a disaster. Heard or not, following goes
 * on; said anew when it has grown, and each day: the home may have lost what it knew of us. Resolves to whether the home says that
 * a later log continues this one.
 */
async function announce(
  { database, logs, fetcher, clock, events, announced }: SyncDeps,
  follow: Follow,
  origin: Origin,
  source: Source,
): Promise<boolean> {
  const held = await logs.find(origin)
  const last = announced.get(follow.memberId)
  if (!held || (last && last.size === held.signed_size && clock() - last.at < DAY)) return false
  const [own] = await hostedMembers(database.read)
  const ownId = MemberId.safeParse(own?.id)
  const shown = ownId.success ? await logs.introduce(ownId.data) : null
  const checkpoint = await logs.checkpoint(held)
  if (!own || !shown || !checkpoint) return false
  const said = { ...written(shown), checkpoint: fromUtf8(checkpoint), url: own.url }
  const answer = await fetcher.fetch({
    ...source,
    url: `${logPrefix(source.url, origin)}/followers`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: utf8(JSON.stringify(said)),
    maxBytes: 64 * 1024,
  })
  if (!answer.ok) {
    events.unheard(follow.handle)
    return false
  }
  using response = answer.value
  if (response.status >= 400) {
    events.unheard(follow.handle)
    return false
  }
  announced.set(follow.memberId, { size: held.signed_size, at: clock() })
  return Heard.safeParse(jsonIn(await readAll(response))).data?.isContinued ?? false
}

/** Before there were introductions, the genesis stood for the member. */
function written({ logs, profile }: Introduction) {
  const named = logs.map((entries) =>
    entries.map(({ position, leaf }) => ({ position, leaf: leaf.toBase64() })),
  )
  return {
    genesis: named[0]?.[0]?.leaf ?? '',
    introduction: { logs: named, profile: profile && fromUtf8(profile) },
  }
}

/** What a log's home answers. */
const Heard = z.object({ isContinued: z.boolean() })

function jsonIn(body: Result<Uint8Array, unknown>): unknown {
  try {
    return body.ok ? JSON.parse(fromUtf8(body.value) ?? '') : null
  } catch {
    return null // an answer without a body that we know says nothing
  }
}

async function explain(deps: SyncDeps, follow: Follow, held: LogTable, cause: SyncFailure): Promise<Failure> {
  switch (cause.kind) {
    case 'unsigned':
      return failure('logNotBelieved', { path: 'checkpoint' })
    case 'falseFile':
      return failure('logNotBelieved', { path: cause.path })
    case 'fork':
      await freeze(deps, follow, held, cause.fork)
      return failure('logForked')
  }
}

/** From here on nothing is added to the copy; the evidence is kept, and said to all who follow us. */
async function freeze({ logs, events }: SyncDeps, follow: Follow, held: LogTable, fork: Fork): Promise<void> {
  if (await logs.convict(held.origin, fork)) events.forked(follow.handle)
}

/**
 * Writes down how the turn went. An older checkpoint than ours says nothing of the log as it is now: it is no news, and when
 * there was nothing else for a day, a warning.
 */
async function note({ database, clock }: SyncDeps, follow: Follow, outcome: Result<Synced>): Promise<void> {
  const at = clock()
  const problem = outcome.ok ? stale(follow, outcome.value, at) : outcome.failure
  if (problem === 'notYet') return
  await database.write((tx) =>
    tx
      .updateTable('follow')
      .set(
        problem
          ? { failure: problem.reason, failed_at: at }
          : { failure: null, failed_at: null, checked_at: at },
      )
      .where('member_id', '=', follow.memberId)
      .execute(),
  )
}

function stale({ checkedAt }: Follow, { kind }: Synced, now: Millis): Failure | 'notYet' | null {
  if (kind !== 'stale') return null
  return isStale(checkedAt, now) ? failure('logStale') : 'notYet'
}

/** `overQuota` while a day has brought as many entries as it may: the others come on the next. */
async function overQuota(reader: Reader, now: Millis, { memberId, quota }: Follow): Promise<Failure | null> {
  const spent = spentQuota(await usageOf(reader, memberId, now), quota, ['entries', 'records'])
  return spent && failure('overQuota', { what: spent })
}

/** Counts new entries in the transaction in which they count. Those that were there when following began are no day's. */
async function spend(tx: Writer, now: Millis, follow: Follow, entries: readonly NewEntry[]): Promise<void> {
  const counted = entries.filter(({ position }) => position >= follow.backlog)
  if (counted.length === 0) return
  const spent = await overQuota(tx, now, follow)
  if (spent) throw new Refusal(spent)
  const records = counted.reduce((total, { leaf }) => total + leaf.length, 0)
  await addUsage(tx, follow.memberId, now, { entries: counted.length, records })
}
