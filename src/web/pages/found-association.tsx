import type { Child, FC } from 'hono/jsx'

import type { CharterDraft } from '../../features/follow/index.ts'
import type { Colour } from '../../kernel/colour.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { MemberId } from '../../kernel/names.ts'
import { CharterFacts } from '../components/charter-facts.tsx'
import { Choice, Field, Form, Select, Submit, TextArea } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { Identifier } from '../components/text.tsx'
import { foreignText } from '../foreign-text.ts'
import type { MessageKey } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'

/** What is typed of a charter. */
export interface FoundingFields {
  /** The hosted member that proposes it. */
  readonly as: string
  readonly name: string
  readonly purpose: string
  /** The other founding members that were ticked, by id. */
  readonly members: readonly string[]
  /** Others, as they were typed. */
  readonly others: string
  readonly rule: string
  readonly k: string
  readonly witnesses: string
  readonly deletionDays: string
}

/** A member that may be asked to found. */
export interface FoundingCandidate {
  readonly memberId: MemberId
  readonly handle: string
  readonly name: string
  readonly colour: Colour
}

/** Whom the visitor may speak for, and who may be asked. */
export interface FoundingView {
  readonly founders: readonly { readonly handle: string; readonly name: string }[]
  readonly candidates: readonly FoundingCandidate[]
  /** Whether there are more than are shown. */
  readonly isCut: boolean
}

interface PageProps {
  readonly page: PageContext
  readonly view: FoundingView
  readonly fields: FoundingFields
}

const NAME = 120
const RULES = ['two-thirds', 'k-of-n', 'convener'] as const
const MEANING = {
  'two-thirds': 'association.rule.twoThirds',
  'k-of-n': 'founding.rule.someOf',
  convener: 'association.rule.convener',
} as const satisfies Record<(typeof RULES)[number], MessageKey>

/** The charter to be filled in. Nothing is said before it was shown. */
export const FoundPage: FC<PageProps & { readonly refused: Failure | null }> = ({
  page,
  view,
  fields,
  refused,
}) => {
  const { say } = page
  const field = fieldOf(refused)
  return (
    <Layout page={page} title={say.t('founding.title')}>
      <div class="narrow">
        <p class="back">
          <a href={localPath(page, '/associations')}>{say.t('associations.title')}</a>
        </p>
        <h1>{say.t('founding.title')}</h1>
        <p class="lead">{say.t('founding.about')}</p>
        <Form page={page} action="/associations/new" failure={named(page, refused)}>
          <Founder page={page} view={view} fields={fields} />
          <Field
            name="name"
            label={say.t('founding.name')}
            value={fields.name}
            isRefused={field === 'name'}
          />
          <TextArea
            name="purpose"
            label={say.t('founding.purpose')}
            hint={say.t('founding.purposeHint')}
            value={fields.purpose}
            isRefused={field === 'purpose'}
          />
          <Candidates page={page} view={view} fields={fields} />
          <Choice
            name="rule"
            label={say.t('said.field.rule')}
            value={fields.rule}
            options={RULES.map((value) => ({
              value,
              words: say.t(`founding.rule.${value}`),
              meaning: say.t(MEANING[value]),
            }))}
          />
          <Field
            name="k"
            label={say.t('founding.k')}
            value={fields.k}
            type="number"
            isLatin
            isOptional
            isRefused={field === 'rule'}
          />
          <Field
            name="witnesses"
            label={say.t('said.field.witnesses')}
            hint={say.t('founding.witnessesHint')}
            value={fields.witnesses}
            type="number"
            isLatin
            isOptional
            isRefused={field === 'witnesses'}
          />
          <Field
            name="deletionDays"
            label={say.t('said.field.deletionDays')}
            hint={say.t('founding.deletionHint')}
            value={fields.deletionDays}
            type="number"
            isLatin
            isOptional
            isRefused={field === 'deletionDays'}
          />
          <Submit>{say.t('founding.look')}</Submit>
        </Form>
      </div>
    </Layout>
  )
}

const Founder: FC<PageProps> = ({ page, view: { founders }, fields }) => {
  const [only] = founders
  if (only && founders.length === 1) return <input type="hidden" name="as" value={only.handle} />
  return (
    <Select
      name="as"
      label={page.say.t('founding.as')}
      value={fields.as}
      options={founders.map(({ handle, name }) => ({ value: handle, words: foreignText(name, NAME) }))}
    />
  )
}

const Candidates: FC<PageProps> = ({ page, view: { candidates, isCut }, fields }) => {
  const { say } = page
  return (
    <>
      <fieldset class="choice">
        <legend>{say.t('founding.members')}</legend>
        {candidates.length === 0 && <p class="empty">{say.t('founding.nobody')}</p>}
        {candidates.map(({ memberId, handle, name, colour }) => (
          <label>
            <input
              type="checkbox"
              name="members"
              value={memberId}
              checked={fields.members.includes(memberId)}
            />
            <span>
              <Mark memberId={memberId} colour={colour} />
              <bdi>{foreignText(name, NAME)}</bdi>{' '}
              <span class="quiet">
                <Identifier name={handle} />
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      {(isCut || fields.others !== '') && (
        <Field
          name="others"
          label={say.t('founding.others')}
          hint={say.t('founding.othersHint')}
          value={fields.others}
          isLatin
          isOptional
        />
      )}
    </>
  )
}

/** The charter as it would stand in the log, before it is said. */
export const FoundPreviewPage: FC<{
  readonly page: PageContext
  readonly fields: FoundingFields
  readonly draft: CharterDraft
  readonly founder: string
}> = ({ page, fields, draft: { charter }, founder }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('founding.title')}>
      <div class="narrow">
        <h1>
          <bdi>{foreignText(charter.name, NAME)}</bdi>
        </h1>
        <p class="lead">{say.t('founding.preview', { member: foreignText(founder, NAME) })}</p>
        <Notice tone="caution">{say.t('association.permanent')}</Notice>
        <p dir="auto" class="preserved">
          {foreignText(charter.purpose, 2000)}
        </p>
        <CharterFacts page={page} charter={charter} hasMembers />
        <p>{say.t('founding.next')}</p>
        <Form page={page} action="/associations/new">
          <Kept fields={fields} />
          <p class="actions">
            <button type="submit" name="step" value="say">
              {say.t('founding.do')}
            </button>
            <button type="submit" name="step" value="edit" class="second">
              {say.t('founding.edit')}
            </button>
          </p>
        </Form>
      </div>
    </Layout>
  )
}

const Kept: FC<{ readonly fields: FoundingFields }> = ({ fields: { members, ...texts } }) => (
  <>
    {Object.entries(texts).map(([name, value]): Child => (
      <input type="hidden" name={name} value={value} />
    ))}
    {members.map((id) => (
      <input type="hidden" name="members" value={id} />
    ))}
  </>
)

/** Which field of the form a refusal is about. */
function fieldOf(refused: Failure | null): string | null {
  const field = refused?.field?.replace(/^body\./, '') ?? null
  return field === 'add' || field === 'member' ? 'members' : field
}

const LABELS: Readonly<Record<string, MessageKey>> = {
  name: 'founding.name',
  purpose: 'founding.purpose',
  members: 'founding.members',
  rule: 'said.field.rule',
  witnesses: 'said.field.witnesses',
  deletionDays: 'said.field.deletionDays',
}

/** The refusal with the field called as the form calls it. */
function named({ say }: PageContext, refused: Failure | null): Failure | null {
  const label = LABELS[fieldOf(refused) ?? '']
  if (!refused || label === undefined || refused.detail?.['field'] === undefined) return refused
  return { ...refused, detail: { ...refused.detail, field: say.t(label) } }
}
