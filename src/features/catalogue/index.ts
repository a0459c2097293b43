/** What a node holds, as people look for it: cards, lists, search. */
import type { Database, Projection } from '../../database/index.ts'
import { GitOid, type RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import {
  readRevision,
  readTensors,
  rebuildCatalogue,
  refreshCard,
  type WeightsWithTensors,
} from './commands.ts'
import { catalogueTables } from './projection.ts'
import {
  listRepositories,
  readArrivals,
  readEntry,
  readFacets,
  readTagsByType,
  readTotalBytes,
  type TagOfType,
} from './queries.ts'
import { type CardCheck, validateCard } from './rules.ts'
import type {
  Arrival,
  Card,
  CatalogueEntry,
  CataloguePage,
  Criteria,
  Facets,
  ListRequest,
  RevisionSource,
  SizeClass,
  Viewer,
} from './types.ts'

export type { WeightsWithTensors } from './commands.ts'
export type { TagOfType } from './queries.ts'
export { CARD_PATH, type CardCheck } from './rules.ts'
export { readFrontMatter, type FrontMatter } from './front-matter/rules.ts'
export * from './types.ts'
export { fitIn, isModel, memoryNeeded, type Fit } from './weights/rules.ts'

/** The feature, ready to use. Nothing here asks for rights beyond what a {@link Viewer} says. */
export interface Catalogue {
  /** See {@link refreshCard}: call after `main` moved, and after a repository was moved. */
  refreshCard(repositoryId: string): Promise<void>
  /** Cards, tags and search. Making them anew costs a read of every card and header. */
  readonly projection: Projection
  /** The card of any commit of a repository; null when the repository is gone. Costs reading its headers. */
  readCard(repositoryId: string, commit: GitOid): Promise<Card | null>
  /** Every tensor of a commit, from the headers; null when the repository is gone. */
  readTensors(repositoryId: string, commit: GitOid): Promise<readonly WeightsWithTensors[] | null>
  /** The check clients make before uploading a card. */
  validateCard(text: string): CardCheck
  entry(repositoryId: string): Promise<CatalogueEntry | null>
  /** Throws a Refusal for a cursor of another list. */
  list(request: ListRequest): Promise<CataloguePage>
  /** Counts by what a list can be narrowed by; sizes in the classes given. */
  facets(criteria: Criteria, sizes?: readonly SizeClass[]): Promise<Facets>
  /** Bytes of everything the viewer may see. */
  totalBytes(viewer: Viewer): Promise<number>
  /** What came or changed since an instant, latest first. */
  arrivals(request: { since: Millis; limit: number; viewer: Viewer }): Promise<readonly Arrival[]>
  tagsByType(kind: RepositoryKind, viewer: Viewer): Promise<Readonly<Record<string, readonly TagOfType[]>>>
}

export function createCatalogue(deps: { database: Database; source: RevisionSource }): Catalogue {
  const { source } = deps

  async function addressAt(repositoryId: string, commit: GitOid) {
    const entry = await readEntry(deps, repositoryId)
    return entry && { repositoryId, commit, kind: entry.kind, fullName: entry.fullName }
  }

  return {
    refreshCard: (repositoryId) => refreshCard(deps, repositoryId),
    projection: {
      name: 'catalogue',
      tables: catalogueTables(deps.database.search),
      refold: (signal) => rebuildCatalogue(deps, signal),
    },
    async readCard(repositoryId, commit) {
      const address = await addressAt(repositoryId, commit)
      return address && (await readRevision(source, address)).card
    },
    async readTensors(repositoryId, commit) {
      const address = await addressAt(repositoryId, commit)
      return address && (await readTensors(source, address))
    },
    validateCard,
    entry: (repositoryId) => readEntry(deps, repositoryId),
    list: (request) => listRepositories(deps, request),
    facets: (criteria, sizes = []) => readFacets(deps, criteria, sizes),
    totalBytes: (viewer) => readTotalBytes(deps, viewer),
    arrivals: (request) => readArrivals(deps, request),
    tagsByType: (kind, viewer) => readTagsByType(deps, kind, viewer),
  }
}
