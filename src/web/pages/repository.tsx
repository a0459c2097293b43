import { raw } from 'hono/html'
import type { FC } from 'hono/jsx'

import type { Colour } from '../../kernel/colour.ts'
import type { MemberId, RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { Command } from '../components/command.tsx'
import { Fact } from '../components/fact.tsx'
import { Mark } from '../components/mark.tsx'
import { MemoryFact } from '../components/memory-fact.tsx'
import { Notice } from '../components/notice.tsx'
import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { Ago, Identifier, Written } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import type { MessageKey } from '../i18n/index.ts'
import type { Weights } from '../memory.ts'
import { localPath, type PageContext } from '../page-context.ts'
import {
  accountPath,
  cataloguePath,
  memberPath,
  repositoryPath,
  revisionPath,
  safeHref,
  withQuery,
} from '../paths.ts'
import {
  describeLanguages,
  describeLicence,
  describeModel,
  describeTask,
  MOST_LANGUAGES_NAMED,
} from '../vocabulary.ts'
import { uploadLines } from './new-repository.tsx'

/** A repository's first page: what it is, who published it, what it takes to use it, and its card. */
export interface RepositoryView {
  readonly head: RepositoryHead
  /** The card's opening in plain text, at most about 300 characters; null without one. */
  readonly summary: string | null
  readonly task: string | null
  /** Identifier as the card has it. */
  readonly licence: string | null
  /** The licence's own text: an address outside, or a path in the repository. */
  readonly licenceLink: string | null
  /** BCP 47 codes as the card has them. */
  readonly languages: readonly string[]
  readonly library: string | null
  readonly sizeBytes: number
  readonly downloads: number
  readonly createdAt: Millis
  readonly modifiedAt: Millis
  readonly weights: Weights | null
  readonly baseModels: readonly Origin[]
  readonly datasets: readonly Origin[]
  /** Keywords, without the tags that only repeat other fields. */
  readonly labels: readonly string[]
  /** What of this version could not be read, by path. */
  readonly problems: readonly { readonly path: string; readonly reason: ProblemReason }[]
  /** Of a copy: how much of its large files is here. Null where it is written here. */
  readonly holding: Holding | null
  /** A file to fetch as an example, the main one where there is one. */
  readonly exampleFile: string | null
  /** What its member promises everybody; null where nothing is, or no longer. */
  readonly promise: { readonly verified: number; readonly holders: number; readonly until: Millis } | null
}

/** Bytes of the large files of this version: those that this node holds, and all. */
export interface Holding {
  readonly heldBytes: number
  readonly largeBytes: number
  /** Whether what is missing is fetched when somebody asks for it. */
  readonly isFetched: boolean
  /** Large files, the same bytes counted once. */
  readonly fileCount: number
  /** Other members that hold them, as far as was seen: the home first. */
  readonly holders: readonly HolderEntry[]
}

/** Another member that holds large files. */
export interface HolderEntry {
  readonly memberId: MemberId
  readonly name: string
  readonly colour: Colour
  readonly isHome: boolean
  /** Files of which it showed pieces, and since when all of that is known. */
  readonly files: number
  readonly verifiedAt: Millis | null
}

/** Why something could not be read: the sentences `problem.<reason>`. */
export type ProblemReason = MessageKey extends infer Key
  ? Key extends `problem.${infer Reason}`
    ? Reason
    : never
  : never

/** A repository that a card names. */
export interface Origin {
  readonly id: string
  /** Whether this node has it and the reader may see it. */
  readonly isHere: boolean
}

interface ViewProps {
  readonly page: PageContext
  readonly view: RepositoryView
}

interface RepositoryPageProps {
  readonly page: PageContext
  readonly view: RepositoryView
  /** The card as safe HTML (`CardRenderer`); null when there is none. */
  readonly card: string | null
}

/** The first page of a model or data set. */
export const RepositoryPage: FC<RepositoryPageProps> = ({ page, view, card }) => (
  <RepositoryFrame page={page} head={view.head} tab="card" lead={<Lead page={page} view={view} />}>
    <div class="overview">
      <Facts page={page} view={view} />
      <Fetching page={page} view={view} />
      <MoreFacts page={page} view={view} />
    </div>
    <Problems page={page} view={view} />
    <section class="card-section" aria-labelledby="card">
      <h2 id="card" class="unseen">
        {page.say.t('repository.card')}
      </h2>
      {card === null ? <NoCard page={page} view={view} /> : <div class="card">{raw(card)}</div>}
    </section>
  </RepositoryFrame>
)

/** Who may fill the repository learns how. */
const NoCard: FC<ViewProps> = ({ page, view: { head } }) => (
  <div class="empty block">
    <p>{page.say.t('repository.noCard')}</p>
    {head.mayAdminister && (
      <>
        <p>{page.say.t('repository.fill')}</p>
        <Command page={page} text={uploadLines(page.address, head.id, head.kind)} />
        <p>{page.say.t('new.cardHint')}</p>
      </>
    )}
  </div>
)

const Lead: FC<ViewProps> = ({ page, view }) => {
  const { say } = page
  const { head } = view
  return (
    <>
      <p class="lead">
        <Words
          say={say}
          message={leadMessage(view.languages.length)}
          values={{
            what: head.kind === 'model' ? describeModel(say, view.task) : say.t('dataset.any'),
            languages: describeLanguages(say, view.languages),
            publisher: head.publisher.fullName || head.publisher.name,
            date: say.date(view.createdAt),
          }}
          links={{ publisher: localPath(page, accountPath(head.publisher.name)) }}
        />
      </p>
      {view.summary !== null && (
        <p class="summary" dir="auto">
          {view.summary}
        </p>
      )}
    </>
  )
}

function leadMessage(languages: number): MessageKey {
  if (languages === 0) return 'repository.is'
  if (languages === 1) return 'repository.isIn'
  return languages > MOST_LANGUAGES_NAMED ? 'repository.isInMany' : 'repository.isInSeveral'
}

const Facts: FC<ViewProps> = ({ page, view }) => {
  const { say } = page
  return (
    <dl class="facts">
      <LicenceFact page={page} view={view} />
      <Fact name={say.t('fact.size')} aside={say.t('count.files', { count: view.head.fileCount })}>
        {say.bytes(view.sizeBytes)}
      </Fact>
      {view.weights && <ParameterFact page={page} weights={view.weights} />}
      {view.languages.length > 0 && (
        <Fact name={say.t('fact.languages')} isWide>
          {say.list(view.languages.slice(0, 12).map(say.languageName))}
        </Fact>
      )}
      {view.weights && <MemoryFact page={page} weights={view.weights} />}
      <PromiseFact page={page} view={view} />
    </dl>
  )
}

const MoreFacts: FC<ViewProps> = ({ page, view }) => {
  const { say } = page
  return (
    <dl class="facts more">
      {view.task !== null && <FilterFact page={page} view={view} name="task" value={view.task} />}
      {view.library !== null && <FilterFact page={page} view={view} name="library" value={view.library} />}
      <OriginFact page={page} name={say.t('fact.baseModels')} kind="model" origins={view.baseModels} />
      <OriginFact page={page} name={say.t('fact.trainedOn')} kind="dataset" origins={view.datasets} />
      {view.labels.length > 0 && (
        <Fact name={say.t('fact.labels')}>
          <Written>{view.labels.slice(0, 12).join(', ')}</Written>
        </Fact>
      )}
      {view.holding && <HoldingFact page={page} holding={view.holding} />}
      <Fact name={say.t('fact.changed')} aside={say.t('count.downloads', { count: view.downloads })}>
        <Ago page={page} at={view.modifiedAt} />
      </Fact>
    </dl>
  )
}

const MOST_HOLDERS = 8
const HOLDER_NAME = 120

/** Who holds the bytes, as far as this node knows. */
const HoldingFact: FC<{ readonly page: PageContext; readonly holding: Holding }> = ({ page, holding }) => {
  const { say } = page
  const { heldBytes, largeBytes, isFetched, holders } = holding
  const sizes = { held: say.bytes(heldBytes), all: say.bytes(largeBytes) }
  const isWhole = heldBytes >= largeBytes
  const rest = isFetched ? say.t('copy.restOnDemand') : say.t('copy.restNotHere')
  const left = holders.length - MOST_HOLDERS
  return (
    <Fact name={say.t('copy.holders')} isWide aside={isWhole ? undefined : rest}>
      <span class="line">{say.t(isWhole ? 'copy.hereWhole' : 'copy.herePartly', sizes)}</span>
      {holders.slice(0, MOST_HOLDERS).map((holder) => (
        <HolderLine page={page} holder={holder} all={holding.fileCount} />
      ))}
      {left > 0 && <span class="line quiet">{say.t('copy.moreHolders', { count: left })}</span>}
    </Fact>
  )
}

const HolderLine: FC<{ readonly page: PageContext; readonly holder: HolderEntry; readonly all: number }> = ({
  page,
  holder: { memberId, name, colour, isHome, files, verifiedAt },
  all,
}) => {
  const { say, now } = page
  const when = verifiedAt === null ? null : say.relative(Math.min(verifiedAt, now), now)
  const seen =
    when === null
      ? null
      : files < all
        ? say.t('copy.showed', { files, all, when })
        : say.t('copy.verified', { when })
  const words = [isHome ? say.t('copy.itsHome') : null, seen].filter((each) => each !== null)
  return (
    <span class="line">
      <Mark memberId={memberId} colour={colour} />
      <a href={localPath(page, memberPath(memberId))}>
        <bdi>{foreignText(name, HOLDER_NAME)}</bdi>
      </a>{' '}
      ({words.join(' · ')})
    </span>
  )
}

const Problems: FC<ViewProps> = ({ page, view }) => (
  <>
    {view.problems.map(({ path, reason }) => (
      <Notice tone="caution">
        <bdi dir="ltr">{path}</bdi>: {page.say.t(`problem.${reason}`)}
      </Notice>
    ))}
  </>
)

const LicenceFact: FC<ViewProps> = ({ page, view }) => {
  const { name, meaning } = describeLicence(page.say, view.licence)
  const href = view.licenceLink === null ? null : licenceHref(page, view.head, view.licenceLink)
  return (
    <Fact name={page.say.t('fact.licence')} aside={meaning} isWide>
      {href === null ? <bdi>{name}</bdi> : <a href={href}>{name}</a>}
    </Fact>
  )
}

function licenceHref(page: PageContext, head: RepositoryHead, link: string): string | null {
  if (link.includes(':')) return safeHref(link)
  return localPath(page, revisionPath(head, 'blob', head.revision, link))
}

const ParameterFact: FC<{ readonly page: PageContext; readonly weights: Weights }> = ({ page, weights }) => (
  <Fact
    name={page.say.t('fact.parameters')}
    aside={<bdi dir="ltr">{weights.precisions.map(({ name }) => name).join(', ')}</bdi>}
  >
    {page.say.compact(weights.parameters)}
  </Fact>
)

const FilterFact: FC<ViewProps & { readonly name: 'task' | 'library'; readonly value: string }> = (props) => {
  const { page, view, name, value } = props
  const href = localPath(page, withQuery(cataloguePath(view.head.kind), { [name]: value }))
  return (
    <Fact name={page.say.t(`fact.${name}`)}>
      <a href={href}>{name === 'task' ? describeTask(page.say, value) : <bdi>{value}</bdi>}</a>
    </Fact>
  )
}

const OriginFact: FC<{
  readonly page: PageContext
  readonly name: string
  readonly kind: RepositoryKind
  readonly origins: readonly Origin[]
}> = ({ page, name, kind, origins }) =>
  origins.length === 0 ? null : (
    <Fact name={name}>
      {origins.map(({ id, isHere }) =>
        isHere ? (
          <a class="line" href={localPath(page, repositoryPath({ kind, id }))}>
            <Identifier name={id} />
          </a>
        ) : (
          <span class="line">
            <Identifier name={id} />
          </span>
        ),
      )}
    </Fact>
  )

const PromiseFact: FC<ViewProps> = ({ page, view: { head, promise } }) => {
  if (!promise) return null
  const { say } = page
  const { verified, holders, until } = promise
  return (
    <Fact
      name={say.t('publicGood.title')}
      aside={say.t('publicGood.until', { date: say.date(until) })}
      isWide
    >
      <a href={localPath(page, `${repositoryPath(head)}/public-good`)}>
        {say.t('publicGood.copies', { verified: say.number(verified), holders })}
      </a>
    </Fact>
  )
}

const Fetching: FC<ViewProps> = ({ page, view }) => (
  <section class="fetching" aria-labelledby="fetching">
    <h2 id="fetching">{page.say.t('repository.fetch')}</h2>
    {fetchLines(page, view).map(({ tool, text }, index) => (
      <details name="fetch" open={index === 0}>
        <summary>{tool}</summary>
        <Command page={page} text={text} />
      </details>
    ))}
  </section>
)

interface FetchLines {
  readonly tool: string
  readonly text: string
}

/** The exact lines that fetch this version from this node, for three tools. */
function fetchLines({ say, address }: PageContext, view: RepositoryView): readonly FetchLines[] {
  const { head } = view
  const type = head.kind === 'dataset' ? 'dataset' : null
  const isDefault = head.revision === head.defaultRevision
  const python = [
    'from huggingface_hub import snapshot_download',
    '',
    'snapshot_download(',
    `    "${head.id}",`,
    ...(type ? [`    repo_type="${type}",`] : []),
    ...(isDefault ? [] : [`    revision="${head.revision}",`]),
    `    endpoint="${address}",`,
    ')',
  ]
  const cli = [
    `export HF_ENDPOINT=${address}`,
    `hf download ${head.id}${type ? ` --repo-type ${type}` : ''}${isDefault ? '' : ` --revision ${head.revision}`}`,
  ]
  const curl = `curl -LO ${address}${revisionPath(head, 'resolve', head.revision, view.exampleFile ?? 'README.md')}`
  return [
    { tool: 'Python', text: python.join('\n') },
    { tool: say.t('repository.commandLine'), text: cli.join('\n') },
    { tool: 'curl', text: curl },
  ]
}
