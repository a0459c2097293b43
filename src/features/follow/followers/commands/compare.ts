import { type LogTable, writeSetting } from '../../../../database/index.ts'
import { fromUtf8 } from '../../../../kernel/bytes.ts'
import { Refusal } from '../../../../kernel/failure.ts'
import { Origin } from '../../../../kernel/names.ts'
import { type Apply, type LogFiles, MAX_NOTE_BYTES, openCheckpoint } from '../../../../log/index.ts'
import { readUrl, readVouched, remoteFiles, type Source } from '../../members/commands/source.ts'
import { project } from '../../members/projection.ts'
import { logPrefix } from '../../members/rules.ts'
import type { Follower } from '../types.ts'
import { convict, freeze } from './freeze.ts'
import type { FollowerDeps } from './index.ts'
import { hideWithdrawn, lostOf } from './restore.ts'

/** What a follower says of our log. */
export type Answer =
  | 'silent'
  | 'agrees'
  /** Entries that we had lost are here again. */
  | 'recovered'
  /** It has vouched for entries that we have not, and does not hold them. */
  | 'ahead'
  | 'forked'

/** Asks a follower for our log before it is signed: for its copy, then for what it vouched for last. */
export async function compare(
  deps: FollowerDeps,
  log: LogTable,
  follower: Follower,
  signal: AbortSignal,
): Promise<Answer> {
  const source = sourceOf(deps, follower, signal)
  if (!source) return 'silent'
  return heard<Answer>(deps, follower, 'silent', async () => {
    const copy = await pull(deps, log, copyAt(source, log.origin), signal)
    return copy === 'agrees' ? look(deps, log.origin, source) : copy
  })
}

/** How a follower is reached; null where it only announces itself. */
export function sourceOf(
  { fetcher }: FollowerDeps,
  { url, allowPrivate }: Follower,
  signal: AbortSignal,
): Source | null {
  return url === null ? null : { fetcher, url, allow: allowPrivate ? 'private' : 'public', signal }
}

function copyAt(source: Source, origin: string): LogFiles {
  return remoteFiles(source, logPrefix(source.url, Origin.parse(origin)))
}

/** What asking a follower brings; `otherwise` when it does not answer. */
export async function heard<Value>(
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

/**
 * Looks at the checkpoint of ours that a follower vouched for last, or holds. Its word alone counts for nothing, our own
 * signature does: over more than we have signed, or over something else, another process has made it.
 */
export async function look(
  deps: FollowerDeps,
  origin: string,
  source: Source,
): Promise<'agrees' | 'ahead' | 'forked'> {
  const bytes =
    (await readVouched(source, origin)) ?? (await copyAt(source, origin).read('checkpoint', MAX_NOTE_BYTES))
  const log = await deps.logs.find(origin) // what was signed meanwhile is ours
  const opened = bytes && log && openCheckpoint(await deps.logs.keys(log), bytes)
  if (!opened) return 'agrees'
  const { signed, checkpoint } = opened
  if (checkpoint.size > log.signed_size) return 'ahead'
  const fork = await deps.logs.forkOf(log, { note: signed, ...checkpoint })
  if (fork) await convict(deps, log, fork)
  return fork ? 'forked' : 'agrees'
}

/** The evidence against our own log that a follower keeps: it need not be believed, it convicts. */
export async function readEvidence(deps: FollowerDeps, log: LogTable, source: Source): Promise<void> {
  const url = `${logPrefix(source.url, Origin.parse(log.origin))}/evidence`
  const bytes = await readUrl(source, url, MAX_NOTE_BYTES)
  const fork = bytes && (await deps.logs.readEvidence(log, fromUtf8(bytes)))
  if (fork) await convict(deps, log, fork)
}

/** Our own log as a follower holds it: what we lost is taken back, entry by entry, verified as any log is. */
export async function pull(
  deps: FollowerDeps,
  log: LogTable,
  files: LogFiles,
  signal: AbortSignal,
): Promise<Answer> {
  const apply: Apply = async (tx, entries) => {
    await project(tx, log.member_id, entries)
    await hideWithdrawn(tx, log.member_id, entries)
    await writeSetting(tx, lostOf(log), 'yes')
  }
  const synced = await deps.logs.sync(log, { files, apply, signal })
  if (synced.ok) {
    // A checkpoint that we signed and do not know, over less than we hold unsigned: a history that cannot be joined.
    if (synced.value.kind === 'stale' && synced.value.size > log.signed_size) {
      await freeze(deps, log.origin, 'fork')
      return 'forked'
    }
    if (synced.value.kind !== 'grown') return 'agrees'
    deps.events.recovered(log.origin, synced.value.from, synced.value.to)
    return 'recovered'
  }
  if (synced.failure.kind !== 'fork') return 'silent' // what it sends is not our log: it says nothing about it
  await convict(deps, log, synced.failure.fork)
  return 'forked'
}
