/** Most bytes of a file that is opened as evidence. */
export const MAX_EVIDENCE_BYTES = 10 * 1024 * 1024
/** Most lines, and most characters of one: a file beyond is not read to its end. */
export const MAX_EVIDENCE_LINES = 200_000
const LONGEST_LINE = 4096

/** What is in a file that somebody else wrote cannot be understood. */
export class NotUnderstood extends Error {}

/** The lines of a UTF-8 text without their ends and without empty ones. Throws {@link NotUnderstood}. */
export function* linesOf(bytes: Uint8Array): Generator<string> {
  const text = decode(bytes)
  let count = 0
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    if (end - start > LONGEST_LINE || ++count > MAX_EVIDENCE_LINES) throw new NotUnderstood()
    const line = text.slice(start, end).trim()
    if (line !== '') yield line
    start = end + 1
  }
}

/** The rows of a table whose first line names its columns: each as what `wanted` picks of it. Throws {@link NotUnderstood}. */
export function* rowsOf<Column extends string>(
  bytes: Uint8Array,
  separator: string,
  wanted: readonly Column[],
): Generator<Readonly<Record<Column, string | undefined>>> {
  let header: readonly string[] | undefined
  for (const line of linesOf(bytes)) {
    const fields = line.split(separator).map(unquoted)
    if (!header) {
      if (fields.length > MOST_COLUMNS || new Set(fields).size !== fields.length) throw new NotUnderstood()
      header = fields
      continue
    }
    if (fields.length !== header.length) throw new NotUnderstood()
    const [names, values] = [header, fields]
    yield Object.fromEntries(wanted.map((column) => [column, values[names.indexOf(column)]])) as Record<
      Column,
      string | undefined
    >
  }
}

const MOST_COLUMNS = 128

function unquoted(field: string): string {
  const text = field.trim()
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new NotUnderstood('no UTF-8', { cause })
  }
}
