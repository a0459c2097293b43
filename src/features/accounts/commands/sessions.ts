import type { Reader, Writer } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import type { Result } from '../../../kernel/result.ts'
import { hashSecret, randomBase62 } from '../../../kernel/secret.ts'
import { SESSION_LIFE } from '../rules.ts'
import type { Session, SessionActor } from '../types.ts'
import { type CheckedPassword, checkPassword, newPasswordHash } from './passwords.ts'
import { type AccountsDeps, attempt, permit } from './transaction.ts'

const SECRET_LENGTH = 43 // 256 bits

/** What somebody typed to sign in. */
export interface SignIn {
  readonly name: string
  readonly password: string
  /** Where the request came from, for throttling. */
  readonly address: string
  /** The session the browser still had: it ends. */
  readonly previous?: string | undefined
}

interface PasswordChange {
  readonly current: string
  readonly next: string
  /** Where the request came from, for throttling. */
  readonly address: string
}

/** Signing in and out with a browser. Each command is one transaction, or nothing. */
export function createSessionCommands(deps: AccountsDeps) {
  return {
    /** Signs a person in with a browser. Failures slow down further attempts for the name and the address. */
    async signIn(input: SignIn): Promise<Result<Session>> {
      const checked = await checkPassword(deps, input)
      if (!checked.ok) return checked
      return attempt(deps, async (tx) => {
        await requireUnchanged(tx, checked.value)
        await tx.deleteFrom('session').where('expires_at', '<=', deps.clock()).execute()
        if (input.previous !== undefined) await deleteSession(tx, input.previous)
        return insertSession(deps, tx, checked.value.id)
      })
    },

    /** Ends a session. One that has ended already is no failure. */
    signOut: (secret: string): Promise<void> => deps.database.write((tx) => deleteSession(tx, secret)),

    /** Changes one's own password: every session of the account ends, and a new one begins. */
    async setPassword(by: SessionActor, input: PasswordChange): Promise<Result<Session>> {
      const { current: password, next, address } = input
      const checked = await checkPassword(deps, { name: by.name, password, address })
      if (!checked.ok) return checked
      const passwordHash = await newPasswordHash(deps, next, [by.name, by.fullName])
      if (!passwordHash.ok) return passwordHash
      return attempt(deps, async (tx) => {
        await requireUnchanged(tx, checked.value)
        return replacePassword(deps, tx, by.userId, passwordHash.value)
      })
    },
  }
}

async function insertSession({ random, clock }: AccountsDeps, tx: Writer, userId: string): Promise<Session> {
  const secret = randomBase62(random, SECRET_LENGTH)
  const now = clock()
  const expiresAt = now + SESSION_LIFE
  const row = { secret_hash: hashSecret(secret), user_id: userId, created_at: now, expires_at: expiresAt }
  await tx.insertInto('session').values(row).execute()
  return { secret, expiresAt }
}

async function deleteSession(tx: Writer, secret: string): Promise<void> {
  await tx.deleteFrom('session').where('secret_hash', '=', hashSecret(secret)).execute()
}

/** Stores a new password and begins a session; earlier sessions and links of the account end. */
export async function replacePassword(
  deps: AccountsDeps,
  tx: Writer,
  userId: string,
  passwordHash: string,
): Promise<Session> {
  await tx.updateTable('account').set({ password_hash: passwordHash }).where('id', '=', userId).execute()
  await tx.deleteFrom('one_time_link').where('user_id', '=', userId).execute()
  await tx.deleteFrom('session').where('user_id', '=', userId).execute()
  return insertSession(deps, tx, userId)
}

/** Between the check and the transaction the account may have gone, or its password changed. */
async function requireUnchanged(tx: Reader, { id, passwordHash }: CheckedPassword): Promise<void> {
  const row = await tx.selectFrom('account').select('password_hash').where('id', '=', id).executeTakeFirst()
  permit(row?.password_hash === passwordHash ? null : failure('wrongPassword'))
}
