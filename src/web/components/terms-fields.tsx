import type { FC } from 'hono/jsx'

import {
  AMOUNT_UNITS,
  type ContentFilter,
  type ContentPolicy,
  type Quota,
  type Trust,
  USUAL_QUOTA,
  writeAmount,
} from '../../features/follow/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import { RepositoryKind } from '../../kernel/names.ts'
import type { Translator } from '../i18n/index.ts'
import type { PageContext } from '../page-context.ts'
import { Choice, Field, Hint } from './form.tsx'

/** On which terms a member is followed, as a person chooses them. */
export interface ChosenTerms {
  readonly content: ContentPolicy
  readonly filter: ContentFilter | null
  readonly quota: Quota
  readonly trust: Trust
}

/** As one begins. */
export const USUAL_TERMS: ChosenTerms = {
  content: 'on-demand',
  filter: null,
  quota: USUAL_QUOTA,
  trust: 'full',
}

/** What the form offers for large files: “some” is all of those that match. */
export const CONTENT_CHOICES = ['on-demand', 'all', 'some', 'none'] as const
export const TRUSTS = ['full', 'witness'] as const satisfies readonly Trust[]

/** An amount of bytes as it was typed. */
export interface TypedAmount {
  readonly number: string
  readonly unit: string
}

/** The form as it was filled in, right or wrong. */
export interface TypedTerms {
  readonly content: string
  readonly trust: string
  readonly kinds: readonly RepositoryKind[]
  readonly licences: string
  readonly maxFile: TypedAmount
  readonly budget: TypedAmount
  readonly entries: string
  readonly records: TypedAmount
  readonly objects: TypedAmount
  readonly large: TypedAmount
}

/** Terms as a person would fill them in. */
export function typedTerms({ content, filter, quota, trust }: ChosenTerms): TypedTerms {
  return {
    content: filter ? 'some' : content,
    trust,
    kinds: filter && filter.kinds.length > 0 ? filter.kinds : RepositoryKind.options,
    licences: filter?.licences.join(', ') ?? '',
    maxFile: typedAmount(filter?.maxFile ?? null),
    budget: typedAmount(filter?.budget ?? null),
    entries: String(quota.entries),
    records: typedAmount(quota.records),
    objects: typedAmount(quota.objects),
    large: typedAmount(quota.content),
  }
}

function typedAmount(bytes: number | null): TypedAmount {
  return bytes === null ? { number: '', unit: 'GB' } : writeAmount(bytes)
}

const FIELDS = [
  'content',
  'trust',
  'kinds',
  'licences',
  'maxFile',
  'budget',
  'entries',
  'records',
  'objects',
  'large',
] as const satisfies readonly (keyof TypedTerms)[]

/** What a field is called beside it: a refusal names it so. */
export function termsLabel(say: Translator, field: string): string | null {
  const known = FIELDS.find((each) => each === field)
  return known ? say.t(`terms.${known}`) : null
}

/** A refusal of this form with the words that stand beside the field. */
export function inTheirWords(say: Translator, failure: Failure | null): Failure | null {
  const label = failure?.field === undefined ? null : termsLabel(say, failure.field)
  return failure && label !== null ? { ...failure, detail: { ...failure.detail, field: label } } : failure
}

interface TermsFieldsProps {
  readonly page: PageContext
  readonly typed: TypedTerms
  /** The field that was refused. */
  readonly refused: string | null
}

/** The fields of the terms, for a form that stands around them. */
export const TermsFields: FC<TermsFieldsProps> = (props) => {
  const { page, typed } = props
  const { say } = page
  return (
    <div class="terms">
      <Choice
        name="trust"
        label={say.t('terms.trust')}
        value={typed.trust}
        options={TRUSTS.map((value) => ({
          value,
          words: say.t(`terms.trust.${value}`),
          meaning: say.t(`terms.trust.${value}Means`),
        }))}
      />
      <Choice
        name="content"
        label={say.t('terms.content')}
        value={typed.content}
        options={CONTENT_CHOICES.map((value) => ({
          value,
          words: say.t(`terms.content.${value}`),
          meaning: say.t(`terms.content.${value}Means`),
        }))}
      />
      <Conditions {...props} />
      <Day {...props} />
    </div>
  )
}

const Conditions: FC<TermsFieldsProps> = ({ page, typed, refused }) => {
  const { say } = page
  return (
    <fieldset class="conditions">
      <legend>{say.t('terms.conditions')}</legend>
      <p class="quiet">{say.t('terms.conditionsMean')}</p>
      <fieldset class="choice kinds">
        <legend>{say.t('terms.kinds')}</legend>
        {RepositoryKind.options.map((kind) => (
          <label>
            <input
              type="checkbox"
              name={`kind-${kind}`}
              value="yes"
              checked={typed.kinds.includes(kind)}
              aria-invalid={refused === 'kinds' ? 'true' : undefined}
            />
            <span>{say.t(kind === 'model' ? 'frame.models' : 'frame.datasets')}</span>
          </label>
        ))}
      </fieldset>
      <Field
        name="licences"
        label={say.t('terms.licences')}
        hint={say.t('terms.licencesHint')}
        value={typed.licences}
        isLatin
        isOptional
        isRefused={refused === 'licences'}
      />
      <AmountField
        page={page}
        name="maxFile"
        typed={typed.maxFile}
        hint={say.t('terms.maxFileHint')}
        isRefused={refused === 'maxFile'}
      />
      <AmountField
        page={page}
        name="budget"
        typed={typed.budget}
        hint={say.t('terms.budgetHint')}
        isRefused={refused === 'budget'}
      />
    </fieldset>
  )
}

const QUOTA_OPEN: readonly (string | null)[] = ['entries', 'records', 'objects', 'large']

const Day: FC<TermsFieldsProps> = ({ page, typed, refused }) => {
  const { say } = page
  return (
    <details open={QUOTA_OPEN.includes(refused)}>
      <summary>{say.t('terms.day')}</summary>
      <p class="quiet">{say.t('terms.dayMeans')}</p>
      <Field
        name="entries"
        label={say.t('terms.entries')}
        value={typed.entries}
        isLatin
        isOptional
        isRefused={refused === 'entries'}
      />
      {(['records', 'objects', 'large'] as const).map((name) => (
        <AmountField page={page} name={name} typed={typed[name]} isRefused={refused === name} />
      ))}
    </details>
  )
}

const AmountField: FC<{
  readonly page: PageContext
  readonly name: 'maxFile' | 'budget' | 'records' | 'objects' | 'large'
  readonly typed: TypedAmount
  readonly hint?: string
  readonly isRefused: boolean
}> = ({ page: { say }, name, typed, hint, isRefused }) => {
  const label = say.t(`terms.${name}`)
  return (
    <div class="field">
      <label for={`field-${name}`}>{label}</label>
      <div class="amount">
        <input
          id={`field-${name}`}
          name={name}
          type="text"
          inputmode="decimal"
          value={typed.number}
          autocomplete="off"
          dir="ltr"
          aria-describedby={hint === undefined ? undefined : `hint-${name}`}
          aria-invalid={isRefused ? 'true' : undefined}
        />
        <select name={`${name}Unit`} aria-label={say.t('terms.unitOf', { field: label })}>
          {AMOUNT_UNITS.map((unit, index) => (
            <option value={unit} selected={unit === typed.unit}>
              {say.byteUnit(index + 2)}
            </option>
          ))}
        </select>
      </div>
      {hint !== undefined && <Hint name={name}>{hint}</Hint>}
    </div>
  )
}
