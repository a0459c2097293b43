/** A span of a file: `[start, end)` in bytes. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What a `Range` header asks of a body of a known size. */
export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' }

/**
 * Reads an RFC 9110 §14.2 `Range` header. Several ranges, other units and malformed
 * headers mean the whole body, as the RFC allows; a start at or past the end is unsatisfiable.
 */
export function readRange(header: string | undefined, size: number): RangeRequest {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return { kind: 'whole' }
  if (match[1] === '') return suffix(Number(match[2]), size)
  const start = Number(match[1])
  const last = match[2] === '' ? size - 1 : Number(match[2])
  if (last < start && match[2] !== '' && start < size) return { kind: 'whole' }
  if (start >= size) return { kind: 'unsatisfiable' }
  return { kind: 'part', range: { start, end: Math.min(last + 1, size) } }
}

function suffix(length: number, size: number): RangeRequest {
  if (length === 0 || size === 0) return { kind: 'unsatisfiable' }
  return { kind: 'part', range: { start: Math.max(0, size - length), end: size } }
}
