import type { Child, FC, PropsWithChildren } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { Notice } from './notice.tsx'

interface FormProps {
  readonly page: PageContext
  readonly action: string
  /** What was refused when this form was last sent. */
  readonly failure?: Failure | null
}

/** A form that posts: carries the token against cross-site requests and says what was refused. */
export const Form: FC<PropsWithChildren<FormProps>> = ({ page, action, failure = null, children }) => (
  <form class="form" method="post" action={localPath(page, action)}>
    {failure && <Notice tone="danger">{page.say.failure(failure)}</Notice>}
    <input type="hidden" name="csrf" value={page.csrf} />
    {children}
  </form>
)

interface FieldProps {
  readonly name: string
  readonly label: string
  readonly hint?: Child
  readonly value?: string
  readonly type?: 'text' | 'password' | 'url' | 'number' | 'date'
  readonly autocomplete?: 'username' | 'current-password' | 'new-password' | 'name' | 'off'
  readonly isOptional?: boolean
  /** Latin names and secrets run left to right in every language. */
  readonly isLatin?: boolean
  readonly isRefused?: boolean
}

/** One labelled line to fill in. */
export const Field: FC<FieldProps> = (props) => {
  const { name, label, hint, value = '', type = 'text', autocomplete, isOptional, isLatin, isRefused } = props
  return (
    <div class="field">
      <label for={`field-${name}`}>{label}</label>
      <input
        id={`field-${name}`}
        name={name}
        type={type}
        value={value}
        required={!isOptional}
        autocomplete={autocomplete ?? 'off'}
        autocapitalize="off"
        spellcheck={false}
        dir={isLatin ? 'ltr' : 'auto'}
        aria-describedby={hint === undefined ? undefined : `hint-${name}`}
        aria-invalid={isRefused ? 'true' : undefined}
      />
      {hint !== undefined && <Hint name={name}>{hint}</Hint>}
    </div>
  )
}

/** What a field means, in a quieter line below it. */
export const Hint: FC<PropsWithChildren<{ readonly name: string }>> = ({ name, children }) => (
  <p class="quiet" id={`hint-${name}`}>
    {children}
  </p>
)

/** Some lines of text. */
export const TextArea: FC<Omit<FieldProps, 'type' | 'autocomplete' | 'isLatin'>> = (props) => {
  const { name, label, hint, value = '', isOptional, isRefused } = props
  return (
    <div class="field">
      <label for={`field-${name}`}>{label}</label>
      <textarea
        id={`field-${name}`}
        name={name}
        rows={4}
        required={!isOptional}
        dir="auto"
        aria-describedby={hint === undefined ? undefined : `hint-${name}`}
        aria-invalid={isRefused ? 'true' : undefined}
      >
        {value}
      </textarea>
      {hint !== undefined && <Hint name={name}>{hint}</Hint>}
    </div>
  )
}

/** One of a few values, each with its words. */
export interface Option {
  readonly value: string
  readonly words: string
  /** What choosing it means. */
  readonly meaning?: string
}

interface ChoiceProps {
  readonly name: string
  readonly label: string
  readonly options: readonly Option[]
  readonly value: string
}

/** A choice among a handful of values, all in sight. */
export const Choice: FC<ChoiceProps> = ({ name, label, options, value }) => (
  <fieldset class="choice">
    <legend>{label}</legend>
    {options.map((option) => (
      <label>
        <input type="radio" name={name} value={option.value} checked={option.value === value} />
        <span>
          {option.words}
          {option.meaning !== undefined && <span class="aside"> {option.meaning}</span>}
        </span>
      </label>
    ))}
  </fieldset>
)

/** One thing to agree to, with what it means. Sends `yes`. */
export const Check: FC<{
  readonly name: string
  readonly label: string
  readonly meaning: string
  readonly isChecked: boolean
  readonly isRefused?: boolean
}> = ({ name, label, meaning, isChecked, isRefused }) => (
  <label class="check">
    <input
      type="checkbox"
      name={name}
      value="yes"
      checked={isChecked}
      aria-invalid={isRefused ? 'true' : undefined}
    />
    <span>
      {label} <span class="aside">{meaning}</span>
    </span>
  </label>
)

/** A choice among many values. */
export const Select: FC<ChoiceProps & { readonly hint?: string }> = ({
  name,
  label,
  options,
  value,
  hint,
}) => (
  <div class="field">
    <label for={`field-${name}`}>{label}</label>
    <select
      id={`field-${name}`}
      name={name}
      aria-describedby={hint === undefined ? undefined : `hint-${name}`}
    >
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.words}
        </option>
      ))}
    </select>
    {hint !== undefined && <Hint name={name}>{hint}</Hint>}
  </div>
)

/** The button that sends a form. */
export const Submit: FC<PropsWithChildren<{ readonly tone?: 'danger' | 'second' }>> = ({
  tone,
  children,
}) => (
  <p>
    <button type="submit" class={tone}>
      {children}
    </button>
  </p>
)
