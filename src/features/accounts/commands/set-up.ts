import type { Writer } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import { type Handle, Name } from '../../../kernel/names.ts'
import { fail, type Result } from '../../../kernel/result.ts'
import type { Founding } from '../../../log/index.ts'
import { hostedMember } from '../queries.ts'
import type { Link, Session } from '../types.ts'
import { hasLink, insertLink, takeLink } from './links.ts'
import { founded, type FoundedMember, insertMember } from './members.ts'
import { newPasswordHash } from './passwords.ts'
import { insertAccount, putRole } from './people.ts'
import { replacePassword } from './sessions.ts'
import { insertToken } from './tokens.ts'
import { type AccountsDeps, attempt, permit } from './transaction.ts'

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
    async initialise(
      setUp: SetUp,
    ): Promise<Result<FoundedMember & { readonly token: string; readonly link: Link }>> {
      if (await hostedMember(deps.database.read)) return fail(failure('alreadySetUp'))
      const founding = await deps.logs.found()
      return attempt(deps, async (tx) => {
        const userId = await foundNode(deps, tx, setUp, founding)
        const { token } = await insertToken(deps, tx, userId, { displayName: 'init', scope: 'write' })
        return { token, link: await insertLink(deps, tx, 'password', userId), ...founded(founding) }
      })
    },

    /** The same from a browser. The link is the right to do it; the person is signed in at the end. */
    async setUpByLink(
      input: SetUp & { readonly key: string; readonly password: string },
    ): Promise<Result<FoundedMember & { readonly session: Session }>> {
      const passwordHash = await newPasswordHash(deps, input.password, [input.admin, input.fullName])
      if (!passwordHash.ok) return passwordHash
      const isOpen = await hasLink(deps, input.key, 'set-up')
      if (!isOpen) return fail(failure('linkExpired'))
      const founding = await deps.logs.found()
      return attempt(deps, async (tx) => {
        await takeLink(deps, tx, input.key, 'set-up')
        const userId = await foundNode(deps, tx, input, founding)
        return { session: await replacePassword(deps, tx, userId, passwordHash.value), ...founded(founding) }
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
  permit((await hostedMember(tx)) ? failure('alreadySetUp') : null)
}

async function foundNode(deps: AccountsDeps, tx: Writer, setUp: SetUp, founding: Founding): Promise<string> {
  await requireEmpty(tx)
  await tx.deleteFrom('one_time_link').where('purpose', '=', 'set-up').execute()
  await insertMember(deps, tx, setUp, founding)
  const organisation = {
    name: Name.parse(setUp.handle),
    kind: 'organisation',
    fullName: setUp.displayName,
  } as const
  const person = { name: setUp.admin, kind: 'user', fullName: setUp.fullName, isOperator: true } as const
  const organisationId = await insertAccount(deps, tx, organisation)
  const userId = await insertAccount(deps, tx, person)
  await putRole(tx, organisationId, userId, 'admin')
  return userId
}
