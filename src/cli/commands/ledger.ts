import { writeFile } from 'node:fs/promises'

import { CAPACITY_KINDS } from '../../records/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { CommandFailure, demand, oneOf, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'
import type { World } from '../world.ts'

const ASKED = {
  'as-of': {
    type: 'string',
    valueHint: 'DAY',
    description: 'The day on which it shall hold, such as 2026-12-31; today unless told',
  },
  kind: { type: 'string', valueHint: CAPACITY_KINDS.join('|'), description: 'Only of this kind' },
  group: { type: 'string', valueHint: 'ID', description: 'Only what the countries of this list receive' },
  member: { type: 'string', valueHint: 'ID', description: 'Only what this member gives and receives' },
} as const

const show = defineCommand({
  summary: 'Show what was promised, agreed, delivered and accepted, added up from public statements',
  examples: [
    'ayni ledger show --data data',
    'ayni ledger show --kind compute --as-of 2026-12-31 --json --data data',
  ],
  args: { ...ASKED, data: DATA, json: JSON_OUTPUT },
  async run({ data, json, ...args }, world) {
    const ledger = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('readLedger', askedIn(args))),
    )
    const late = ledger.lines.filter(({ overdue }) => overdue !== '0')
    print(world, json, ledger, [
      ...table([
        ['', 'promised', 'agreed', 'delivered', 'accepted', 'claimed', 'disputed', 'late'],
        ...ledger.totals.map(
          ({ unit, promised, committed, delivered, accepted, claimed, disputed, overdue }) => [
            unit,
            promised,
            committed,
            delivered,
            accepted,
            claimed,
            disputed,
            overdue,
          ],
        ),
      ]),
      ...late.map(({ title, overdue, unit, due }) => `Late since ${due}: ${overdue} ${unit} of “${title}”.`),
      ...(ledger.unopened > 0
        ? [`Deliveries whose evidence was not opened here yet: ${ledger.unopened}.`]
        : []),
    ])
  },
})

const csv = defineCommand({
  summary: 'Write the lines of the ledger as a table',
  examples: ['ayni ledger csv --to ledger.csv --data data'],
  args: {
    ...ASKED,
    to: {
      type: 'string',
      required: true,
      valueHint: 'FILE',
      description: 'Where to; - means standard output',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ to, data, json, ...args }, world) {
    const { text } = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('ledgerTable', askedIn(args))),
    )
    await keep(world, to, text, json)
  },
})

const iati = defineCommand({
  summary: 'Write every agreement as an activity of IATI 2.03, for aid registers',
  examples: ['ayni ledger iati --to activities.xml --reporting-org XI-EXAMPLE-1 --data data'],
  args: {
    'reporting-org': {
      type: 'string',
      valueHint: 'ID',
      description: 'The identifier of your organisation on a list that IATI knows; the member id unless told',
    },
    to: {
      type: 'string',
      required: true,
      valueHint: 'FILE',
      description: 'Where to; - means standard output',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ to, data, json, ...args }, world) {
    const reportingOrg = args['reporting-org']
    const { text } = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('ledgerIati', reportingOrg === undefined ? {} : { reportingOrg })),
    )
    await keep(world, to, text, json)
  },
})

export const ledger: CommandGroup = {
  kind: 'group',
  summary: 'What was promised, and what came of it.',
  commands: { show: async () => show, csv: async () => csv, iati: async () => iati },
}

type Args = Partial<Record<keyof typeof ASKED, string | undefined>>

function askedIn({ 'as-of': asOf, kind, group, member }: Args) {
  if (asOf !== undefined && !/^\d{4}-\d\d-\d\d$/.test(asOf))
    throw new UsageError('--as-of is a day, such as 2026-12-31.')
  return {
    ...(asOf !== undefined && { asOf }),
    ...(kind !== undefined && { kind: oneOf(CAPACITY_KINDS, kind, '--kind') }),
    ...(group !== undefined && { group }),
    ...(member !== undefined && { member }),
  }
}

async function keep(world: World, to: string, text: string, json: boolean | undefined): Promise<void> {
  if (to === '-') {
    world.stdout.write(text)
    return
  }
  try {
    await writeFile(to, text)
  } catch (cause) {
    throw new CommandFailure(
      `${to} could not be written: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
  const bytes = Buffer.byteLength(text)
  print(world, json, { file: to, bytes }, [`${to}: ${bytes} bytes.`])
}
