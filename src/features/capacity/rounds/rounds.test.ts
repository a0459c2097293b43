import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../../test/support/test-node.ts'
import { Handle } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import { DAY, isoTime } from '../../../kernel/time.ts'
import { hostedNamed, say } from '../../follow/index.ts'
import { createRounds } from './commands.ts'
import type { RoundDraft } from './types.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const MEASURE = { kind: 'compute', unit: 'gpu-hour' } as const
const DRAFT: RoundDraft = {
  ...MEASURE,
  title: 'Winter',
  description: 'Hours.',
  language: 'en',
  rule: 'leximin',
  order: [],
  deadline: isoTime(NOW + DAY),
  members: [],
  weights: [],
  shown: [],
}

describe('a round at a node with two members', () => {
  let test: TestNode
  let round = ''
  let now = NOW
  const rounds = () => {
    const { database, logs } = test.node
    return createRounds({ database, logs, clock: () => now })
  }
  const reason = <Value>(result: Result<Value>) => (result.ok ? null : result.failure.reason)

  /** The round, once its logs have taken up what was said. */
  async function shown(isWanted: (view: Awaited<ReturnType<typeof look>>) => boolean) {
    for (;;) {
      const view = await look()
      if (isWanted(view)) return view
      await new Promise((next) => setTimeout(next, 20))
    }
  }
  async function look() {
    const found = await rounds().show(round)
    return found.ok ? found.value : null
  }

  beforeAll(async () => {
    test = await testNode()
    const member = { handle: Handle.parse('mombasa'), displayName: 'Mombasa', owner: 'admin', url: null }
    demand(await test.node.accounts.addMember({ kind: 'console' }, member))
    const need = {
      ...MEASURE,
      title: 'Speech',
      purpose: 'Train.',
      language: 'en',
      country: 'KE',
      amount: 7,
      sector: 'language',
    }
    demand(await test.node.capacity.needs.state('mombasa', 'need', { body: need, replaces: null }))
    round = demand(await rounds().announce('nairobi', DRAFT))
    await shown((view) => view?.present?.input.ok === true && view.present.input.value.needs.size === 1)
  })
  afterAll(() => test[Symbol.asyncDispose]())

  it('is not announced when it is over, nor for groups and members that are not known', async () => {
    const announce = async (change: Partial<RoundDraft>) =>
      reason(await rounds().announce('nairobi', { ...DRAFT, ...change }))
    expect(await announce({ deadline: isoTime(NOW - 1) })).toBe('invalidField')
    expect(await announce({ shown: ['nowhere'] })).toBe('groupNotFound')
    expect(await announce({ members: ['nobody'] })).toBe('memberUnknown')
    expect(await announce({ unit: 'seat' })).toBe('invalidField')
    expect(reason(await rounds().announce('lima', DRAFT))).toBe('memberNotFound')
  })

  it('is not decided early, nor by another member, nor confirmed before it is decided', async () => {
    expect(reason(await rounds().close('nairobi', round))).toBe('roundNotDue')
    now = NOW + DAY
    expect(reason(await rounds().close('mombasa', round))).toBe('notRoundMember')
    expect(reason(await rounds().confirm('mombasa', round))).toBe('roundUndecided')
    expect(reason(await rounds().close('nairobi', 'nothing'))).toBe('roundNotFound')
  })

  it('is an alarm where something else was stated than is computed here, and nothing is confirmed', async () => {
    const view = await look()
    const cut = view?.present?.cut ?? []
    await test.node.database.write(async (tx) => {
      const { id } = await hostedNamed(tx, 'nairobi')
      const stated = { round: view?.round.place, cut, input: 'a'.repeat(64), result: 'b'.repeat(64) }
      await say(tx, { clock: () => now }, id, 'matching-result/1', stated)
    })
    const decided = await shown((each) => each?.state === 'decided')
    expect(decided?.found).toMatchObject({ agrees: false, computation: { kind: 'computed' } })
    expect(reason(await rounds().confirm('mombasa', round))).toBe('roundDiffers')
    expect(reason(await rounds().close('nairobi', round))).toBe('alreadySaid')
    const after = await look()
    expect(after?.round).toMatchObject({ confirmations: [], disagreements: [] })
  })
})

function demand<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value
  throw new Error(result.failure.reason)
}
