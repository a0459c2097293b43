import type { MemberId } from '../../../../kernel/names.ts'
import {
  currentKeys,
  hasFollowed,
  type Introduced,
  type Introduction,
  newerOf,
  readIntroduction,
  type Voice,
} from '../../../../log/index.ts'
import type { PublicKey } from '../../../../records/index.ts'
import type { FollowerDeps } from './index.ts'

/** Who speaks for a follower. */
export interface Speaker {
  readonly memberId: MemberId
  readonly witnessKey: PublicKey
  /** The number of its log that named this key. */
  readonly number: number
  readonly profile: Introduced['profile']
}

/** With the key in force alone: who announces itself signs now. */
export function voiceOf({ memberId, witnessKey }: Speaker): Voice {
  return { member: memberId, keys: [{ key: witnessKey, until: null }] }
}

/**
 * Who speaks for whoever introduces itself: as it shows, or as its own log says where that is here and knows more. Null when what it
 * shows is not so, or older than what it showed before: a key that was given up does not come back.
 */
export async function speakerOf(
  { database, logs }: FollowerDeps,
  introduction: Introduction,
): Promise<Speaker | null> {
  const introduced = readIntroduction(introduction)
  if (!introduced) return null
  const { memberId, profile } = introduced
  const held = await logs.speaking(memberId)
  const newest = held ? newerOf(introduced, held) : introduced
  const known = await database.read
    .selectFrom('follower')
    .select(['witness_key', 'log_number'])
    .where('member_id', '=', memberId)
    .execute()
  const isGivenUp = known.some(
    ({ witness_key: witness, log_number: number }) => !hasFollowed(newest, { number, witness }),
  )
  if (isGivenUp) return null
  return { memberId, profile, number: newest.number, witnessKey: currentKeys(newest.keys).witness }
}
