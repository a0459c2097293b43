import { RepositoryId, RepositoryPath } from '../../kernel/names.ts'
import { Reference } from '../../records/index.ts'
import type { ShownDelivery } from '../admin/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'
import { numberIn } from './agreement.ts'

const AS = {
  type: 'string',
  required: true,
  valueHint: 'HANDLE',
  description: 'The member hosted here in whose name it is said',
} as const
const DELIVERY = { type: 'positional', required: true, description: 'Id of the delivery' } as const
const FOR_EVER = 'Public, permanent:'

const state = defineCommand({
  summary: `${FOR_EVER} say what was delivered; without evidence it is claimed, not delivered`,
  examples: [
    'ayni delivery state 7d10… --obligation 0 --amount 1250 --from 2026-11-01 --until 2026-11-30 --evidence slurm:datasets/lyon/usage@main:november.txt --as lyon --data data',
    'ayni delivery state 7d10… --obligation 1 --amount 1 --from 2026-11-01 --until 2026-11-30 --revision ayni/m…/0:41:9c3e… --as nairobi --data data',
  ],
  args: {
    agreement: { type: 'positional', required: true, description: 'Id of the agreement' },
    obligation: { type: 'string', default: '0', valueHint: 'NUMBER', description: 'Which, from 0' },
    amount: { type: 'string', required: true, valueHint: 'NUMBER', description: 'How much' },
    from: { type: 'string', required: true, valueHint: 'DAY', description: 'First day' },
    until: { type: 'string', required: true, valueHint: 'DAY', description: 'Last day' },
    evidence: {
      type: 'string',
      valueHint: 'FORMAT:REPOSITORY@REVISION:PATH,…',
      description: 'Files of public repositories; the format is slurm, csv or digests',
    },
    revision: {
      type: 'string',
      valueHint: 'LOG:ENTRY:LEAF,…',
      description: 'Statements that announced a version of a repository',
    },
    note: { type: 'string', valueHint: 'TEXT', description: 'A word to it, for everybody to read' },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ agreement, obligation, amount, evidence, revision, note, as, data, json, ...days }, world) {
    if (!/^(?:[0-9]|[12][0-9]|3[01])$/.test(obligation))
      throw new UsageError('The option --obligation needs a number from 0 to 31.')
    const input = {
      as,
      agreement,
      delivery: {
        obligation: Number(obligation),
        amount: numberIn(amount, '--amount'),
        from: days.from,
        until: days.until,
        ...(note !== undefined && { note }),
      },
      files: partsOf(evidence).map(readFile),
      revisions: partsOf(revision).map(readReference),
    }
    const said = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('stateDelivery', input)),
    )
    print(world, json, said, [`${as} said what it delivered: ${said.delivery}`])
  },
})

const accept = judging('accepted', 'accept a delivery')
const dispute = judging('disputed', 'dispute a delivery, with a reason')

function judging(verdict: 'accepted' | 'disputed', summary: string) {
  const isDispute = verdict === 'disputed'
  return defineCommand({
    summary: `${FOR_EVER} ${summary}`,
    examples: [
      isDispute
        ? 'ayni delivery dispute 55aa… --reason "Half of the jobs failed." --as nairobi --data data'
        : 'ayni delivery accept 55aa… --as nairobi --data data',
    ],
    args: {
      delivery: DELIVERY,
      reason: {
        type: 'string',
        required: isDispute,
        valueHint: 'TEXT',
        description: 'Why, for everybody to read',
      },
      as: AS,
      data: DATA,
      json: JSON_OUTPUT,
    },
    async run({ delivery: id, reason, as, data, json }, world) {
      await withAdmin(world, data, 'existing', async (admin) =>
        demand(await admin.ask('judgeDelivery', { as, delivery: id, verdict, reason: reason ?? null })),
      )
      print(world, json, { delivery: id, as, verdict }, [`${as} has ${verdict} delivery ${id}.`])
    },
  })
}

const list = defineCommand({
  summary: 'List deliveries, what their evidence shows here, and what the receiver said',
  examples: ['ayni delivery list --data data', 'ayni delivery list --agreement 7d10… --json --data data'],
  args: {
    agreement: { type: 'string', valueHint: 'ID', description: 'Only of this agreement' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ agreement, data, json }, world) {
    const all = await withAdmin(world, data, 'existing', async (admin) =>
      agreement === undefined
        ? demand(await admin.ask('listAgreements', {}))
        : [demand(await admin.ask('showAgreement', { agreement }))],
    )
    const deliveries = all.flatMap(({ obligations }) => obligations.flatMap((each) => each.deliveries))
    print(world, json, deliveries, table(deliveries.map(rowOf)))
  },
})

function rowOf({ delivery: id, by, to, said, delivered, unit, verdict }: ShownDelivery): readonly string[] {
  return [
    id.slice(0, 12),
    `${by.handle ?? by.member} to ${to.handle ?? to.member}`,
    `said ${said}`,
    `shown ${delivered}`,
    unit,
    verdict ?? 'not answered',
  ]
}

function partsOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((part) => part !== '')
}

/** `slurm:datasets/lyon/usage@main:november.txt`. */
function readFile(text: string) {
  const [, word, prefix, id, revision, path] =
    /^(slurm|csv|digests):(datasets\/|models\/)?([^@:]+)@([^:]+):(.+)$/.exec(text) ?? []
  const format = (['slurm', 'csv', 'digests'] as const).find((each) => each === word)
  const repository = RepositoryId.safeParse(id)
  const file = RepositoryPath.safeParse(path)
  if (!format || !repository.success || revision === undefined || !file.success)
    throw new UsageError(
      `“${text}” names no evidence. Say it as slurm:datasets/NAMESPACE/NAME@REVISION:PATH.`,
    )
  const repositoryKind = prefix === 'datasets/' ? ('dataset' as const) : ('model' as const)
  return { format, repository: repository.data, repositoryKind, revision, path: file.data }
}

/** `ayni/m…/0:41:9c3e…`. */
function readReference(text: string): Reference {
  const [origin, index, leaf] = text.split(':')
  const reference = Reference.safeParse({ origin, index: Number(index), leaf })
  if (!reference.success) throw new UsageError(`“${text}” names no statement. Say it as LOG:ENTRY:LEAF.`)
  return reference.data
}

export const delivery: CommandGroup = {
  kind: 'group',
  summary: 'Deliveries: what was delivered of an agreement, and what the receiver says to it',
  commands: {
    state: async () => state,
    accept: async () => accept,
    dispute: async () => dispute,
    list: async () => list,
  },
}
