import type { Reader, Writer } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import type { Result } from '../../../kernel/result.ts'
import { hashSecret, randomBase62 } from '../../../kernel/secret.ts'
import { accountByName } from '../queries.ts'
import { refusalToManage } from '../rules.ts'
import type { Authority, Scope } from '../types.ts'
import { type AccountsDeps, attempt, newId, permit, required } from './transaction.ts'

const TOKEN_LENGTH = 34 // after `hf_`, as the public hub's; 202 bits

interface NewToken {
  readonly displayName: string
  readonly scope: Scope
}

interface IssuedToken {
  readonly id: string
  readonly token: string
}

/** What programs show instead of a password. Each command is one transaction, or nothing. */
export function createTokenCommands(deps: AccountsDeps) {
  return {
    /** Makes a token for a person. The secret is in the answer and nowhere else. */
    createToken: (by: Authority, input: NewToken & { readonly user: string }): Promise<Result<IssuedToken>> =>
      attempt(deps, async (tx) => {
        const userId = await manageable(tx, by, input.user)
        return insertToken(deps, tx, userId, input)
      }),

    /** Ends a token: the next request with it is refused. */
    revokeToken: (
      by: Authority,
      input: { readonly user: string; readonly id: string },
    ): Promise<Result<void>> =>
      attempt(deps, async (tx) => {
        const userId = await manageable(tx, by, input.user)
        const tokens = tx.deleteFrom('access_token').where('id', '=', input.id).where('user_id', '=', userId)
        const { numDeletedRows } = await tokens.executeTakeFirst()
        permit(numDeletedRows === 0n ? failure('invalidField', { field: 'token' }, 'token') : null)
      }),
  }
}

async function manageable(tx: Reader, by: Authority, user: string): Promise<string> {
  const account = await accountByName(tx, user)
  permit(refusalToManage(by, account?.kind === 'user' ? account.id : ''))
  return (await required(tx, user, 'user')).id
}

/** Adds a token; only the hash of its secret is kept. */
export async function insertToken(
  deps: AccountsDeps,
  tx: Writer,
  userId: string,
  { displayName, scope }: NewToken,
): Promise<IssuedToken> {
  const id = newId(deps)
  const token = `hf_${randomBase62(deps.random, TOKEN_LENGTH)}`
  const isLimited = typeof scope === 'object'
  const row = {
    id,
    user_id: userId,
    display_name: displayName,
    secret_hash: hashSecret(token),
    scope: isLimited ? ('limited' as const) : scope,
    limits: isLimited ? JSON.stringify(scope.limits) : null,
    created_at: deps.clock(),
    last_used_at: null,
  }
  await tx.insertInto('access_token').values(row).execute()
  return { id, token }
}
