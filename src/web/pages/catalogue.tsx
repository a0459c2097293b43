import type { FC } from 'hono/jsx'

import type { RepositoryKind } from '../../kernel/names.ts'
import { Layout, SearchBox } from '../components/layout.tsx'
import { Pagination } from '../components/pagination.tsx'
import { RepositoryList, type RepositoryEntry } from '../components/repository-list.tsx'
import { Words } from '../components/words.tsx'
import type { Translator } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { cataloguePath, withQuery } from '../paths.ts'
import { describeLicence, describeTask } from '../vocabulary.ts'

/** By what the catalogue can be narrowed. */
export const FACETS = ['task', 'language', 'licence', 'library', 'size'] as const
export type FacetName = (typeof FACETS)[number]

/** Sizes as the facet names them: a class holds what is smaller than its bound and not smaller than the one before. */
export const SIZE_CLASSES = [
  { value: '100M', below: 100e6 },
  { value: '1G', below: 1e9 },
  { value: '10G', below: 10e9 },
  { value: '100G', below: 100e9 },
  { value: 'more', below: Infinity },
] as const

/** In which order repositories come. `relevance` only makes sense with words to search for. */
export const SORTS = ['relevance', 'modified', 'created', 'downloads', 'size', 'name'] as const
export type Sort = (typeof SORTS)[number]

/** What the reader asked the catalogue for. */
export interface CatalogueQuery {
  readonly kind: RepositoryKind
  /** Words to search for; empty for everything. */
  readonly search: string
  /** Only what this person or organisation published; null for everybody. */
  readonly author: string | null
  /** Values chosen per facet; several mean any of them. */
  readonly chosen: Readonly<Record<FacetName, readonly string[]>>
  readonly sort: Sort
  /** From 1. */
  readonly page: number
}

/** One facet's values among what was found, the chosen first, then the most frequent; at most ten. */
export interface Facet {
  readonly name: FacetName
  readonly values: readonly { readonly value: string; readonly count: number }[]
}

/** What the catalogue answers. */
export interface CatalogueView {
  readonly query: CatalogueQuery
  readonly total: number
  /** Twenty to a page. */
  readonly entries: readonly RepositoryEntry[]
  /** Number of pages; 1 when nothing was found. */
  readonly pages: number
  readonly facets: readonly Facet[]
  /** How many of the other kind the same words find. */
  readonly elsewhere: number
}

/** Everything that this node offers of one kind: search, narrow, sort. */
export const CataloguePage: FC<{ readonly page: PageContext; readonly view: CatalogueView }> = ({
  page,
  view,
}) => {
  const { say } = page
  const { kind, search } = view.query
  const title = say.t(kind === 'model' ? 'frame.models' : 'frame.datasets')
  return (
    <Layout page={page} title={title} hasOwnSearch>
      <header class="catalogue-head">
        <h1>{title}</h1>
        <SearchBox page={page} size="large" query={search} action={cataloguePath(kind)} />
        <Found page={page} view={view} />
      </header>
      <div class="catalogue">
        <Narrowing page={page} view={view} />
        <section aria-label={say.t('catalogue.results')}>
          {view.entries.length === 0 ? (
            <Nothing page={page} view={view} />
          ) : (
            <RepositoryList page={page} entries={view.entries} />
          )}
          <Pagination
            page={page}
            current={view.query.page}
            last={view.pages}
            path={queryPath({ ...view.query, page: 1 })}
          />
        </section>
      </div>
    </Layout>
  )
}

/** The address that asks for `query`. */
export function queryPath(query: CatalogueQuery): string {
  return withQuery(cataloguePath(query.kind), {
    search: query.search,
    author: query.author ?? undefined,
    ...query.chosen,
    sort: query.sort === defaultSort(query.search) ? undefined : query.sort,
    page: query.page === 1 ? undefined : String(query.page),
  })
}

/** By relevance when there are words to search for, else what changed last first. */
export function defaultSort(search: string): Sort {
  return search === '' ? 'modified' : 'relevance'
}

const Found: FC<{ readonly page: PageContext; readonly view: CatalogueView }> = ({ page, view }) => {
  const { say } = page
  const { kind, search, author } = view.query
  const other = kind === 'model' ? 'dataset' : 'model'
  const otherPath = withQuery(cataloguePath(other), { search, author: author ?? undefined })
  const count = say.t(kind === 'model' ? 'count.models' : 'count.datasets', { count: view.total })
  return (
    <p class="quiet">
      {author === null ? count : say.t('catalogue.by', { found: count, author })}
      {view.elsewhere > 0 && (
        <>
          {' · '}
          <Words
            say={say}
            message="catalogue.elsewhere"
            values={{
              found: say.t(other === 'model' ? 'count.models' : 'count.datasets', { count: view.elsewhere }),
            }}
            links={{ elsewhere: localPath(page, otherPath) }}
          />
        </>
      )}
    </p>
  )
}

const Nothing: FC<{ readonly page: PageContext; readonly view: CatalogueView }> = ({ page, view }) => {
  const isNarrowed = view.query.search !== '' || FACETS.some((name) => view.query.chosen[name].length > 0)
  return (
    <div class="empty">
      <p>{page.say.t(isNarrowed ? 'catalogue.nothingFound' : 'catalogue.nothingYet')}</p>
      <p>
        {isNarrowed ? (
          <a href={localPath(page, cataloguePath(view.query.kind))}>{page.say.t('catalogue.showAll')}</a>
        ) : (
          <a href={localPath(page, '/new')}>{page.say.t('frame.new')}</a>
        )}
      </p>
    </div>
  )
}

const Narrowing: FC<{ readonly page: PageContext; readonly view: CatalogueView }> = ({ page, view }) => {
  const chosen = FACETS.flatMap((name) => view.query.chosen[name])
  return (
    <details class="narrowing" open={chosen.length > 0}>
      <summary>{page.say.t('catalogue.narrow')}</summary>
      <SortLinks page={page} query={view.query} />
      {view.facets
        .filter((facet) => facet.values.length > 0)
        .map((facet) => (
          <FacetLinks page={page} query={view.query} facet={facet} />
        ))}
    </details>
  )
}

const SortLinks: FC<{ readonly page: PageContext; readonly query: CatalogueQuery }> = ({ page, query }) => (
  <section>
    <h2>{page.say.t('catalogue.sort')}</h2>
    <ul>
      {SORTS.filter((sort) => sort !== 'relevance' || query.search !== '').map((sort) => (
        <li>
          <a
            href={localPath(page, queryPath({ ...query, sort, page: 1 }))}
            aria-current={sort === query.sort ? 'true' : undefined}
          >
            {page.say.t(`sort.${sort}`)}
          </a>
        </li>
      ))}
    </ul>
  </section>
)

const FacetLinks: FC<{
  readonly page: PageContext
  readonly query: CatalogueQuery
  readonly facet: Facet
}> = ({ page, query, facet }) => (
  <section>
    <h2>{page.say.t(`fact.${FACET_FACTS[facet.name]}`)}</h2>
    <ul>
      {facet.values.map(({ value, count }) => (
        <li>
          <a
            href={localPath(page, queryPath(toggled(query, facet.name, value)))}
            aria-current={query.chosen[facet.name].includes(value) ? 'true' : undefined}
          >
            <bdi>{facetWords(page.say, facet.name, value)}</bdi>{' '}
            <span class="count">{page.say.number(count)}</span>
          </a>
        </li>
      ))}
    </ul>
  </section>
)

const FACET_FACTS = {
  task: 'task',
  language: 'languages',
  licence: 'licence',
  library: 'library',
  size: 'size',
} as const satisfies Record<FacetName, string>

/** The query with one facet's value added, or taken away when it was chosen. */
function toggled(query: CatalogueQuery, name: FacetName, value: string): CatalogueQuery {
  const before = query.chosen[name]
  const after = before.includes(value) ? before.filter((other) => other !== value) : [...before, value]
  return { ...query, chosen: { ...query.chosen, [name]: after }, page: 1 }
}

function facetWords(say: Translator, name: FacetName, value: string): string {
  switch (name) {
    case 'task':
      return describeTask(say, value)
    case 'language':
      return say.languageName(value)
    case 'licence':
      return describeLicence(say, value).name
    case 'library':
      return value
    case 'size':
      return sizeWords(say, value)
  }
}

function sizeWords(say: Translator, value: string): string {
  const index = SIZE_CLASSES.findIndex((size) => size.value === value)
  const from = SIZE_CLASSES[index - 1]?.below ?? 0
  const to = SIZE_CLASSES[index]?.below ?? Infinity
  if (to === Infinity) return say.t('size.from', { from: say.bytes(from) })
  return from === 0
    ? say.t('size.below', { to: say.bytes(to) })
    : say.t('size.between', { from: say.bytes(from), to: say.bytes(to) })
}
