/** Decisions about what is read elsewhere, pure. */
import type { ByteRange } from '../../../kernel/byte-range.ts'

/** One range from a byte on; null for the whole, and for what no client of ours asks. */
export function rangeIn(header: string | undefined): ByteRange | null {
  const [, first = '', last = ''] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '') return null
  const start = Number(first)
  const end = last === '' ? Number.MAX_SAFE_INTEGER : Number(last) + 1
  return end > start ? { start, end } : null
}
