import type { Database, Reader, Writer } from '../../../database/index.ts'
import { type Failure, failure, Refusal } from '../../../kernel/failure.ts'
import type { Random } from '../../../kernel/random.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import type { Clock } from '../../../kernel/time.ts'
import type { Logs } from '../../../log/index.ts'
import { accountByName } from '../queries.ts'
import type { Account } from '../types.ts'

/** What the accounts need: where they are kept, what time it is, and secrets nobody can guess. */
export interface AccountsDeps {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  /** Where new members get their identity. */
  readonly logs: Pick<Logs, 'found' | 'current' | 'rotate' | 'succeed'>
}

/** Runs one transaction; a {@link Refusal} thrown inside rolls it back and becomes the result. */
export async function attempt<Value>(
  { database }: AccountsDeps,
  work: (tx: Writer) => Promise<Value>,
): Promise<Result<Value>> {
  try {
    return succeed(await database.write(work))
  } catch (error) {
    if (error instanceof Refusal) return fail(error.failure)
    throw error
  }
}

/** Goes on when there is no refusal; else throws it, to be caught around the transaction. */
export function permit(refusal: Failure | null): void {
  if (refusal) throw new Refusal(refusal)
}

/** 96 random bits, in hex. */
export function newId({ random }: Pick<AccountsDeps, 'random'>): string {
  return Uint8Array.from(random(12)).toHex()
}

/** The account of that name; refused with `accountNotFound` when there is none of that kind. */
export async function required(tx: Reader, name: string, kind?: 'user' | 'organisation'): Promise<Account> {
  const account = await accountByName(tx, name)
  if (!account || (kind && account.kind !== kind)) throw new Refusal(failure('accountNotFound', { name }))
  return account
}
