import type { Database, LogTable, Reader, Writer } from '../../database/index.ts'
import { equalBytes, utf8 } from '../../kernel/bytes.ts'
import { MemberId } from '../../kernel/names.ts'
import { type Clock, type Millis, SECOND } from '../../kernel/time.ts'
import { PublicKey } from '../../records/index.ts'
import { witnessSigner } from '../identity/signers.ts'
import type { KeyStore } from '../ports.ts'
import type { TileDeps } from '../queries/tiles.ts'
import { readWitnessed, type Witnessed } from '../queries/witnessed.ts'
import { timeToVouch } from '../rules.ts'
import {
  cosign,
  type Fork,
  formatSignature,
  isLineOf,
  noteFile,
  sha256,
  type SigningKey,
} from '../tlog/index.ts'
import { forkOfHeld, keptCheckpoint, type SignedCheckpoint } from './sync.ts'

export interface CosignDeps extends TileDeps {
  readonly keys: KeyStore
  readonly clock: Clock
  /** How much this node's clock shows more than those of the nodes that it asked last. */
  readonly ahead: () => Millis
}

/** What became of vouching for the checkpoint held of a log. */
export type Cosigning =
  | { readonly kind: 'done' }
  /** The log is frozen, or nothing is held. */
  | { readonly kind: 'none' }
  /** The clock is not to be believed. */
  | { readonly kind: 'suspended' }
  /** As a witness we saw another history. */
  | { readonly kind: 'fork'; readonly fork: Fork }

/**
 * Says for each member hosted here that the checkpoint held of a log is the newest, and consistent with all before it: it was
 * verified when it was kept, and is held here against what was vouched for before. Never goes back.
 */
export async function cosignHeld(deps: CosignDeps, origin: string): Promise<Cosigning> {
  const log = await deps.database.read
    .selectFrom('log')
    .selectAll()
    .where('origin', '=', origin)
    .executeTakeFirst()
  const held = log && keptCheckpoint(log)
  if (!log || !held || log.frozen !== null || log.size !== log.signed_size) return { kind: 'none' }
  const before = await readWitnessed(deps.database.read, origin)
  if (before && before.size > held.size) return { kind: 'done' } // it was pushed; the copy is on its way there
  const fork = before && (await forkOfHeld(deps, log, before))
  if (fork) return { kind: 'fork', fork }
  const signers = await hostedWitnesses(deps)
  const isSaid = before?.size === held.size && (await haveSigned(deps.database, origin, signers, held.size))
  if (isSaid) return { kind: 'done' }
  const time = timeToVouch({ now: deps.clock(), last: before?.time ?? null, ahead: deps.ahead() })
  if (time === null) return { kind: 'suspended' }
  // Another request may have moved it meanwhile: then that one has seen to it, and the next turn looks again.
  await deps.database.write((tx) => vouch(tx, { before, next: held, time, signers }))
  return { kind: 'done' }
}

/** A witness key of each member hosted here. */
export async function hostedWitnesses({ database, keys }: CosignDeps): Promise<readonly SigningKey[]> {
  const hosted = await database.read.selectFrom('member').select('id').where('hosted', '=', 1).execute()
  const found: SigningKey[] = []
  for (const { id } of hosted) {
    const member = MemberId.safeParse(id)
    const key = member.success ? await witnessOf(database.read, keys, member.data) : null
    if (key) found.push(key)
  }
  return found
}

/** The key with which a member hosted here vouches now; null when it is not here. */
async function witnessOf(reader: Reader, keys: KeyStore, member: MemberId): Promise<SigningKey | null> {
  const row = await reader
    .selectFrom('log_key')
    .innerJoin('log', 'log.origin', 'log_key.origin')
    .select('witness_key')
    .where('log.member_id', '=', member)
    .orderBy('log.number', 'desc')
    .orderBy('log_key.position', 'desc')
    .executeTakeFirst()
  const key = PublicKey.safeParse(row?.witness_key)
  return key.success ? witnessSigner(keys, member, key.data) : null
}

async function haveSigned(
  { read }: Database,
  origin: string,
  signers: readonly SigningKey[],
  size: number,
): Promise<boolean> {
  const rows = await read
    .selectFrom('cosignature')
    .select('line')
    .where('origin', '=', origin)
    .where('size', '=', size)
    .execute()
  // By the key in force: who has changed it signs anew.
  return signers.every(({ verifier }) => rows.some(({ line }) => isLineOf(line, verifier)))
}

/**
 * The one place where something is vouched for, in the caller's transaction: only when it is still `before` that was vouched
 * for last, and no copy here is ahead. Resolves to the signature lines; null when it is not so.
 */
export async function vouch(
  tx: Writer,
  {
    before,
    next,
    time,
    signers,
  }: {
    readonly before: Witnessed | null
    readonly next: SignedCheckpoint
    readonly time: Millis
    readonly signers: readonly SigningKey[]
  },
): Promise<readonly string[] | null> {
  const { origin, size, note } = next
  const now = await readWitnessed(tx, origin)
  const isSame = now === null ? before === null : before !== null && isSameState(now, before)
  const log = await tx.selectFrom('log').selectAll().where('origin', '=', origin).executeTakeFirst()
  if (!isSame || !log || log.frozen !== null || log.signed_size > size) return null
  const row = { origin, origin_hash: sha256(utf8(origin)).toHex(), size, checkpoint: noteFile(note), time }
  await tx
    .insertInto('witnessed')
    .values(row)
    .onConflict((same) => same.column('origin').doUpdateSet(row))
    .execute()
  const lines: string[] = []
  for (const key of signers) {
    const line = formatSignature(cosign(note.text, key, time / SECOND)).trimEnd()
    const cosignature = { origin, signer: key.verifier.name, size, time, line }
    await tx
      .insertInto('cosignature')
      .values(cosignature)
      .onConflict((same) => same.columns(['origin', 'signer']).doUpdateSet(cosignature))
      .execute()
    lines.push(line)
  }
  return lines
}

function isSameState(one: Witnessed, other: Witnessed): boolean {
  return one.size === other.size && one.time === other.time && equalBytes(one.root, other.root)
}

/** Whether a log is one of another node that is followed here. */
export async function findFollowed(deps: CosignDeps, origin: string): Promise<LogTable | null> {
  const row = await deps.database.read
    .selectFrom('log')
    .innerJoin('follow', 'follow.member_id', 'log.member_id')
    .selectAll('log')
    .where('log.origin', '=', origin)
    .where('log.role', '=', 'held')
    .executeTakeFirst()
  return row ?? null
}
