import type { FC } from 'hono/jsx'

import type { Retraction } from '../../features/follow/index.ts'
import { Origin } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import type { ClockDoubt } from '../../log/index.ts'
import { ClockNotice } from '../components/clock-notice.tsx'
import { Fact } from '../components/fact.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { frozenReason } from '../components/standing.tsx'
import { type Said, type Speaker, Statement } from '../components/statement.tsx'
import { Day } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { logPath, recordPath, withQuery } from '../paths.ts'

/** A log that the reader may choose. */
export interface LogChoice {
  readonly origin: Origin
  readonly member: string
  /** Whether this node writes it. */
  readonly isOwn: boolean
}

/** What one entry says, in a list. */
export interface StatementEntry {
  readonly position: number
  /** When it says that it was said; null where it does not. */
  readonly at: Millis | null
  readonly said: Said
  /** Null while it stands. */
  readonly takenBack: Retraction | null
}

/** Who vouches for a log or an entry: how many witnesses, and at what time. */
export interface Witnesses {
  readonly count: number
  readonly at: Millis
}

/** Who has signed the newest checkpoint. */
export interface NewestWitnesses {
  readonly count: number
  /** Members that are known to follow the log. */
  readonly of: number
  /** When the oldest of these signatures was made. */
  readonly oldest: Millis
  /** Whether they are so many that nobody else can have been shown another history. */
  readonly isEnough: boolean
}

/** A log as people read it: only what its newest checkpoint covers. */
export interface ShownLog {
  readonly origin: Origin
  readonly speaker: Speaker
  /** Entries that the checkpoint covers. */
  readonly size: number
  readonly since: Millis | null
  readonly until: Millis | null
  /** `at`: the last cosignature. Null before the first. */
  readonly witnesses: Witnesses | null
  /** Null while nobody has signed the newest checkpoint. */
  readonly newest: NewestWitnesses | null
  /** Whether a file shows that the log signed two histories. */
  readonly hasEvidence: boolean
  /** Why nothing is added any more; null while all is well. */
  readonly frozen: string | null
  /** Statements that wait unsigned until a follower has spoken; null while nobody is waited for. */
  readonly waiting: number | null
  /** The log in which its member goes on; null where this is the last one. */
  readonly continuedBy: Origin | null
  /** Verifier key. */
  readonly key: string
  /** Base64; null before the first checkpoint. */
  readonly root: string | null
  /** Newest first, fifty to a page. */
  readonly statements: readonly StatementEntry[]
  /** Whether the first of them is the newest of all. */
  readonly isNewest: boolean
}

/** The log that is read and the others that could be. */
export interface LogView {
  /** Those written here first. */
  readonly logs: readonly LogChoice[]
  /** Null where the node has none. */
  readonly shown: ShownLog | null
  /** Why this node vouches for no log now; null where it does. */
  readonly clockDoubt: ClockDoubt | null
}

interface LogProps {
  readonly page: PageContext
  readonly log: ShownLog
}

const NAME = 120

/** What a member has said to the world. */
export const LogPage: FC<{ readonly page: PageContext; readonly view: LogView }> = ({ page, view }) => {
  const { say } = page
  if (!view.shown)
    return (
      <Layout page={page} title={say.t('frame.log')}>
        <h1>{say.t('frame.log')}</h1>
        <p class="empty">{say.t('log.none')}</p>
      </Layout>
    )
  const log = view.shown
  return (
    <Layout page={page} title={say.t('frame.log')}>
      <h1>
        <Words say={say} message="log.of" values={{ member: nameOf(log) }} links={{ member: null }} />
      </h1>
      {view.clockDoubt && <ClockNotice page={page} doubt={view.clockDoubt} />}
      {log.continuedBy !== null && <Continued page={page} next={log.continuedBy} />}
      {log.frozen !== null && log.frozen !== 'succeeded' && <Frozen page={page} why={log.frozen} />}
      {log.hasEvidence && (
        <p>
          <a href={`${logFiles(log)}/evidence`} download>
            {say.t('log.evidence')}
          </a>
        </p>
      )}
      {log.waiting !== null && <Notice tone="caution">{say.t('log.waiting', { count: log.waiting })}</Notice>}
      <About page={page} log={log} />
      {view.logs.length > 1 && <Choices page={page} logs={view.logs} current={log.origin} />}
      <section class="block">
        <h2>{say.t('log.statements')}</h2>
        <Statements page={page} log={log} />
      </section>
      <ForPrograms page={page} log={log} />
    </Layout>
  )
}

/** Where the log's files lie on this node. */
function logFiles({ origin }: ShownLog): string {
  return `/api/ayni/v1/logs/${origin.slice(origin.indexOf('/') + 1)}`
}

function nameOf({ speaker }: ShownLog): string {
  return foreignText(speaker.member, NAME)
}

const Frozen: FC<{ readonly page: PageContext; readonly why: string }> = ({ page, why }) => (
  <Notice tone="danger">{page.say.t('log.frozen', { reason: frozenReason(page, why) })}</Notice>
)

const Continued: FC<{ readonly page: PageContext; readonly next: Origin }> = ({ page, next }) => (
  <Notice tone="good">
    {page.say.t('log.continued')} <a href={localPath(page, logPath(next))}>{page.say.t('log.goOn')}</a>
  </Notice>
)

const About: FC<LogProps> = ({ page, log }) => (
  <>
    <p class="lead">
      <Words
        say={page.say}
        message={log.since === null ? 'log.undated' : 'log.about'}
        values={{
          member: nameOf(log),
          count: log.size,
          since: log.since === null ? '' : page.say.date(log.since),
        }}
        links={{ member: null }}
      />
    </p>
    <p class="standing">{signedWords(page, log)}</p>
    <p class="standing">
      {log.witnesses
        ? page.say.t('log.witnessed', {
            count: log.witnesses.count,
            date: page.say.date(log.witnesses.at),
          })
        : page.say.t('log.unwitnessed')}
    </p>
    {log.newest && <p class="standing">{newestWords(page, log.newest)}</p>}
  </>
)

function newestWords({ say, now }: PageContext, { count, of, oldest, isEnough }: NewestWitnesses): string {
  const when = say.relative(Math.min(oldest, now), now)
  return say.t(isEnough ? 'log.newestEnough' : 'log.newestSigned', { count, of, when })
}

/** Checkpoints carry no time: the newest statement that is signed says as of when. */
function signedWords({ say }: PageContext, { root, until }: ShownLog): string {
  if (root === null) return say.t('log.unsigned')
  return until === null ? '' : say.t('log.signed', { date: say.date(until) })
}

const Choices: FC<{
  readonly page: PageContext
  readonly logs: readonly LogChoice[]
  readonly current: Origin
}> = ({ page, logs, current }) => (
  <nav class="logs" aria-labelledby="logs">
    <h2 id="logs">{page.say.t('log.choose')}</h2>
    <ul class="plain-list">
      {logs.map(({ origin, member, isOwn }) => (
        <li>
          <a
            href={localPath(page, logPath(origin))}
            aria-current={origin === current ? 'page' : undefined}
            class={origin === current ? 'strong' : undefined}
          >
            <bdi>{foreignText(member, NAME)}</bdi>
          </a>{' '}
          <span class="quiet">{page.say.t(isOwn ? 'log.own' : 'log.copy')}</span>
        </li>
      ))}
    </ul>
  </nav>
)

const Statements: FC<LogProps> = ({ page, log }) => {
  const { say } = page
  const oldest = log.statements.at(-1)?.position ?? 0
  if (log.statements.length === 0) return <p class="empty">{say.t('log.empty')}</p>
  return (
    <>
      <ol class="news" reversed>
        {log.statements.map((statement) => (
          <StatementItem page={page} log={log} statement={statement} />
        ))}
      </ol>
      {(oldest > 0 || !log.isNewest) && (
        <nav class="pagination" aria-label={say.t('pages.label')}>
          {log.isNewest ? <span /> : <a href={localPath(page, logPath(log.origin))}>{say.t('log.newest')}</a>}
          {oldest > 0 ? (
            <a rel="next" href={localPath(page, withQuery(logPath(log.origin), { before: String(oldest) }))}>
              {say.t('log.older')}
            </a>
          ) : (
            <span />
          )}
        </nav>
      )}
    </>
  )
}

const StatementItem: FC<LogProps & { readonly statement: StatementEntry }> = ({ page, log, statement }) => (
  <li>
    <p>
      <Statement page={page} speaker={log.speaker} said={statement.said} />
    </p>
    {statement.takenBack && <TakenBack page={page} retraction={statement.takenBack} />}
    <p class="quiet">
      {statement.at !== null && (
        <>
          <Day page={page} at={statement.at} /> ·{' '}
        </>
      )}
      <a href={localPath(page, recordPath(log.origin, statement.position))}>
        {page.say.t('log.statement', { position: page.say.number(statement.position) })}
      </a>
    </p>
  </li>
)

/** That a record counts no more, since when and why. */
export const TakenBack: FC<{ readonly page: PageContext; readonly retraction: Retraction }> = ({
  page,
  retraction: { origin, position, reason, time },
}) => (
  <p class="standing">
    <Words
      say={page.say}
      message="record.takenBack"
      values={{ date: page.say.date(time), reason: page.say.t(`said.reason.${reason}`) }}
      links={{ record: localPath(page, recordPath(Origin.parse(origin), position)) }}
    />
  </p>
)

/** What a program needs to follow or to check the log. */
const ForPrograms: FC<LogProps> = ({ page, log }) => {
  const { say } = page
  const prefix = `${page.address}${logFiles(log)}`
  return (
    <details class="block">
      <summary>{say.t('log.programs')}</summary>
      <dl class="facts">
        <MachineFact name={say.t('log.name')} text={log.origin} />
        <MachineFact name={say.t('log.entries')} text={String(log.size)} />
        {log.root !== null && <MachineFact name={say.t('log.root')} text={log.root} />}
        <MachineFact name={say.t('log.key')} text={log.key} />
        <MachineFact name={say.t('log.address')} text={prefix} />
      </dl>
    </details>
  )
}

const MachineFact: FC<{ readonly name: string; readonly text: string }> = ({ name, text }) => (
  <Fact name={name} isWide>
    <code dir="ltr" class="digest">
      {text}
    </code>
  </Fact>
)
