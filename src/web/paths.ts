import type { Colour } from '../kernel/colour.ts'
import type { AssociationId, MemberId, Origin, RepositoryKind } from '../kernel/names.ts'

/** Which repository a page is about. */
export interface RepositoryReference {
  readonly kind: RepositoryKind
  /** `namespace/name`. */
  readonly id: string
}

/** Where the catalogue of one kind stands. */
export function cataloguePath(kind: RepositoryKind): string {
  return kind === 'model' ? '/models' : '/datasets'
}

/** Where a repository's pages begin: models stand at the root, data sets below `/datasets`. */
export function repositoryPath({ kind, id }: RepositoryReference): string {
  return kind === 'model' ? `/${id}` : `/datasets/${id}`
}

/** The pages of a repository that are about one version of it. */
export type RevisionPage = 'tree' | 'blob' | 'resolve' | 'tensors' | 'commits' | 'commit'

/**
 * A page about one revision, and about one path in it. Slashes in a revision are encoded, those of a path are
 * not, as the clients of the hub write them.
 */
export function revisionPath(
  repository: RepositoryReference,
  page: RevisionPage,
  revision: string,
  path = '',
): string {
  const rest = path === '' ? '' : `/${path.split('/').map(encodeURIComponent).join('/')}`
  return `${repositoryPath(repository)}/${page}/${encodeURIComponent(revision)}${rest}`
}

/** Where a person or an organisation shows what it has published. */
export function accountPath(name: string): string {
  return `/${name}`
}

/** Where people see what this node knows of a member. */
export function memberPath(memberId: MemberId): string {
  return `/members/${memberId}`
}

/** Where an association is shown. */
export function associationPath(id: AssociationId): string {
  return `/associations/${id}`
}

/** Where a promise of a member is shown. */
export function pledgePath(id: string): string {
  return `/pledges/${id}`
}

/** Where an agreement of two members is shown. */
export function agreementPath(id: string): string {
  return `/agreements/${id}`
}

/** Where a draft of an agreement is read by those who may say it. */
export function draftPath(id: string, as: string): string {
  return withQuery(`/agreements/drafts/${id}`, { as })
}

/** Where a round is shown. */
export function roundPath(id: string): string {
  return `/rounds/${id}`
}

/** Where a log is read by people. */
export function logPath(origin: Origin): string {
  return `/log/${origin.slice(origin.indexOf('/') + 1)}`
}

/** Where one entry of a log is read by people. */
export function recordPath(origin: Origin, position: number): string {
  return `${logPath(origin)}/${position}`
}

/** Where programs fetch the proof of an entry. */
export function proofPath(origin: Origin, position: number): string {
  return `/api/ayni/v1/logs/${origin.slice(origin.indexOf('/') + 1)}/proof/${position}`
}

/** `path` with a query; empty and absent values are left out, lists repeat their name. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const item of [value ?? []].flat()) if (item !== '') parameters.append(name, item)
  }
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}

/** Where a person asks to read a repository. */
export function accessPath({ kind, id }: RepositoryReference): string {
  return withQuery('/access', { kind, repository: id })
}

/** `url` when a browser may follow it from a page of ours (http, https, mailto), else null. */
export function safeHref(url: string): string | null {
  return /^(?:https?:\/\/|mailto:)/i.test(url) ? url : null
}

/** The mark of a member, for the browser's tab: tabs of two nodes are told apart. */
export function markIconPath(memberId: MemberId, colour: Colour): string {
  return `/assets/mark-${memberId}-${colour}.svg`
}

const STATED = { need: '/needs', offer: '/offers', pledge: '/pledges', group: '/groups' } as const
type StatedNoun = keyof typeof STATED

/** Where a need, an offer, a pledge or a group of countries is shown, by its id. */
export function statedPath(noun: StatedNoun, id: string): string {
  return `${STATED[noun]}/${id}`
}

/** Where all of a kind are listed: the front page of needs and offers is another. */
export function statedListPath(noun: StatedNoun): string {
  return noun === 'need' || noun === 'offer' ? `${STATED[noun]}/list` : STATED[noun]
}

/** Where one of a kind is stated. */
export function statingPath(noun: StatedNoun): string {
  return `${STATED[noun]}/new`
}
