import type { Child, FC } from 'hono/jsx'

import type { DraftFields, Noun } from '../../features/capacity/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { PublicRecord } from '../../records/index.ts'
import { Form, Select, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { RecordFields } from '../components/record-fields.tsx'
import { Statement, type Speaker } from '../components/statement.tsx'
import { type GroupOption, StatingFields } from '../components/stating-fields.tsx'
import { foreignText } from '../foreign-text.ts'
import type { MessageKey } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { statedListPath, statedPath, statingPath } from '../paths.ts'

/** A member hosted here for which the visitor may speak. */
export interface StatingSpeaker {
  readonly handle: string
  readonly name: string
}

/** What a form is filled in with, and for whom. */
export interface StatingView {
  readonly noun: Noun
  readonly speakers: readonly StatingSpeaker[]
  readonly groups: readonly GroupOption[]
  readonly pledges: readonly { readonly id: string; readonly title: string }[]
}

/** What is typed, and what the form is about. */
export interface Typing {
  readonly as: string
  readonly fields: DraftFields
  /** The id of what it takes the place of; empty for something new. */
  readonly replaces: string
  /** The id of the draft that it was kept as; empty when it was not. */
  readonly draft: string
}

interface PageProps {
  readonly page: PageContext
  readonly view: StatingView
  readonly typing: Typing
}

const NAME = 120

/** A form to state something in. Nothing is said before it was shown. */
export const StatingPage: FC<PageProps & { readonly refused: Failure | null; readonly isKept: boolean }> = ({
  page,
  view,
  typing,
  refused,
  isKept,
}) => {
  const { say } = page
  const { noun } = view
  const title = say.t(typing.replaces === '' ? `stating.title.${noun}` : `stating.change.${noun}`)
  return (
    <Layout page={page} title={title}>
      <div class="narrow">
        <p class="back">
          <a href={localPath(page, statedListPath(noun))}>{say.t(`stated.title.${noun}`)}</a>
        </p>
        <h1>{title}</h1>
        <p class="lead">{say.t(`stating.about.${noun}`)}</p>
        {isKept && <Notice tone="good">{say.t('stating.kept')}</Notice>}
        <Form page={page} action={statingPath(noun)} failure={named(page, refused)}>
          <input type="hidden" name="replaces" value={typing.replaces} />
          <input type="hidden" name="draft" value={typing.draft} />
          <SpeakerField page={page} view={view} typing={typing} />
          <StatingFields page={page} {...view} typed={typing.fields} refused={fieldOf(refused)} />
          {noun !== 'group' && <p class="quiet">{say.t('stating.contact')}</p>}
          <p class="actions">
            <button type="submit" name="step" value="look">
              {say.t('stating.look')}
            </button>
            <button type="submit" name="step" value="keep" class="second" formnovalidate>
              {say.t('stating.keep')}
            </button>
          </p>
        </Form>
        {typing.draft !== '' && (
          <Form page={page} action={statingPath(noun)}>
            <input type="hidden" name="draft" value={typing.draft} />
            <input type="hidden" name="step" value="drop" />
            <Submit tone="danger">{say.t('stating.drop')}</Submit>
          </Form>
        )}
      </div>
    </Layout>
  )
}

const SpeakerField: FC<PageProps> = ({ page, view: { speakers }, typing }) => {
  const [only] = speakers
  if (only && speakers.length === 1) return <input type="hidden" name="as" value={only.handle} />
  return (
    <Select
      name="as"
      label={page.say.t('founding.as')}
      value={typing.as}
      options={speakers.map(({ handle, name }) => ({ value: handle, words: foreignText(name, NAME) }))}
    />
  )
}

/** The record as it would stand in the log, before it is said. */
export const StatingPreviewPage: FC<{
  readonly page: PageContext
  readonly noun: Noun
  readonly typing: Typing
  readonly record: PublicRecord
  readonly speaker: Speaker
}> = ({ page, noun, typing, record, speaker }) => {
  const { say } = page
  const title = say.t(typing.replaces === '' ? `stating.title.${noun}` : `stating.change.${noun}`)
  return (
    <Layout page={page} title={title}>
      <div class="narrow">
        <h1>{title}</h1>
        <p class="lead">
          <Statement page={page} speaker={speaker} said={{ kind: 'record', record }} />
        </p>
        <Notice tone="caution">{say.t('stating.permanent')}</Notice>
        <RecordFields page={page} speaker={speaker} record={record} />
        {noun !== 'group' && <p class="standing">{say.t('stating.contact')}</p>}
        <Form page={page} action={statingPath(noun)}>
          <KeptFields typing={typing} />
          <p class="actions">
            <button type="submit" name="step" value="say">
              {say.t('stating.say')}
            </button>
            <button type="submit" name="step" value="edit" class="second">
              {say.t('stating.edit')}
            </button>
          </p>
        </Form>
      </div>
    </Layout>
  )
}

const KeptFields: FC<{ readonly typing: Typing }> = ({ typing: { fields, ...rest } }) => (
  <>
    {Object.entries({ ...rest, ...fields }).flatMap(([name, values]) =>
      [values].flat().map((value): Child => <input type="hidden" name={name} value={value} />),
    )}
  </>
)

/** What a member may take back, and why, before it does. */
export const WithdrawPage: FC<{
  readonly page: PageContext
  readonly noun: Noun
  readonly id: string
  readonly record: PublicRecord
  readonly speaker: Speaker
  readonly refused: Failure | null
}> = ({ page, noun, id, record, speaker, refused }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('stated.withdraw')}>
      <div class="narrow">
        <p class="back">
          <a href={localPath(page, statedPath(noun, id))}>{say.t('stated.back')}</a>
        </p>
        <h1>{say.t('stated.withdraw')}</h1>
        <p class="lead">
          <Statement page={page} speaker={speaker} said={{ kind: 'record', record }} />
        </p>
        <Notice tone="caution">{say.t('stated.withdrawMeans')}</Notice>
        <Form page={page} action={`${statedPath(noun, id)}/withdraw`} failure={refused}>
          <Select
            name="reason"
            label={say.t('said.field.reason')}
            value="superseded"
            options={(['superseded', 'mistake', 'legal', 'personalData'] as const).map((value) => ({
              value,
              words: say.t(`said.reason.${value}`),
            }))}
          />
          <Submit tone="danger">{say.t('stated.withdrawDo')}</Submit>
        </Form>
      </div>
    </Layout>
  )
}

/** Which field of the form a refusal is about: the first one of what the record names. */
function fieldOf(refused: Failure | null): string | null {
  const field = refused?.field?.replace(/^body\./, '').split(/[.[]/)[0] ?? null
  return field === 'kind' || field === 'unit' ? 'what' : field
}

const LABELS: Readonly<Record<string, MessageKey>> = {
  what: 'said.field.capacityKind',
  amount: 'said.field.amount',
  title: 'said.field.title',
  purpose: 'said.field.purpose',
  description: 'said.field.description',
  language: 'said.field.writtenIn',
  country: 'said.field.country',
  sector: 'said.field.sector',
  minimum: 'said.field.minimum',
  goals: 'said.field.goals',
  from: 'said.field.from',
  until: 'said.field.lastDay',
  memoryGb: 'said.field.memory',
  accelerators: 'said.field.accelerators',
  languages: 'said.field.forLanguages',
  residency: 'said.field.residency',
  accepts: 'said.field.accepts',
  outputs: 'said.field.outputs',
  location: 'said.field.location',
  price: 'said.field.price',
  eligible: 'said.field.eligible',
  excluded: 'said.field.excluded',
  reserves: 'said.field.reserves',
  caps: 'stating.limits',
  conditions: 'said.field.conditions',
  standing: 'said.field.standing',
  pledge: 'said.field.pledge',
  code: 'said.field.groupCode',
  name: 'said.field.name',
  source: 'said.field.source',
  url: 'said.field.url',
  asOf: 'said.field.asOf',
  countries: 'said.field.countries',
}

/** The refusal with the field called as the form calls it. */
function named({ say }: PageContext, refused: Failure | null): Failure | null {
  const label = LABELS[fieldOf(refused) ?? '']
  if (!refused || label === undefined || refused.detail?.['field'] === undefined) return refused
  return { ...refused, detail: { ...refused.detail, field: say.t(label) } }
}
