import { type Failure, failure } from '../../kernel/failure.ts'
import { type Name, repositoryKey } from '../../kernel/names.ts'
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../../kernel/time.ts'
import type {
  Actor,
  Authority,
  GovernedRepository,
  Right,
  Role,
  Scope,
  SessionActor,
  UserActor,
} from './types.ts'

/** How long a browser session lasts. */
export const SESSION_LIFE: Millis = 30 * DAY

/** How long a one-time link is good for. */
export const LINK_LIFE: Millis = 7 * DAY

/** How precisely a token's last use is kept; a coarser date costs fewer writes. */
export const LAST_USE_STEP: Millis = HOUR

const RANK = { none: 0, read: 1, write: 2, admin: 3 } as const satisfies Record<Right, number>

/** Whether `held` includes `needed`. */
export function includesRight(held: Right, needed: Right): boolean {
  return RANK[held] >= RANK[needed]
}

function lesser(left: Right, right: Right): Right {
  return RANK[left] <= RANK[right] ? left : right
}

/**
 * What `actor` may do with `repository`, where `role` is theirs in its namespace (null when none).
 * Everybody reads what is public. A token never reaches further than its scope: one limited to named
 * repositories reads others only as a stranger would, and never administers.
 */
export function rightTo(actor: Actor, role: Role | null, repository: GovernedRepository): Right {
  const asStranger: Right = repository.visibility === 'public' ? 'read' : 'none'
  if (actor.kind === 'anonymous') return asStranger
  const asMember = lesser(rightOfRole(actor, role, repository), reach(actor.scope, repository))
  return RANK[asMember] > RANK[asStranger] ? asMember : asStranger
}

function rightOfRole(actor: UserActor, role: Role | null, repository: GovernedRepository): Right {
  return isSameName(actor.name, repository.namespace) ? 'admin' : (role ?? 'none')
}

function reach(scope: Scope, repository: GovernedRepository): Right {
  if (scope === 'write') return 'admin'
  if (scope === 'read') return 'read'
  const named = scope.limits.find(
    (limit) => limit.kind === repository.kind && isSameName(limit.repository, idOf(repository)),
  )
  return named?.right ?? 'none'
}

function idOf(repository: { readonly namespace: string; readonly name: string }): string {
  return `${repository.namespace}/${repository.name}`
}

/** Whether two account names or repository ids are one: they differ in case at most. */
export function isSameName(left: string, right: string): boolean {
  return repositoryKey(left) === repositoryKey(right)
}

/**
 * Null when `actor` has at least `needed`, else the refusal that clients expect. `repository` is null when
 * there is none by that id: to whoever may not read a private one, both look alike.
 */
export function refusalOf(
  needed: Role,
  actor: Actor,
  role: Role | null,
  repository: GovernedRepository | null,
): Failure | null {
  if (repository === null) return refusalOfMissing(actor)
  const right = rightTo(actor, role, repository)
  if (right === 'none') return refusalOfMissing(actor)
  if (includesRight(right, needed)) return null
  if (actor.kind === 'anonymous') return failure('signInRequired')
  const isTokenTooNarrow = includesRight(rightOfRole(actor, role, repository), needed)
  return failure(isTokenTooNarrow ? 'readOnlyToken' : 'forbidden')
}

function refusalOfMissing(actor: Actor): Failure {
  return failure(actor.kind === 'anonymous' ? 'repositoryHidden' : 'repositoryNotFound')
}

/**
 * Null when `actor`, whose role in a namespace is `role`, may create repositories there; moving one in counts as
 * creating it. A limited token names repositories that exist, so it creates none.
 */
export function refusalToCreate(actor: Actor, role: Role | null): Failure | null {
  if (actor.kind === 'anonymous') return failure('signInRequired')
  if (!includesRight(role ?? 'none', 'write')) return failure('forbidden')
  return actor.scope === 'write' ? null : failure('readOnlyToken')
}

/** Null when `by` may manage the node's people, organisations and storage. Tokens never may. */
export function refusalToOperate(by: Authority): Failure | null {
  if (by.kind === 'console') return null
  if (by.kind === 'anonymous') return failure('signInRequired')
  return by.isOperator && by.via === 'session' ? null : failure('forbidden')
}

/** Null when `by` may manage the credentials of the account `userId`: their own, in a browser, or any as operator. */
export function refusalToManage(by: Authority, userId: string): Failure | null {
  const isOwn = by.kind === 'user' && by.via === 'session' && by.userId === userId
  return isOwn ? null : refusalToOperate(by)
}

/** Null when `by`, whose role in an organisation is `role`, may say who belongs to it. */
export function refusalToEnrol(by: Authority, role: Role | null): Failure | null {
  const isAdministrator = by.kind === 'user' && by.via === 'session' && role === 'admin'
  return isAdministrator ? null : refusalToOperate(by)
}

/** Narrows to somebody signed in with a browser. */
export function isInBrowser(by: Authority): by is SessionActor {
  return by.kind === 'user' && by.via === 'session'
}

// First path segments of the node's own pages and routes, now or soon: an account of such a name could not be reached.
const RESERVED = new Set(
  (
    'about access agreements api ar assets associations avatars avatar benefits blog cas catalogue catalog charters collections ' +
    'conversations courses credentials datasets decisions docs en es evaluations favicon.ico feed fr groups harm health ' +
    'healthz help home incidents install join kernels learn legal log ledger login logout logs lfs member members metrics ' +
    'model models needs needs-and-offers network new node norms oauth offers openapi.json organizations orgs papers ' +
    'password people pledges privacy projects ready readyz records research robots.txt rounds ru safety search security set-up ' +
    'settings sign-in sign-out sign-up sitemap.xml spaces static status storage terms tiles tokens tree user users ' +
    'v1 v2 v3 welcome xet zh buckets console'
  ).split(' '),
)

/**
 * Null when an account may be called `name` on the node of `handle`. A person's name never stands under the
 * handle (`handle.x`): such a namespace is published to the federation, and people are not.
 */
export function refusalOfName(name: Name, kind: 'user' | 'organisation', handle: string): Failure | null {
  const key = repositoryKey(name)
  const isUnderHandle = kind === 'user' && key.startsWith(`${handle}.`)
  return RESERVED.has(key) || isUnderHandle ? failure('nameTaken', { name }, 'name') : null
}

/**
 * Whether a namespace is one in which a member speaks to the world: its handle, or its handle, a dot, and more. Other
 * namespaces stay on their node.
 */
export function isOfMember(handle: string, namespace: string): boolean {
  const key = repositoryKey(namespace)
  return key === handle || key.startsWith(`${handle}.`)
}

/** The member whose namespace this is; the first one hosted for a namespace of the node alone. */
export function memberOfNamespace<Hosted extends { readonly handle: string }>(
  members: readonly Hosted[],
  namespace: string,
): Hosted | undefined {
  return members.find(({ handle }) => isOfMember(handle, namespace)) ?? members[0]
}

const SHORTEST_PASSWORD = 10
const LONGEST_PASSWORD = 1000
const FEWEST_DISTINCT = 5

/**
 * Null when `password` will do: 10 to 1000 characters, at least five of them distinct, no run along the
 * keyboard or the alphabet, and more than the person's own names with decoration. No rule about kinds of characters.
 */
export function refusalOfPassword(password: string, names: readonly string[]): Failure | null {
  const characters = Array.from(password.normalize('NFKC'))
  if (characters.length > LONGEST_PASSWORD) return failure('invalidField', { field: 'password' }, 'password')
  const isWeak =
    characters.length < SHORTEST_PASSWORD ||
    new Set(characters).size < FEWEST_DISTINCT ||
    isRun(password.toLowerCase()) ||
    isMostlyName(password.toLowerCase(), names)
  return isWeak ? failure('weakPassword', { minimum: SHORTEST_PASSWORD }, 'password') : null
}

const RUNS = [
  '01234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
]

function isRun(password: string): boolean {
  return RUNS.some((run) => run.repeat(2).includes(password))
}

function isMostlyName(password: string, names: readonly string[]): boolean {
  const words = [...names.flatMap((name) => name.toLowerCase().split(/\s+/)), 'password', 'ayni']
  const rest = words
    .filter((word) => word.length > 2)
    .reduce((left, word) => left.replaceAll(word, ''), password)
  return Array.from(rest).length < FEWEST_DISTINCT
}

/** How sign-in slows down after failures: the first `free` cost nothing, then the wait doubles from one second to `longest`. */
interface ThrottlePolicy {
  readonly free: number
  readonly longest: Millis
}

/** For one account name, whoever tries it. */
export const NAME_THROTTLE: ThrottlePolicy = { free: 5, longest: 15 * MINUTE }

/** For one address, whichever names it tries: a whole institution may share one. */
export const ADDRESS_THROTTLE: ThrottlePolicy = { free: 20, longest: 15 * MINUTE }

/** How long a failed attempt is remembered. */
export const ATTEMPT_LIFE: Millis = DAY

/** How many milliseconds after `now` the next attempt may be made, given earlier failures in any order; 0 when at once. */
export function throttleWait(policy: ThrottlePolicy, failures: readonly Millis[], now: Millis): Millis {
  const recent = failures.filter((failedAt) => failedAt > now - ATTEMPT_LIFE)
  const excess = recent.length - policy.free
  if (excess < 0) return 0
  const pause = Math.min(policy.longest, SECOND * 2 ** Math.min(excess, 30))
  return Math.max(0, Math.max(...recent) + pause - now)
}

/**
 * The unit by which addresses are throttled: an IPv4 address whole, an IPv6 address by its first 64 bits,
 * since a single household holds that many.
 */
export function addressUnit(address: string): string {
  const plain = address.toLowerCase().replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  const groups = [...front, ...zeros, ...back].map((group) => group.replace(/^0+(?=.)/, ''))
  return `${groups.slice(0, 4).join(':')}::/64`
}
