import type {
  Account,
  NamespaceRole,
  RepositoryCounts,
  Scope,
  UserActor,
} from '../../features/accounts/index.ts'
import { isoTime } from '../../kernel/time.ts'

/** Where the picture of an account is, absolute as the clients want it. */
function avatarUrl(base: string, { name }: { readonly name: string }): string {
  return `${base}/avatars/${name}.svg`
}

/** An organisation, as the clients read one. */
export function presentOrganisation(base: string, account: NamespaceRole) {
  return {
    type: 'org',
    id: account.id,
    name: account.name,
    fullname: account.fullName,
    email: null,
    canPay: false,
    periodEnd: null,
    avatarUrl: avatarUrl(base, account),
    roleInOrg: account.role,
    isEnterprise: false,
  }
}

/** A person in a list of people. */
export function presentPerson(base: string, account: Account) {
  return {
    _id: account.id,
    type: 'user',
    user: account.name,
    fullname: account.fullName,
    avatarUrl: avatarUrl(base, account),
    isPro: false,
  }
}

/** The answer to `whoami-v2`. The node keeps no e-mail addresses and takes no money, and says so. */
export function presentSelf(base: string, actor: UserActor, organisations: readonly NamespaceRole[]) {
  return {
    type: 'user',
    id: actor.userId,
    name: actor.name,
    fullname: actor.fullName,
    emailVerified: false,
    isPro: false,
    canPay: false,
    periodEnd: null,
    avatarUrl: avatarUrl(base, actor),
    orgs: organisations.map((organisation) => presentOrganisation(base, organisation)),
    auth: presentCredential(actor),
  }
}

function presentCredential(actor: UserActor) {
  if (actor.via === 'session') return { type: 'session' }
  const { displayName, createdAt } = actor.token
  const accessToken = { displayName, role: tokenRole(actor.scope), createdAt: isoTime(createdAt) }
  return { type: 'access_token', accessToken }
}

function tokenRole(scope: Scope): 'read' | 'write' | 'fineGrained' {
  return typeof scope === 'object' ? 'fineGrained' : scope
}

/** The overview of a person. What this kind of hub does not have is none. */
export function presentUserOverview(
  base: string,
  account: Account,
  counts: RepositoryCounts,
  organisations: readonly NamespaceRole[],
) {
  return {
    ...presentPerson(base, account),
    createdAt: isoTime(account.createdAt),
    ...presentCounts(counts),
    numDiscussions: 0,
    numPapers: 0,
    numUpvotes: 0,
    numLikes: 0,
    numFollowing: 0,
    numFollowers: 0,
    isFollowing: false,
    orgs: organisations.map(({ id, name, fullName }) => ({
      id,
      name,
      fullname: fullName,
      avatarUrl: avatarUrl(base, { name }),
    })),
  }
}

/** The overview of an organisation. */
export function presentOrganisationOverview(
  base: string,
  account: Account,
  counts: RepositoryCounts,
  people: number,
) {
  return {
    _id: account.id,
    type: 'org',
    name: account.name,
    fullname: account.fullName,
    avatarUrl: avatarUrl(base, account),
    isVerified: false,
    isFollowing: false,
    numUsers: people,
    ...presentCounts(counts),
    numPapers: 0,
    numFollowers: 0,
  }
}

function presentCounts({ models, datasets }: RepositoryCounts) {
  return { numModels: models, numDatasets: datasets, numSpaces: 0 }
}

/** A picture for an account that has none of its own: its first letter on a colour drawn from its name. */
export function drawAvatar(name: string): string {
  const letter = /[A-Za-z0-9]/.exec(name)?.[0]?.toUpperCase() ?? '_'
  const hue =
    Array.from(name.toLowerCase()).reduce((sum, character) => sum + character.charCodeAt(0) * 47, 0) % 360
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">' +
    `<rect width="64" height="64" fill="hsl(${hue} 45% 35%)"/>` +
    '<text x="32" y="44" font-family="sans-serif" font-size="34" text-anchor="middle" fill="#fff">' +
    `${letter}</text></svg>`
  )
}
