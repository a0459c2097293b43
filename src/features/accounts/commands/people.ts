import type { Reader, Writer } from '../../../database/index.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { type Name, repositoryKey } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import { accountByName, hostedMembers, namespacesOf, roleIn } from '../queries.ts'
import { refusalOfName, refusalToEnrol, refusalToOperate } from '../rules.ts'
import type { Account, Authority, Link, Role, SessionActor } from '../types.ts'
import { insertLink } from './links.ts'
import { type AccountsDeps, attempt, newId, permit, required } from './transaction.ts'

/** People, organisations and who may do what. Each command is one transaction, or nothing. */
export function createPeopleCommands(deps: AccountsDeps) {
  return {
    /** Adds a person, with a link to choose a password. */
    addUser: (
      by: Authority,
      input: NewUser,
    ): Promise<Result<{ readonly account: Account; readonly link: Link }>> =>
      attempt(deps, async (tx) => {
        permit(refusalToOperate(by))
        const id = await insertAccount(deps, tx, { ...input, kind: 'user' })
        return { account: await required(tx, input.name), link: await insertLink(deps, tx, 'password', id) }
      }),

    /** Adds an organisation administered by `owner`. */
    addOrganisation: (by: Authority, input: NewOrganisation): Promise<Result<Account>> =>
      attempt(deps, async (tx) => {
        permit(refusalToOperate(by))
        const owner = await required(tx, input.owner, 'user')
        const id = await insertAccount(deps, tx, { ...input, kind: 'organisation' })
        await putRole(tx, id, owner.id, 'admin')
        return required(tx, input.name)
      }),

    /** Gives a person a role in an organisation; null takes it away. One administrator at least remains. */
    setRole: (by: Authority, input: RoleChange): Promise<Result<void>> =>
      attempt(deps, async (tx) => {
        const role = by.kind === 'console' ? null : await roleIn(tx, by, input.organisation)
        permit(refusalToEnrol(by, role))
        const organisation = await required(tx, input.organisation, 'organisation')
        const user = await required(tx, input.user, 'user')
        if (input.role !== 'admin') await keepAdministrator(tx, organisation, user)
        await putRole(tx, organisation.id, user.id, input.role)
      }),

    /** Changes the name a person goes by; the account's name stays. */
    rename: (by: SessionActor, fullName: string): Promise<Result<void>> =>
      attempt(deps, async (tx) => {
        await tx.updateTable('account').set({ full_name: fullName }).where('id', '=', by.userId).execute()
      }),

    /** Makes a person an operator of the node, or no longer one. One operator at least remains. */
    setOperator: (by: Authority, user: string, isOperator: boolean): Promise<Result<void>> =>
      attempt(deps, async (tx) => {
        permit(refusalToOperate(by))
        const { id, name } = await required(tx, user, 'user')
        if (!isOperator) await keepOperator(tx, id, name)
        const change = { is_operator: isOperator ? 1 : 0 } as const
        await tx.updateTable('account').set(change).where('id', '=', id).execute()
      }),

    /**
     * Removes a person with their tokens, sessions and links: the next request with any of them is refused.
     * Refused while their namespace holds repositories, or while nobody else holds a duty of theirs.
     */
    removeUser: (by: Authority, name: string): Promise<Result<void>> =>
      attempt(deps, async (tx) => {
        permit(refusalToOperate(by))
        const user = await required(tx, name, 'user')
        await keepOperator(tx, user.id, user.name)
        for (const { kind, ...namespace } of await namespacesOf(tx, user.id)) {
          if (kind === 'organisation') await keepAdministrator(tx, namespace, user)
        }
        await requireNoRepositories(tx, user.name)
        await tx.deleteFrom('account').where('id', '=', user.id).execute()
      }),
  }
}

interface NewUser {
  readonly name: Name
  readonly fullName: string
  readonly isOperator?: boolean
}

interface NewOrganisation {
  readonly name: Name
  readonly fullName: string
  /** The name of the person who administers it. */
  readonly owner: string
}

interface RoleChange {
  readonly organisation: string
  readonly user: string
  readonly role: Role | null
}

/** Adds an account under a name that is free and allowed; returns its id. */
export async function insertAccount(
  deps: Pick<AccountsDeps, 'clock' | 'random'>,
  tx: Writer,
  { name, kind, fullName, isOperator }: NewUser & { readonly kind: 'user' | 'organisation' },
): Promise<string> {
  const members = await hostedMembers(tx)
  if (members.length === 0) throw new Refusal(failure('notSetUp'))
  for (const { handle } of members) permit(refusalOfName(name, kind, handle))
  if ((await accountByName(tx, name)) || (await isLeftBehind(tx, name)))
    throw new Refusal(failure('nameTaken', { name }, 'name'))
  const row = {
    id: newId(deps),
    name,
    name_key: repositoryKey(name),
    kind,
    full_name: fullName,
    password_hash: null,
    is_operator: isOperator ? 1 : 0,
    created_at: deps.clock(),
  } as const
  await tx.insertInto('account').values(row).execute()
  return row.id
}

/** Sets a person's role in an organisation, or takes it away. */
export async function putRole(
  tx: Writer,
  organisationId: string,
  userId: string,
  role: Role | null,
): Promise<void> {
  await tx
    .deleteFrom('membership')
    .where('organisation_id', '=', organisationId)
    .where('user_id', '=', userId)
    .execute()
  if (role === null) return
  await tx
    .insertInto('membership')
    .values({ organisation_id: organisationId, user_id: userId, role })
    .execute()
}

async function keepAdministrator(
  tx: Reader,
  organisation: { readonly id: string; readonly name: string },
  user: Account,
): Promise<void> {
  const administrators = await tx
    .selectFrom('membership')
    .select('user_id')
    .where('organisation_id', '=', organisation.id)
    .where('role', '=', 'admin')
    .execute()
  const isLast = administrators.length === 1 && administrators[0]?.user_id === user.id
  permit(isLast ? failure('lastAdministrator', { name: user.name, organisation: organisation.name }) : null)
}

async function keepOperator(tx: Reader, userId: string, name: string): Promise<void> {
  const operators = await tx.selectFrom('account').select('id').where('is_operator', '=', 1).execute()
  const isLast = operators.length === 1 && operators[0]?.id === userId
  permit(isLast ? failure('lastOperator', { name }) : null)
}

async function requireNoRepositories(tx: Reader, name: string): Promise<void> {
  const key = repositoryKey(name)
  const held = await tx
    .selectFrom('repository')
    .select('id')
    .where('key', '>=', `${key}/`)
    .where('key', '<', `${key}0`) // '0' follows '/'
    .executeTakeFirst()
  permit(held ? failure('accountInUse', { name }) : null)
}

/** Whether private repositories of a member that moved away lie under the name: whoever had it could read them. */
async function isLeftBehind(tx: Reader, name: string): Promise<boolean> {
  const key = repositoryKey(name)
  const left = await tx
    .selectFrom('repository')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .select('repository.id')
    .where('repository.key', '>=', `${key}/`)
    .where('repository.key', '<', `${key}0`) // '0' follows '/'
    .where('repository.visibility', '=', 'private')
    .where('member.hosted', '=', 0)
    .executeTakeFirst()
  return left !== undefined
}
