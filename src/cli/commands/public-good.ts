import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'

const promise = defineCommand({
  summary: 'Promise a repository to everybody: under a licence, held by several members, until a day',
  examples: [
    'ayni public-good promise nairobi/swahili-asr --licence Apache-2.0 --holders 3 --until 2031-12-31 --data data',
  ],
  args: {
    repository: { type: 'positional', required: true, description: 'The repository, namespace/name' },
    type: { type: 'string', default: 'model', valueHint: 'model|dataset', description: 'What it is' },
    licence: {
      type: 'string',
      required: true,
      valueHint: 'SPDX',
      description: 'Its licence, as SPDX writes it',
    },
    holders: {
      type: 'string',
      required: true,
      valueHint: 'NUMBER',
      description: 'How many members shall hold a full copy',
    },
    until: { type: 'string', required: true, valueHint: 'DATE', description: 'Last day, such as 2031-12-31' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ repository, type, licence, holders, until, data, json }, world) {
    if (type !== 'model' && type !== 'dataset')
      throw new UsageError('The option --type needs model or dataset.')
    const input = { repository, kind: type, licence, holders: Number(holders), until } as const
    if (!Number.isSafeInteger(input.holders)) throw new UsageError('The option --holders needs a number.')
    await withAdmin(world, data, 'existing', async (admin) => demand(await admin.ask('promise', input)))
    print(world, json, input, [`${repository} is promised to everybody until ${until}.`])
  },
})

const list = defineCommand({
  summary: 'List what members promised to everybody, and the copies that were found',
  examples: ['ayni public-good list --data data --json'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const goods = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listPublicGoods', {})),
    )
    print(
      world,
      json,
      goods,
      table(
        goods.map(({ repository, licence, verified, holders, until }) => [
          repository,
          licence,
          `${verified} of ${holders} copies verified`,
          `until ${until}`,
        ]),
      ),
    )
  },
})

export const publicGood: CommandGroup = {
  kind: 'group',
  summary: 'Repositories promised to everybody, and who really holds them',
  commands: { promise: async () => promise, list: async () => list },
}
