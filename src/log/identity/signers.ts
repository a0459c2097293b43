import { MemberId, partsOfOrigin } from '../../kernel/names.ts'
import { DAY, type Millis } from '../../kernel/time.ts'
import type { PublicKey } from '../../records/index.ts'
import type { KeyStore, MemberKeys } from '../ports.ts'
import { witnessName } from '../rules.ts'
import { signingKey, type SigningKey } from '../tlog/index.ts'
import type { LogKeys } from './keys.ts'

/** How long a key goes on signing beside the one that took its place: who has not heard of that one follows on. */
export const SIGNS_ON_FOR = 30 * DAY

/**
 * The keys that sign a log's checkpoint now: the one in force first, then those that gave way to another less than 30 days
 * ago. Throws when the one in force is not here.
 */
export async function checkpointSigners(
  store: KeyStore,
  { origin, generations }: LogKeys,
  now: Millis,
): Promise<readonly SigningKey[]> {
  const pairs = await store.get(partsOfOrigin(origin).member)
  const wanted = generations
    .filter((_, index) => {
      const next = generations[index + 1]
      return next === undefined || now < next.time + SIGNS_ON_FOR
    })
    .toReversed()
  const [current, ...former] = [...new Set(wanted.map(({ log }) => log))].map((key) =>
    signerOf(pairs, 'log', key, origin),
  )
  if (!current) throw new Error(`the key of ${origin} is missing`)
  return [current, ...former.filter((signer) => signer !== null)]
}

/** The key that cosigns in a member's name; null when it is not here. */
export async function witnessSigner(
  store: KeyStore,
  member: MemberId,
  key: PublicKey,
): Promise<SigningKey | null> {
  return signerOf(await store.get(member), 'witness', key, witnessName(member))
}

function signerOf(
  pairs: readonly MemberKeys[],
  role: keyof MemberKeys,
  key: PublicKey,
  name: string,
): SigningKey | null {
  const type = role === 'log' ? 1 : 4
  const signers = pairs.map((pair) => signingKey(name, type, pair[role]))
  return signers.find(({ verifier }) => Buffer.from(verifier.key).toString('base64') === key) ?? null
}
