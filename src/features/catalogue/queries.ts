import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'

import type { Database, Reader, Tables } from '../../database/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import { GitOid, RepositoryId, repositoryKey, type RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { canonicalLanguage } from './metadata/rules.ts'
import {
  type Arrival,
  Card,
  type CatalogueEntry,
  type CataloguePage,
  type Criteria,
  type Facets,
  type FacetValue,
  type ListRequest,
  type OneOf,
  type SizeClass,
  Sort,
  type Viewer,
} from './types.ts'
import { queryGroups } from './words/rules.ts'

/** Repositories a search considers, best first; the rest is as good as not found. */
const SEARCH_REACH = 1000
const MOST_FACET_VALUES = 50

/** What the catalogue's reads use. */
export interface QueryDeps {
  readonly database: Pick<Database, 'read' | 'search'>
}

/** The tables every query of the catalogue stands on. */
type Joined = Pick<Tables, 'repository'> & { card: Nullable<Tables['card']>; ref: Nullable<Tables['ref']> }
type Nullable<Row> = { [Column in keyof Row]: Row[Column] | null }
type Builder = ExpressionBuilder<Joined, 'repository' | 'card' | 'ref'>

function repositories(reader: Reader) {
  return reader
    .selectFrom('repository')
    .leftJoin('card', 'card.repository_id', 'repository.id')
    .leftJoin('ref', (join) =>
      join.onRef('ref.repository_id', '=', 'repository.id').on('ref.name', '=', 'refs/heads/main'),
    )
}

const COLUMNS = [
  'repository.id',
  'repository.member_id',
  'repository.kind',
  'repository.namespace',
  'repository.name',
  'repository.visibility',
  'repository.gated',
  'repository.disabled',
  'repository.downloads',
  'repository.created_at',
  'repository.modified_at',
  'card.card',
  'ref.oid',
] as const

interface EntryRow extends Pick<
  Tables['repository'],
  'id' | 'member_id' | 'kind' | 'namespace' | 'name' | 'visibility' | 'gated' | 'created_at' | 'modified_at'
> {
  readonly disabled: 0 | 1
  readonly downloads: number
  readonly card: string | null
  readonly oid: string | null
}

function entryOf(row: EntryRow): CatalogueEntry {
  return {
    id: row.id,
    memberId: row.member_id,
    kind: row.kind,
    fullName: RepositoryId.parse(`${row.namespace}/${row.name}`),
    namespace: row.namespace,
    name: row.name,
    visibility: row.visibility,
    gated: row.gated,
    disabled: row.disabled === 1,
    downloads: row.downloads,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    head: row.oid === null ? null : GitOid.parse(row.oid),
    card: row.card === null ? null : Card.parse(JSON.parse(row.card)),
  }
}

/** One repository with its card, or null. Says nothing about rights. */
export async function readEntry(
  { database }: QueryDeps,
  repositoryId: string,
): Promise<CatalogueEntry | null> {
  const row = await repositories(database.read)
    .select(COLUMNS)
    .where('repository.id', '=', repositoryId)
    .executeTakeFirst()
  return row ? entryOf(row) : null
}

/** Public repositories, and private ones that the viewer may read. */
function isVisible(where: Builder, { namespaces, repositories }: Viewer): Expression<SqlBool> {
  const namespace = where.fn<string>('lower', ['repository.namespace'])
  return where.or([
    where('repository.visibility', '=', 'public'),
    ...(namespaces.length > 0 ? [where(namespace, 'in', namespaces.map(repositoryKey))] : []),
    ...(repositories ?? []).map(({ kind, id }) =>
      where.and([where('repository.kind', '=', kind), where('repository.key', '=', repositoryKey(id))]),
    ),
  ])
}

/** Whether a repository meets all criteria; of a search it must be among those `found`. */
function meets(where: Builder, criteria: Criteria, found: Found | null): Expression<SqlBool> {
  const { viewer, kind, author, member, gated, parameters, sizes } = criteria
  const conditions = [isVisible(where, viewer)]
  const also = (condition: Expression<SqlBool>) => conditions.push(condition)
  if (found) also(where('repository.id', 'in', found.size > 0 ? [...found.keys()] : ['']))
  if (kind) also(where('repository.kind', '=', kind))
  if (member !== undefined) also(where('repository.member_id', '=', member))
  if (author) also(where(where.fn<string>('lower', ['repository.namespace']), '=', repositoryKey(author)))
  if (gated !== undefined) also(where('repository.gated', gated ? '!=' : '=', 'no'))
  if (parameters?.min !== undefined) also(where('card.parameter_count', '>=', parameters.min))
  if (parameters?.max !== undefined) also(where('card.parameter_count', '<=', parameters.max))
  if (sizes && sizes.length > 0) also(where.or(sizes.map((size) => isOfSize(where, size))))
  for (const tag of criteria.filters ?? []) also(hasTag(where, [tag]))
  for (const [field, chosen] of chosenOf(criteria)) {
    if (chosen.length > 0)
      also(
        hasTag(
          where,
          chosen.map((value) => `${field}:${value}`),
        ),
      )
  }
  return where.and(conditions)
}

function chosenOf({
  pipelineTag,
  library,
  licence,
  language,
}: Criteria): [field: string, values: readonly string[]][] {
  return [
    ['pipeline_tag', listOf(pipelineTag)],
    ['library', listOf(library)],
    ['license', listOf(licence)],
    ['language', listOf(language)],
  ]
}

function listOf(oneOf: OneOf | undefined): readonly string[] {
  return typeof oneOf === 'string' ? [oneOf].filter((value) => value !== '') : (oneOf ?? [])
}

function isOfSize(where: Builder, { from, below }: SizeClass): Expression<SqlBool> {
  const size = where.fn.coalesce('card.size_bytes', sql.lit(0))
  const isAbove = where(size, '>=', from)
  return Number.isFinite(below) ? where.and([isAbove, where(size, '<', below)]) : isAbove
}

/** Whether a repository has any of these tags. */
function hasTag(where: Builder, tags: readonly string[]): Expression<SqlBool> {
  const wanted = sql.join(tags.map((tag) => sql.val(tag.toLowerCase())))
  return sql<SqlBool>`exists (select 1 from card_tag where repository_id = ${where.ref('repository.id')} and tag in (${wanted}))`
}

/** What a search found: ranks by repository, from 0, best first. */
type Found = ReadonlyMap<string, number>

/** Null when nothing is sought. What holds all words comes first, then what has the query as a part of its id. */
async function find({ database }: QueryDeps, criteria: Criteria): Promise<Found | null> {
  const query = criteria.search?.trim()
  if (!query) return null
  const groups = queryGroups(query)
  const byWords = groups.length > 0 ? await database.search.match(database.read, groups, SEARCH_REACH) : []
  const pattern = `%${repositoryKey(query).replace(/[\\%_]/g, String.raw`\$&`)}%`
  const byId = await database.read
    .selectFrom('repository')
    .select('id')
    .where(sql<SqlBool>`key like ${pattern} escape '\\'`)
    .orderBy('key')
    .limit(SEARCH_REACH)
    .execute()
  const ids = [...new Set([...byWords, ...byId.map(({ id }) => id)])]
  return new Map(ids.map((id, rank) => [id, rank]))
}

/** Bytes of all files of all repositories that the viewer may see; what two share counts twice. */
export async function readTotalBytes({ database }: QueryDeps, viewer: Viewer): Promise<number> {
  const row = await repositories(database.read)
    .select((select) => select.fn.coalesce(select.fn.sum<number>('card.size_bytes'), sql.lit(0)).as('bytes'))
    .where((where) => isVisible(where, viewer))
    .executeTakeFirstOrThrow()
  return row.bytes
}

/** One page of repositories. Throws a Refusal for a cursor that is none of this list. */
export async function listRepositories(deps: QueryDeps, request: ListRequest): Promise<CataloguePage> {
  const found = await find(deps, request)
  const { sort, limit } = request
  if (sort === 'relevance' && found) return listByRank(deps, request, found)
  const key = sortKey(sort)
  const cursor = readCursor(request)
  const [order, beyond] =
    request.direction === 'ascending' ? (['asc', '>'] as const) : (['desc', '<'] as const)
  // Ids first: ordering whole rows would carry every card through the sort.
  const rows = await repositories(deps.database.read)
    .select(['repository.id', key.as('sort_value')])
    .where((where) => meets(where, request, found))
    .$if(cursor !== null, (query) =>
      query.where(sql<SqlBool>`(${key}, repository.id) ${sql.raw(beyond)} (${cursor?.value}, ${cursor?.id})`),
    )
    .orderBy(key, order)
    .orderBy('repository.id', order)
    .limit(limit + 1)
    .offset(request.offset ?? 0)
    .execute()
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    entries: await readEntries(
      deps,
      page.map(({ id }) => id),
    ),
    next: last ? writeCursor(request, { value: last.sort_value, id: last.id }) : null,
  }
}

function sortKey(sort: Sort) {
  switch (sort) {
    case 'relevance':
    case 'trendingScore':
    case 'lastModified':
      return sql<number | string>`repository.modified_at`
    case 'createdAt':
      return sql<number | string>`repository.created_at`
    case 'downloads':
      return sql<number | string>`repository.downloads`
    case 'likes':
      return sql<number | string>`repository.id`
    case 'num_parameters':
      return sql<number | string>`coalesce(card.parameter_count, -1)`
    case 'mainSize':
      return sql<number | string>`coalesce(card.size_bytes, -1)`
    case 'id':
      return sql<number | string>`repository.key`
  }
}

/** By rank: the few found are ordered here, and the page goes on after the last one's rank. */
async function listByRank(deps: QueryDeps, request: ListRequest, found: Found): Promise<CataloguePage> {
  const rows = await repositories(deps.database.read)
    .select('repository.id')
    .where((where) => meets(where, request, found))
    .execute()
  const rank = (id: string) => found.get(id) ?? found.size
  const cursor = readCursor(request)
  const after = cursor ? (found.get(cursor.id) ?? Number(cursor.value)) : -1
  const ids = rows.map(({ id }) => id).filter((id) => rank(id) > after)
  const ordered = ids.toSorted((left, right) => rank(left) - rank(right))
  const page = ordered.slice(request.offset ?? 0).slice(0, request.limit)
  const last = page.at(-1) === ordered.at(-1) ? undefined : page.at(-1)
  const entries = await readEntries(deps, page)
  return { entries, next: last === undefined ? null : writeCursor(request, { value: rank(last), id: last }) }
}

async function readEntries({ database }: QueryDeps, ids: readonly string[]): Promise<CatalogueEntry[]> {
  if (ids.length === 0) return []
  const rows = await repositories(database.read).select(COLUMNS).where('repository.id', 'in', ids).execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? []).map(entryOf)
}

/** Where a page ended: the sort value and the repository, with the order they belong to. */
const Cursor = z.object({
  sort: Sort,
  direction: z.enum(['ascending', 'descending']),
  value: z.union([z.number(), z.string()]),
  id: z.string(),
})
type Position = Pick<z.infer<typeof Cursor>, 'value' | 'id'>

function writeCursor({ sort, direction }: ListRequest, { value, id }: Position): string {
  return new TextEncoder()
    .encode(JSON.stringify({ sort, direction, value, id }))
    .toBase64({ alphabet: 'base64url' })
}

function readCursor({ cursor, sort, direction }: ListRequest): Position | null {
  if (cursor === undefined) return null
  const parsed = Cursor.safeParse(decodeCursor(cursor))
  if (!parsed.success || parsed.data.sort !== sort || parsed.data.direction !== direction)
    throw new Refusal(failure('invalidField', { field: 'cursor', problem: 'not of this list' }, 'cursor'))
  return parsed.data
}

function decodeCursor(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: 'base64url' })))
  } catch (cause) {
    if (cause instanceof SyntaxError) return null // both decoders throw it for what a client made up
    throw cause
  }
}

/** What a list can be narrowed by, each counted as if it were not narrowed by that already, so that another value can be chosen. */
export async function readFacets(
  deps: QueryDeps,
  criteria: Criteria,
  sizes: readonly SizeClass[],
): Promise<Facets> {
  const found = await find(deps, criteria)
  const { read } = deps.database
  const without = (field: keyof Criteria): Criteria => ({ ...criteria, [field]: undefined })
  const inClass = (size: SizeClass) => countAll(read, { ...criteria, sizes: [size] }, found)
  return {
    tasks: await countColumn(read, 'card.pipeline_tag', without('pipelineTag'), found),
    libraries: await countColumn(read, 'card.library_name', without('library'), found),
    licences: await countColumn(read, 'card.licence', without('licence'), found),
    languages: await countLanguages(read, without('language'), found),
    sizes: await Promise.all(sizes.map(inClass)),
    total: await countAll(read, criteria, found),
  }
}

async function countColumn(
  reader: Reader,
  column: 'card.pipeline_tag' | 'card.library_name' | 'card.licence',
  criteria: Criteria,
  found: Found | null,
): Promise<readonly FacetValue[]> {
  const rows = await repositories(reader)
    .select((select) => [select.ref(column).as('value'), select.fn.countAll<number>().as('count')])
    .where((where) => meets(where, criteria, found))
    .where(column, 'is not', null)
    .groupBy(column)
    .orderBy('count', 'desc')
    .orderBy(column)
    .limit(MOST_FACET_VALUES)
    .execute()
  return rows.flatMap(({ value, count }) => (value === null ? [] : [{ value, count }]))
}

async function countLanguages(
  reader: Reader,
  criteria: Criteria,
  found: Found | null,
): Promise<readonly FacetValue[]> {
  const counted = await countTags(reader, criteria, found, 'language:')
  return counted
    .map(({ value, count }) => ({ value: value.slice('language:'.length), count }))
    .filter(({ value }) => canonicalLanguage(value)?.toLowerCase() === value)
    .slice(0, MOST_FACET_VALUES)
}

async function countTags(
  reader: Reader,
  criteria: Criteria,
  found: Found | null,
  prefix: string,
): Promise<readonly FacetValue[]> {
  return repositories(reader)
    .innerJoin('card_tag', 'card_tag.repository_id', 'repository.id')
    .select(({ fn }) => ['card_tag.tag as value', fn.countAll<number>().as('count')])
    .where((where) => meets(where, criteria, found))
    .where('card_tag.tag', 'like', `${prefix}%`)
    .groupBy('card_tag.tag')
    .orderBy('count', 'desc')
    .orderBy('card_tag.tag')
    .execute()
}

async function countAll(reader: Reader, criteria: Criteria, found: Found | null): Promise<number> {
  const { count } = await repositories(reader)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where((where) => meets(where, criteria, found))
    .executeTakeFirstOrThrow()
  return count
}

/** Repositories with a card that came or changed since an instant, latest first, as one viewer sees them. */
export async function readArrivals(
  { database }: QueryDeps,
  { since, limit, viewer }: { since: Millis; limit: number; viewer: Viewer },
): Promise<readonly Arrival[]> {
  const rows = await repositories(database.read)
    .select(COLUMNS)
    .where((where) => isVisible(where, viewer))
    .where('card.card', 'is not', null)
    .where('repository.modified_at', '>=', since)
    .orderBy('repository.modified_at', 'desc')
    .orderBy('repository.id')
    .limit(limit)
    .execute()
  return rows.map(entryOf).map((entry) => {
    const isNew = entry.createdAt >= since
    return { entry, what: isNew ? 'new' : 'changed', at: isNew ? entry.createdAt : entry.modifiedAt }
  })
}

/** A tag as `GET /api/models-tags-by-type` lists it. */
export interface TagOfType {
  readonly id: string
  readonly label: string
  readonly type: string
}

/** Fields that clients filter by, and what the list of tags calls them. */
const TAG_TYPES: Readonly<Record<RepositoryKind, readonly (readonly [prefix: string, type: string])[]>> = {
  model: [
    ['pipeline_tag', 'pipeline_tag'],
    ['library', 'library'],
    ['language', 'language'],
    ['license', 'license'],
    ['dataset', 'dataset'],
  ],
  dataset: [
    ['task_categories', 'task_categories'],
    ['task_ids', 'task_ids'],
    ['language', 'language'],
    ['license', 'license'],
    ['size_categories', 'size_categories'],
    ['multilinguality', 'multilinguality'],
  ],
}
/** Fields whose values a model's tags hold without the field's name. */
const PLAIN = new Set(['pipeline_tag', 'library'])

/** Every tag that repositories of a kind have, by type, as one viewer sees them; plain ones are of type `other`. */
export async function readTagsByType(
  { database }: QueryDeps,
  kind: RepositoryKind,
  viewer: Viewer,
): Promise<Readonly<Record<string, readonly TagOfType[]>>> {
  const counted = await countTags(database.read, { kind, viewer }, null, '')
  const tags = new Set(counted.map(({ value }) => value))
  const english = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' })
  const byType = TAG_TYPES[kind].map(([prefix, type]) => {
    const values = [...tags]
      .filter((tag) => tag.startsWith(`${prefix}:`))
      .map((tag) => tag.slice(prefix.length + 1))
    const isPlain = PLAIN.has(prefix) || (kind === 'model' && prefix === 'language')
    const label = (value: string) =>
      prefix === 'language' && canonicalLanguage(value) ? english.of(value) : undefined
    const listed = values.map((value) => ({
      id: isPlain ? value : `${prefix}:${value}`,
      label: label(value) ?? value,
      type,
    }))
    return [type, listed] as const
  })
  const known = new Set(
    byType.flatMap(([, listed]) => listed.flatMap(({ id }) => [id, id.slice(id.indexOf(':') + 1)])),
  )
  const other = [...tags].filter((tag) => !tag.includes(':') && !known.has(tag))
  return {
    ...Object.fromEntries(byType),
    other: other.map((tag) => ({ id: tag, label: tag, type: 'other' })),
  }
}
