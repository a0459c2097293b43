import { DATA, JSON_OUTPUT, readName } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { count, print, table } from '../print.ts'

const NAME = { type: 'positional', required: true, description: 'Name of the account' } as const

const add = defineCommand({
  summary: 'Add a person',
  examples: ['ayni user add jose --data data --fullname "José Quispe"'],
  args: {
    name: NAME,
    data: DATA,
    fullname: { type: 'string', valueHint: 'TEXT', description: 'Full name' },
    operator: { type: 'boolean', description: 'May look after the node: its people and its storage' },
    json: JSON_OUTPUT,
  },
  async run({ name, data, fullname = name, operator = false, json }, world) {
    const input = { name: readName(name), fullname, operator }
    const added = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('addUser', input)),
    )
    print(world, json, added, [
      `Added ${added.name}.`,
      `Link to choose a password, works once, until ${added.expires.slice(0, 10)}:`,
      `  ${added.link}`,
    ])
  },
})

const list = defineCommand({
  summary: 'List the people of this node',
  examples: ['ayni user list --data data'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const people = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listUsers', {})),
    )
    const rows = people.map((person) => [
      person.name,
      person.fullname,
      person.operator ? 'operator' : '',
      person.password ? '' : 'no password yet',
      count(person.tokens, 'token'),
    ])
    print(world, json, people, table(rows))
  },
})

const remove = defineCommand({
  summary: 'Remove a person; their tokens and sessions die at once',
  examples: ['ayni user remove jose --data data'],
  args: { name: NAME, data: DATA, json: JSON_OUTPUT },
  async run({ name, data, json }, world) {
    await withAdmin(world, data, 'existing', async (admin) => demand(await admin.ask('removeUser', { name })))
    print(world, json, { name, removed: true }, [`Removed ${name}.`])
  },
})

const link = defineCommand({
  summary: 'Make a new link with which a person chooses a password',
  examples: ['ayni user link jose --data data'],
  args: { name: NAME, data: DATA, json: JSON_OUTPUT },
  async run({ name, data, json }, world) {
    const made = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('linkUser', { name })),
    )
    print(world, json, { name, ...made }, [
      `Link for ${name} to choose a password, works once, until ${made.expires.slice(0, 10)}:`,
      `  ${made.link}`,
    ])
  },
})

const operator = defineCommand({
  summary: 'Make a person an operator of the node, or no longer one',
  examples: ['ayni user operator jose --data data', 'ayni user operator jose --data data --off'],
  args: { name: NAME, data: DATA, off: { type: 'boolean', description: 'No longer one' }, json: JSON_OUTPUT },
  async run({ name, data, off = false, json }, world) {
    const input = { name, operator: !off }
    await withAdmin(world, data, 'existing', async (admin) => demand(await admin.ask('setOperator', input)))
    print(world, json, input, [
      off ? `${name} is no longer an operator.` : `${name} is an operator of this node.`,
    ])
  },
})

export const user: CommandGroup = {
  kind: 'group',
  summary: 'People of this node',
  commands: {
    add: async () => add,
    list: async () => list,
    remove: async () => remove,
    link: async () => link,
    operator: async () => operator,
  },
}
