import { type FileHandle, open } from 'node:fs/promises'

import type { ArgsDef } from 'citty'

import type { Noun } from '../../features/capacity/index.ts'
import { CapacityKind, RetractionReason, UNITS_OF } from '../../records/index.ts'
import type { ShownStatement } from '../admin/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type Command, type CommandGroup, defineCommand } from '../command.ts'
import { CommandFailure, demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'
import type { World } from '../world.ts'

/** What is said is public and stays. */
const FOR_EVER = 'Public, permanent:'
const REASONS = RetractionReason.options
const AS = {
  type: 'string',
  required: true,
  valueHint: 'HANDLE',
  description: 'The member hosted here in whose name it is said',
} as const

/** An option, and which member of the record's body it fills. */
interface Option {
  readonly member: string
  readonly form: 'text' | 'number' | 'list' | 'numbers'
  readonly valueHint: string
  readonly description: string
}

function option(member: string, form: Option['form'], valueHint: string, description: string): Option {
  return { member, form, valueHint, description }
}

const MEASURE = {
  kind: option('kind', 'text', CapacityKind.options.join('|'), 'What it is'),
  unit: option('unit', 'text', 'UNIT', 'What it is counted in, where the kind has more than one unit'),
  amount: option('amount', 'number', 'NUMBER', 'How much'),
  title: option('title', 'text', 'TEXT', 'Words under which people find it again'),
  language: option('language', 'text', 'CODE', 'In which language title and text are written, such as fr'),
}
const TECHNICAL = {
  'memory-gb': option('memoryGb', 'number', 'NUMBER', 'Least memory of each device, in gigabytes'),
  accelerators: option('accelerators', 'list', 'NAME,…', 'cuda, rocm, ascend, metal, tpu or cpu'),
  languages: option('languages', 'list', 'CODE,…', 'Natural languages that it is about'),
  from: option('from', 'text', 'DAY', 'First day, such as 2027-01-31'),
  until: option('until', 'text', 'DAY', 'Last day'),
}

const OPTIONS: Readonly<Record<Noun, Readonly<Record<string, Option>>>> = {
  need: {
    ...MEASURE,
    purpose: option('purpose', 'text', 'TEXT', 'What it is for, and what will come of it'),
    country: option('country', 'text', 'CODE', 'Where it will be used (ISO 3166), such as KE'),
    sector: option('sector', 'text', 'NAME', 'health, education, agriculture, climate, language, …'),
    minimum: option('minimum', 'number', 'NUMBER', 'Less than this is of no use'),
    goals: option('goals', 'numbers', 'NUMBER,…', 'Sustainable development goals, 1 to 17'),
    ...TECHNICAL,
    residency: option('residency', 'list', 'CODE,…', 'Countries in which data may be processed'),
    accepts: option('accepts', 'list', 'ID,…', 'Conditions of offers that are accepted'),
    outputs: option('outputs', 'text', 'TEXT', 'What everybody gets back'),
  },
  offer: {
    ...MEASURE,
    description: option('description', 'text', 'TEXT', 'What exactly, and how one gets it'),
    ...TECHNICAL,
    location: option('location', 'text', 'CODE', 'Country in which it is provided'),
    pledge: option('pledge', 'text', 'ID', 'The pledge that it keeps a part of'),
  },
  pledge: {
    ...MEASURE,
    description: option('description', 'text', 'TEXT', 'What exactly is promised'),
    until: option('until', 'text', 'DAY', 'By when'),
  },
  group: {},
}

const EXAMPLES: Readonly<Record<Noun, readonly string[]>> = {
  need: [
    'ayni need state --kind compute --unit gpu-hour --amount 400 --title "Speech for clinics" --purpose "Fine-tune a speech model." --language en --country KE --sector health --as nairobi --data data',
    'ayni need state --file need.json --replaces 3f2a… --as nairobi --data data',
  ],
  offer: [
    'ayni offer state --kind compute --unit gpu-hour --amount 5000 --title "Cluster, nights" --description "Slurm, from 18 to 6." --language en --location FR --as lyon --data data',
    'ayni offer state --file offer.json --as lyon --data data',
  ],
  pledge: [
    'ayni pledge state --kind skills --amount 500 --title "Training places" --description "Courses until 2031." --language en --until 2031-12-31 --as lyon --data data',
  ],
  group: ['ayni group publish ldc-2026.json --as lyon --data data'],
}

const WHAT: Readonly<Record<Noun, string>> = {
  need: 'what a member needs',
  offer: 'what a member offers, to whom, and on which conditions',
  pledge: 'what a member promises in all, until a day',
  group: 'a group of countries as a source lists it on a day',
}

const REPLACES = {
  type: 'string',
  valueHint: 'ID',
  description: 'What it takes the place of',
} as const

function stating(noun: Exclude<Noun, 'group'>): Command {
  const options = Object.entries(OPTIONS[noun])
  const args: ArgsDef = {
    file: {
      type: 'string',
      valueHint: 'FILE.json',
      description: 'The whole statement as JSON, as docs/spec/records.md has it; options change it',
    },
    ...Object.fromEntries(
      options.map(([name, { valueHint, description }]) => [name, { type: 'string', valueHint, description }]),
    ),
    replaces: REPLACES,
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  }
  return defineCommand({
    summary: `${FOR_EVER} state ${WHAT[noun]}`,
    examples: EXAMPLES[noun],
    args,
    async run(given, world) {
      const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined)
      const file = text('file')
      const fromFile = file === undefined ? {} : await readObject(file)
      const typed = options.flatMap(([name, each]) => {
        const value = text(name)
        return value === undefined ? [] : [[each.member, valueOf(each, value, `--${name}`)] as const]
      })
      const body = { ...fromFile, ...Object.fromEntries(typed) }
      await say(world, noun, withUnit(body), {
        as: text('as') ?? '',
        replaces: text('replaces') ?? null,
        data: text('data') ?? DATA.default,
        json: given['json'] === true,
      })
    },
  })
}

const publish = defineCommand({
  summary: `${FOR_EVER} publish ${WHAT.group}`,
  examples: EXAMPLES.group,
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'JSON with code, name, source, url, asOf and countries',
    },
    replaces: REPLACES,
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ file, replaces = null, as, data, json }, world) {
    await say(world, 'group', await readObject(file), { as, replaces, data, json: json === true })
  },
})

async function say(
  world: World,
  noun: Noun,
  body: Readonly<Record<string, unknown>>,
  { as, replaces, data, json }: { as: string; replaces: string | null; data: string; json: boolean },
): Promise<void> {
  const input = { as, noun, body: asJson(body), replaces }
  const { id } = await withAdmin(world, data, 'existing', async (admin) =>
    demand(await admin.ask('stateCapacity', input)),
  )
  print(world, json, { noun, id }, [`Stated by ${as}: ${noun} ${id}`])
}

function listing(noun: Noun): Command {
  return defineCommand({
    summary: `List every ${noun} that is known here`,
    examples: [`ayni ${noun} list --data data`, `ayni ${noun} list --all --json --data data`],
    args: {
      all: { type: 'boolean', description: 'Those that were withdrawn or replaced, too' },
      data: DATA,
      json: JSON_OUTPUT,
    },
    async run({ all, data, json }, world) {
      const stated = await withAdmin(world, data, 'existing', async (admin) =>
        demand(await admin.ask('listStated', { noun, all: all === true })),
      )
      print(world, json, stated, table(stated.map(lineOf)))
    },
  })
}

function showing(noun: Noun): Command {
  return defineCommand({
    summary: `Show one ${noun} as everybody computes it from the same logs`,
    examples: [`ayni ${noun} show 3f2a… --data data`],
    args: {
      id: { type: 'positional', required: true, description: `Id of the ${noun}` },
      data: DATA,
      json: JSON_OUTPUT,
    },
    async run({ id, data, json }, world) {
      const stated = await withAdmin(world, data, 'existing', async (admin) =>
        demand(await admin.ask('showStated', { noun, id })),
      )
      print(world, json, stated, [
        lineOf(stated).join('  '),
        `said ${stated.time}, entry ${stated.record.index} of ${stated.record.origin}`,
        ...(stated.replacedBy === null ? [] : [`its place has ${stated.replacedBy}`]),
        JSON.stringify(stated.body, null, 2),
      ])
    },
  })
}

function withdrawing(noun: Noun): Command {
  return defineCommand({
    summary: `${FOR_EVER} take back a ${noun} that a member stated`,
    examples: [`ayni ${noun} withdraw 3f2a… --reason superseded --as nairobi --data data`],
    args: {
      id: { type: 'positional', required: true, description: `Id of the ${noun}` },
      reason: { type: 'string', required: true, valueHint: REASONS.join('|'), description: 'Why' },
      as: AS,
      data: DATA,
      json: JSON_OUTPUT,
    },
    async run({ id, reason, as, data, json }, world) {
      const parsed = RetractionReason.safeParse(reason)
      if (!parsed.success) throw new UsageError(`The option --reason needs one of ${REASONS.join(', ')}.`)
      const input = { as, noun, id, reason: parsed.data }
      await withAdmin(world, data, 'existing', async (admin) =>
        demand(await admin.ask('withdrawCapacity', input)),
      )
      print(world, json, input, [`Taken back by ${as}: ${noun} ${id}. Its record stays in the log.`])
    },
  })
}

function lineOf(shown: ShownStatement): readonly string[] {
  const state = shown.state === 'open' ? '' : shown.state
  const who = shown.handle ?? shown.member
  if (shown.noun === 'group') {
    const { code, name, asOf, countries } = shown.body
    return [shown.id, who, `${who}/${code}`, `as of ${asOf}`, `${countries.length} countries`, name, state]
  }
  const { amount, unit, title } = shown.body
  const where = shown.noun === 'need' ? shown.body.country : ''
  return [shown.id, who, where, `${amount} ${unit}`, title, state]
}

function valueOf({ form }: Option, text: string, name: string): unknown {
  const parts = text.split(',').map((part) => part.trim())
  switch (form) {
    case 'text':
      return text
    case 'number':
      return numberIn(text, name)
    case 'list':
      return parts
    case 'numbers':
      return parts.map((part) => numberIn(part, name))
  }
}

function numberIn(text: string, name: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`The option ${name} needs a whole number.`)
  return Number(text)
}

/** Of most kinds there is one unit. */
function withUnit(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kind = CapacityKind.safeParse(body['kind'])
  const [only, another] = kind.success ? UNITS_OF[kind.data] : []
  return body['unit'] === undefined && only !== undefined && another === undefined
    ? { ...body, unit: only }
    : body
}

/** More than any record can hold. */
const LONGEST_FILE = 256 * 1024

async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  await using file = await open(path)
  const value = parsed(await readStart(file), path)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandFailure(`${path} holds no JSON object.`)
  return { ...value }
}

async function readStart(file: FileHandle): Promise<string> {
  const bytes = new Uint8Array(LONGEST_FILE + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > LONGEST_FILE) throw new CommandFailure('The file is larger than any statement can be.')
    if (bytesRead === 0) return new TextDecoder().decode(bytes.subarray(0, length))
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CommandFailure(`${path} is not JSON: ${error.message}`)
  }
}

/** As it goes over the socket. */
function asJson(body: Readonly<Record<string, unknown>>) {
  return JSON.parse(JSON.stringify(body))
}

function groupOf(noun: Exclude<Noun, 'group'>, summary: string): CommandGroup {
  return {
    kind: 'group',
    summary,
    commands: {
      state: async () => stating(noun),
      list: async () => listing(noun),
      show: async () => showing(noun),
      withdraw: async () => withdrawing(noun),
    },
  }
}

export const need = groupOf('need', 'What members need')
export const offer = groupOf('offer', 'What members offer')
export const pledge = groupOf('pledge', 'What members promise in all, until a day')
export const group: CommandGroup = {
  kind: 'group',
  summary: 'Groups of countries as named sources list them',
  commands: {
    publish: async () => publish,
    list: async () => listing('group'),
    show: async () => showing('group'),
    withdraw: async () => withdrawing('group'),
  },
}
