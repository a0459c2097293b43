import type { LedgerLine } from '../types.ts'

const COLUMNS = [
  'agreement',
  'obligation',
  'title',
  'state',
  'supplier',
  'receiver',
  'kind',
  'unit',
  'country',
  'sector',
  'due',
  'need',
  'offer',
  'pledge',
  'amount',
  'claimed',
  'delivered',
  'accepted',
  'disputed',
  'overdue',
] as const satisfies readonly (keyof LedgerLine)[]

/** A program for tables would run what begins so. */
const FORMULA = /^[=+\-@\t\r]/

/** The lines as CSV (RFC 4180) with a head, one line of text at a time. Words of others never become a formula. */
export function* writeTable(lines: readonly LedgerLine[]): Generator<string> {
  yield `${COLUMNS.join(',')}\r\n`
  for (const line of lines) yield `${COLUMNS.map((column) => cell(line[column])).join(',')}\r\n`
}

function cell(value: LedgerLine[keyof LedgerLine]): string {
  if (value === null) return ''
  const text = String(value)
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
