import type { Reader, Writer } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import { fail, type Result } from '../../../kernel/result.ts'
import { hashSecret, randomBase62 } from '../../../kernel/secret.ts'
import { LINK_LIFE, refusalToOperate } from '../rules.ts'
import type { Authority, Link, Session } from '../types.ts'
import { newPasswordHash } from './passwords.ts'
import { replacePassword } from './sessions.ts'
import { type AccountsDeps, attempt, permit, required } from './transaction.ts'

const KEY_LENGTH = 43 // 256 bits

/** One-time links with which a person chooses a password. Each command is one transaction, or nothing. */
export function createLinkCommands(deps: AccountsDeps) {
  return {
    /** Makes a link with which a person chooses a password. Earlier ones for them die. */
    createLink: (by: Authority, name: string): Promise<Result<Link>> =>
      attempt(deps, async (tx) => {
        permit(refusalToOperate(by))
        const user = await required(tx, name, 'user')
        await tx.deleteFrom('one_time_link').where('user_id', '=', user.id).execute()
        return insertLink(deps, tx, 'password', user.id)
      }),

    /** Chooses a password with a link: the link dies, earlier sessions end, a new one begins. */
    async redeemLink(input: { readonly key: string; readonly password: string }): Promise<Result<Session>> {
      const owner = await linkOwner(deps, deps.database.read, input.key)
      if (!owner) return fail(failure('linkExpired'))
      const passwordHash = await newPasswordHash(deps, input.password, [owner.name, owner.full_name])
      if (!passwordHash.ok) return passwordHash
      return attempt(deps, async (tx) => {
        await takeLink(deps, tx, input.key, 'password')
        return replacePassword(deps, tx, owner.id, passwordHash.value)
      })
    },
  }
}

/** Adds a one-time link and clears away those too old; only the hash of its key is kept. */
export async function insertLink(
  { random, clock }: AccountsDeps,
  tx: Writer,
  purpose: 'set-up' | 'password',
  userId: string | null,
): Promise<Link> {
  await tx.deleteFrom('one_time_link').where('expires_at', '<=', clock()).execute()
  const key = randomBase62(random, KEY_LENGTH)
  const expiresAt = clock() + LINK_LIFE
  const row = { secret_hash: hashSecret(key), purpose, user_id: userId, expires_at: expiresAt }
  await tx.insertInto('one_time_link').values(row).execute()
  return { key, expiresAt }
}

/** Uses a link up; refused with `linkExpired` when it is unknown, used, too old or for something else. */
export async function takeLink(
  { clock }: AccountsDeps,
  tx: Writer,
  key: string,
  purpose: 'set-up' | 'password',
): Promise<void> {
  const { numDeletedRows } = await tx
    .deleteFrom('one_time_link')
    .where('secret_hash', '=', hashSecret(key))
    .where('purpose', '=', purpose)
    .where('expires_at', '>', clock())
    .executeTakeFirst()
  permit(numDeletedRows === 0n ? failure('linkExpired') : null)
}

/** Whether a link would be taken now. */
export async function hasLink(
  { database, clock }: AccountsDeps,
  key: string,
  purpose: 'set-up' | 'password',
): Promise<boolean> {
  const row = await database.read
    .selectFrom('one_time_link')
    .select('purpose')
    .where('secret_hash', '=', hashSecret(key))
    .where('purpose', '=', purpose)
    .where('expires_at', '>', clock())
    .executeTakeFirst()
  return row !== undefined
}

function linkOwner({ clock }: AccountsDeps, reader: Reader, key: string) {
  return reader
    .selectFrom('one_time_link')
    .innerJoin('account', 'account.id', 'one_time_link.user_id')
    .select(['account.id', 'account.name', 'account.full_name'])
    .where('secret_hash', '=', hashSecret(key))
    .where('expires_at', '>', clock())
    .executeTakeFirst()
}
