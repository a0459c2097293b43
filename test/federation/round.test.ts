import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ask, type Member, shownAt as shownBy, startMember, until } from '../support/federation.ts'
import { run, temporaryFolder } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

interface Shown {
  readonly state: string
  readonly needs: readonly { readonly handle: string; readonly amount: string }[]
  readonly offers: readonly { readonly handle: string }[]
  readonly cut: readonly { readonly origin: string; readonly size: number }[]
  readonly decision: { readonly input: string; readonly resultHash: string } | null
  readonly confirmedBy: readonly { readonly handle: string }[]
  readonly found: {
    readonly state: string
    readonly result?: { readonly received: readonly { readonly amount: string }[] }
    readonly logs?: readonly { readonly lack: string; readonly handle: string }[]
  } | null
}

/** The round as a node shows it, once it is as wanted. */
function shownAt(node: Member, round: string, isWanted: (shown: Shown) => boolean): Promise<Shown> {
  return shownBy(node, ['round', 'show', round], isWanted)
}

const KIND = ['--kind', 'compute', '--unit', 'gpu-hour'] as const

function need(node: Member, amount: number): Promise<unknown> {
  const about = [
    '--title',
    `${node.handle} speech`,
    '--purpose',
    'Train a speech model.',
    '--country',
    'KE',
    '--language',
    'en',
  ]
  const rest = ['--sector', 'language', '--as', node.handle]
  return ask(node, 'need', 'state', ...KIND, '--amount', String(amount), ...about, ...rest)
}

describe('a round of matching', () => {
  let nodes: readonly Member[] = []
  const at = (handle: string) => nodes.find((node) => node.handle === handle) ?? orFail(handle)
  let round = ''

  beforeAll(async () => {
    nodes = await Promise.all(['nairobi', 'cusco', 'dhaka'].map((handle) => startMember(handle)))
    const follow = (one: string, other: string) => at(one).follow(at(other))
    await Promise.all([follow('nairobi', 'cusco'), follow('cusco', 'nairobi')])
    await Promise.all([follow('nairobi', 'dhaka'), follow('dhaka', 'cusco')])
    await Promise.all([need(at('cusco'), 70), need(at('dhaka'), 30)])
    const about = [
      '--title',
      'Spare hours',
      '--description',
      'Idle at night.',
      '--amount',
      '80',
      '--language',
      'en',
    ]
    await ask(at('nairobi'), 'offer', 'state', ...KIND, ...about, '--as', 'nairobi')
  })
  afterAll(() => Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())))

  const words = ['--title', 'Winter', '--description', 'Hours for speech.', '--as', 'nairobi']

  function announce(deadline: string): Promise<{ readonly round: string }> {
    return ask(at('nairobi'), 'round', 'announce', ...KIND, ...words, '--deadline', deadline)
  }

  it('is announced with a deadline to come, and shows what takes part so far', async () => {
    const past = await at('nairobi').cli('round', 'announce', ...KIND, ...words, '--deadline', '2020-01-01')
    expect(past).toMatchObject({ code: 1, stderr: expect.stringContaining('deadline') })
    const { round } = await announce('2099-01-01')
    const shown = await shownAt(
      at('nairobi'),
      round,
      ({ needs, offers }) => needs.length + offers.length === 3,
    )
    expect(shown).toMatchObject({ state: 'open', decision: null, found: null })
    const early = await at('nairobi').cli('round', 'close', round, '--as', 'nairobi')
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('2099') })
  })

  it('is decided by the member that announced it, after its deadline', async () => {
    ;({ round } = await until(() => announce(new Date(Date.now() + 2000).toISOString()).catch(() => null)))
    await shownAt(at('nairobi'), round, ({ state }) => state === 'due')
    await shownAt(at('cusco'), round, ({ state }) => state === 'due')
    const foreign = await at('cusco').cli('round', 'close', round, '--as', 'cusco')
    expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining('Only the member') })
    const closed = await ask<{ resultHash: string }>(
      at('nairobi'),
      'round',
      'close',
      round,
      '--as',
      'nairobi',
    )
    expect((await at('nairobi').cli('round', 'close', round, '--as', 'nairobi')).code).toBe(1)
    const decided = await shownAt(at('nairobi'), round, ({ state }) => state === 'decided')
    expect(decided).toMatchObject({ decision: { resultHash: closed.resultHash }, found: { state: 'same' } })
    const received = decided.found?.result?.received.map(({ amount }) => Number(amount))
    expect(received?.toSorted((left, right) => left - right)).toEqual([30, 50])
  })

  it('says what is missing where a log is not here, and comes to the same once it is', async () => {
    const lacking = await shownAt(at('cusco'), round, ({ state }) => state === 'decided')
    expect(lacking.found).toMatchObject({ state: 'lacking', logs: [{ lack: 'unknown' }] })
    const early = await at('cusco').cli('round', 'confirm', round, '--as', 'cusco')
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be computed here') })
    await at('cusco').follow(at('dhaka'))
    await shownAt(at('cusco'), round, ({ found }) => found?.state === 'same')
    await ask(at('cusco'), 'round', 'confirm', round, '--as', 'cusco')
    const confirmed = await shownAt(at('nairobi'), round, ({ confirmedBy }) => confirmedBy.length > 0)
    expect(confirmed.confirmedBy).toMatchObject([{ handle: 'cusco' }])
  })

  it('comes to the same bytes at a node that follows them later and in another order', async () => {
    await using lima = await startMember('lima')
    for (const other of ['dhaka', 'cusco', 'nairobi']) await lima.follow(at(other))
    await shownAt(lima, round, ({ found }) => found?.state === 'same')
    await using folder = await temporaryFolder()
    const files = async (node: Member) => {
      const to = join(folder.path, node.handle)
      await ask(node, 'round', 'export', round, '--to', to)
      const names = ['ROUND.json', 'RESULT.json']
      return Promise.all(names.map((name) => readFile(join(to, name), 'utf8')))
    }
    expect(await files(lima)).toEqual(await files(at('nairobi')))
    const exported = ['ROUND.json', 'RESULT.json'].map((name) => join(folder.path, 'lima', name))
    expect(await run(process.execPath, [AYNI, 'match', 'check', ...exported])).toMatchObject({ code: 0 })
  })
})

function orFail(handle: string): never {
  throw new Error(`no ${handle}`)
}
