import type { ProjectedTable, SearchIndex, Writer } from '../../database/index.ts'
import type { GitOid } from '../../kernel/names.ts'
import { type Description, filterTags, searchFields } from './rules.ts'

/** A repository's default branch as it was read: what the projection folds. */
export interface ReadRevision {
  readonly repositoryId: string
  /** `namespace/name`. */
  readonly fullName: string
  readonly commit: GitOid
  readonly description: Description
}

/** Rows one statement inserts: two parameters each, SQLite takes 32,766. */
const ROWS_AT_ONCE = 1000

/** Makes a revision what the catalogue shows of its repository: card, tags and search, replacing what was. Live and rebuild run this. */
export async function projectCard(tx: Writer, search: SearchIndex, revision: ReadRevision): Promise<void> {
  const { repositoryId, commit, fullName, description } = revision
  const { card } = description
  await removeCard(tx, search, repositoryId)
  await tx
    .insertInto('card')
    .values({
      repository_id: repositoryId,
      commit_oid: commit,
      card: JSON.stringify(card),
      title: card.title,
      licence: card.licence?.id ?? null,
      pipeline_tag: card.pipelineTag,
      library_name: card.libraryName,
      parameter_count: card.parameterCount,
      size_bytes: card.sizeBytes,
      file_count: card.fileCount,
    })
    .execute()
  const tags = filterTags(card).map((tag) => ({ repository_id: repositoryId, tag }))
  for (let at = 0; at < tags.length; at += ROWS_AT_ONCE)
    await tx
      .insertInto('card_tag')
      .values(tags.slice(at, at + ROWS_AT_ONCE))
      .execute()
  await search.put(tx, repositoryId, searchFields(fullName, description))
}

/** Takes a repository out of the catalogue: it is empty. (Deleting a repository takes its rows along by itself.) */
export async function removeCard(tx: Writer, search: SearchIndex, repositoryId: string): Promise<void> {
  await tx.deleteFrom('card').where('repository_id', '=', repositoryId).execute()
  await tx.deleteFrom('card_tag').where('repository_id', '=', repositoryId).execute()
  await search.remove(tx, repositoryId)
}

/** What the catalogue shows, as a projection's tables. */
export function catalogueTables(search: SearchIndex): readonly ProjectedTable[] {
  return [
    {
      name: 'card',
      async *rows(reader) {
        yield* await reader.selectFrom('card').selectAll().execute()
      },
    },
    {
      name: 'card_tag',
      async *rows(reader) {
        yield* await reader.selectFrom('card_tag').selectAll().execute()
      },
    },
    { name: 'search', rows: (reader) => search.postings(reader) },
  ]
}
