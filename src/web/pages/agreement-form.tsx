import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import type { MemberId } from '../../kernel/names.ts'
import { type Agreement, CAPACITY_UNITS, SECTORS } from '../../records/index.ts'
import { AgreementText } from '../components/agreement-text.tsx'
import { Field, Form, Select, TextArea } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { type Party, nameOf } from '../components/party.tsx'
import { type FieldLabels, refusedAs, refusedField } from '../components/refused-field.ts'
import { countriesInOrder } from '../countries.ts'
import { foreignText } from '../foreign-text.ts'
import { LOCALE_NAMES, LOCALES } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { draftPath } from '../paths.ts'

/** One obligation as it is typed. */
export interface TypedObligation {
  /** `us` or `them`. */
  readonly by: string
  readonly unit: string
  readonly amount: string
  readonly due: string
  readonly text: string
  readonly need: string
  readonly offer: string
  readonly pledge: string
}

/** What is typed of an agreement. */
export interface AgreementTyped {
  /** The hosted member that would state it. */
  readonly as: string
  /** The other, by id or handle. */
  readonly with: string
  readonly title: string
  readonly description: string
  readonly language: string
  readonly from: string
  readonly until: string
  readonly country: string
  readonly sector: string
  readonly goals: string
  readonly result: string
  /** The draft that it takes the place of; empty for none. */
  readonly draft: string
  readonly obligations: readonly TypedObligation[]
}

/** For whom the visitor may speak, and with whom. */
export interface DraftingView {
  readonly speakers: readonly { readonly handle: string; readonly name: string }[]
  readonly others: readonly Party[]
}

const LABELS: FieldLabels = {
  with: 'agreementForm.with',
  member: 'agreementForm.with',
  title: 'agreementForm.title',
  description: 'agreementForm.description',
  country: 'said.field.country',
  sector: 'said.field.sector',
  from: 'said.field.from',
  until: 'said.field.lastDay',
  obligations: 'agreement.obligations',
  by: 'agreementForm.by',
  amount: 'said.field.amount',
  unit: 'agreementForm.unit',
  due: 'agreementForm.due',
  text: 'agreementForm.text',
}

interface FormProps {
  readonly page: PageContext
  readonly view: DraftingView
  readonly typed: AgreementTyped
  readonly refused: Failure | null
}

const NAME = 120
/** Rows that one form has at most. */
export const MOST_ROWS = 8

/** An agreement to be filled in. Nothing is said, and nothing sent, before it was shown. */
export const AgreementFormPage: FC<FormProps> = ({ page, view, typed, refused }) => {
  const { say } = page
  const field = refusedField(refused)
  const title = say.t('agreements.new')
  return (
    <Layout page={page} title={title}>
      <div class="narrow">
        <p class="back">
          <a href={localPath(page, '/agreements')}>{say.t('agreements.title')}</a>
        </p>
        <h1>{title}</h1>
        <p class="lead">{say.t('agreementForm.about')}</p>
        <Form page={page} action="/agreements/new" failure={refusedAs(page, refused, LABELS)}>
          <input type="hidden" name="draft" value={typed.draft} />
          <input type="hidden" name="result" value={typed.result} />
          <input type="hidden" name="goals" value={typed.goals} />
          <Speaker page={page} view={view} typed={typed} />
          <Other page={page} view={view} typed={typed} />
          <Field
            name="title"
            label={say.t('agreementForm.title')}
            value={typed.title}
            isRefused={field === 'title'}
          />
          <TextArea
            name="description"
            label={say.t('agreementForm.description')}
            hint={say.t('agreementForm.noNames')}
            value={typed.description}
            isRefused={field === 'description'}
          />
          <Select
            name="language"
            label={say.t('said.field.writtenIn')}
            value={typed.language}
            options={languages(typed.language)}
          />
          <Select
            name="country"
            label={say.t('said.field.country')}
            value={typed.country}
            options={[
              { value: '', words: '–' },
              ...countriesInOrder(say).map(({ code, name }) => ({ value: code, words: name })),
            ]}
          />
          <Select
            name="sector"
            label={say.t('said.field.sector')}
            value={typed.sector}
            options={SECTORS.map((value) => ({ value, words: say.t(`capacity.sector.${value}`) }))}
          />
          <Day name="from" label={say.t('said.field.from')} value={typed.from} isRefused={field === 'from'} />
          <Day
            name="until"
            label={say.t('said.field.lastDay')}
            value={typed.until}
            isRefused={field === 'until'}
          />
          {typed.obligations.map((row, at) => (
            <Row page={page} row={row} at={at} refused={field} />
          ))}
          <p class="actions">
            <button type="submit">{say.t('agreementForm.look')}</button>
            {typed.obligations.length < MOST_ROWS && (
              <button type="submit" name="step" value="row" class="second" formnovalidate>
                {say.t('agreementForm.addRow')}
              </button>
            )}
          </p>
        </Form>
      </div>
    </Layout>
  )
}

const Speaker: FC<Pick<FormProps, 'page' | 'view' | 'typed'>> = ({ page, view: { speakers }, typed }) => {
  const [only] = speakers
  if (only && speakers.length === 1) return <input type="hidden" name="as" value={only.handle} />
  return (
    <Select
      name="as"
      label={page.say.t('agreementForm.as')}
      value={typed.as}
      options={speakers.map(({ handle, name }) => ({ value: handle, words: foreignText(name, NAME) }))}
    />
  )
}

const Other: FC<Pick<FormProps, 'page' | 'view' | 'typed'>> = ({ page, view: { others }, typed }) => (
  <Select
    name="with"
    label={page.say.t('agreementForm.with')}
    value={typed.with}
    options={others.map((party) => ({ value: party.memberId, words: nameOf(party) }))}
  />
)

function languages(chosen: string): readonly { readonly value: string; readonly words: string }[] {
  const known = LOCALES.map((value) => ({ value, words: LOCALE_NAMES[value] }))
  return known.some(({ value }) => value === chosen) || chosen === ''
    ? known
    : [...known, { value: chosen, words: chosen }]
}

const Day: FC<{
  readonly name: string
  readonly label: string
  readonly value: string
  readonly isRefused: boolean
}> = (props) => <Field {...props} type="date" isLatin />

const Row: FC<{
  readonly page: PageContext
  readonly row: TypedObligation
  readonly at: number
  readonly refused: string | null
}> = ({ page, row, at, refused }) => {
  const { say } = page
  const isOptional = at > 0
  return (
    <fieldset class="form owed">
      <legend class="strong">{say.t('agreementForm.obligation', { number: say.number(at + 1) })}</legend>
      {(['need', 'offer', 'pledge'] as const).map((name) => (
        <input type="hidden" name={`${name}${at}`} value={row[name]} />
      ))}
      <Select
        name={`by${at}`}
        label={say.t('agreementForm.by')}
        value={row.by}
        options={(['us', 'them'] as const).map((value) => ({
          value,
          words: say.t(`agreementForm.${value}`),
        }))}
      />
      <Field
        name={`amount${at}`}
        isRefused={refused === `amount${at}`}
        label={say.t('said.field.amount')}
        value={row.amount}
        type="number"
        isLatin
        {...(isOptional && { isOptional })}
      />
      <Select
        name={`unit${at}`}
        label={say.t('agreementForm.unit')}
        value={row.unit}
        options={CAPACITY_UNITS.map((value) => ({ value, words: say.t(`capacity.unitName.${value}`) }))}
      />
      <Field
        name={`due${at}`}
        isRefused={refused === `due${at}`}
        label={say.t('agreementForm.due')}
        value={row.due}
        type="date"
        isLatin
        {...(isOptional && { isOptional })}
      />
      <Field
        name={`text${at}`}
        isRefused={refused === `text${at}`}
        label={say.t('agreementForm.text')}
        value={row.text}
        {...(isOptional && { isOptional })}
      />
    </fieldset>
  )
}

/** What would be said, and by whom. */
export interface AgreementPreview {
  readonly body: Agreement['body']
  readonly parties: readonly [Party, Party]
}

/** What would be said, and the choice whether to say it, to keep it or to change it. */
export const AgreementPreviewPage: FC<{
  readonly page: PageContext
  readonly typed: AgreementTyped
  readonly preview: AgreementPreview
}> = ({ page, typed, preview: { body, parties } }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('agreements.new')}>
      <div class="narrow">
        <h1>
          <bdi>{foreignText(body.title, NAME)}</bdi>
        </h1>
        <AgreementText page={page} body={body} parties={parties} />
        <p>{say.t('agreementForm.choose')}</p>
        <Notice tone="caution">{say.t('agreement.permanent')}</Notice>
        <Form page={page} action="/agreements/new">
          <Kept typed={typed} />
          <p class="actions">
            <button type="submit" name="step" value="keep">
              {say.t('agreementForm.keep')}
            </button>
            <button type="submit" name="step" value="say" class="second">
              {say.t('agreementForm.say')}
            </button>
            <button type="submit" name="step" value="edit" class="second">
              {say.t('agreementDraft.change')}
            </button>
          </p>
        </Form>
      </div>
    </Layout>
  )
}

const Kept: FC<{ readonly typed: AgreementTyped }> = ({ typed: { obligations, ...texts } }) => (
  <>
    {Object.entries(texts).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    {obligations.map((row, at) =>
      Object.entries(row).map(([name, value]: readonly [string, string]) => (
        <input type="hidden" name={`${name}${at}`} value={value} />
      )),
    )}
  </>
)

/** A draft, as its member's administrators see it. */
export interface DraftView extends AgreementPreview {
  readonly id: string
  readonly as: string
  readonly other: Party
  readonly state: 'written' | 'sent' | 'received'
  readonly note: string
  readonly message: { readonly state: 'waiting' | 'delivered' | 'failed' } | null
}

/** A draft: to be sent, changed, said or thrown away. */
export const DraftPage: FC<{
  readonly page: PageContext
  readonly view: DraftView
  readonly refused: Failure | null
  readonly isDone: boolean
}> = ({ page, view, refused, isDone }) => {
  const { say } = page
  const { id, as, other, state, note, body, message } = view
  const path = `/agreements/drafts/${id}`
  const isReceived = state === 'received'
  const change = `/agreements/new?draft=${id}&as=${encodeURIComponent(as)}`
  return (
    <Layout page={page} title={say.t('agreementDraft.title')}>
      <div class="narrow">
        <p class="back">
          <a href={localPath(page, '/agreements')}>{say.t('agreements.title')}</a>
        </p>
        <h1>
          <bdi>{foreignText(body.title, NAME)}</bdi>
          <span class="badge">{say.t(`agreementDraft.state.${state}`)}</span>
        </h1>
        {refused && <Notice tone="danger">{say.failure(refused)}</Notice>}
        {isDone && <Notice tone="good">{say.t('agreementDraft.done')}</Notice>}
        <p>{say.t(isReceived ? 'agreementDraft.from' : 'agreementDraft.with', { member: nameOf(other) })}</p>
        {message && <p class="quiet">{say.t(`agreementDraft.message.${message.state}`)}</p>}
        {note !== '' && (
          <p dir="auto" class="copied preserved">
            {foreignText(note, 2000)}
          </p>
        )}
        <AgreementText page={page} body={body} parties={view.parties} />
        {!isReceived && (
          <Form page={page} action={path}>
            <input type="hidden" name="as" value={as} />
            <TextArea
              name="note"
              label={say.t('agreementDraft.note')}
              hint={say.t('agreementDraft.sendAbout')}
              value={note}
              isOptional
            />
            <p>
              <button type="submit" name="act" value="send">
                {say.t('agreementDraft.send', { member: nameOf(other) })}
              </button>
            </p>
          </Form>
        )}
        <Form page={page} action={path}>
          <input type="hidden" name="as" value={as} />
          <p class="actions">
            <button type="submit" name="act" value="sign" class="second">
              {say.t('agreementDraft.sign')}
            </button>
            <a class="button second" href={localPath(page, change)} rel="nofollow">
              {say.t(isReceived ? 'agreementDraft.answer' : 'agreementDraft.change')}
            </a>
            <button type="submit" name="act" value="drop" class="danger">
              {say.t('agreementDraft.drop')}
            </button>
          </p>
        </Form>
      </div>
    </Layout>
  )
}

/** The same draft before it is said. */
export const DraftSayPage: FC<{ readonly page: PageContext; readonly view: DraftView }> = ({
  page,
  view,
}) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('agreementDraft.sign')}>
      <div class="narrow">
        <h1>
          <bdi>{foreignText(view.body.title, NAME)}</bdi>
        </h1>
        <p>{say.t('association.willStand')}</p>
        <AgreementText page={page} body={view.body} parties={view.parties} />
        <Notice tone="caution">{say.t('agreement.permanent')}</Notice>
        <Form page={page} action={`/agreements/drafts/${view.id}`}>
          <input type="hidden" name="as" value={view.as} />
          <input type="hidden" name="act" value="sign" />
          <p class="actions">
            <button type="submit" name="step" value="say">
              {say.t('agreementForm.say')}
            </button>
            <a href={localPath(page, draftPath(view.id, view.as))}>{say.t('association.no')}</a>
          </p>
        </Form>
      </div>
    </Layout>
  )
}

/** What is typed where an agreement is begun with a body that is known. */
export function typedOf(
  body: Agreement['body'],
  own: MemberId,
  rest: Pick<AgreementTyped, 'as' | 'draft'>,
): AgreementTyped {
  const { title, description, language, from, until, country, sector, goals = [], parties, result } = body
  return {
    ...rest,
    with: parties.find((id) => id !== own) ?? '',
    title,
    description,
    language,
    from,
    until,
    country,
    sector,
    goals: goals.join(' '),
    result: result?.leaf ?? '',
    obligations: body.obligations.map(({ by, unit, amount, due, text, need, offer, pledge }) => ({
      by: by === own ? 'us' : 'them',
      unit,
      amount: String(amount),
      due,
      text,
      need: need?.leaf ?? '',
      offer: offer?.leaf ?? '',
      pledge: pledge?.leaf ?? '',
    })),
  }
}
