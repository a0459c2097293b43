import type { LogTable, Writer } from '../../database/index.ts'
import { type MemberId, originOf } from '../../kernel/names.ts'
import type { Random } from '../../kernel/random.ts'
import type { Clock } from '../../kernel/time.ts'
import type { MemberMessageKeys } from '../../records/index.ts'
import { makeGenesis } from '../identity/genesis.ts'
import { beginKeys } from '../identity/keys.ts'
import { makeMessageKeys, publicMessageKeys } from '../identity/message-keys.ts'
import type { KeyStore, MessageKeyStore } from '../ports.ts'
import { emptyEdge, encodeEdge, rootOf } from '../tlog/index.ts'
import { extendLog, hex } from './extend.ts'
import { heedStated } from './freeze.ts'

export interface FoundingDeps {
  readonly keys: KeyStore
  readonly messageKeys: MessageKeyStore
  readonly clock: Clock
  readonly random: Random
}

/** A member whose keys are safe and whose log can be opened. */
export interface Founding {
  readonly memberId: MemberId
  /** Shown once, in the form that people print; nothing keeps them. */
  readonly recoveryKeys: readonly string[]
  /** How many of them speak for the member. */
  readonly recoveryThreshold: number
  /** What its log says of the keys of its messages. */
  readonly messageKeys: MemberMessageKeys['body']
  /** Opens the log with its genesis, in the transaction that writes the member's row, after that row. */
  open(tx: Writer): Promise<void>
}

/**
 * Makes a new member's identity. Its keys are durable when this resolves; the member exists when the transaction that
 * calls `open` does. If we stop between the two, a key file is left that no member has.
 */
export async function found({ keys, messageKeys, clock, random }: FoundingDeps): Promise<Founding> {
  const now = clock()
  const { memberId, leaf, keys: made, ...recovery } = makeGenesis({ random, now })
  const forMessages = makeMessageKeys({ random, now })
  await keys.put(memberId, made)
  await messageKeys.put(memberId, [forMessages])
  return {
    memberId,
    ...recovery,
    messageKeys: publicMessageKeys(forMessages),
    open: async (tx) => void (await openLog(tx, { memberId, leaf, role: 'own' })),
  }
}

/** Takes {@link openLog} back where no checkpoint of the copy was ever verified. Resolves to whether a log of the member is left. */
export async function closeUnsigned(tx: Writer, memberId: MemberId): Promise<boolean> {
  await tx
    .deleteFrom('log')
    .where('member_id', '=', memberId)
    .where('role', '=', 'held')
    .where('checkpoint', 'is', null)
    .execute()
  const left = await tx
    .selectFrom('log')
    .select('origin')
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  return left !== undefined
}

/**
 * Begins a log of a member with its entry 0, the genesis or a succession: one written here, or a copy of one written
 * elsewhere. `number` is 0 unless told.
 */
export async function openLog(
  tx: Writer,
  log: {
    readonly memberId: MemberId
    readonly number?: number
    readonly leaf: Uint8Array
    readonly role: 'own' | 'held'
  },
): Promise<LogTable> {
  const { number = 0 } = log
  const keys = beginKeys(originOf(log.memberId, number), log.leaf)
  if (!keys) throw new Error('a log begins with an entry that its keys have signed')
  const [{ log: public_key, witness: witness_key, time }] = keys.generations
  const row = {
    origin: keys.origin,
    member_id: log.memberId,
    number,
    public_key,
    role: log.role,
    size: 0,
    root: hex(rootOf(emptyEdge())),
    edge: encodeEdge(emptyEdge()),
    filed: 0,
    checkpoint: null,
    signed_size: 0,
    frozen: null,
    recovery: JSON.stringify(keys.recovery),
    cut: null,
  }
  await tx.insertInto('log').values(row).execute()
  await tx
    .insertInto('log_key')
    .values({ origin: row.origin, position: 0, public_key, witness_key, time })
    .execute()
  const begun = await extendLog(tx, row, [log.leaf])
  // Others may have shown already that this log signed two histories.
  await heedStated(tx, row.origin)
  const { frozen } = await tx
    .selectFrom('log')
    .select('frozen')
    .where('origin', '=', row.origin)
    .executeTakeFirstOrThrow()
  return { ...begun, frozen }
}
