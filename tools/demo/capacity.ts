/**
 * A need that is met, all by commands: three members say what they need and offer, a round shares it out, two of them
 * agree, one delivers, the other accepts, and something is late. Every text says that it is an example.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { z } from 'zod'

import { publish } from './javascript-client.ts'
import type { DemoNode } from './node.ts'

const KIND = ['--kind', 'compute', '--unit', 'gpu-hour']
const DAY = 24 * 3600 * 1000
/** From the moment a round is announced: time enough for the announcement itself on a slow machine. */
const DEADLINE_MS = 6000

const COUNTRIES = { nairobi: 'KE', quito: 'EC', cairo: 'EG' } as const

const GROUP = {
  code: 'example',
  name: 'Example list of countries',
  source: 'Example list of this demo',
  countries: ['BD', 'KE', 'MW'],
}

const NEEDS = {
  nairobi: {
    amount: 200,
    language: 'en',
    title: 'Speech in Swahili (example)',
    purpose: 'Train a model that writes down what farmers ask (example of this demo).',
    sector: 'language',
  },
  quito: {
    amount: 120,
    language: 'es',
    title: 'Traducción al kichwa (ejemplo)',
    purpose: 'Adaptar un modelo de traducción para centros de salud (ejemplo de esta demostración).',
    sector: 'health',
  },
} as const

const OFFERS = {
  cairo: {
    amount: 180,
    language: 'ar',
    title: 'ساعات ليلية على العنقود الحاسوبي (مثال)',
    description: 'ساعات غير مستخدمة من السادسة مساءً إلى السادسة صباحًا (مثال من هذا العرض).',
    reserves: [{ group: GROUP.code, amount: 100, mode: 'soft' }],
  },
  nairobi: {
    amount: 40,
    language: 'en',
    title: 'Weekends of our cluster (example)',
    description: 'Idle hours on Saturdays and Sundays (example of this demo).',
  },
} as const

const ROUND = {
  title: 'Ronda de ejemplo',
  description: 'Horas de cómputo para modelos de lenguaje (ejemplo de esta demostración).',
}

/** What the scheduler in Cairo counted: two graphics processors for a day, and for a quarter of one. */
const DELIVERED = 60
const REPORT = 'usage.txt'
const USAGE_CARD = `---
license: cc0-1.0
language: [ar]
tags: [example]
---

# استخدام العنقود الحاسوبي (مثال)

تقرير قصير بصيغة مجدول المهام، يُحسب منه ما سُلّم من ساعات. مثال من هذا العرض، لا يخص أحدًا.
`

const Listed = z.array(z.object({ id: z.string(), handle: z.string() }))
const Announced = z.object({ round: z.string() })
const Allocation = z.object({ need: z.string(), offer: z.string(), amount: z.string() })
const Round = z.object({
  state: z.string(),
  decision: z.object({ resultHash: z.string() }).nullable(),
  found: z
    .object({
      state: z.string(),
      result: z.object({ allocations: z.array(Allocation) }).optional(),
    })
    .nullable(),
})
const Agreed = z.object({
  state: z.string(),
  overdue: z.boolean(),
  obligations: z.array(z.object({ delivered: z.string(), accepted: z.string() })),
})
const Drafted = z.object({ draft: z.string() })
const Signed = z.object({ agreement: z.string() })
const Delivered = z.object({ delivery: z.string() })
const Totals = z.object({
  unit: z.string(),
  delivered: z.string(),
  accepted: z.string(),
  overdue: z.string(),
})
const Ledger = z.object({ unopened: z.int(), totals: z.array(Totals) })

type Nodes = Readonly<Record<keyof typeof COUNTRIES, DemoNode>>

/** What came of it, to be looked at. */
export interface MatchedNeed {
  readonly round: string
  readonly agreement: string
}

/** Runs all of it, and fails unless the three nodes come to the same result and the same totals. */
export async function matchNeed(
  nodes: Nodes,
  folder: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<MatchedNeed> {
  await mkdir(folder, { recursive: true })
  const demo: Demo = { nodes, folder, signal }
  await stateAll(demo)
  say(
    '  nairobi and quito stated a need each; cairo and nairobi an offer each, one with hours kept for a group',
  )
  const { round, allocations, resultHash } = await shareOut(demo)
  say(
    `  quito announced a round and decided it; cairo confirms; all three compute ${resultHash.slice(0, 12)}…`,
  )
  const agreement = await agree(demo, await partOf(demo, allocations))
  say('  cairo and nairobi signed what each owes the other')
  await deliver(demo, agreement)
  say(
    `  cairo delivered ${DELIVERED} GPU hours by its scheduler’s report; nairobi accepted; its own part is late`,
  )
  await compareLedgers(demo)
  say('  the ledger comes to the same totals at all three')
  return { round, agreement }
}

interface Demo {
  readonly nodes: Nodes
  /** For the files that commands take. */
  readonly folder: string
  readonly signal: AbortSignal
}

type Part = z.infer<typeof Allocation>

/** First the list of countries, which an offer names; then needs and offers, until all three know them. */
async function stateAll({ nodes, folder, signal }: Demo): Promise<void> {
  const { nairobi, quito, cairo } = nodes
  await Promise.all([
    nairobi.ask(['member', 'country', 'nairobi', COUNTRIES.nairobi]),
    quito.ask(['member', 'country', 'quito', COUNTRIES.quito]),
    cairo.ask(['member', 'country', 'cairo', COUNTRIES.cairo]),
  ])
  const list = await written(folder, 'group', { ...GROUP, asOf: dayAgo(30) })
  await nairobi.ask(['group', 'publish', list, '--as', 'nairobi'])
  await until(signal, async () => Listed.parse(await cairo.ask(['group', 'list'])).length === 1)
  const state = async (node: DemoNode, noun: 'need' | 'offer', body: object) => {
    const file = await written(folder, `${noun}-${node.handle}`, {
      kind: 'compute',
      unit: 'gpu-hour',
      ...body,
    })
    await node.ask([noun, 'state', '--file', file, '--as', node.handle])
  }
  await Promise.all([
    state(nairobi, 'need', { ...NEEDS.nairobi, country: COUNTRIES.nairobi }),
    state(quito, 'need', { ...NEEDS.quito, country: COUNTRIES.quito }),
    state(cairo, 'offer', OFFERS.cairo),
  ])
  await state(nairobi, 'offer', OFFERS.nairobi)
  for (const noun of ['need', 'offer'])
    await until(signal, async () => Listed.parse(await quito.ask([noun, 'list'])).length === 2)
}

/** A round from its announcement to a result that every node computed for itself. */
async function shareOut({ nodes, signal }: Demo) {
  const { nairobi, quito, cairo } = nodes
  const deadline = new Date(Date.now() + DEADLINE_MS)
  const words = ['--title', ROUND.title, '--description', ROUND.description, '--language', 'es']
  const when = ['--deadline', deadline.toISOString(), '--show', GROUP.code, '--as', 'quito']
  const { round } = Announced.parse(await quito.ask(['round', 'announce', ...KIND, ...words, ...when]))
  await delay(Math.max(0, deadline.getTime() - Date.now()), undefined, { signal })
  await until(signal, async () => (await roundAt(quito, round))?.state === 'due')
  await quito.ask(['round', 'close', round, '--as', 'quito'])
  const shown = await Promise.all(
    [nairobi, quito, cairo].map((node) =>
      until(signal, async () => {
        const at = await roundAt(node, round)
        if (at?.found?.state === 'differs') throw new Error(`${node.handle} computes another result`)
        return at?.found?.state === 'same' && at
      }),
    ),
  )
  const [first, ...others] = shown.map(({ decision }) => decision?.resultHash)
  if (first === undefined || others.some((other) => other !== first))
    throw new Error('the three nodes know different results')
  await cairo.ask(['round', 'confirm', round, '--as', 'cairo'])
  return { round, resultHash: first, allocations: shown[0]?.found?.result?.allocations ?? [] }
}

async function roundAt(node: DemoNode, round: string): Promise<z.infer<typeof Round> | null> {
  const known = await node.ask(['round', 'list'])
  const isHere = z
    .array(Announced)
    .parse(known)
    .some((each) => each.round === round)
  return isHere ? Round.parse(await node.ask(['round', 'show', round])) : null
}

/** What the round gives nairobi of cairo's hours: all that it gets, as nobody supplies itself. */
async function partOf({ nodes: { cairo } }: Demo, allocations: readonly Part[]): Promise<Part> {
  const said = async (noun: 'need' | 'offer', handle: string) =>
    Listed.parse(await cairo.ask([noun, 'list'])).find((each) => each.handle === handle)?.id
  const [wanted, given] = [await said('need', 'nairobi'), await said('offer', 'cairo')]
  const part = allocations.find(({ need, offer }) => need === wanted && offer === given)
  if (!part) throw new Error('the round gives nairobi nothing of what cairo offers')
  return part
}

/** Cairo owes what the round decided; nairobi owes its data in return, and should have given it a week ago. */
async function agree({ nodes, folder, signal }: Demo, part: Part): Promise<string> {
  const { nairobi, cairo } = nodes
  const terms = {
    with: 'nairobi',
    title: 'ساعات حوسبة لنيروبي (مثال)',
    description: 'ما قررته الجولة، وفي المقابل بيانات للجميع (مثال من هذا العرض).',
    language: 'ar',
    obligations: [
      {
        by: 'cairo',
        kind: 'compute',
        unit: 'gpu-hour',
        amount: Number(part.amount),
        text: 'ساعات على العنقود الحاسوبي (مثال).',
        due: dayAgo(-90),
        need: part.need,
        offer: part.offer,
      },
      {
        by: 'nairobi',
        kind: 'data',
        unit: 'dataset',
        amount: 1,
        text: 'مجموعة بيانات للأسئلة المكتوبة (مثال).',
        due: dayAgo(7),
      },
    ],
    from: dayAgo(60),
    until: dayAgo(-365),
    country: COUNTRIES.nairobi,
    sector: 'language',
  }
  const file = await written(folder, 'agreement', terms)
  const drafting = await cairo.ask(['agreement', 'draft', '--file', file, '--as', 'cairo'])
  const { draft } = Drafted.parse(drafting)
  const { agreement } = Signed.parse(await cairo.ask(['agreement', 'sign', draft, '--as', 'cairo']))
  await until(signal, async () => (await agreementAt(nairobi, agreement))?.state === 'proposed')
  await nairobi.ask(['agreement', 'answer', agreement, '--sign', '--as', 'nairobi'])
  await until(signal, async () => (await agreementAt(cairo, agreement))?.state === 'active')
  return agreement
}

async function agreementAt(node: DemoNode, agreement: string): Promise<z.infer<typeof Agreed> | null> {
  const known = Signed.array().parse(await node.ask(['agreement', 'list']))
  const isHere = known.some((each) => each.agreement === agreement)
  return isHere ? Agreed.parse(await node.ask(['agreement', 'show', agreement])) : null
}

/** Cairo publishes what its scheduler counted and says so; nairobi opens it, finds as much, and accepts. */
async function deliver({ nodes, folder, signal }: Demo, agreement: string): Promise<void> {
  const { nairobi, cairo } = nodes
  const usage = join(folder, 'usage')
  await mkdir(usage, { recursive: true })
  await writeFile(join(usage, REPORT), schedulerReport())
  await writeFile(join(usage, 'README.md'), USAGE_CARD)
  const repo = { type: 'dataset', name: 'cairo/cluster-usage' } as const
  await publish(cairo, { repo, folder: usage, files: [REPORT, 'README.md'] })
  const evidence = ['--evidence', `slurm:datasets/${repo.name}@main:${REPORT}`]
  const what = ['--amount', String(DELIVERED), '--from', dayAgo(20), '--until', dayAgo(10)]
  const stating = ['delivery', 'state', agreement, ...what, ...evidence, '--as', 'cairo']
  const { delivery } = Delivered.parse(await cairo.ask(stating))
  const shows = (key: 'delivered' | 'accepted', node: DemoNode) => async () =>
    (await agreementAt(node, agreement))?.obligations[0]?.[key] === String(DELIVERED)
  await until(signal, shows('delivered', nairobi))
  await nairobi.ask(['delivery', 'accept', delivery, '--as', 'nairobi'])
  await until(signal, shows('accepted', cairo))
}

function schedulerReport(): string {
  const job = (id: number, day: string, end: string, elapsed: string) =>
    `${id}|${day}T00:00:00|${end}|${elapsed}|cpu=8,gres/gpu=2\n`
  const [first, second] = [dayAgo(18), dayAgo(15)]
  return [
    'JobID|Start|End|Elapsed|AllocTRES\n',
    job(7, first, `${dayAgo(17)}T00:00:00`, '1-00:00:00'),
    job(8, second, `${second}T06:00:00`, '06:00:00'),
  ].join('')
}

/** The ledger as each node counts it, once it has opened all evidence: the same bytes, with something late. */
async function compareLedgers({ nodes, signal }: Demo): Promise<void> {
  const args = ['ledger', 'show', '--as-of', dayAgo(0)]
  const ledgers = await Promise.all(
    [nodes.nairobi, nodes.quito, nodes.cairo].map((node) =>
      until(signal, async () => {
        const said = await node.ask(args)
        const { unopened, totals } = Ledger.parse(said)
        const isAll = totals.some(
          ({ unit, accepted }) => unit === 'gpu-hour' && accepted === String(DELIVERED),
        )
        return unopened === 0 && isAll && { said: JSON.stringify(said), totals }
      }),
    ),
  )
  if (new Set(ledgers.map(({ said }) => said)).size !== 1) throw new Error('the three ledgers differ')
  if (!ledgers[0]?.totals.some(({ overdue }) => overdue !== '0')) throw new Error('nothing is late')
}

/** A day, as many before today. */
function dayAgo(days: number): string {
  return new Date(Date.now() - days * DAY).toISOString().slice(0, 10)
}

async function written(folder: string, name: string, content: object): Promise<string> {
  const file = join(folder, `${name}.json`)
  await writeFile(file, JSON.stringify(content, null, 2))
  return file
}

/** Looks until something is so. */
async function until<Value>(signal: AbortSignal, look: () => Promise<Value | false>): Promise<Value> {
  for (;;) {
    const found = await look()
    if (found !== false) return found
    await delay(100, undefined, { signal })
  }
}
