import type { Failure } from '../../kernel/failure.ts'
import type { MessageKey } from '../i18n/index.ts'
import type { PageContext } from '../page-context.ts'

/** What the fields of a form are called, by their name; a row's number is not part of it. */
export type FieldLabels = Readonly<Record<string, MessageKey>>

/** Which field of a form a refusal is about: `amount0`, `description`; null where it is about none. */
export function refusedField(refused: Failure | null): string | null {
  const [, field, row, member] = /^(?:body\.)?(\w+)(?:\.(\d+)\.(\w+))?$/.exec(refused?.field ?? '') ?? []
  if (field === undefined) return null
  return row === undefined || member === undefined ? field : `${member}${row}`
}

/** The refusal with the field called as the form calls it. */
export function refusedAs(
  { say }: PageContext,
  refused: Failure | null,
  labels: FieldLabels,
): Failure | null {
  const label = labels[refusedField(refused)?.replace(/\d+$/, '') ?? '']
  if (!refused || label === undefined || refused.detail?.['field'] === undefined) return refused
  return { ...refused, detail: { ...refused.detail, field: say.t(label) } }
}
