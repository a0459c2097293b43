import { describe, expect, it } from 'vitest'

import { GitOid, MemberId, RepositoryId, Sha256 } from '../../../kernel/names.ts'
import { DAY, HOUR, MINUTE } from '../../../kernel/time.ts'
import { choosePieces, counts, pauseAfterCheck, PIECE_BYTES, refusalOfTerms, standing } from './rules.ts'
import type { Copy, CopyState } from './types.ts'

const NOW = Date.UTC(2026, 10, 24)
const TERMS = { licence: 'Apache-2.0', holders: 3, until: '2031-12-31' }
const MEMBER = MemberId.parse(`m${'a'.repeat(32)}`)
const GOOD = {
  ...TERMS,
  memberId: MEMBER,
  maintainer: MEMBER,
  kind: 'model' as const,
  repository: RepositoryId.parse('nairobi/asr'),
  time: NOW,
  position: 1,
}

function copy(state: CopyState, verifiedAt: number | null): Copy {
  const commit = GitOid.parse('b'.repeat(40))
  const who = { memberId: MEMBER, name: 'Nairobi', isHome: false, isHere: false }
  return { ...who, state, commit, checkedAt: NOW, verifiedAt, failures: 0 }
}

describe('a promise', () => {
  it.each([
    ['licence', { licence: '<b>' }],
    ['holders', { holders: 0 }],
    ['holders', { holders: 1.5 }],
    ['until', { until: '2026-11-23' }],
    ['until', { until: '2026-13-01' }],
    ['until', { until: '9999-12-31' }],
  ])('is refused for its %s', (field, wrong) => {
    expect(refusalOfTerms({ ...TERMS, ...wrong }, NOW)?.field).toBe(field)
  })

  it('is fine until the end of its last day', () => {
    expect(refusalOfTerms(TERMS, NOW)).toBeNull()
    expect(refusalOfTerms({ ...TERMS, until: '2026-11-24' }, NOW)).toBeNull()
    expect(standing({ ...GOOD, until: '2026-11-24' }, [], NOW + DAY)).toBe('over')
  })

  it('is kept by as many copies as it says', () => {
    const good = { ...GOOD, holders: 2 }
    expect(standing(good, [copy('verified', NOW)], NOW)).toBe('short')
    expect(standing(good, [copy('verified', NOW), copy('silent', NOW - DAY)], NOW)).toBe('kept')
  })
})

it.each([
  ['verified', NOW, true],
  ['verified', NOW - 8 * DAY, false],
  ['silent', NOW - DAY, true],
  ['silent', null, false],
  ['wrong', NOW - DAY, false],
  ['partial', NOW - DAY, false],
  ['absent', NOW - DAY, false],
  ['claimed', null, false],
] as const)('a copy that was %s counts or not', (state, verifiedAt, expected) => {
  expect(counts(copy(state, verifiedAt), NOW)).toBe(expected)
})

it('looks again soon at what is not whole, then seldom', () => {
  expect([1, 2, 3, 20].map((failures) => pauseAfterCheck('partial', failures))).toEqual([
    MINUTE,
    2 * MINUTE,
    4 * MINUTE,
    HOUR,
  ])
  expect(pauseAfterCheck('verified', 0)).toBe(6 * HOUR)
})

describe('the pieces that are compared', () => {
  const small = { sha256: Sha256.parse('1'.repeat(64)), size: 100 }
  const large = { sha256: Sha256.parse('2'.repeat(64)), size: 1_000_000 }

  it('lie within their files, wherever chance points', () => {
    const ends = Uint8Array.from([...Array<number>(6).fill(0), ...Array<number>(6).fill(255)])
    expect(choosePieces([small, large], ends)).toEqual([
      { sha256: small.sha256, range: { start: 0, end: 100 } },
      { sha256: large.sha256, range: { start: 1_000_000 - PIECE_BYTES, end: 1_000_000 } },
    ])
  })

  it('are none where there are no bytes', () => {
    expect(choosePieces([], new Uint8Array(24))).toEqual([])
    expect(choosePieces([{ ...small, size: 0 }], new Uint8Array(24))).toEqual([])
  })
})
