import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createRepo, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ask, type Member, shownAt, startMember, until } from '../support/federation.ts'
import { run } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

interface Round {
  readonly state: string
  readonly needs: readonly unknown[]
  readonly offers: readonly unknown[]
  readonly decision: { readonly resultHash: string } | null
  readonly confirmedBy: readonly unknown[]
  readonly found: {
    readonly state: string
    readonly result?: {
      readonly allocations: readonly Allocation[]
      readonly received: readonly { readonly institution: string; readonly amount: string }[]
      readonly explanations: readonly unknown[]
    }
  } | null
}

interface Allocation {
  readonly need: string
  readonly offer: string
  readonly amount: string
}

interface Agreed {
  readonly state: string
  readonly overdue: boolean
  readonly obligations: readonly { readonly delivered: string; readonly claimed: string }[]
}

interface Ledger {
  readonly unopened: number
  readonly totals: readonly Readonly<Record<string, string>>[]
  readonly groups: readonly {
    readonly code: string
    readonly totals: readonly Readonly<Record<string, string>>[]
  }[]
  readonly flows: readonly unknown[]
}

const COUNTRIES = { nairobi: 'KE', cusco: 'PE', dhaka: 'BD', lyon: 'FR' } as const
const KIND = ['--kind', 'compute', '--unit', 'gpu-hour'] as const

/** Twelve needs: 400, 300 and 600 hours in all. */
const NEEDS = {
  nairobi: [40, 60, 100, 200],
  cusco: [50, 50, 100, 100],
  dhaka: [100, 150, 50, 300],
} as const

/** Five offers of 600 hours; half of the largest is kept for the least developed, and of one nobody gets more than 30. */
const OFFERS = [
  ['lyon', { title: 'Days', amount: 300, reserves: [{ group: 'ldc', amount: 150, mode: 'soft' }] }],
  ['lyon', { title: 'Nights', amount: 100 }],
  ['lyon', { title: 'Trials', amount: 80, caps: { member: 30 } }],
  ['cusco', { title: 'Summer', amount: 60 }],
  ['nairobi', { title: 'Weekends', amount: 60 }],
] as const

const USAGE = `JobID|Start|End|Elapsed|AllocTRES
7|2026-10-02T00:00:00|2026-10-02T20:00:00|20:00:00|cpu=8,gres/gpu=2
8|2026-10-05T00:00:00|2026-10-05T05:00:00|05:00:00|gres/gpu=2
`
const TABLE = 'unit,amount,day\ngpu-hour,25,2026-10-07\n'

/** Four nodes of their own, each following the three others. */
describe('needs and offers of four members', () => {
  let nodes: readonly Member[] = []
  const at = (handle: string) => nodes.find((node) => node.handle === handle) ?? orFail(handle)
  let round = ''
  let allocations: readonly Allocation[] = []
  let resultHash = ''

  beforeAll(async () => {
    nodes = await Promise.all(Object.keys(COUNTRIES).map((handle) => startMember(handle)))
    for (const [handle, country] of Object.entries(COUNTRIES))
      await ask(at(handle), 'member', 'country', handle, country)
    await Promise.all(
      nodes.map(async (node) => {
        for (const other of nodes) if (node !== other) await node.follow(other)
      }),
    )
  })
  afterAll(() => Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())))

  async function fileOf(node: Member, name: string, content: object): Promise<string> {
    const file = join(node.dataFolder, '..', `${name}.json`)
    await writeFile(file, JSON.stringify(content))
    return file
  }

  /** What one member needs and offers. */
  async function stateAll(handle: string): Promise<void> {
    for (const [index, amount] of (NEEDS[handle as keyof typeof NEEDS] ?? []).entries()) {
      const about = [
        '--title',
        `Speech ${index + 1}`,
        '--purpose',
        'Train a speech model.',
        '--language',
        'en',
      ]
      const where = [
        '--country',
        COUNTRIES[handle as keyof typeof NEEDS],
        '--sector',
        'language',
        '--as',
        handle,
      ]
      await ask(at(handle), 'need', 'state', ...KIND, '--amount', String(amount), ...about, ...where)
    }
    for (const [, { title, ...rest }] of OFFERS.filter(([supplier]) => supplier === handle)) {
      const body = {
        kind: 'compute',
        unit: 'gpu-hour',
        language: 'en',
        title,
        description: 'Idle hours.',
        ...rest,
      }
      const file = await fileOf(at(handle), title, body)
      await ask(at(handle), 'offer', 'state', '--file', file, '--as', handle)
    }
  }

  it('are stated: twelve needs, five offers, one reserve for a group that is published first', async () => {
    const list = {
      code: 'ldc',
      name: 'An example list',
      source: 'This story',
      asOf: '2026-01-01',
      countries: ['BD', 'MW'],
    }
    await ask(at('lyon'), 'group', 'publish', await fileOf(at('lyon'), 'ldc', list), '--as', 'lyon')
    await until(async () => (await ask<unknown[]>(at('lyon'), 'group', 'list')).length === 1)
    await Promise.all([...Object.keys(NEEDS), 'lyon'].map(stateAll))
    for (const node of nodes) {
      await until(async () => (await ask<unknown[]>(node, 'need', 'list')).length === 12)
      await until(async () => (await ask<unknown[]>(node, 'offer', 'list')).length === 5)
    }
    const page = await (await fetch(`${at('dhaka').url}/en/needs`)).text()
    expect(page).toContain('All 8 needs')
  })

  it('are shared out by a round: nobody can have more unless somebody has less', async () => {
    const words = ['--title', 'Winter', '--description', 'Hours for speech.', '--as', 'lyon']
    const deadline = new Date(Date.now() + 2000).toISOString()
    ;({ round } = await ask<{ round: string }>(
      at('lyon'),
      'round',
      'announce',
      ...KIND,
      ...words,
      '--deadline',
      deadline,
    ))
    await shownAt<Round>(at('lyon'), ['round', 'show', round], ({ state }) => state === 'due')
    ;({ resultHash } = await ask<{ resultHash: string }>(at('lyon'), 'round', 'close', round, '--as', 'lyon'))
    for (const node of nodes) {
      const shown = await shownAt<Round>(
        node,
        ['round', 'show', round],
        ({ found }) => found?.state === 'same',
      )
      expect(shown.decision?.resultHash).toBe(resultHash)
      // 600 hours, three members: 200 each, whatever they asked for and however they split it.
      expect(shown.found?.result?.received.map(({ amount }) => amount)).toEqual(['200', '200', '200'])
      expect(shown.found?.result?.explanations).toHaveLength(12)
      allocations = shown.found?.result?.allocations ?? []
    }
    await ask(at('cusco'), 'round', 'confirm', round, '--as', 'cusco')
    await shownAt<Round>(at('lyon'), ['round', 'show', round], ({ confirmedBy }) => confirmedBy.length === 1)
    const page = `${at('nairobi').url}/rounds/${round}`
    expect(await (await fetch(page)).text()).toContain('ayni match check')
    const files = await Promise.all(
      ['round', 'result'].map(async (name) => {
        const file = join(at('nairobi').dataFolder, '..', `${name}.json`)
        await writeFile(file, await (await fetch(`${page}/${name}.json`)).text())
        return file
      }),
    )
    expect((await run(process.execPath, [AYNI, 'match', 'check', ...files])).code).toBe(0)
  })

  /** One party drafts and signs, the other signs when it hears of it. */
  async function agree(supplier: string, receiver: string, due: string, part: Allocation): Promise<string> {
    const file = await fileOf(at(supplier), `agreement-${part.need}`, {
      with: receiver,
      title: `Hours for ${receiver}`,
      description: 'What the round decided.',
      language: 'en',
      obligations: [
        {
          by: supplier,
          kind: 'compute',
          unit: 'gpu-hour',
          amount: Number(part.amount),
          text: 'Hours.',
          due,
          need: part.need,
          offer: part.offer,
        },
      ],
      from: '2026-10-01',
      until: '2027-12-31',
      country: COUNTRIES[receiver as keyof typeof COUNTRIES],
      sector: 'language',
    })
    const { draft } = await ask<{ draft: string }>(
      at(supplier),
      'agreement',
      'draft',
      '--file',
      file,
      '--as',
      supplier,
    )
    const { agreement } = await ask<{ agreement: string }>(
      at(supplier),
      'agreement',
      'sign',
      draft,
      '--as',
      supplier,
    )
    await shownAt<Agreed>(at(receiver), ['agreement', 'show', agreement], ({ state }) => state === 'proposed')
    await ask(at(receiver), 'agreement', 'answer', agreement, '--sign', '--as', receiver)
    await shownAt<Agreed>(at(supplier), ['agreement', 'show', agreement], ({ state }) => state === 'active')
    return agreement
  }

  it('are agreed and delivered: one is accepted, one disputed, one overdue', async () => {
    const needs = await ask<{ id: string; handle: string }[]>(at('lyon'), 'need', 'list')
    const offers = await ask<{ id: string; handle: string }[]>(at('lyon'), 'offer', 'list')
    const partOf = (receiver: string) =>
      allocations.find(
        ({ need, offer }) =>
          needs.some(({ id, handle }) => id === need && handle === receiver) &&
          offers.some(({ id, handle }) => id === offer && handle === 'lyon'),
      ) ?? orFail(`lyon to ${receiver}`)
    const toDhaka = await agree('lyon', 'dhaka', '2099-12-31', partOf('dhaka'))
    const toNairobi = await agree('lyon', 'nairobi', '2099-12-31', partOf('nairobi'))
    const toCusco = await agree('lyon', 'cusco', '2026-10-31', partOf('cusco'))

    const repo = { type: 'dataset' as const, name: 'lyon/usage' }
    const hub = { hubUrl: at('lyon').url, accessToken: at('lyon').token, repo }
    await createRepo(hub)
    const files = [
      { path: 'october.txt', content: new Blob([USAGE]) },
      { path: 'table.csv', content: new Blob([TABLE]) },
    ]
    await uploadFiles({ ...hub, files })
    const days = ['--from', '2026-10-01', '--until', '2026-10-31', '--as', 'lyon']
    const deliver = (agreement: string, amount: string, evidence: string) =>
      ask(at('lyon'), 'delivery', 'state', agreement, '--amount', amount, ...days, '--evidence', evidence)
    await deliver(toDhaka, '50', 'slurm:datasets/lyon/usage@main:october.txt')
    await deliver(toNairobi, '30', 'csv:datasets/lyon/usage@main:table.csv')
    const judge = async (receiver: string, agreement: string, delivered: string, ...words: string[]) => {
      await shownAt<Agreed>(
        at(receiver),
        ['agreement', 'show', agreement],
        ({ obligations }) => obligations[0]?.delivered === delivered,
      )
      const args = ['delivery', 'list', '--agreement', agreement]
      const [said] = await ask<{ delivery: string }[]>(at(receiver), ...args)
      const [verb = '', ...rest] = words
      await ask(at(receiver), 'delivery', verb, said?.delivery ?? '', ...rest, '--as', receiver)
    }
    await judge('dhaka', toDhaka, '50', 'accept')
    await judge('nairobi', toNairobi, '25', 'dispute', '--reason', 'Five hours are missing.')
    await shownAt<Agreed>(at('lyon'), ['agreement', 'show', toNairobi], ({ state }) => state === 'disputed')
    const late = await shownAt<Agreed>(at('cusco'), ['agreement', 'show', toCusco], ({ overdue }) => overdue)
    expect(late.state).toBe('active')
  })

  /** The ledger as a node counts it, once its evidence is opened and nothing more is on its way. */
  async function ledgerAt(node: Member): Promise<string> {
    return until(async () => {
      const { stdout } = await node.cli('ledger', 'show', '--as-of', '2026-12-01', '--json')
      const { unopened, totals } = JSON.parse(stdout) as Ledger
      const isAll = totals[0]?.['accepted'] === '50' && totals[0]['disputed'] === '30'
      return unopened === 0 && isAll && stdout
    })
  }

  it('come to the same totals at every node, and at one that follows them only now', async () => {
    await using suva = await startMember('suva')
    for (const other of nodes.toReversed()) await suva.follow(other)
    const shown = await shownAt<Round>(suva, ['round', 'show', round], ({ found }) => found?.state === 'same')
    expect(shown.decision?.resultHash).toBe(resultHash)
    const ledgers = await Promise.all([...nodes, suva].map(ledgerAt))
    expect(new Set(ledgers).size).toBe(1)
    const ledger = JSON.parse(ledgers[0] ?? '') as Ledger
    expect(ledger.totals).toMatchObject([
      { unit: 'gpu-hour', delivered: '75', claimed: '5', accepted: '50', disputed: '30' },
    ])
    expect(Number(ledger.totals[0]?.['overdue'])).toBeGreaterThan(0)
    expect(ledger.groups).toMatchObject([{ code: 'ldc', totals: [{ accepted: '50' }] }])
    expect(ledger.flows).toHaveLength(3)
    const page = await (await fetch(`${suva.url}/en/ledger`)).text()
    for (const words of ['75', 'Hours for cusco']) expect(page).toContain(words)
    const rebuilt = await suva.cli('rebuild', '--json')
    expect(rebuilt.code).toBe(0)
    expect(await ledgerAt(suva)).toBe(ledgers[0])
  })
})

function orFail(what: string): never {
  throw new Error(`there is no ${what}`)
}
