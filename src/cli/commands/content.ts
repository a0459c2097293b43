import { Sha256 } from '../../kernel/names.ts'
import { RetractionReason } from '../../records/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { CommandFailure, demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'

const REASONS = RetractionReason.options

/** Erases a file after showing what that comes to. */
const erase = defineCommand({
  summary: 'Erase the bytes of a file for good; its hash, and every version that names it, stay',
  examples: [
    `ayni content erase ${'9a12'.repeat(16)} --reason legal --data data`,
    `ayni content erase ${'9a12'.repeat(16)} --copies --reason legal --yes --data data`,
  ],
  args: {
    sha256: { type: 'positional', required: true, description: 'SHA-256 of the file' },
    reason: {
      type: 'string',
      required: true,
      valueHint: REASONS.join('|'),
      description: 'Why; everybody who asks for the file is told',
    },
    member: {
      type: 'string',
      valueHint: 'HANDLE',
      description: 'From whose repositories; needed where the node hosts several members',
    },
    copies: {
      type: 'boolean',
      description: 'From the copies of other members’ repositories held here; nothing is said to the world',
    },
    yes: { type: 'boolean', description: 'Do not ask' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ sha256, reason, member, copies, yes, data, json }, world) {
    const file = Sha256.safeParse(sha256)
    const why = RetractionReason.safeParse(reason)
    if (!file.success)
      throw new UsageError('A file is named by its SHA-256: 64 digits and letters from a to f.')
    if (!why.success) throw new UsageError(`The option --reason needs one of ${REASONS.join(', ')}.`)
    if (copies && member !== undefined) throw new UsageError('Choose --member or --copies.')
    const from = copies
      ? ({ kind: 'copies' } as const)
      : ({ kind: 'member', member: member ?? null } as const)
    await withAdmin(world, data, 'existing', async (admin) => {
      if (yes !== true) {
        const plan = demand(await admin.ask('planErasure', { sha256: file.data, from }))
        world.stderr.write(
          describe(plan)
            .map((line) => `${line}\n`)
            .join(''),
        )
        if (!(await world.confirm('Erase this file for good?')))
          throw new CommandFailure('Nothing was changed.')
      }
      const erased = demand(await admin.ask('eraseFile', { sha256: file.data, from, reason: why.data }))
      print(world, json, erased, ['Erased.', ...describe(erased)])
    })
  },
})

interface Plan {
  readonly sha256: string
  readonly size: number
  readonly repositories: readonly string[]
  readonly stated: boolean
  readonly keptBy: readonly string[]
  readonly deadlines: readonly { readonly association: string; readonly days: number }[]
}

function describe({ sha256, size, repositories, stated, keptBy, deadlines }: Plan): readonly string[] {
  const due = deadlines.map(({ association, days }) => `${association} within ${days} days`)
  return [
    `  file          ${sha256}, ${size} bytes`,
    `  refused in    ${repositories.join(', ')}`,
    stated
      ? '  the world     is told, for ever: the log says that the file was erased, and why'
      : '  the world     is told nothing',
    ...(due.length > 0 ? [`  others erase  in ${due.join(', in ')}`] : []),
    keptBy.length > 0
      ? `  the bytes     stay, because these give them out: ${keptBy.join(', ')}`
      : '  the bytes     are gone from this node; backups of it are yours to erase',
  ]
}

const erased = defineCommand({
  summary: 'List the files that are not given out here any more, and who erased them',
  examples: ['ayni content erased --data data --json'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const files = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listErased', {})),
    )
    print(
      world,
      json,
      files,
      table(
        files.map(({ sha256, time, reason, member, record }) => [
          sha256,
          time.slice(0, 10),
          reason,
          member ?? 'copies held here',
          record ?? 'not said to the world',
        ]),
      ),
    )
  },
})

export const content: CommandGroup = {
  kind: 'group',
  summary: 'The bytes of files: erasing them for good',
  commands: { erase: async () => erase, erased: async () => erased },
}
