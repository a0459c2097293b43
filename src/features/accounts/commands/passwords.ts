import type { Reader, Writer } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import { repositoryKey } from '../../../kernel/names.ts'
import { hashPassword, PASSWORD_SALT_BYTES, verifyPassword } from '../../../kernel/password-hash.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import type { Millis } from '../../../kernel/time.ts'
import {
  ADDRESS_THROTTLE,
  addressUnit,
  ATTEMPT_LIFE,
  NAME_THROTTLE,
  refusalOfPassword,
  throttleWait,
} from '../rules.ts'
import { type AccountsDeps, attempt, permit } from './transaction.ts'

// Nobody's password: checked when a name is unknown, so that the answer takes as long as for a known one.
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$siIPt51T6ZJb/gLb0uFyYg$p7124/KA48lRyLcvNGe5sqPZ53t+jyejJfTrt1qKQ18'

/** The stored form of a password, or why it will not do. */
export async function newPasswordHash(
  { random }: AccountsDeps,
  password: string,
  names: readonly string[],
): Promise<Result<string>> {
  const weak = refusalOfPassword(password, names)
  return weak ? fail(weak) : succeed(await hashPassword(password, random(PASSWORD_SALT_BYTES)))
}

interface PasswordAttempt {
  readonly name: string
  readonly password: string
  readonly address: string
}

/** A password that was right, and what it was compared with. */
export interface CheckedPassword {
  readonly id: string
  readonly passwordHash: string
}

/**
 * Compares a password with the stored one. The attempt is charged before the comparison and refunded after a success,
 * so that a thousand guesses sent at once are not all let through.
 */
export async function checkPassword(
  deps: AccountsDeps,
  input: PasswordAttempt,
): Promise<Result<CheckedPassword>> {
  const charged = await attempt(deps, (tx) => charge(deps, tx, input))
  if (!charged.ok) return charged
  const row = await deps.database.read
    .selectFrom('account')
    .select(['id', 'password_hash'])
    .where('name_key', '=', repositoryKey(input.name))
    .executeTakeFirst()
  const isRight = await verifyPassword(input.password, row?.password_hash ?? NOBODYS_HASH)
  if (!row || row.password_hash === null || !isRight) return fail(failure('wrongPassword'))
  await deps.database.write((tx) => refund(tx, charged.value))
  return succeed({ id: row.id, passwordHash: row.password_hash })
}

interface Charge {
  readonly byName: string
  readonly byAddress: string
  readonly failedAt: Millis
}

async function charge(
  { clock }: AccountsDeps,
  tx: Writer,
  { name, address }: PasswordAttempt,
): Promise<Charge> {
  const now = clock()
  await tx
    .deleteFrom('sign_in_attempt')
    .where('failed_at', '<=', now - ATTEMPT_LIFE)
    .execute()
  const byName = `name:${repositoryKey(name).slice(0, 96)}`
  const byAddress = `from:${addressUnit(address)}`
  const failedByName = await failures(tx, byName)
  const failedByAddress = await failures(tx, byAddress)
  const wait = Math.max(
    throttleWait(NAME_THROTTLE, failedByName, now),
    throttleWait(ADDRESS_THROTTLE, failedByAddress, now),
  )
  permit(wait > 0 ? failure('tooManyAttempts', { seconds: Math.ceil(wait / 1000) }) : null)
  // A time of its own for each attempt, so that the refund takes back this one and no other.
  const failedAt = Math.max(now, ...failedByName.map(after), ...failedByAddress.map(after))
  await tx
    .insertInto('sign_in_attempt')
    .values([byName, byAddress].map((subject) => ({ subject, failed_at: failedAt })))
    .execute()
  return { byName, byAddress, failedAt }
}

function after(time: Millis): Millis {
  return time + 1
}

async function failures(tx: Reader, subject: string): Promise<Millis[]> {
  const rows = await tx
    .selectFrom('sign_in_attempt')
    .select('failed_at')
    .where('subject', '=', subject)
    .execute()
  return rows.map((row) => row.failed_at)
}

/** A success clears the name's failures; of the address only the attempt just charged, or it could hide a search. */
async function refund(tx: Writer, { byName, byAddress, failedAt }: Charge): Promise<void> {
  await tx.deleteFrom('sign_in_attempt').where('subject', '=', byName).execute()
  await tx
    .deleteFrom('sign_in_attempt')
    .where('subject', '=', byAddress)
    .where('failed_at', '=', failedAt)
    .execute()
}
