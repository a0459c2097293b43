import { describe, expect, it } from 'vitest'

import { cutText, foreignText, showUnseen } from './foreign-text.ts'

describe('text of strangers', () => {
  it('loses what would turn or hide our words, and keeps what languages need', () => {
    expect(foreignText('a\u202eb\u2066c\u0000d\u200fe\u2028f', 10)).toBe('abcdef')
    expect(foreignText('می\u200cخواهم', 20)).toBe('می\u200cخواهم')
  })

  it('is cut between characters, with an ellipsis', () => {
    expect(cutText('😀😀😀', 2)).toBe('😀😀…')
    expect(cutText('😀😀', 2)).toBe('😀😀')
    expect(cutText('abc', 3)).toBe('abc')
    expect(cutText('x'.repeat(1_000_000), 5)).toBe('xxxxx…')
  })

  it('as it was written shows what one would not see as JSON escapes it', () => {
    expect(showUnseen('a\u202e"\n\u{e0001}')).toBe('a\\u202e"\n\\udb40\\udc01')
  })
})
