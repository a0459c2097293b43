import type { FC } from 'hono/jsx'

import type { Origin as LogOrigin, RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { Command } from '../components/command.tsx'
import { Layout, SearchBox } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { frozenReason } from '../components/standing.tsx'
import { Ago } from '../components/text.tsx'
import { Tapestry } from '../components/weave.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import type { MessageKey } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { accountPath, logPath, repositoryPath } from '../paths.ts'
import { describeLanguages, describeOffer, describeTask } from '../vocabulary.ts'

/** Something that was published or changed lately. */
export interface Arrival {
  readonly kind: RepositoryKind
  readonly id: string
  readonly publisher: { readonly name: string; readonly fullName: string }
  readonly task: string | null
  readonly languages: readonly string[]
  readonly sizeBytes: number
  /** Whether it was not there a week ago. */
  readonly isNew: boolean
  readonly at: Millis
}

/** Something that the reader must know before anything else. */
export type Danger =
  /** Stored bytes of a repository that the reader may see fail their checksum. */
  | { readonly kind: 'damaged'; readonly repository: { readonly kind: RepositoryKind; readonly id: string } }
  /** For operators: room for less than a tenth of what is stored. */
  | { readonly kind: 'storageLow'; readonly freeBytes: number }
  /** For operators: a log is frozen. `isOwn`: it is written here. */
  | {
      readonly kind: 'frozen'
      readonly origin: LogOrigin
      readonly member: string
      readonly isOwn: boolean
      readonly why: string
    }
  /** For operators: statements of a log written here wait until a follower has spoken. */
  | { readonly kind: 'waiting'; readonly origin: LogOrigin; readonly count: number }

/** The first page: what this node is, what is new, how to fetch from it. */
export interface HomeView {
  readonly models: number
  readonly datasets: number
  /** Bytes of all files that the reader may see. */
  readonly sizeBytes: number
  /** Worst first; usually none. */
  readonly dangers: readonly Danger[]
  /** The last seven days, newest first, at most ten. */
  readonly arrivals: readonly Arrival[]
  /** A public model to fetch as an example, when there is one. */
  readonly example: string | null
}

/** Whose node this is, what arrived this week, and how to fetch from here. */
export const HomePage: FC<{ readonly page: PageContext; readonly view: HomeView }> = ({ page, view }) => (
  <Layout page={page} title={page.node.name} hasOwnSearch>
    {view.dangers.map((danger) => (
      <DangerNotice page={page} danger={danger} />
    ))}
    <section class="hero">
      <h1>
        <Words
          say={page.say}
          message="home.whose"
          values={{ member: page.node.name }}
          links={{ member: null }}
        />
      </h1>
      <Offer page={page} view={view} />
      <SearchBox page={page} size="large" />
      <Tapestry />
    </section>
    <div class="columns">
      <Arrivals page={page} arrivals={view.arrivals} />
      <Fetching page={page} example={view.example} />
    </div>
  </Layout>
)

const Offer: FC<{ readonly page: PageContext; readonly view: HomeView }> = ({ page: { say }, view }) => {
  if (view.models + view.datasets === 0) return <p class="lead">{say.t('home.offersNothing')}</p>
  const what = describeOffer(say, view.models, view.datasets)
  return <p class="lead">{say.t('home.offers', { what, size: say.bytes(view.sizeBytes) })}</p>
}

const DangerNotice: FC<{ readonly page: PageContext; readonly danger: Danger }> = ({ page, danger }) => {
  switch (danger.kind) {
    case 'damaged':
      return (
        <Notice tone="danger">
          <Words
            say={page.say}
            message="home.damaged"
            values={{ repository: danger.repository.id }}
            links={{ repository: localPath(page, repositoryPath(danger.repository)) }}
          />
        </Notice>
      )
    case 'storageLow':
      return (
        <Notice tone="danger">
          <Words
            say={page.say}
            message="home.storageLow"
            values={{ free: page.say.bytes(danger.freeBytes) }}
            links={{ storage: localPath(page, '/storage') }}
          />
        </Notice>
      )
    case 'frozen':
      return (
        <Notice tone="danger">
          <Words
            say={page.say}
            message={danger.isOwn ? 'home.frozenOwn' : 'home.frozenCopy'}
            values={{ member: foreignText(danger.member, 120), reason: frozenReason(page, danger.why) }}
            links={{ log: localPath(page, logPath(danger.origin)) }}
          />
        </Notice>
      )
    case 'waiting':
      return (
        <Notice tone="caution">
          <Words
            say={page.say}
            message="home.waiting"
            values={{ count: danger.count }}
            links={{
              log: localPath(page, logPath(danger.origin)),
              members: localPath(page, '/members'),
            }}
          />
        </Notice>
      )
  }
}

const Arrivals: FC<{ readonly page: PageContext; readonly arrivals: readonly Arrival[] }> = ({
  page,
  arrivals,
}) => (
  <section aria-labelledby="arrivals">
    <h2 id="arrivals">{page.say.t('home.arrived')}</h2>
    {arrivals.length === 0 ? (
      <p class="quiet">{page.say.t('home.nothingArrived')}</p>
    ) : (
      <ul class="news">
        {arrivals.map((arrival) => (
          <ArrivalItem page={page} arrival={arrival} />
        ))}
      </ul>
    )}
  </section>
)

const ArrivalItem: FC<{ readonly page: PageContext; readonly arrival: Arrival }> = ({ page, arrival }) => (
  <li>
    <p>
      <Words
        say={page.say}
        message={arrivalMessage(arrival)}
        values={{ publisher: arrival.publisher.fullName || arrival.publisher.name, repository: arrival.id }}
        links={{
          publisher: localPath(page, accountPath(arrival.publisher.name)),
          repository: localPath(page, repositoryPath(arrival)),
        }}
      />
    </p>
    <p class="quiet">
      {arrivalFacts(page, arrival)
        .map((fact) => `${fact} · `)
        .join('')}
      <Ago page={page} at={arrival.at} />
    </p>
  </li>
)

function arrivalMessage({ kind, isNew }: Arrival): MessageKey {
  if (kind === 'model') return isNew ? 'home.newModel' : 'home.changedModel'
  return isNew ? 'home.newDataset' : 'home.changedDataset'
}

function arrivalFacts({ say }: PageContext, arrival: Arrival): readonly string[] {
  return [
    arrival.task && describeTask(say, arrival.task),
    arrival.languages.length > 0 && describeLanguages(say, arrival.languages),
    say.bytes(arrival.sizeBytes),
  ].filter((fact) => typeof fact === 'string')
}

const Fetching: FC<{ readonly page: PageContext; readonly example: string | null }> = ({ page, example }) => (
  <section aria-labelledby="fetching">
    <h2 id="fetching">{page.say.t('home.fetch')}</h2>
    <p>{page.say.t('home.fetchHow')}</p>
    <Command page={page} text={fetchCommand(page.address, example)} />
    {example === null && <p class="quiet">{page.say.t('home.fetchBlank')}</p>}
    <p>
      <Words say={page.say} message="home.publishHow" links={{ publish: localPath(page, '/new') }} />
    </p>
  </section>
)

function fetchCommand(address: string, example: string | null): string {
  return `export HF_ENDPOINT=${address}\nhf download ${example ?? 'NAMESPACE/NAME'}`
}
