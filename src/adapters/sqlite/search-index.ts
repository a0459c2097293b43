import { sql } from 'kysely'

import type { SearchIndex } from '../../database/index.ts'

/**
 * Full text in FTS5 without stored content: the texts are rebuilt from cards, so only the index is kept.
 * The tokenizer is `ascii` because texts arrive analysed: it parts words at ASCII punctuation and keeps every other
 * character, including letters younger than the Unicode tables of `unicode61`. `catalogue_search_row` gives each
 * repository the integer that FTS5 wants, and takes it from the index when the repository goes.
 */
export const SEARCH_SCHEMA = `
create table catalogue_search_row (
  id integer primary key autoincrement, repository_id text not null unique references repository on delete cascade
) strict;
create virtual table catalogue_search using fts5 (
  name, text, tokenize = 'ascii', content = '', contentless_delete = 1
);
create trigger catalogue_search_row_gone after delete on catalogue_search_row begin
  delete from catalogue_search where rowid = old.id;
end;
`

/** Shows what the index holds; of the connection that makes it. */
export const SEARCH_VOCABULARY = `create virtual table temp.catalogue_search_word using fts5vocab (main, catalogue_search, instance)`

/** Leaves nothing in the index of texts that were taken out of it: until then only marks say that they are gone. https://sqlite.org/fts5.html#the_optimize_command */
export const SEARCH_SCRUB = `insert into catalogue_search (catalogue_search) values ('optimize')`

/** How much more a hit in the name counts than one in the text. */
const NAME_WEIGHT = 8

/** The search index of the embedded database. `match` costs one FTS5 query; ranking is BM25. */
export function createSqliteSearch(): SearchIndex {
  return {
    async put(tx, repositoryId, { name, text }) {
      await sql`delete from catalogue_search_row where repository_id = ${repositoryId}`.execute(tx)
      await sql`insert into catalogue_search_row (repository_id) values (${repositoryId})`.execute(tx)
      await sql`
        insert into catalogue_search (rowid, name, text)
        select id, ${name}, ${text} from catalogue_search_row where repository_id = ${repositoryId}`.execute(
        tx,
      )
    },
    async remove(tx, repositoryId) {
      await sql`delete from catalogue_search_row where repository_id = ${repositoryId}`.execute(tx)
    },
    async match(reader, tokens, limit) {
      const expression = matchExpression(tokens)
      if (expression === '') return []
      const { rows } = await sql<{ repository_id: string }>`
        select found.repository_id from catalogue_search
        join catalogue_search_row as found on found.id = catalogue_search.rowid
        where catalogue_search match ${expression}
        order by bm25(catalogue_search, ${sql.lit(NAME_WEIGHT)}, 1.0), found.repository_id limit ${limit}`.execute(
        reader,
      )
      return rows.map((row) => row.repository_id)
    },
    async *postings(reader) {
      const { rows } = await sql<{ term: string; places: string }>`
        select term, group_concat(place, ' ' order by place) as places from (
          select word.term, found.repository_id || '/' || word.col || '/' || word.offset as place
          from temp.catalogue_search_word as word join catalogue_search_row as found on found.id = word.doc
        ) group by term`.execute(reader)
      yield* rows
    },
  }
}

function matchExpression(tokens: readonly (readonly string[])[]): string {
  const groups = tokens.map((alternatives) => alternatives.map(matchTerm).join(' OR '))
  return groups
    .filter((group) => group !== '')
    .map((group) => `(${group})`)
    .join(' AND ')
}

function matchTerm(token: string): string {
  const isPrefix = token.endsWith('*')
  const word = (isPrefix ? token.slice(0, -1) : token).replaceAll('"', '""')
  return `"${word}"${isPrefix ? ' *' : ''}`
}
