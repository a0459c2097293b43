import { z } from 'zod'

import { type Database, ReadCache, type Reader } from '../../database/index.ts'
import { colourOf } from '../../kernel/colour.ts'
import { failure } from '../../kernel/failure.ts'
import { Handle, Name, repositoryKey } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { hashSecret } from '../../kernel/secret.ts'
import type { Clock, Millis } from '../../kernel/time.ts'
import { Country } from '../../records/index.ts'
import { isSameName, LAST_USE_STEP } from './rules.ts'
import {
  type Account,
  type Actor,
  Limit,
  type LinkPurpose,
  type Member,
  type NamespaceRole,
  type OrganisationEntry,
  type PersonEntry,
  type RepositoryCounts,
  type Role,
  type Scope,
  type SessionActor,
  type TokenActor,
  type TokenEntry,
} from './types.ts'

/** What a client sent to say who it is: the two headers, verbatim. */
export interface Credentials {
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
}

/** The cookie that carries a session: the name under which `@huggingface/hub` sends one too. */
export const SESSION_COOKIE = 'token'

const ANONYMOUS: Actor = { kind: 'anonymous' }

type KnownCredential =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'token'; readonly actor: TokenActor; readonly lastUsedAt: Millis | null }
  | { readonly kind: 'session'; readonly actor: SessionActor; readonly expiresAt: Millis }

const UNKNOWN: KnownCredential = { kind: 'unknown' }
const MOST_REMEMBERED = 10_000
const LONGEST_SECRET = 256

/** Reads of accounts. Each is one or two indexed statements. */
export type AccountQueries = ReturnType<typeof createQueries>

export function createQueries({ database, clock }: { database: Database; clock: Clock }) {
  const { read } = database
  // Forgotten with every write, so what is deleted is dead at the next request all the same.
  const credentials = new ReadCache<KnownCredential>(database, MOST_REMEMBERED)
  const roles = new ReadCache<{ readonly role: Role | null }>(database, MOST_REMEMBERED)

  /**
   * Who sent these headers. A token counts for more than a cookie. A token that is unknown, or not a token,
   * is refused with `invalidCredentials`; a session that has ended is nobody. What was deleted is dead at the next request.
   */
  async function authenticate({ authorization, cookie }: Credentials): Promise<Result<Actor>> {
    if (authorization !== undefined) return byToken(tokenIn(authorization))
    const secret = sessionSecretIn(cookie)
    return succeed(secret === undefined ? ANONYMOUS : await bySession(secret))
  }

  async function byToken(token: string | undefined): Promise<Result<Actor>> {
    if (token === undefined) return fail(failure('invalidCredentials'))
    const hash = hashSecret(token)
    const found = await credentials.get(`token ${hash}`, () => knownToken(read, hash))
    if (found.kind !== 'token') return fail(failure('invalidCredentials'))
    await noteUse(found.actor.token.id, found.lastUsedAt)
    return succeed(found.actor)
  }

  async function noteUse(id: string, lastUsedAt: number | null): Promise<void> {
    const now = clock()
    if (lastUsedAt !== null && lastUsedAt > now - LAST_USE_STEP) return
    try {
      await database.write((tx) =>
        tx.updateTable('access_token').set({ last_used_at: now }).where('id', '=', id).execute(),
      )
    } catch {
      // On a full disk people must still be able to read. The date shown is then older than the truth, nothing else.
    }
  }

  async function bySession(secret: string): Promise<Actor> {
    const hash = hashSecret(secret)
    const found = await credentials.get(`session ${hash}`, () => knownSession(read, hash))
    return found.kind === 'session' && found.expiresAt > clock() ? found.actor : ANONYMOUS
  }

  async function roleOf(actor: Actor, namespace: string): Promise<Role | null> {
    if (actor.kind === 'anonymous') return null
    const key = `${actor.userId} ${repositoryKey(namespace)}`
    const found = await roles.get(key, async () => ({ role: await roleIn(read, actor, namespace) }))
    return found.role
  }

  /** The institution whose node this is; null while the node is empty. */
  const member = (reader: Reader = read): Promise<Member | null> => hostedMember(reader)

  /** The members hosted here, the first first. */
  const members = (reader: Reader = read): Promise<readonly Member[]> => hostedMembers(reader)

  /** What a one-time link may be used for; `linkExpired` when it is unknown, used or too old. */
  async function linkPurpose(key: string): Promise<Result<LinkPurpose>> {
    const row = await read
      .selectFrom('one_time_link')
      .leftJoin('account', 'account.id', 'one_time_link.user_id')
      .select(['purpose', 'account.name', 'account.full_name'])
      .where('secret_hash', '=', hashSecret(key))
      .where('expires_at', '>', clock())
      .executeTakeFirst()
    if (!row) return fail(failure('linkExpired'))
    if (row.name === null || row.full_name === null) return succeed({ kind: 'set-up' })
    return succeed({ kind: 'password', name: Name.parse(row.name), fullName: row.full_name })
  }

  return {
    authenticate,
    member,
    members,
    linkPurpose,
    /** The actor's role in a namespace, outside a transaction: see {@link roleIn}. */
    roleIn: roleOf,
    /** The person or organisation of that name in any case; null when there is none. */
    account: (name: string) => accountByName(read, name),
    /** Where the user may act: their own namespace first, then organisations by name. */
    namespacesOf: (userId: string) => namespacesOf(read, userId),
    /** The members of an organisation, by name. */
    membersOf: (organisationId: string) => membersOf(read, organisationId),
    /** Repositories of a namespace that somebody with `role` there sees. */
    countsIn: (namespace: string, role: Role | null) => countsIn(read, namespace, role),
    /** Tokens of one person, newest first. */
    tokensOf: (userId: string) => tokensOf(read, userId),
    /** Every person on this node, by name. For operators. */
    people: () => people(read),
    /** Every organisation on this node, by name. For operators. */
    organisations: () => organisations(read),
  }
}

/**
 * The actor's role in a namespace: `admin` in their own, their membership in an organisation, else null.
 * Not narrowed by the scope of their token; `rightTo` does that.
 */
export async function roleIn(reader: Reader, actor: Actor, namespace: string): Promise<Role | null> {
  if (actor.kind === 'anonymous') return null
  if (isSameName(actor.name, namespace)) return 'admin'
  const row = await reader
    .selectFrom('membership')
    .innerJoin('account', 'account.id', 'membership.organisation_id')
    .select('membership.role')
    .where('account.name_key', '=', repositoryKey(namespace))
    .where('membership.user_id', '=', actor.userId)
    .executeTakeFirst()
  return row?.role ?? null
}

/** The account of that name, compared without case; null when there is none. */
export async function accountByName(reader: Reader, name: string): Promise<Account | null> {
  const row = await reader
    .selectFrom('account')
    .select(ACCOUNT)
    .where('name_key', '=', repositoryKey(name))
    .executeTakeFirst()
  return row ? account(row) : null
}

/** The token of a Bearer header, or the password of a Basic one, which is what git sends. */
function tokenIn(authorization: string): string | undefined {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization.trim()) ?? []
  if (value.length > LONGEST_SECRET * 2) return undefined
  return scheme.toLowerCase() === 'basic' ? passwordIn(value) : value || undefined
}

function passwordIn(basic: string): string | undefined {
  const pair = Buffer.from(basic, 'base64').toString()
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}

/** The session's secret in a Cookie header. */
export function sessionSecretIn(cookie: string | undefined): string | undefined {
  const pairs = cookie?.split(';').map((pair) => pair.trim()) ?? []
  const secret = pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1)
  return secret && secret.length <= LONGEST_SECRET ? secret : undefined
}

const ACCOUNT = [
  'account.id',
  'account.name',
  'account.kind',
  'account.full_name',
  'account.created_at',
] as const
const PERSON = ['account.id', 'account.name', 'account.full_name', 'account.is_operator'] as const

interface AccountRow {
  id: string
  name: string
  kind: 'user' | 'organisation'
  full_name: string
  created_at: number
}

function account(row: AccountRow): Account {
  return {
    id: row.id,
    name: Name.parse(row.name),
    kind: row.kind,
    fullName: row.full_name,
    createdAt: row.created_at,
  }
}

function person(row: { id: string; name: string; full_name: string; is_operator: 0 | 1 }) {
  const name = Name.parse(row.name)
  return {
    kind: 'user',
    userId: row.id,
    name,
    fullName: row.full_name,
    isOperator: row.is_operator === 1,
  } as const
}

async function knownToken(reader: Reader, hash: string): Promise<KnownCredential> {
  const row = await reader
    .selectFrom('access_token')
    .innerJoin('account', 'account.id', 'access_token.user_id')
    .select(PERSON)
    .select(['access_token.id as token_id', 'display_name', 'scope', 'limits', 'last_used_at'])
    .select('access_token.created_at as token_created_at')
    .where('secret_hash', '=', hash)
    .executeTakeFirst()
  if (!row) return UNKNOWN
  const token = { id: row.token_id, displayName: row.display_name, createdAt: row.token_created_at }
  const actor: TokenActor = { ...person(row), via: 'token', scope: scopeOf(row), token }
  return { kind: 'token', actor, lastUsedAt: row.last_used_at }
}

async function knownSession(reader: Reader, hash: string): Promise<KnownCredential> {
  const row = await reader
    .selectFrom('session')
    .innerJoin('account', 'account.id', 'session.user_id')
    .select(PERSON)
    .select('session.expires_at')
    .where('session.secret_hash', '=', hash)
    .executeTakeFirst()
  if (!row) return UNKNOWN
  return {
    kind: 'session',
    actor: { ...person(row), via: 'session', scope: 'write' },
    expiresAt: row.expires_at,
  }
}

const Limits = z.array(Limit)

function scopeOf(row: { scope: 'read' | 'write' | 'limited'; limits: string | null }): Scope {
  return row.scope === 'limited' ? { limits: Limits.parse(JSON.parse(row.limits ?? '[]')) } : row.scope
}

export async function namespacesOf(reader: Reader, userId: string): Promise<NamespaceRole[]> {
  const own = await reader.selectFrom('account').select(ACCOUNT).where('id', '=', userId).execute()
  const organisations = await reader
    .selectFrom('membership')
    .innerJoin('account', 'account.id', 'membership.organisation_id')
    .select(ACCOUNT)
    .select('membership.role')
    .where('membership.user_id', '=', userId)
    .orderBy('account.name_key')
    .execute()
  return [
    ...own.map((row) => ({ ...account(row), role: 'admin' as const })),
    ...organisations.map((row) => ({ ...account(row), role: row.role })),
  ]
}

async function membersOf(reader: Reader, organisationId: string): Promise<NamespaceRole[]> {
  const rows = await reader
    .selectFrom('membership')
    .innerJoin('account', 'account.id', 'membership.user_id')
    .select(ACCOUNT)
    .select('membership.role')
    .where('membership.organisation_id', '=', organisationId)
    .orderBy('account.name_key')
    .execute()
  return rows.map((row) => ({ ...account(row), role: row.role }))
}

async function countsIn(reader: Reader, namespace: string, role: Role | null): Promise<RepositoryCounts> {
  const key = repositoryKey(namespace)
  const rows = await reader
    .selectFrom('repository')
    .select(({ fn }) => ['kind', fn.countAll<number>().as('count')])
    .where('key', '>=', `${key}/`)
    .where('key', '<', `${key}0`) // '0' follows '/'
    .$if(role === null, (query) => query.where('visibility', '=', 'public'))
    .groupBy('kind')
    .execute()
  const count = (kind: 'model' | 'dataset') => rows.find((row) => row.kind === kind)?.count ?? 0
  return { models: count('model'), datasets: count('dataset') }
}

async function tokensOf(reader: Reader, userId: string): Promise<TokenEntry[]> {
  const rows = await reader
    .selectFrom('access_token')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    displayName: row.display_name,
    scope: scopeOf(row),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }))
}

async function people(reader: Reader): Promise<PersonEntry[]> {
  const rows = await reader
    .selectFrom('account')
    .leftJoin('access_token', 'access_token.user_id', 'account.id')
    .select(ACCOUNT)
    .select(['is_operator', 'password_hash'])
    .select(({ fn }) => fn.count<number>('access_token.id').as('tokens'))
    .where('kind', '=', 'user')
    .groupBy('account.id')
    .orderBy('name_key')
    .execute()
  return rows.map((row) => ({
    ...account(row),
    isOperator: row.is_operator === 1,
    hasPassword: row.password_hash !== null,
    tokens: row.tokens,
  }))
}

async function organisations(reader: Reader): Promise<OrganisationEntry[]> {
  const rows = await reader
    .selectFrom('account')
    .leftJoin('membership', 'membership.organisation_id', 'account.id')
    .select(ACCOUNT)
    .select(({ fn }) => fn.count<number>('membership.user_id').as('members'))
    .where('kind', '=', 'organisation')
    .groupBy('account.id')
    .orderBy('name_key')
    .execute()
  return rows.map((row) => ({ ...account(row), members: row.members }))
}

/** The members hosted here, the first first. */
export async function hostedMembers(reader: Reader): Promise<readonly Member[]> {
  const rows = await reader
    .selectFrom('member')
    .selectAll()
    .where('hosted', '=', 1)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(({ id, handle, display_name, url, colour, country }) => ({
    id,
    handle: Handle.parse(handle),
    displayName: display_name,
    url,
    colour: colour === null ? null : colourOf(colour),
    country: Country.safeParse(country).data ?? null,
  }))
}

/** The first member hosted here: the institution whose node this is; null while the node is empty. */
export async function hostedMember(reader: Reader): Promise<Member | null> {
  const [first] = await hostedMembers(reader)
  return first ?? null
}
