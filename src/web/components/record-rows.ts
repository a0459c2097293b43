/** What a record says, as rows of a table: what each kind of record makes of itself is in `record-fields` and `capacity-fields`. */
import type { Origin } from '../../kernel/names.ts'
import type { PublicRecord, Reference } from '../../records/index.ts'
import type { MessageKey } from '../i18n/index.ts'
import type { PageContext } from '../page-context.ts'
import { logHref, recordHref, type Speaker } from './statement.tsx'

export type BodyOf<Type extends PublicRecord['type']> = Extract<PublicRecord, { type: Type }>['body']

/** How a value is shown: as words, as a Latin string of machines, or as a text with lines. */
export interface Value {
  readonly form: 'words' | 'code' | 'lines'
  readonly text: string
  readonly href?: string | null
}

export interface Row {
  readonly name: MessageKey
  readonly values: readonly Value[]
}

export function originValue(page: PageContext, speaker: Speaker, origin: Origin): Value {
  return code(origin, logHref(page, speaker, origin))
}

export function referenceValue(page: PageContext, speaker: Speaker, { origin, index }: Reference): Value {
  return code(`${origin}#${index}`, recordHref(page, speaker, origin, index))
}

/** A field of a record, by the message that names it. */
export type FieldName = MessageKey extends infer Key
  ? Key extends `said.field.${infer Name}`
    ? Name
    : never
  : never

export function row(name: FieldName, ...values: readonly Value[]): Row {
  return { name: `said.field.${name}`, values }
}

/** A row for a list that may be empty. */
export function rowOfSome(name: FieldName, values: readonly Value[]): readonly Row[] {
  return values.length > 0 ? [row(name, ...values)] : []
}

/** A row for a field that may be absent. */
export function maybe<Member>(
  name: FieldName,
  member: Member | undefined,
  show: (member: Member) => Value,
): readonly Row[] {
  return member === undefined ? [] : [row(name, show(member))]
}

export function words(text: string, href: string | null = null): Value {
  return { form: 'words', text, href }
}

export function lines(text: string): Value {
  return { form: 'lines', text }
}

export function code(text: string, href: string | null = null): Value {
  return { form: 'code', text, href }
}
