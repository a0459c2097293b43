import type { Database } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { type MemberId, originOf, partsOfOrigin } from '../../../../kernel/names.ts'
import type { Result } from '../../../../kernel/result.ts'
import { momentOf } from '../../../../kernel/time.ts'
import { checkCandidate, type Logs, type Synced, type Voice } from '../../../../log/index.ts'
import type { FollowerCommands } from '../../followers/index.ts'
import { findFollow, type MemberCommands } from '../../members/index.ts'
import { isKnown, stateOf } from '../queries.ts'
import { type CarriedLog, logsByMember } from '../rules.ts'
import type {
  CarriedMember,
  CarriedSource,
  Carry,
  CarryFolder,
  CopyFrom,
  EarlierCarry,
  Imported,
  ImportedLog,
  ImportRequest,
} from '../types.ts'
import { openCarries } from './open.ts'
import { carriedLog, carriedFiles, carriedSource } from './source.ts'

export interface ImportDeps {
  readonly database: Database
  readonly logs: Logs
  readonly members: Pick<MemberCommands, 'sync' | 'beginCarried' | 'undoCarried'>
  readonly followers: Pick<FollowerCommands, 'hear'>
  readonly copyFrom: CopyFrom
  readonly openFolder: (path: string) => CarryFolder
}

/** Looks into carries without taking anything: whose logs they have. */
export async function lookInto(
  deps: ImportDeps,
  paths: readonly string[],
): Promise<readonly CarriedMember[]> {
  const { carries } = await openCarries(deps, paths)
  const newest = new Map<MemberId, CarriedMember>()
  for (const { index } of carries)
    for (const [memberId, logs] of logsByMember(index))
      newest.set(memberId, await carriedMember(deps, memberId, logs))
  return [...newest.values()]
}

export async function carriedMember(
  { database }: ImportDeps,
  memberId: MemberId,
  logs: readonly CarriedLog[],
): Promise<CarriedMember> {
  const newest = logs.at(-1)
  if (!newest) throw new RangeError('a member has a log')
  const { handle, name } = newest
  const size = logs.reduce((total, log) => total + log.size, 0)
  return { memberId, handle, name, size, state: await stateOf(database.read, memberId) }
}

/**
 * Takes in carries as following does over a network: the same checks, the same transactions, and interrupted as safely. Older ones come
 * first. What a carry says of itself is not believed; it may be given twice, in parts, and in any order. Throws a {@link Refusal}:
 * `noCarryThere`, `carryNotBelieved`, `carryKeyGivenUp`.
 */
export async function importCarries(
  deps: ImportDeps,
  { folders: paths, follow }: ImportRequest,
  signal: AbortSignal,
): Promise<Imported> {
  const { carries, missingParts } = await openCarries(deps, paths)
  const source = carriedSource(carries)
  const done = new Map<MemberId, ImportedLog>()
  for (const carry of carries)
    for (const [memberId, logs] of logsByMember(carry.index)) {
      signal.throwIfAborted()
      const member = await carriedMember(deps, memberId, logs)
      const outcome = await importMember(deps, carry, member, source, follow, signal)
      done.set(memberId, joined(done.get(memberId), outcome))
    }
  const asOf = carries.findLast(({ isDated }) => isDated)?.time ?? null
  const logs = [...done.values()]
  const isLacking = logs.some(({ reason }) => reason === 'carryMissing')
  return { asOf, logs, missing: isLacking ? earlierThan(carries) : [], missingParts }
}

/** The carries that some go on from and that are not among them. */
function earlierThan(carries: readonly Carry[]): readonly EarlierCarry[] {
  const given = new Set(carries.map(({ note }) => note.index.sha256))
  const named = carries.flatMap(({ index }) => index.continues).filter(({ index }) => !given.has(index))
  const byIndex = new Map(named.map(({ time, index }) => [index, { time: momentOf(time), index }]))
  return [...byIndex.values()]
}

/** Over several carries a log that grew in one of them has grown, and is followed from now on where it is since one of them. */
function joined(before: ImportedLog | undefined, after: ImportedLog): ImportedLog {
  const isNoMore = ['unchanged', 'older'].includes(after.outcome)
  const isFollowed = before?.outcome === 'followed' && (isNoMore || after.outcome === 'grown')
  const hasGrown = before?.outcome === 'grown' && isNoMore
  return before && (isFollowed || hasGrown) ? { ...after, outcome: before.outcome } : after
}

async function importMember(
  deps: ImportDeps,
  carry: Carry,
  member: CarriedMember,
  source: CarriedSource,
  terms: ImportRequest['follow'],
  signal: AbortSignal,
): Promise<ImportedLog> {
  const { memberId } = member
  const result = { ...member, reason: null, held: 0, repositories: 0, incomplete: 0 }
  try {
    if (member.state !== 'unknown' || terms) await requireEarlier(deps, carry, memberId)
    if (member.state === 'own') return { ...result, ...(await hearOf(deps, carry, memberId, signal)) }
    if (member.state === 'unknown' && !terms) return { ...result, outcome: 'notFollowed' }
    const synced = await takeLogs(deps, carry, member, terms, signal)
    const held = await heldOf(deps, memberId)
    if (!synced.ok) return { ...result, held, outcome: 'refused', reason: synced.failure.reason }
    const followed = await findFollow(deps.database.read, memberId)
    const copied = followed ? await deps.copyFrom(followed, source, signal) : null
    const { kind } = synced.value
    const outcome = member.state === 'unknown' ? 'followed' : kind === 'stale' ? 'older' : kind
    return { ...result, ...copied, held, outcome }
  } catch (cause) {
    // One log that cannot be taken leaves the others alone.
    if (!(cause instanceof Refusal)) throw cause
    const held = await heldOf(deps, memberId)
    return { ...result, held, outcome: 'refused', reason: cause.failure.reason }
  }
}

/** Throws a {@link Refusal} `carryMissing` where the carry leaves out entries that are not here. What is of an ended log is here. */
async function requireEarlier({ logs }: ImportDeps, { index }: Carry, memberId: MemberId): Promise<void> {
  const current = await logs.current(memberId)
  for (const { origin, from } of logsByMember(index).get(memberId) ?? []) {
    const isEnded = current !== null && partsOfOrigin(origin).log < current.number
    const held = isEnded ? null : await logs.find(origin)
    if (!isEnded && (held?.size ?? 0) < from) throw new Refusal(failure('carryMissing'))
  }
}

/** Entries of all logs of a member that are here. */
export async function heldOf({ database }: ImportDeps, memberId: MemberId): Promise<number> {
  const { held } = await database.read
    .selectFrom('log')
    .select((is) => is.fn.sum<number | null>('size').as('held'))
    .where('member_id', '=', memberId)
    .executeTakeFirstOrThrow()
  return held ?? 0
}

/** A member's logs from a carry, the member being followed on these terms where it is unknown; nothing, where nothing comes of it. */
export async function takeLogs(
  deps: ImportDeps,
  carry: Carry,
  member: CarriedMember,
  terms: ImportRequest['follow'],
  signal: AbortSignal,
): Promise<Result<Synced>> {
  const { memberId, state } = member
  const isNew = !(await isKnown(deps.database.read, memberId))
  if (state === 'unknown' && terms) await begin(deps, carry, member, terms)
  // If we stop here, the member is followed without an address and all of its log is to come: the next import goes on.
  const before = await heldOf(deps, memberId)
  const synced = await deps.members.sync(memberId, signal, { carried: carriedFiles(carry) })
  const isVain = !synced.ok && state === 'unknown' && !(await hasSigned(deps, memberId, before))
  if (isVain) await deps.members.undoCarried(memberId, isNew)
  return synced
}

/** Whether a log came that is verified to its end, be it not the last one. */
async function hasSigned({ logs }: ImportDeps, memberId: MemberId, before: number): Promise<boolean> {
  const first = await logs.find(originOf(memberId, 0))
  return first !== null && first.signed_size > before
}

/** Follows a member that is known from a carry alone: there is no address to ask. */
async function begin(
  deps: ImportDeps,
  { folders, index }: Carry,
  { memberId, handle, name }: CarriedMember,
  terms: NonNullable<ImportRequest['follow']>,
): Promise<void> {
  const origin = originOf(memberId, 0)
  const keysAt = index.logs.find((log) => log.origin === origin)?.keysAt
  const checked = await checkCandidate(carriedLog(folders, origin), memberId, keysAt)
  if (!checked.ok) throw new Refusal(failure('logNotBelieved', { path: checked.failure }))
  const { genesis } = checked.value
  await deps.members.beginCarried({ memberId, handle, name, url: null, genesis }, terms)
}

/** The return trip: what others hold of a log that is written here, and who vouches for it. */
async function hearOf(
  deps: ImportDeps,
  carry: Carry,
  memberId: MemberId,
  signal: AbortSignal,
): Promise<Pick<ImportedLog, 'outcome' | 'reason' | 'held'>> {
  const held = await heldOf(deps, memberId)
  const refused = (reason: ImportedLog['reason']) => ({ outcome: 'refused' as const, reason, held })
  const current = await deps.logs.current(memberId)
  const carried = logsByMember(carry.index).get(memberId) ?? []
  const same = carried.find(({ origin }) => origin === current?.origin)
  if (current && carried.some(({ origin }) => origin === originOf(memberId, current.number + 1)))
    return refused('logContinued')
  if (!same) return { outcome: 'older', reason: null, held }
  const files = carriedLog(carry.folders, same.origin)
  const heard = await deps.followers.hear(memberId, files, await voicesIn(deps, carry, memberId), signal)
  if (!heard.ok) return refused(heard.failure.reason)
  const outcome = heard.value.vouched > 0 ? 'vouched' : 'unchanged'
  return { outcome, reason: null, held: await heldOf(deps, memberId) }
}

/** The other members of a carry, who may have cosigned. */
async function voicesIn({ logs }: ImportDeps, carry: Carry, except: MemberId): Promise<readonly Voice[]> {
  const voices: Voice[] = []
  for (const [memberId, carried] of logsByMember(carry.index)) {
    const newest = carried.at(-1)
    if (!newest || memberId === except) continue
    const files = carriedLog(carry.folders, newest.origin)
    const voice = await logs.voice(newest.origin, files, newest.keysAt)
    if (voice.ok) voices.push(voice.value)
  }
  return voices
}
