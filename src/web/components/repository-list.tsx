import type { FC } from 'hono/jsx'

import type { RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { repositoryPath } from '../paths.ts'
import { describeLanguages, describeLicence, describeTask } from '../vocabulary.ts'
import { Ago, Identifier } from './text.tsx'

/** A repository in a list. */
export interface RepositoryEntry {
  readonly kind: RepositoryKind
  readonly id: string
  readonly visibility: 'public' | 'private'
  /** The name of the member that writes it, when this is a copy; null when it is written here. */
  readonly copyOf: string | null
  /** The card's opening in plain text, at most about 200 characters; null without one. */
  readonly summary: string | null
  readonly task: string | null
  readonly languages: readonly string[]
  readonly licence: string | null
  readonly sizeBytes: number
  readonly parameters: number | null
  readonly downloads: number
  readonly modifiedAt: Millis
}

interface ListProps {
  readonly page: PageContext
  readonly entries: readonly RepositoryEntry[]
}

/** Repositories one below the other: name, what it is, the facts to choose by. */
export const RepositoryList: FC<ListProps> = ({ page, entries }) => (
  <ul class="entries">
    {entries.map((entry) => (
      <li>
        <h3>
          <a href={localPath(page, repositoryPath(entry))}>
            <Identifier name={entry.id} />
          </a>
          {entry.visibility === 'private' && <span class="badge">{page.say.t('visibility.private')}</span>}
        </h3>
        {entry.summary !== null && (
          <p class="summary" dir="auto">
            {entry.summary}
          </p>
        )}
        <p class="quiet">
          {entryFacts(page, entry)
            .map((fact) => `${fact} · `)
            .join('')}
          <Ago page={page} at={entry.modifiedAt} />
        </p>
      </li>
    ))}
  </ul>
)

function entryFacts({ say }: PageContext, entry: RepositoryEntry): readonly string[] {
  return [
    entry.copyOf !== null && say.t('copy.from', { member: foreignText(entry.copyOf, 80) }),
    entry.task !== null && describeTask(say, entry.task),
    entry.languages.length > 0 && describeLanguages(say, entry.languages),
    entry.parameters !== null && say.t('fact.parameterCount', { count: say.compact(entry.parameters) }),
    say.bytes(entry.sizeBytes),
    entry.licence !== null && describeLicence(say, entry.licence).name,
    entry.downloads > 0 && say.t('count.downloads', { count: entry.downloads }),
  ].filter((fact) => typeof fact === 'string')
}
