import { END_OF_OBJECTS, objectHeader } from '../../../../content/git/index.ts'
import type { LogTable } from '../../../../database/index.ts'
import { utf8 } from '../../../../kernel/bytes.ts'
import { canonicalJson } from '../../../../kernel/canonical-json.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { GitOid, Handle, MemberId, Origin, RepositoryId, Sha256 } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { giveUpLog, type KeyStore, type MessageKeyStore } from '../../../../log/index.ts'
import { PublicKey } from '../../../../records/index.ts'
import { hostedMembers, isOfMember, releaseMember } from '../../../accounts/index.ts'
import { erasedOf, formerNames, objectsBetween } from '../../../share/index.ts'
import { sealedPath } from '../rules.ts'
import type { Exported, Letters, SealedMember, SealedRepository } from '../types.ts'
import { exportCarry, type ExportDeps, rootIn } from './export.ts'
import { type Part, seal } from './seal.ts'

export interface MoveOutDeps extends ExportDeps {
  readonly keys: KeyStore
  readonly messageKeys: MessageKeyStore
  readonly letters: Letters
  readonly random: Random
}

export interface MoveOutRequest {
  readonly handle: string
  readonly to: string
  readonly passphrase: string
}

/** What moved out. `sealed` counts repositories that only the passphrase opens. */
export interface MovedOut extends Exported {
  readonly memberId: MemberId
  readonly sealed: number
}

/**
 * Moves a member out of this node into a folder. Its log is given up before its keys leave, for good: two nodes that write one log
 * would contradict each other. Throws a {@link Refusal}: `memberNotFound`, `memberStays`, `recordsWait`, `logFrozen`, and as
 * {@link exportCarry} throws.
 */
export async function moveOut(
  deps: MoveOutDeps,
  { handle, to, passphrase }: MoveOutRequest,
  signal: AbortSignal,
): Promise<MovedOut> {
  const memberId = await giveUp(deps, handle)
  // If we stop here, or anywhere below, the log stands still, and its keys and everything else are still here: run again, it goes on.
  const log = await deps.logs.current(memberId)
  if (!log) throw new Error(`the log of ${memberId} is gone`)
  const repositories = await repositoriesToSeal(deps, memberId, handle)
  const parts = sealedParts(deps, memberId, log, repositories, signal)
  const context = sealContext(log)
  const folder = deps.openFolder(to)
  await folder.write(sealedPath(memberId), seal(parts, { passphrase, context, random: deps.random }))
  // If we stop here, there is no note in the folder: nobody takes it for whole.
  const request = { to, since: null, members: [memberId], content: 'all', maxBytes: null } as const
  const exported = await exportCarry(deps, request, signal)
  return { ...exported, memberId, sealed: repositories.length }
}

/** What a sealed part belongs to: the newest log as it ended here. */
export function sealContext({ origin, signed_size, checkpoint }: LogTable): Uint8Array {
  return utf8(`${origin}\n${signed_size}\n${rootIn(checkpoint)}\n`)
}

/** In one transaction the member is hosted here no more. One that is on its way already goes on. */
async function giveUp({ database, logs, keys }: MoveOutDeps, handle: string): Promise<MemberId> {
  const hosted = await hostedMembers(database.read)
  const [first] = hosted
  const member = hosted.find((each) => each.handle === handle)
  if (!member) return onItsWay({ database, keys }, handle)
  if (member === first) throw new Refusal(failure('memberStays', { member: handle }))
  const id = MemberId.safeParse(member.id)
  const current = id.success ? await logs.current(id.data) : null
  if (!id.success || !current) throw new Refusal(failure('memberNotFound', { member: handle }))
  await database.write(async (tx) => {
    await giveUpLog(tx, id.data)
    await releaseMember(tx, { id: id.data, handle })
  })
  return id.data
}

async function onItsWay(
  { database, keys }: Pick<MoveOutDeps, 'database' | 'keys'>,
  handle: string,
): Promise<MemberId> {
  const rows = await database.read
    .selectFrom('member')
    .innerJoin('log', 'log.member_id', 'member.id')
    .select('member.id')
    .where('member.handle', '=', handle)
    .where('member.hosted', '=', 0)
    .where('log.frozen', '=', 'moved')
    .execute()
  for (const { id } of rows) {
    const memberId = MemberId.parse(id)
    if ((await keys.get(memberId)).length > 0) return memberId
  }
  throw new Refusal(failure('memberNotFound', { member: handle }))
}

/** The member's repositories that are not in a carry for everybody. */
async function repositoriesToSeal(
  { database }: MoveOutDeps,
  memberId: MemberId,
  handle: string,
): Promise<readonly (SealedRepository & { readonly id: string })[]> {
  const rows = await database.read
    .selectFrom('repository')
    .selectAll()
    .where('member_id', '=', memberId)
    .where((is) => is.or([is('visibility', '=', 'private'), is('gated', '!=', 'no'), is('disabled', '=', 1)]))
    .orderBy('kind')
    .orderBy('key')
    .execute()
  const sealed: (SealedRepository & { readonly id: string })[] = []
  for (const row of rows) {
    if (!isOfMember(Handle.parse(handle), row.namespace)) continue
    const refs = await database.read
      .selectFrom('ref')
      .select(['name', 'oid'])
      .where('repository_id', '=', row.id)
      .orderBy('name')
      .execute()
    const files = await database.read
      .selectFrom('repository_file')
      .select('sha256')
      .distinct()
      .where('repository_id', '=', row.id)
      .orderBy('sha256')
      .execute()
    sealed.push({
      id: row.id,
      kind: row.kind,
      repository: RepositoryId.parse(`${row.namespace}/${row.name}`),
      visibility: row.visibility,
      gated: row.gated,
      disabled: row.disabled === 1,
      createdAt: row.created_at,
      modifiedAt: row.modified_at,
      refs: refs.map(({ name, oid }) => ({ name, oid: GitOid.parse(oid) })),
      files: files.map(({ sha256 }) => Sha256.parse(sha256)),
    })
  }
  return sealed
}

async function* sealedParts(
  deps: MoveOutDeps,
  memberId: MemberId,
  { origin }: LogTable,
  repositories: readonly (SealedRepository & { readonly id: string })[],
  signal: AbortSignal,
): AsyncGenerator<Part> {
  const followers = await deps.database.read
    .selectFrom('follower')
    .selectAll()
    .where('origin', '=', origin)
    .orderBy('member_id')
    .execute()
  const { letters, others } = await deps.letters.pack(memberId)
  const erased = await erasedOf(deps.database.read, memberId)
  const member: SealedMember = {
    type: 'sealed-member/1',
    keys: (await deps.keys.get(memberId)).map(({ log, witness }) => ({
      log: base64(log),
      witness: base64(witness),
    })),
    messageKeys: (await deps.messageKeys.get(memberId)).map((pair) => ({
      seal: base64(pair.seal),
      sign: base64(pair.sign),
      since: pair.since,
    })),
    followers: followers.map((row) => ({
      member: MemberId.parse(row.member_id),
      witness: PublicKey.parse(row.witness_key),
      url: row.url,
      since: row.since,
    })),
    repositories: repositories.length,
    formerNames: [...(await formerNames(deps.database.read, memberId))],
    redactions: (await deps.logs.erasures(memberId)).map((each) => ({
      ...each,
      origin: Origin.parse(each.origin),
    })),
    erased: { files: [...erased.files], blobs: [...erased.blobs] },
    others: await describeMembers(deps, others),
    letters,
  }
  yield json(member)
  for (const { id, ...repository } of repositories) {
    yield json(repository)
    const haves: GitOid[] = []
    for (const oid of rootsOf(repository)) {
      signal.throwIfAborted()
      yield objects(deps, id, oid, haves)
      haves.push(oid)
    }
    for (const sha256 of repository.files) yield file(deps, id, sha256, signal)
  }
}

async function describeMembers(
  { database }: MoveOutDeps,
  ids: readonly MemberId[],
): Promise<SealedMember['others']> {
  const rows = await database.read
    .selectFrom('member')
    .select(['id', 'handle', 'display_name'])
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()
  return rows.map(({ id, handle, display_name }) => ({
    member: MemberId.parse(id),
    handle: Handle.parse(handle),
    name: display_name,
  }))
}

/** What the refs of a repository lead to, each once. */
export function rootsOf({ refs }: Pick<SealedRepository, 'refs'>): readonly GitOid[] {
  return [...new Set(refs.map(({ oid }) => oid))]
}

async function* objects(
  { database }: MoveOutDeps,
  repositoryId: string,
  want: GitOid,
  haves: readonly GitOid[],
): Part {
  const found = await objectsBetween(database.read, repositoryId, want, haves)
  if (!found) throw new Error(`${want} is no commit of ${repositoryId}`)
  for await (const { type, size, compressed } of found) {
    yield objectHeader(type, size, compressed.length)
    yield compressed
  }
  yield END_OF_OBJECTS
}

/** A file that is damaged here must not be lost on the way: the move waits until it is mended. */
async function* file(
  { content }: MoveOutDeps,
  repositoryId: string,
  sha256: Sha256,
  signal: AbortSignal,
): Part {
  const stored = await content.fileOf(repositoryId, sha256)
  const reader = stored && (await content.openFile(stored.xetHash))
  if (!reader) throw new Refusal(failure('damagedContent'))
  yield* reader.read({ start: 0, end: reader.size }, signal)
}

async function* json(value: SealedMember | SealedRepository): Part {
  yield utf8(canonicalJson(value))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
