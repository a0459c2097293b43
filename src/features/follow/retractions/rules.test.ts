import { describe, expect, it } from 'vitest'

import { MemberId, originOf } from '../../../kernel/names.ts'
import { isEarlier, isRetractable } from './rules.ts'

const [A, B] = [MemberId.parse(`m${'a'.repeat(32)}`), MemberId.parse(`m${'b'.repeat(32)}`)]

describe('taking back', () => {
  it.each([
    ['the entry before', A, 0, 4, A, 0, 5, true],
    ['itself', A, 0, 5, A, 0, 5, false],
    ['an entry to come', A, 0, 6, A, 0, 5, false],
    ['an entry of an earlier log, with a higher position', A, 0, 9, A, 1, 5, true],
    ['an entry of a later log', A, 2, 1, A, 1, 5, false],
    ['an entry of another member', B, 0, 1, A, 0, 5, false],
  ] as const)('reaches only back, in one’s own logs: %s', (_what, member, log, at, by, byLog, byAt, is) => {
    const target = { origin: originOf(member, log), position: at }
    expect(isEarlier(target, { origin: originOf(by, byLog), position: byAt })).toBe(is)
  })

  it.each([
    ['repository-revision/1', true],
    ['public-good/1', true],
    ['log-observed/1', true],
    ['need/1', true],
    ['offer/1', true],
    ['pledge/1', true],
    ['country-group/1', true],
    ['matching-round/1', true],
    ['matching-result/1', false],
    ['agreement/1', false],
    ['agreement-signature/1', false],
    ['agreement-end/1', false],
    ['delivery/1', false],
    ['delivery-verdict/1', false],
    ['member-genesis/1', false],
    ['member-profile/1', false],
    ['member-keys/1', false],
    ['log-succession/1', false],
    ['record-retraction/1', false],
    ['association-endorse/1', false],
    [null, false],
  ])('is for some types alone: %s', (type, is) => expect(isRetractable(type)).toBe(is))
})
