import type { z } from 'zod'

import type { Content } from '../../../../content/index.ts'
import { type LogTable, readSetting, type Writer, writeSetting } from '../../../../database/index.ts'
import { concatBytes } from '../../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { type Handle, type MemberId, repositoryKey } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import type { Clock } from '../../../../kernel/time.ts'
import {
  keepErasures,
  type KeyStore,
  type MemberKeys,
  type MessageKeyStore,
  publicKeyOf,
  takeUpLog,
} from '../../../../log/index.ts'
import { accountByName, adoptMember, enrolOwner, hostedMembers, isOfMember } from '../../../accounts/index.ts'
import {
  type Delivery,
  findRepository,
  forgetArriving,
  keepFormerName,
  type Share,
  standMoved,
  takeErased,
} from '../../../share/index.ts'
import type { FollowerCommands } from '../../followers/index.ts'
import { findFollow, forgetStated } from '../../members/queries.ts'
import { CaughtLie, createIntake } from '../../repositories/commands/receive.ts'
import { handleOf } from '../../repositories/queries.ts'
import { MIRROR_LIMITS } from '../../repositories/rules.ts'
import { type CarriedLog, logsByMember, sealedPath } from '../rules.ts'
import { type Carry, type CarryFolder, type Letters, SealedMember, SealedRepository } from '../types.ts'
import { carriedMember, type ImportDeps, takeLogs } from './import.ts'
import { rootsOf, sealContext } from './move-out.ts'
import { openCarries, parsed } from './open.ts'
import { BrokenSeal, type Part, unseal, WrongPassphrase } from './seal.ts'
import { carriedSource } from './source.ts'

export interface MoveInDeps extends ImportDeps {
  readonly followers: Pick<FollowerCommands, 'hear' | 'begun'>
  readonly keys: KeyStore
  readonly messageKeys: MessageKeyStore
  readonly letters: Letters
  readonly content: Pick<Content, 'fileOf' | 'ingest'>
  readonly share: Pick<Share, 'queries'>
  /** Reads the card of a repository that came. */
  readonly refreshCard: (repositoryId: string) => Promise<void>
  readonly clock: Clock
  readonly random: Random
}

export interface MoveInRequest {
  readonly folder: string
  readonly passphrase: string
  /** The person who administers its namespace. */
  readonly owner: string
  /** Where it answers from now on; null: where the other members hosted here do. */
  readonly url: string | null
  /** Whether its followers may be asked at private addresses. */
  readonly allowPrivate: boolean
}

export interface MovedIn {
  readonly memberId: MemberId
  readonly handle: string
  readonly url: string | null
  /** Entries of its log. */
  readonly size: number
  readonly sealed: number
}

/** Names the setting that says that a member is on its way in: it is hosted here, and not all of it is here. */
function arrivingOf(memberId: MemberId): string {
  return `arriving.${memberId}`
}

/**
 * Takes a member in that another node has moved out. What everybody may read comes first, by the code that follows a member; then its
 * keys, and what only the passphrase opens. Throws a {@link Refusal}: `noCarryThere`, `carryNotBelieved`, `carryIncomplete`,
 * `noMemberMoves`, `wrongPassphrase`, `nameTaken`, `accountNotFound`, `carryOlder`, `alreadyFollowed`, `logFrozen`.
 */
export async function moveIn(
  deps: MoveInDeps,
  request: MoveInRequest,
  signal: AbortSignal,
): Promise<MovedIn> {
  const moving = await findMoving(deps, request.folder)
  const { memberId } = moving
  const state = await stateOfMove(deps, moving)
  if (state === 'done') return moved(deps, moving, request)
  if (state === 'new') {
    await requireRoom(deps, moving, request)
    const log = await takeCopy(deps, moving, signal)
    await requireRoom(deps, moving, request) // by the name that its log says, now that it is here
    // If we stop here, the member is followed without an address. Run again, it goes on.
    const { keys, messageKeys, followers } = await readSealed(deps, moving, log, request)
    await opening(moving, () => keepKeys(deps, memberId, keys, log))
    await deps.messageKeys.put(memberId, messageKeys)
    // If we stop here, its keys are here as well, and sign nothing: its log is a copy.
    await adopt(deps, memberId, followers, request)
  }
  // If we stop here, the member is hosted here and nobody may speak for it: run again, the rest comes.
  const log = await requireLog(deps, memberId)
  const { repositories: sealed, ...along } = await takeSealed(deps, moving, log, request, signal)
  await deps.database.write(async (tx) => {
    await putDown(deps, tx, memberId, along)
    await writeSetting(tx, arrivingOf(memberId), null)
    const url = request.url ?? (await hostedMembers(tx))[0]?.url ?? null
    const member = (await hostedMembers(tx)).find(({ id }) => id === memberId)
    if (!member) throw new Error(`${memberId} is not hosted here`)
    await enrolOwner(deps, tx, { ...member, url, owner: request.owner })
  })
  return { ...(await moved(deps, moving, request)), sealed }
}

interface Moving {
  readonly carry: Carry
  readonly folder: CarryFolder
  readonly memberId: MemberId
  /** Its newest log. */
  readonly entry: CarriedLog
}

async function findMoving(deps: MoveInDeps, path: string): Promise<Moving> {
  const { carries, missingParts } = await openCarries(deps, [path])
  const [carry, ...others] = carries
  if (!carry || others.length > 0 || missingParts > 0) throw new Refusal(failure('carryIncomplete', { path }))
  for (const [memberId, logs] of logsByMember(carry.index)) {
    const entry = logs.at(-1)
    for (const folder of entry ? carry.folders : [])
      if (entry && (await folder.size(sealedPath(memberId))) !== null)
        return { carry, folder, memberId, entry }
  }
  throw new Refusal(failure('noMemberMoves', { path }))
}

async function stateOfMove(
  { database }: MoveInDeps,
  { memberId }: Moving,
): Promise<'new' | 'begun' | 'done'> {
  const isHosted = (await hostedMembers(database.read)).some(({ id }) => id === memberId)
  if (!isHosted) return 'new'
  return (await readSetting(database.read, arrivingOf(memberId))) === null ? 'done' : 'begun'
}

async function moved(
  { database, logs }: MoveInDeps,
  { memberId, entry }: Moving,
  { folder }: MoveInRequest,
): Promise<MovedIn> {
  const member = (await hostedMembers(database.read)).find(({ id }) => id === memberId)
  const log = await logs.current(memberId)
  if (!member || !log) throw new Refusal(failure('noMemberMoves', { path: folder }))
  return { memberId, handle: member.handle ?? entry.handle, url: member.url, size: log.size, sealed: 0 }
}

/** Refuses before anything is taken. */
async function requireRoom(
  { database }: MoveInDeps,
  { memberId, entry }: Moving,
  { owner }: MoveInRequest,
): Promise<void> {
  const handle = (await handleOf(database.read, memberId, false)) ?? entry.handle
  const hosted = await hostedMembers(database.read)
  if (hosted.length === 0) throw new Refusal(failure('notSetUp'))
  const isTaken = hosted.some((member) => repositoryKey(member.handle) === repositoryKey(handle))
  if (isTaken || (await accountByName(database.read, handle)))
    throw new Refusal(failure('nameTaken', { name: handle }, 'handle'))
  const person = await accountByName(database.read, owner)
  if (person?.kind !== 'user') throw new Refusal(failure('accountNotFound', { name: owner }))
  const follow = await findFollow(database.read, memberId)
  if (follow && follow.trust !== 'full') throw new Refusal(failure('alreadyFollowed'))
}

/** The copy of the log and of all that is public, verified as from any node. */
async function takeCopy(deps: MoveInDeps, moving: Moving, signal: AbortSignal): Promise<LogTable> {
  const { carry, memberId } = moving
  const logs = logsByMember(carry.index).get(memberId) ?? []
  const member = await carriedMember(deps, memberId, logs)
  const synced = await takeLogs(deps, carry, member, { content: 'all', trust: 'full' }, signal)
  if (!synced.ok) throw new Refusal(synced.failure)
  if (synced.value.kind === 'stale') throw new Refusal(failure('carryOlder', { path: moving.folder.path }))
  const follow = await findFollow(deps.database.read, memberId)
  if (!follow) throw new Refusal(failure('notFollowed'))
  const terms = { ...follow, content: 'all', filter: null } as const
  const { incomplete } = await deps.copyFrom(terms, carriedSource([carry]), signal)
  // What is announced and not for everybody lies in the sealed part; the log is whole, and the rest must be.
  if (incomplete > (await announcedElsewhere(deps, moving)))
    throw new Refusal(failure('carryIncomplete', { path: moving.folder.path }))
  return requireLog(deps, memberId)
}

/** Repositories that the log announces and the carry has not for everybody. */
async function announcedElsewhere({ database }: MoveInDeps, { memberId, carry }: Moving): Promise<number> {
  const announced = await database.read
    .selectFrom('announced_ref')
    .select(['kind', 'key'])
    .distinct()
    .where('member_id', '=', memberId)
    .execute()
  const carried = new Set(
    carry.index.repositories
      .filter(({ member }) => member === memberId)
      .map(({ kind, repository }) => `${kind} ${repositoryKey(repository)}`),
  )
  return announced.filter(({ kind, key }) => !carried.has(`${kind} ${key}`)).length
}

async function requireLog({ logs }: MoveInDeps, memberId: MemberId): Promise<LogTable> {
  const log = await logs.current(memberId)
  if (!log) throw new Error(`the log of ${memberId} is gone`)
  return log
}

/** Reads the whole sealed part, so that nothing of one that was altered counts; what it says of the member. */
async function readSealed(
  deps: MoveInDeps,
  moving: Moving,
  log: LogTable,
  request: MoveInRequest,
): Promise<Unsealed> {
  return opening(moving, async () => {
    await using parts = partsOf(moving, log, request)
    const next = nextOf(parts)
    const member = await readAs(SealedMember, await next())
    if (!deps.letters.isKnown(member.letters)) throw new BrokenSeal()
    const names = member.formerNames.map(({ former }) => former)
    for (let at = 0; at < member.repositories; at++) {
      const repository = await readAs(SealedRepository, await next())
      names.push(repository.repository)
      for (let passed = rootsOf(repository).length + repository.files.length; passed > 0; passed--)
        await next()
    }
    if (!(await parts.next()).done) throw new BrokenSeal()
    const handle = await handleOf(deps.database.read, moving.memberId, false)
    if (!names.every((name) => isOwnName(handle, name))) throw new BrokenSeal()
    return {
      followers: member.followers,
      keys: member.keys.map((pair) => ({ log: bytesOf(pair.log), witness: bytesOf(pair.witness) })),
      messageKeys: member.messageKeys.map(({ seal, sign, since }) => ({
        seal: bytesOf(seal),
        sign: bytesOf(sign),
        since,
      })),
    }
  })
}

interface Unsealed {
  readonly followers: SealedMember['followers']
  readonly keys: readonly MemberKeys[]
  readonly messageKeys: Parameters<MessageKeyStore['put']>[1]
}

function partsOf(
  { folder, memberId, entry }: Moving,
  log: LogTable,
  { passphrase }: MoveInRequest,
): AsyncGenerator<Part> {
  const context = sealContext({ ...log, signed_size: entry.size })
  return unseal(wholeFile(folder, sealedPath(memberId)), { passphrase, context })
}

/** Takes part after part. Throws {@link BrokenSeal} where one is missing. */
function nextOf(parts: AsyncGenerator<Part>): () => Promise<Part> {
  return async () => {
    const part = await parts.next()
    if (part.done) throw new BrokenSeal()
    return part.value
  }
}

async function* wholeFile(folder: CarryFolder, path: string): AsyncGenerator<Uint8Array> {
  yield* folder.stream(path, 0, (await folder.size(path)) ?? 0)
}

/** What is wrong with a sealed part is the person's to know. */
async function opening<Value>({ folder, memberId }: Moving, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof WrongPassphrase) throw new Refusal(failure('wrongPassphrase'))
    if (cause instanceof BrokenSeal || cause instanceof CaughtLie)
      throw new Refusal(failure('carryNotBelieved', { path: folder.path, file: sealedPath(memberId) }))
    throw cause
  }
}

/** Keys that the log does not name would sign a log that nobody believes. */
async function keepKeys(
  deps: MoveInDeps,
  memberId: MemberId,
  keys: readonly MemberKeys[],
  log: LogTable,
): Promise<void> {
  const { generations } = await deps.logs.keys(log)
  const current = generations.at(-1)
  if (!keys.some((pair) => publicKeyOf('log', pair.log) === current?.log)) throw new BrokenSeal()
  const known = new Set((await deps.keys.get(memberId)).map((pair) => bytesKey(pair)))
  for (const pair of keys.toReversed()) {
    if (known.has(bytesKey(pair))) continue
    if (known.size === 0) await deps.keys.put(memberId, pair)
    else await deps.keys.add(memberId, pair)
    known.add(bytesKey(pair))
  }
}

function bytesKey({ log, witness }: MemberKeys): string {
  return `${Buffer.from(log).toString('hex')} ${Buffer.from(witness).toString('hex')}`
}

/** In one transaction the member is hosted here: its log is written here, and it is followed no more. */
async function adopt(
  { database, followers: known, clock }: MoveInDeps,
  memberId: MemberId,
  followers: SealedMember['followers'],
  { allowPrivate }: MoveInRequest,
): Promise<void> {
  const origin = await database.write(async (tx) => {
    await tx.deleteFrom('follow').where('member_id', '=', memberId).execute()
    await forgetStated(tx, memberId)
    const origin = await takeUpLog(tx, memberId)
    await adoptMember(tx, memberId)
    for (const { member, witness, url, since } of followers)
      await tx
        .insertInto('follower')
        .values({
          origin,
          member_id: member,
          witness_key: witness,
          url,
          allow_private: allowPrivate ? 1 : 0,
          since,
        })
        .onConflict((same) => same.doNothing())
        .execute()
    await writeSetting(tx, arrivingOf(memberId), String(clock()))
    return origin
  })
  known.begun(origin)
}

/** Former names, what was erased and why, and letters, once all that they speak of is here. */
async function putDown(
  { letters, clock }: MoveInDeps,
  tx: Writer,
  memberId: MemberId,
  { formerNames, redactions, erased, others, letters: said }: Omit<SealedMember, 'repositories'>,
): Promise<void> {
  await keepErasures(tx, memberId, redactions)
  await takeErased(tx, memberId, erased)
  for (const former of formerNames) await keepFormerName(tx, memberId, former)
  for (const { member: id, handle, name: display_name } of others)
    await tx
      .insertInto('member')
      .values({ id, handle, display_name, url: null, created_at: clock(), hosted: 0 })
      .onConflict((same) => same.doNothing())
      .execute()
  await letters.unpack(tx, memberId, said)
}

/** Repositories that are not for everybody, one after the other. What is here already is passed over. */
async function takeSealed(
  deps: MoveInDeps,
  moving: Moving,
  log: LogTable,
  request: MoveInRequest,
  signal: AbortSignal,
): Promise<SealedMember> {
  return opening(moving, async () => {
    await using parts = partsOf(moving, log, request)
    const next = nextOf(parts)
    const member = await readAs(SealedMember, await next())
    for (let at = 0; at < member.repositories; at++) {
      signal.throwIfAborted()
      const repository = await readAs(SealedRepository, await next())
      const id = await takeObjects(deps, moving.memberId, repository, next)
      for (const sha256 of repository.files) {
        const part = await next()
        if (await deps.content.fileOf(id, sha256)) continue
        const stored = await deps.content.ingest(id, part, { sha256 }, signal)
        if (!stored.ok) throw new Refusal(stored.failure)
      }
      await deps.refreshCard(id)
    }
    return member
  })
}

/** A member brings nothing under the names of others. */
function isOwnName(handle: Handle | null, repository: string): boolean {
  const [namespace = ''] = repository.split('/')
  return handle !== null && isOfMember(handle, namespace)
}

async function takeObjects(
  { database, share, random }: MoveInDeps,
  memberId: MemberId,
  repository: SealedRepository,
  next: () => Promise<Part>,
): Promise<string> {
  const { kind, repository: fullName } = repository
  const found = await findRepository(database.read, kind, fullName)
  const repositoryId = found.kind === 'found' ? found.repository.id : null
  const subject = `${memberId} ${kind} ${repositoryKey(fullName)}`
  await database.write((tx) => forgetArriving(tx, subject)) // what an interrupted run left
  const intake = createIntake({ database, share, repositoryId, isErased: async () => true })
  const deliveries: Delivery[] = []
  for (const want of rootsOf(repository)) {
    const chunks = await next()
    if (await intake.has(want)) continue
    const batch = `${subject}#${deliveries.length}`
    deliveries.push(await intake.receive({ want, batch, chunks, limits: OWN_LIMITS }))
  }
  return standMoved({ database, random }, { ...repository, memberId, fullName }, deliveries)
}

/** What a member has of its own is bounded by its disk alone. */
const OWN_LIMITS = {
  ...MIRROR_LIMITS,
  totalBytes: Number.MAX_SAFE_INTEGER,
  objects: Number.MAX_SAFE_INTEGER,
}

const MOST_JSON_BYTES = 64 * 1024 * 1024

/** A part that is JSON. Throws {@link BrokenSeal} where another program sealed something else. */
async function readAs<Value>(schema: z.ZodType<Value>, part: Part): Promise<Value> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of part) {
    bytes += piece.length
    if (bytes > MOST_JSON_BYTES) throw new BrokenSeal()
    pieces.push(piece)
  }
  const read = schema.safeParse(parsed(concatBytes(pieces)))
  if (!read.success) throw new BrokenSeal()
  return read.data
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
