import {
  refusalToOperate,
  type Accounts,
  type Actor,
  type SessionActor,
} from '../../features/accounts/index.ts'
import { colourOf } from '../../kernel/colour.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import type { AccountVisit, OperationVisit } from '../deps.ts'
import type { HostedEntry } from '../pages/settings.tsx'
import type { VisitDeps } from './deps.ts'

const STORAGE_PAGE = 50

/** Getting in, and what a person may change about themselves. */
export function visitAccounts({ accounts }: Pick<VisitDeps, 'accounts'>, actor: Actor): AccountVisit {
  /** Runs `work` for somebody signed in with a browser; programs and strangers are asked to sign in. */
  async function inBrowser<Value>(
    work: (by: SessionActor) => Promise<Result<Value>>,
  ): Promise<Result<Value>> {
    return actor.kind === 'user' && actor.via === 'session' ? work(actor) : fail(failure('signInRequired'))
  }

  return {
    signIn: ({ name, password, remote, previous }) =>
      accounts.signIn({ name, password, address: remote, previous }),
    signOut: (session) => accounts.signOut(session),
    linkPurpose: (key) => accounts.linkPurpose(key),
    setUp: ({ key, memberName, handle, name, fullName, password, address }) =>
      accounts.setUpByLink({
        key,
        password,
        handle,
        displayName: memberName,
        url: address,
        admin: name,
        fullName,
      }),
    choosePassword: (input) => accounts.redeemLink(input),
    settings: () => inBrowser(async (by) => succeed(await settingsOf(accounts, by))),
    rename: (fullName) => inBrowser((by) => accounts.rename(by, fullName)),
    changePassword: ({ current, next, remote }) =>
      inBrowser((by) => accounts.setPassword(by, { current, next, address: remote })),
    createToken: (input) =>
      inBrowser(async (by) => {
        const issued = await accounts.createToken(by, { ...input, user: by.name })
        return issued.ok ? succeed(issued.value.token) : issued
      }),
    revokeToken: (id) => inBrowser((by) => accounts.revokeToken(by, { user: by.name, id })),
    setColour: (handle, colour) => inBrowser((by) => accounts.setColour(by, handle, colour)),
    setCountry: (handle, country) => inBrowser((by) => accounts.setCountry(by, handle, country)),
  }
}

async function settingsOf(accounts: Accounts, { userId, name, fullName, isOperator }: SessionActor) {
  const [namespaces, tokens] = await Promise.all([accounts.namespacesOf(userId), accounts.tokensOf(userId)])
  const organisations = namespaces.filter(({ kind }) => kind === 'organisation')
  return {
    name,
    fullName,
    organisations: organisations.map((each) => ({
      name: each.name,
      fullName: each.fullName,
      role: each.role,
    })),
    tokens: tokens.map(({ id, displayName, scope, createdAt, lastUsedAt }) => ({
      id,
      displayName,
      scope: typeof scope === 'string' ? scope : ('limited' as const),
      repositories: typeof scope === 'string' ? [] : scope.limits.map(({ repository }) => repository),
      createdAt,
      lastUsedAt,
    })),
    members: isOperator ? await hostedEntries(accounts) : [],
  }
}

async function hostedEntries(accounts: Accounts): Promise<readonly HostedEntry[]> {
  return (await accounts.members()).flatMap(({ id, handle, displayName, colour, country }) => {
    const memberId = MemberId.safeParse(id)
    return memberId.success
      ? [{ memberId: memberId.data, handle, name: displayName || handle, colour: colourOf(colour), country }]
      : []
  })
}

/** Looking after the node. Every command also asks for the right itself; reads ask here. */
export function visitOperation(deps: VisitDeps, actor: Actor): OperationVisit {
  const { accounts, content, catalogue } = deps

  return {
    people: () =>
      asOperator(async () => ({
        people: [...(await accounts.people())],
        organisations: await organisations(),
      })),
    addPerson: async (input) => {
      const added = await accounts.addUser(actor, input)
      return added.ok ? succeed(added.value.link) : added
    },
    makeLink: (name) => accounts.createLink(actor, name),
    setOperator: (name, isOperator) => accounts.setOperator(actor, name, isOperator),
    removePerson: (name) => accounts.removeUser(actor, name),
    addOrganisation: async (input) => {
      const added = await accounts.addOrganisation(actor, input)
      return added.ok ? succeed(undefined) : added
    },
    setRole: ({ organisation, person, role }) =>
      accounts.setRole(actor, { organisation, user: person, role }),
    storage: (page) => asOperator(() => storage(page)),
  }

  async function asOperator<Value>(work: () => Promise<Value>): Promise<Result<Value>> {
    if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
    const refusal = refusalToOperate(actor)
    return refusal ? fail(refusal) : succeed(await work())
  }

  async function organisations() {
    const all = await accounts.organisations()
    return Promise.all(
      all.map(async ({ id, name, fullName }) => ({
        name,
        fullName,
        members: (await accounts.membersOf(id)).map((member) => ({
          name: member.name,
          fullName: member.fullName,
          role: member.role,
        })),
      })),
    )
  }

  async function storage(page: number) {
    const usage = await content.usage()
    const largest = [...usage.rawBytesByRepository].toSorted(([, left], [, right]) => right - left)
    const shown = largest.slice((page - 1) * STORAGE_PAGE, page * STORAGE_PAGE)
    const repositories = await Promise.all(
      shown.map(async ([id, sizeBytes]) => {
        const entry = await catalogue.entry(id)
        return entry && { kind: entry.kind, id: entry.fullName, visibility: entry.visibility, sizeBytes }
      }),
    )
    return {
      fileBytes: usage.rawBytes,
      storedBytes: usage.storedBytes,
      freeBytes: await deps.freeBytes(),
      repositories: repositories.filter((repository) => repository !== null),
      page,
      pages: Math.max(1, Math.ceil(largest.length / STORAGE_PAGE)),
    }
  }
}
