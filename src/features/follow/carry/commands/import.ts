import type { Database } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { type MemberId, partsOfOrigin } from '../../../../kernel/names.ts'
import { checkCandidate, type LogFiles, type Logs } from '../../../../log/index.ts'
import type { FollowerCommands } from '../../followers/index.ts'
import { findFollow, type MemberCommands } from '../../members/index.ts'
import { stateOf } from '../queries.ts'
import { logFolder } from '../rules.ts'
import type {
  CarriedMember,
  CarriedSource,
  Carry,
  CarryFolder,
  CarryIndex,
  CopyFrom,
  Imported,
  ImportedLog,
  ImportRequest,
} from '../types.ts'
import { openCarries } from './open.ts'
import { carriedLog, carriedSource } from './source.ts'

export interface ImportDeps {
  readonly database: Database
  readonly logs: Logs
  readonly members: Pick<MemberCommands, 'sync' | 'beginCarried'>
  readonly followers: Pick<FollowerCommands, 'hear'>
  readonly copyFrom: CopyFrom
  readonly openFolder: (path: string) => CarryFolder
}

type CarriedLog = CarryIndex['logs'][number]

/** Looks into carries without taking anything: whose logs they have. */
export async function lookInto(
  deps: ImportDeps,
  paths: readonly string[],
): Promise<readonly CarriedMember[]> {
  const { carries } = await openCarries(deps, paths)
  const newest = new Map<string, CarriedLog>()
  for (const { index } of carries) for (const log of index.logs) newest.set(log.origin, log)
  return Promise.all([...newest.values()].map((log) => carriedMember(deps, log)))
}

export async function carriedMember({ database }: ImportDeps, log: CarriedLog): Promise<CarriedMember> {
  const { member } = partsOfOrigin(log.origin)
  const { handle, name, size } = log
  return { memberId: member, handle, name, size, state: await stateOf(database.read, member) }
}

/**
 * Takes in carries as following does over a network: the same checks, the same transactions, and interrupted as safely. Older ones come
 * first. What a carry says of itself is not believed; it may be given twice, in parts, and in any order. Throws a {@link Refusal}:
 * `noCarryThere`, `carryNotBelieved`.
 */
export async function importCarries(
  deps: ImportDeps,
  { folders: paths, follow }: ImportRequest,
  signal: AbortSignal,
): Promise<Imported> {
  const { carries, missingParts } = await openCarries(deps, paths)
  const source = carriedSource(carries)
  const done = new Map<string, ImportedLog>()
  for (const carry of carries)
    for (const log of carry.index.logs) {
      signal.throwIfAborted()
      const outcome = await importLog(deps, carry, log, source, follow, signal)
      done.set(log.origin, joined(done.get(log.origin), outcome))
    }
  return { asOf: Math.max(...carries.map(({ time }) => time)), logs: [...done.values()], missingParts }
}

/** Over several carries a log that grew in one of them has grown. */
function joined(before: ImportedLog | undefined, after: ImportedLog): ImportedLog {
  const hasGrown = before && ['followed', 'grown'].includes(before.outcome)
  return hasGrown && ['unchanged', 'older'].includes(after.outcome)
    ? { ...after, outcome: before.outcome }
    : after
}

async function importLog(
  deps: ImportDeps,
  carry: Carry,
  log: CarriedLog,
  source: CarriedSource,
  terms: ImportRequest['follow'],
  signal: AbortSignal,
): Promise<ImportedLog> {
  const member = await carriedMember(deps, log)
  const files = carriedLog(carry.folders, logFolder(member.memberId, 0))
  const result = { ...member, reason: null, held: 0, repositories: 0, incomplete: 0 }
  try {
    if (member.state === 'own') return { ...result, ...(await hearOf(deps, carry, member, files, signal)) }
    if (member.state === 'unknown' && !terms) return { ...result, outcome: 'notFollowed' }
    if (member.state === 'unknown' && terms) await begin(deps, member, files, terms)
    const from = { files, asOf: carry.time }
    const synced = await deps.members.sync(member.memberId, signal, { carried: from })
    const held = await heldOf(deps, log)
    if (!synced.ok) return { ...result, held, outcome: 'refused', reason: synced.failure.reason }
    const followed = await findFollow(deps.database.read, member.memberId)
    const copied = followed ? await deps.copyFrom(followed, source, signal) : null
    const { kind } = synced.value
    const outcome = member.state === 'unknown' ? 'followed' : kind === 'stale' ? 'older' : kind
    return { ...result, ...copied, held, outcome }
  } catch (cause) {
    // One log that cannot be taken leaves the others alone.
    if (!(cause instanceof Refusal)) throw cause
    return { ...result, held: await heldOf(deps, log), outcome: 'refused', reason: cause.failure.reason }
  }
}

export async function heldOf({ logs }: ImportDeps, { origin }: CarriedLog): Promise<number> {
  return (await logs.find(origin))?.size ?? 0
}

/** Follows a member that is known from a carry alone: there is no address to ask. */
export async function begin(
  deps: ImportDeps,
  { memberId, handle, name }: CarriedMember,
  files: LogFiles,
  terms: NonNullable<ImportRequest['follow']>,
): Promise<void> {
  const checked = await checkCandidate(files, memberId)
  if (!checked.ok) throw new Refusal(failure('logNotBelieved', { path: checked.failure }))
  await deps.members.beginCarried(
    { memberId, handle, name, url: null, genesis: checked.value.genesis },
    terms,
  )
}

/** The return trip: what others hold of a log that is written here, and who vouches for it. */
async function hearOf(
  deps: ImportDeps,
  { folders, index }: Carry,
  { memberId }: CarriedMember,
  files: LogFiles,
  signal: AbortSignal,
): Promise<Pick<ImportedLog, 'outcome' | 'reason' | 'held'>> {
  const witnesses: Uint8Array[] = []
  for (const { origin } of index.logs) {
    const { member } = partsOfOrigin(origin)
    const checked = member === memberId ? null : await genesisOf(folders, member)
    if (checked) witnesses.push(checked)
  }
  const heard = await deps.followers.hear(memberId, files, witnesses, signal)
  const held = heard.ok ? heard.value.held : 0
  if (!heard.ok) return { outcome: 'refused', reason: heard.failure.reason, held }
  return { outcome: heard.value.vouched > 0 ? 'vouched' : 'unchanged', reason: null, held }
}

async function genesisOf(folders: readonly CarryFolder[], member: MemberId): Promise<Uint8Array | null> {
  const checked = await checkCandidate(carriedLog(folders, logFolder(member, 0)), member)
  return checked.ok ? checked.value.genesis : null
}
