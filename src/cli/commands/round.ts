import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { RULES, type RuleName } from '../../features/capacity/index.ts'
import { isoTime, momentOf } from '../../kernel/time.ts'
import { CAPACITY_KINDS, CAPACITY_UNITS, type CapacityKind, type CapacityUnit } from '../../records/index.ts'
import type { Admin, ShownRound } from '../admin/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'

const ROUND = { type: 'positional', required: true, description: 'Id of the round' } as const
const AS = {
  type: 'string',
  required: true,
  valueHint: 'HANDLE',
  description: 'The member hosted here in whose name it is said',
} as const

const announce = defineCommand({
  summary: 'Public, permanent: announce a round, in which needs meet offers by a rule',
  examples: [
    'ayni round announce --kind compute --unit gpu-hour --title "Winter round" --description "GPU hours for speech models." --deadline 2026-12-01 --as nairobi --data data',
    'ayni round announce --kind skills --unit seat --title Seats --description "Training places." --rule priority:ldc --show ldc --weight ldc=2 --deadline 2026-12-01T12:00:00Z --as nairobi --data data',
  ],
  args: {
    kind: {
      type: 'string',
      required: true,
      valueHint: CAPACITY_KINDS.join('|'),
      description: 'What is shared out',
    },
    unit: {
      type: 'string',
      required: true,
      valueHint: CAPACITY_UNITS.join('|'),
      description: 'In which unit it is counted',
    },
    title: { type: 'string', required: true, valueHint: 'TEXT', description: 'What it is called' },
    description: { type: 'string', required: true, valueHint: 'TEXT', description: 'What it is for' },
    language: {
      type: 'string',
      default: 'en',
      valueHint: 'CODE',
      description: 'In which language title and description are written',
    },
    rule: {
      type: 'string',
      default: 'leximin',
      valueHint: 'leximin|proportional|priority:GROUP,…',
      description: 'How it is shared out; priority names groups, the first served first',
    },
    deadline: {
      type: 'string',
      required: true,
      valueHint: 'TIME',
      description: 'What was stated before then takes part; a day begins at midnight UTC',
    },
    member: {
      type: 'string',
      valueHint: 'HANDLE|ID,…',
      description: 'Who takes part; everybody unless told',
    },
    weight: {
      type: 'string',
      valueHint: 'GROUP=WEIGHT,…',
      description: 'Groups of countries that count more: by id, by short name, or as HANDLE/NAME',
    },
    show: { type: 'string', valueHint: 'GROUP,…', description: 'Groups whose share is shown' },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ kind, unit, rule, deadline, member, weight, show, as, data, json, ...words }, world) {
    const input = {
      as,
      kind: oneOf<CapacityKind>(CAPACITY_KINDS, kind, '--kind'),
      unit: oneOf<CapacityUnit>(CAPACITY_UNITS, unit, '--unit'),
      title: words.title,
      description: words.description,
      language: words.language,
      ...readRule(rule),
      deadline: readTime(deadline, '--deadline'),
      members: namesIn(member),
      weights: namesIn(weight).map(readWeight),
      shown: namesIn(show),
    }
    const announced = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('announceRound', input)),
    )
    print(world, json, announced, [
      `${input.title} is announced by ${as}: ${announced.round}`,
      `After ${input.deadline}: ayni round close ${announced.round} --as ${as}`,
    ])
  },
})

const list = defineCommand({
  summary: 'List the rounds that are known here, the latest deadline first',
  examples: ['ayni round list --data data'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const all = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listRounds', {})),
    )
    const rows = all.map(({ round, title, handle, unit, rule, deadline, state }) => [
      round,
      state,
      deadline,
      handle,
      `${unit}, ${rule}`,
      title,
    ])
    print(world, json, all, table(rows))
  },
})

const show = defineCommand({
  summary: 'Show a round: what takes part, and once it is decided what this node computes of it',
  examples: ['ayni round show 8f14…e1 --data data', 'ayni round show 8f14…e1 --json --data data'],
  args: { round: ROUND, data: DATA, json: JSON_OUTPUT },
  async run({ round, data, json }, world) {
    const shown = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('showRound', { round })),
    )
    print(world, json, shown, describe(shown))
  },
})

const close = stating({
  summary: 'Public, permanent: decide a round that this member announced, after its deadline',
  example: 'ayni round close 8f14…e1 --as nairobi --data data',
  ask: (admin, named) => admin.ask('closeRound', named),
  said: ({ as, round }) => `${as} decided ${round}.`,
})

const confirm = stating({
  summary: 'Public, permanent: say that a decided round comes to the same when it is computed here',
  example: 'ayni round confirm 8f14…e1 --as cusco --data data',
  ask: (admin, named) => admin.ask('confirmRound', named),
  said: ({ as, round }) => `${as} confirmed ${round}: computed here from the same logs, it is the same.`,
})

const exportFiles = defineCommand({
  summary: 'Write what a round is computed from, and its result, as files for ayni match check',
  examples: [
    'ayni round export 8f14…e1 --to winter --data data && ayni match check winter/ROUND.json winter/RESULT.json',
  ],
  args: {
    round: ROUND,
    to: { type: 'string', required: true, valueHint: 'DIR', description: 'The folder for both files' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ round, to, data, json }, world) {
    const { agrees, ...files } = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('exportRound', { round })),
    )
    const written = { round: join(to, 'ROUND.json'), result: join(to, 'RESULT.json') }
    await mkdir(to, { recursive: true })
    await writeFile(written.round, `${JSON.stringify(files.round, null, 2)}\n`)
    await writeFile(written.result, `${JSON.stringify(files.result, null, 2)}\n`)
    print(world, json, { ...written, agrees }, [
      `${written.round} and ${written.result}`,
      ...(agrees ? [] : [DIFFERS]),
    ])
  },
})

interface Named {
  readonly as: string
  readonly round: string
}

/** A command with which a member states the result of a round. */
function stating(definition: {
  readonly summary: string
  readonly example: string
  readonly ask: (admin: Admin, named: Named) => ReturnType<typeof askToClose>
  readonly said: (named: Named) => string
}) {
  return defineCommand({
    summary: definition.summary,
    examples: [definition.example],
    args: { round: ROUND, as: AS, data: DATA, json: JSON_OUTPUT },
    async run({ round, as, data, json }, world) {
      const said = await withAdmin(world, data, 'existing', async (admin) =>
        demand(await definition.ask(admin, { as, round })),
      )
      print(world, json, said, [definition.said({ as, round }), `  result ${said.resultHash}`])
    },
  })
}

function askToClose(admin: Admin, named: Named) {
  return admin.ask('closeRound', named)
}

const DIFFERS = 'Computed here it is NOT what was stated. Tell the members that take part.'

function describe(shown: ShownRound): readonly string[] {
  const { title, handle, round, description, deadline, state, decision, needs, offers, unit } = shown
  const amounts = (parts: ShownRound['needs']) =>
    table(parts.map((each) => [`  ${each.handle}`, `${each.amount} ${unit}`, each.title]))
  return [
    `${title} (${round})`,
    description,
    '',
    `${state}; announced by ${handle}, rule ${shown.rule}, deadline ${deadline}`,
    ...(decision ? [] : ['', 'Needs', ...amounts(needs), 'Offers', ...amounts(offers)]),
    ...(decision ? ['', ...describeFound(shown)] : []),
    ...shown.confirmedBy.map(({ handle }) => `confirmed by ${handle}`),
    ...shown.disagreedBy.map(({ handle }) => `${handle} computed something else from the same logs`),
    ...shown.contradictedBy.map(({ result }) => `${handle} stated another result later: ${result}`),
  ]
}

function describeFound({ found, needs, unit, decision }: ShownRound): readonly string[] {
  const stated = decision ? [`decided at ${decision.time}: result ${decision.resultHash}`] : []
  if (!found) return stated
  switch (found.state) {
    case 'lacking':
      return [
        ...stated,
        'It cannot be computed here:',
        ...found.logs.map(
          ({ handle, origin, lack, has, size }) =>
            `  ${handle}: ${LACK_WORDS[lack]} (${origin}, ${has} of ${size} entries)`,
        ),
      ]
    case 'refused':
      return [...stated, `It cannot be computed: ${found.reason}`]
    case 'same':
    case 'differs': {
      const received = Map.groupBy(found.result.allocations, ({ need }) => need)
      const rows = needs.map(({ id, handle, title, amount }) => [
        `  ${handle}`,
        `${
          received
            .get(id)
            ?.map((each) => each.amount)
            .join(' + ') ?? '0'
        } of ${amount} ${unit}`,
        title,
      ])
      const words =
        found.state === 'same'
          ? ['Computed here from the same logs: the same result.']
          : [
              DIFFERS,
              ...(found.erased > 0 ? [`${found.erased} entries of these logs were erased here.`] : []),
            ]
      return [...stated, ...words, ...table(rows)]
    }
  }
}

const LACK_WORDS = {
  unknown: 'its log is not here',
  short: 'its log is not here that far',
  notRead: 'its log is only witnessed here',
  otherRoot: 'its log has another history here',
} as const

function oneOf<const Value extends string>(values: readonly Value[], text: string, option: string): Value {
  const known = values.find((value) => value === text)
  if (known) return known
  throw new UsageError(`The option ${option} needs one of ${values.join(', ')}.`)
}

function namesIn(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function readRule(text: string): { readonly rule: RuleName; readonly order: string[] } {
  const [name = '', groups] = text.split(':', 2)
  const rule = oneOf(RULES, name, '--rule')
  const order = namesIn(groups)
  if ((rule === 'priority') !== order.length > 0)
    throw new UsageError('The option --rule names groups with priority, and only there: priority:ldc.')
  return { rule, order }
}

function readWeight(text: string): { readonly group: string; readonly weight: number } {
  const [, group = '', weight] = /^([^=]+)=([1-9]\d{0,3})$/.exec(text) ?? []
  if (group === '') throw new UsageError('The option --weight needs groups with numbers: ldc=3.')
  return { group, weight: Number(weight) }
}

function readTime(text: string, option: string): string {
  const isTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.test(text)
  const at = momentOf(text)
  if (!isTime || Number.isNaN(at))
    throw new UsageError(`The option ${option} needs a day or a time in UTC: 2026-12-01T12:00:00Z.`)
  return isoTime(at)
}

export const round: CommandGroup = {
  kind: 'group',
  summary: 'Rounds: needs meet offers by a rule that was published first, and anybody computes the same',
  commands: {
    announce: async () => announce,
    list: async () => list,
    show: async () => show,
    close: async () => close,
    confirm: async () => confirm,
    export: async () => exportFiles,
  },
}
