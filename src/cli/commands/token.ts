import { DATA, JSON_OUTPUT, readRepository } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'

const USER = { type: 'positional', required: true, description: 'Name of the person' } as const

const add = defineCommand({
  summary: 'Make a token for a person; it is shown once',
  examples: [
    'ayni token add amina --scope read --data data',
    'ayni token add amina --scope write --only nairobi/asr,datasets/nairobi/corpus --data data',
  ],
  args: {
    user: USER,
    scope: {
      type: 'enum',
      options: ['read', 'write'],
      required: true,
      description: 'How far it reaches into what the person may do',
    },
    only: {
      type: 'string',
      valueHint: 'REPO,…',
      description: 'Limit it to these repositories; datasets/ stands before a data set',
    },
    name: { type: 'string', default: 'command line', valueHint: 'TEXT', description: 'What it is for' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ user, scope: right, only, name, data, json }, world) {
    const scope = only === undefined ? right : { limits: limitsOf(only, right) }
    const made = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('addToken', { user, name, scope })),
    )
    print(world, json, { user, name, scope, ...made }, [
      `Token of ${user}, shown this once:`,
      `  ${made.token}`,
    ])
  },
})

function limitsOf(only: string, right: 'read' | 'write') {
  return only.split(',').map((text) => {
    const { id, kind } = readRepository(text.trim())
    return { repository: id, kind, right }
  })
}

const list = defineCommand({
  summary: 'List the tokens of a person; their secrets are nowhere',
  examples: ['ayni token list amina --data data'],
  args: { user: USER, data: DATA, json: JSON_OUTPUT },
  async run({ user, data, json }, world) {
    const tokens = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listTokens', { user })),
    )
    const rows = tokens.map(({ id, name, scope, created, lastUsed }) => [
      id,
      typeof scope === 'string'
        ? scope
        : scope.limits.map((limit) => `${limit.right} ${limit.repository}`).join(', '),
      name,
      `made ${created.slice(0, 10)}`,
      lastUsed === null ? 'never used' : `used ${lastUsed.slice(0, 10)}`,
    ])
    print(world, json, tokens, table(rows))
  },
})

const revoke = defineCommand({
  summary: 'End a token; the next request with it is refused',
  examples: ['ayni token revoke amina 5f1c0b6a9d2e4f7788990011 --data data'],
  args: {
    user: USER,
    id: { type: 'positional', required: true, description: 'Its id, as "ayni token list" shows it' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ user, id, data, json }, world) {
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('revokeToken', { user, id })),
    )
    print(world, json, { user, id, revoked: true }, [`Ended the token ${id} of ${user}.`])
  },
})

export const token: CommandGroup = {
  kind: 'group',
  summary: 'Tokens, which programs show instead of a password',
  commands: { add: async () => add, list: async () => list, revoke: async () => revoke },
}
