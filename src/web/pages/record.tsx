import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import type { AssociationId, Origin } from '../../kernel/names.ts'
import { RetractionReason } from '../../records/index.ts'
import { Command } from '../components/command.tsx'
import { Check, Form, Select, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { RecordFields } from '../components/record-fields.tsx'
import { type Speaker, Statement } from '../components/statement.tsx'
import { Words } from '../components/words.tsx'
import { cutText, foreignText, showUnseen } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { associationPath, logPath, proofPath, recordPath } from '../paths.ts'
import { type StatementEntry, TakenBack, type Witnesses } from './log.tsx'

/** One entry of a log, with all that is known of it. */
export interface RecordView {
  readonly origin: Origin
  readonly speaker: Speaker
  readonly statement: StatementEntry
  /** `at`: the earliest of their cosignatures that cover it. Null while none does. */
  readonly witnesses: Witnesses | null
  /** What the charters of its member's associations say of that. */
  readonly charters: readonly CharterCount[]
  /** Hex. */
  readonly leafHash: string
  /** The leaf as text; what is no UTF-8 is replaced. */
  readonly leaf: string
  readonly leafBytes: number
  /** Whether whoever looks may take it back. */
  readonly mayRetract: boolean
}

/** How many of an association's other members have seen an entry, and how many its charter asks for. */
export interface CharterCount {
  readonly id: AssociationId
  readonly name: string
  readonly count: number
  readonly of: number
  readonly needed: number
}

/** Of a leaf, this much is shown: a page stays light. */
const MOST_CHARACTERS = 6000

const NAME = 120

interface RecordProps {
  readonly page: PageContext
  readonly view: RecordView
  /** Why it was not taken back when that was asked. */
  readonly refused?: Failure | null
}

/** What one entry says, who vouches for it, and how anybody checks that. */
export const RecordPage: FC<RecordProps> = ({ page, view, refused = null }) => {
  const { say } = page
  const { said, position } = view.statement
  const title = say.t('log.statement', { position: say.number(position) })
  return (
    <Layout page={page} title={title}>
      <p class="back">
        <a href={localPath(page, logPath(view.origin))}>{say.t('record.back')}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">
        <Statement page={page} speaker={view.speaker} said={said} />
      </p>
      {view.statement.takenBack && <TakenBack page={page} retraction={view.statement.takenBack} />}
      <Standing page={page} view={view} />
      {said.kind === 'record' && (
        <section class="block">
          <h2>{say.t('record.fields')}</h2>
          <RecordFields page={page} speaker={view.speaker} record={said.record} />
        </section>
      )}
      <Raw page={page} view={view} />
      <Proof page={page} view={view} />
      {view.mayRetract && <TakeBack page={page} view={view} refused={refused} />}
    </Layout>
  )
}

const Standing: FC<RecordProps> = ({ page, page: { say }, view: { statement, witnesses, charters } }) => (
  <>
    {statement.said.kind === 'inert' && <p class="standing">{say.t('record.inert')}</p>}
    <p class="standing">
      {statement.at === null
        ? say.t('record.undated')
        : say.t('record.said', { date: say.dateTime(statement.at) })}
    </p>
    <p class="standing">
      {witnesses
        ? say.t('record.witnessed', { count: witnesses.count, date: say.date(witnesses.at) })
        : say.t('record.unwitnessed')}
    </p>
    {charters.map(({ id, name, count, of, needed }) => (
      <p class="standing">
        <Words
          say={say}
          message={count >= needed ? 'record.counts' : 'record.countsNot'}
          values={{
            name: foreignText(name, NAME),
            count: say.number(count),
            all: say.number(of),
            needed: say.number(needed),
          }}
          links={{ association: localPath(page, associationPath(id)) }}
        />
      </p>
    ))}
  </>
)

const Raw: FC<RecordProps> = ({ page: { say }, view }) => {
  const shown = showUnseen(view.leaf)
  return (
    <details class="block" open={view.statement.said.kind === 'inert'}>
      <summary>{say.t('record.raw')}</summary>
      <pre class="text" dir="ltr">
        <code>{cutText(shown, MOST_CHARACTERS)}</code>
      </pre>
      {shown.length > MOST_CHARACTERS && <p class="quiet">{say.t('record.cut', { size: view.leafBytes })}</p>}
      {view.statement.said.kind === 'inert' && (
        <p class="quiet">
          <code dir="ltr">{view.statement.said.reason}</code>
        </p>
      )}
    </details>
  )
}

/** The offer to take a record back, for whoever administers its member. */
const TakeBack: FC<RecordProps> = ({ page, view, refused = null }) => {
  const { say } = page
  const path = recordPath(view.origin, view.statement.position)
  return (
    <details class="block" open={Boolean(refused)}>
      <summary>{say.t('retract.title')}</summary>
      <p>{say.t('retract.meaning')}</p>
      <Form page={page} action={`${path}/retract`} failure={refused}>
        <Select
          name="reason"
          label={say.t('retract.reason')}
          options={RetractionReason.options.map((value) => ({ value, words: say.t(`said.reason.${value}`) }))}
          value="mistake"
        />
        <Check
          name="confirmed"
          label={say.t('retract.confirm')}
          meaning={say.t('permanent.said')}
          isChecked={false}
          isRefused={refused?.reason === 'notConfirmed'}
        />
        <Submit>{say.t('retract.do')}</Submit>
      </Form>
    </details>
  )
}

const Proof: FC<RecordProps> = ({ page, view }) => {
  const { say } = page
  const { position } = view.statement
  return (
    <section class="block">
      <h2>{say.t('record.proof')}</h2>
      <p>{say.t('record.check')}</p>
      <Command page={page} text={`ayni log proof '${view.origin}#${position}' --node ${page.address}`} />
      <p class="quiet">
        {say.t('record.hash')}:{' '}
        <code dir="ltr" class="digest">
          {view.leafHash}
        </code>
      </p>
      <p class="actions">
        <a class="button second" href={proofPath(view.origin, position)}>
          {say.t('record.download')}
        </a>
      </p>
    </section>
  )
}
