import type { Writer } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import { type Handle, Name } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import type { Link, Session } from '../types.ts'
import { insertLink, takeLink } from './links.ts'
import { newPasswordHash } from './passwords.ts'
import { insertAccount, putRole } from './people.ts'
import { replacePassword } from './sessions.ts'
import { insertToken } from './tokens.ts'
import { type AccountsDeps, attempt, newId, permit } from './transaction.ts'

/** What a first set-up is told. The handle becomes an organisation that the first person administers. */
export interface SetUp {
  readonly handle: Handle
  readonly displayName: string
  readonly url: string | null
  /** The first person: operator of the node, administrator of the handle. */
  readonly admin: Name
  readonly fullName: string
}

/** The first set-up of an empty node. Each command is one transaction, or nothing. */
export function createSetUpCommands(deps: AccountsDeps) {
  return {
    /** Creates the member and its first person, with a write token and a link to choose a password. */
    initialise: (setUp: SetUp): Promise<Result<{ readonly token: string; readonly link: Link }>> =>
      attempt(deps, async (tx) => {
        const userId = await foundNode(deps, tx, setUp)
        const { token } = await insertToken(deps, tx, userId, { displayName: 'init', scope: 'write' })
        return { token, link: await insertLink(deps, tx, 'password', userId) }
      }),

    /** The same from a browser. The link is the right to do it; the person is signed in at the end. */
    async setUpByLink(
      input: SetUp & { readonly key: string; readonly password: string },
    ): Promise<Result<Session>> {
      const passwordHash = await newPasswordHash(deps, input.password, [input.admin, input.fullName])
      if (!passwordHash.ok) return passwordHash
      return attempt(deps, async (tx) => {
        await takeLink(deps, tx, input.key, 'set-up')
        const userId = await foundNode(deps, tx, input)
        return replacePassword(deps, tx, userId, passwordHash.value)
      })
    },

    /** The link with which an empty node is set up from a browser. The one before it dies. */
    createSetUpLink: (): Promise<Result<Link>> =>
      attempt(deps, async (tx) => {
        await requireEmpty(tx)
        await tx.deleteFrom('one_time_link').where('purpose', '=', 'set-up').execute()
        return insertLink(deps, tx, 'set-up', null)
      }),
  }
}

async function requireEmpty(tx: Writer): Promise<void> {
  const member = await tx.selectFrom('member').select('id').executeTakeFirst()
  permit(member ? failure('alreadySetUp') : null)
}

async function foundNode(deps: AccountsDeps, tx: Writer, setUp: SetUp): Promise<string> {
  await requireEmpty(tx)
  await tx.deleteFrom('one_time_link').where('purpose', '=', 'set-up').execute()
  const { handle, displayName: display_name, url } = setUp
  await tx
    .insertInto('member')
    .values({ id: newId(deps), handle, display_name, url, created_at: deps.clock() })
    .execute()
  const organisation = { name: Name.parse(handle), kind: 'organisation', fullName: display_name } as const
  const person = { name: setUp.admin, kind: 'user', fullName: setUp.fullName, isOperator: true } as const
  const organisationId = await insertAccount(deps, tx, organisation)
  const userId = await insertAccount(deps, tx, person)
  await putRole(tx, organisationId, userId, 'admin')
  return userId
}
