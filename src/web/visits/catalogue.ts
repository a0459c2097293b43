import type { Actor } from '../../features/accounts/index.ts'
import type { CatalogueEntry, Criteria, Sort, Viewer } from '../../features/catalogue/index.ts'
import { foreignNames } from '../../features/follow/index.ts'
import { viewerOfActor } from '../../http/viewer.ts'
import { failure } from '../../kernel/failure.ts'
import { partsOfOrigin, type RepositoryKind } from '../../kernel/names.ts'
import { fail, succeed } from '../../kernel/result.ts'
import { DAY } from '../../kernel/time.ts'
import type { NamedLog } from '../../log/queries/entries.ts'
import type { RepositoryEntry } from '../components/repository-list.tsx'
import type { CatalogueVisit } from '../deps.ts'
import type { AccountView } from '../pages/account.tsx'
import { SIZE_CLASSES, type CatalogueQuery, type CatalogueView, type Facet } from '../pages/catalogue.tsx'
import type { Danger, HomeView } from '../pages/home.tsx'
import type { VisitDeps } from './deps.ts'

const ARRIVALS_SHOWN = 10
const PAGE = 20
const LATEST_SHOWN = 20
const FACET_VALUES = 10
/** Below this share of what is stored, an operator is told that room runs out. */
const LOW_ROOM = 0.1

/** Finding what is published, through one actor's eyes. */
export function visitCatalogue(deps: VisitDeps, actor: Actor): CatalogueVisit {
  const { catalogue, accounts, clock } = deps

  async function home(): Promise<HomeView> {
    const viewer = await viewerOfActor(accounts, actor)
    const [models, datasets, arrivals, newest] = await Promise.all([
      catalogue.facets({ kind: 'model', viewer }),
      catalogue.facets({ kind: 'dataset', viewer }),
      catalogue.arrivals({ since: clock() - 7 * DAY, limit: ARRIVALS_SHOWN, viewer }),
      latest('model', { userId: null, namespaces: [] }, 1),
    ])
    const names = await foreignNames(deps.database.read)
    return {
      models: models.total,
      datasets: datasets.total,
      sizeBytes: await catalogue.totalBytes(viewer),
      dangers: await dangers(),
      arrivals: await Promise.all(
        arrivals.map(async ({ entry, what, at }) => ({
          kind: entry.kind,
          id: entry.fullName,
          publisher: await publisherOf(deps, entry.namespace, names.get(entry.memberId)),
          task: entry.card?.pipelineTag ?? null,
          languages: entry.card?.languages ?? [],
          sizeBytes: entry.card?.sizeBytes ?? 0,
          isNew: what === 'new',
          at,
        })),
      ),
      example: newest[0]?.fullName ?? null,
    }
  }

  async function dangers(): Promise<readonly Danger[]> {
    if (actor.kind === 'anonymous' || !actor.isOperator) return []
    const [freeBytes, { storedBytes }] = await Promise.all([deps.freeBytes(), deps.content.usage()])
    const low: Danger[] = freeBytes < storedBytes * LOW_ROOM ? [{ kind: 'storageLow', freeBytes }] : []
    return [...(await logDangers()), ...low]
  }

  /** Logs of which something stands still, those written here first: of members that were followed once nothing is said. */
  async function logDangers(): Promise<readonly Danger[]> {
    const dangers: Danger[] = []
    const followed = new Set((await deps.members.list()).map(({ memberId }) => memberId as string))
    for (const { origin, memberId, memberName: member, role, frozen } of currentOf(await deps.logs.list())) {
      const isOwn = role === 'own'
      if (!isOwn && !followed.has(memberId)) continue
      if (frozen !== null) dangers.push({ kind: 'frozen', origin, member, isOwn, why: frozen })
      if (frozen !== null || !deps.followers.isWaiting(origin)) continue
      const count = await deps.logs.countUnsigned(origin, memberId)
      if (count > 0) dangers.push({ kind: 'waiting', origin, count })
    }
    return dangers
  }

  async function latest(
    kind: RepositoryKind,
    viewer: Viewer,
    limit: number,
    author?: string,
  ): Promise<readonly CatalogueEntry[]> {
    const page = await catalogue.list({
      kind,
      viewer,
      author,
      sort: 'lastModified',
      direction: 'descending',
      limit,
    })
    return page.entries
  }

  async function search(query: CatalogueQuery): Promise<CatalogueView> {
    const viewer = await viewerOfActor(accounts, actor)
    const criteria = criteriaOf(query, viewer)
    const facets = await catalogue.facets(criteria, SIZE_SPANS)
    const { sort, direction } = SORTS[query.sort]
    const offset = (query.page - 1) * PAGE
    const list = await catalogue.list({ ...criteria, sort, direction, limit: PAGE, offset })
    const names = await foreignNames(deps.database.read)
    const other = await catalogue.facets({ ...criteria, kind: query.kind === 'model' ? 'dataset' : 'model' })
    return {
      query,
      total: facets.total,
      entries: list.entries.map((entry) => presentEntry(entry, names)),
      pages: Math.max(1, Math.ceil(facets.total / PAGE)),
      facets: [
        facet('task', facets.tasks, query),
        facet('language', facets.languages, query),
        facet('licence', facets.licences, query),
        facet('library', facets.libraries, query),
        facet(
          'size',
          SIZE_CLASSES.map(({ value }, index) => ({ value, count: facets.sizes[index] ?? 0 })),
          query,
        ),
      ],
      elsewhere: other.total,
    }
  }

  async function account(name: string) {
    const found = await accounts.account(name)
    if (!found) return fail(failure('pageNotFound'))
    const viewer = await viewerOfActor(accounts, actor)
    const role = await accounts.roleIn(actor, found.name)
    const counts = await accounts.countsIn(found.name, role)
    const members = found.kind === 'organisation' && role !== null ? await accounts.membersOf(found.id) : null
    const names = await foreignNames(deps.database.read)
    const present = (entry: CatalogueEntry) => presentEntry(entry, names)
    const view: AccountView = {
      name: found.name,
      fullName: found.fullName,
      kind: found.kind,
      models: (await latest('model', viewer, LATEST_SHOWN, found.name)).map(present),
      datasets: (await latest('dataset', viewer, LATEST_SHOWN, found.name)).map(present),
      modelCount: counts.models,
      datasetCount: counts.datasets,
      members: members && members.map((member) => ({ name: member.name, fullName: member.fullName })),
    }
    return succeed(view)
  }

  return { home, search, account }
}

/** The log of each member that goes on: one that a later log continues is frozen for good, and that is well. */
function currentOf(logs: readonly NamedLog[]): readonly NamedLog[] {
  const numberOf = ({ origin }: NamedLog) => partsOfOrigin(origin).log
  return logs.filter(
    (log) => !logs.some((other) => other.memberId === log.memberId && numberOf(other) > numberOf(log)),
  )
}

/** Who publishes under a namespace, by the name they give themselves; `member` is that of another node's. */
export async function publisherOf(
  { accounts }: Pick<VisitDeps, 'accounts'>,
  namespace: string,
  member: string | undefined,
) {
  if (member !== undefined) return { name: namespace, fullName: member }
  const account = await accounts.account(namespace)
  return { name: namespace, fullName: account?.fullName ?? '' }
}

const SIZE_SPANS = SIZE_CLASSES.map(({ below }, index) => ({
  from: SIZE_CLASSES[index - 1]?.below ?? 0,
  below,
}))

const SORTS: Readonly<Record<CatalogueQuery['sort'], { sort: Sort; direction: 'ascending' | 'descending' }>> =
  {
    relevance: { sort: 'relevance', direction: 'descending' },
    modified: { sort: 'lastModified', direction: 'descending' },
    created: { sort: 'createdAt', direction: 'descending' },
    downloads: { sort: 'downloads', direction: 'descending' },
    size: { sort: 'mainSize', direction: 'ascending' },
    name: { sort: 'id', direction: 'ascending' },
  }

function criteriaOf({ kind, search, author, chosen }: CatalogueQuery, viewer: Viewer): Criteria {
  const sizes = SIZE_SPANS.filter((_, index) => chosen.size.includes(SIZE_CLASSES[index]?.value ?? ''))
  return {
    kind,
    viewer,
    search,
    author: author ?? undefined,
    pipelineTag: chosen.task,
    language: chosen.language,
    licence: chosen.licence,
    library: chosen.library,
    sizes,
  }
}

/** The chosen values first, then the most frequent. */
function facet(name: Facet['name'], values: Facet['values'], { chosen }: CatalogueQuery): Facet {
  const isChosen = ({ value }: { readonly value: string }) => chosen[name].includes(value)
  const present = values.filter((value) => value.count > 0 || isChosen(value))
  const ordered =
    name === 'size' ? present : [...present.filter(isChosen), ...present.filter((value) => !isChosen(value))]
  return { name, values: ordered.slice(0, FACET_VALUES) }
}

/** `names`: of members of other nodes, by their ids. */
export function presentEntry(
  { kind, fullName, memberId, visibility, card, downloads, modifiedAt }: CatalogueEntry,
  names: ReadonlyMap<string, string>,
): RepositoryEntry {
  return {
    kind,
    copyOf: names.get(memberId) ?? null,
    id: fullName,
    visibility,
    summary: card?.summary || null,
    task: card?.pipelineTag ?? null,
    languages: card?.languages ?? [],
    licence: card?.licence?.id ?? null,
    sizeBytes: card?.sizeBytes ?? 0,
    parameters: card?.parameterCount ?? null,
    downloads,
    modifiedAt,
  }
}
