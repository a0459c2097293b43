import { DATA, JSON_OUTPUT, readName, readRole } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'

const add = defineCommand({
  summary: 'Add an organisation: a namespace that several people share',
  examples: ['ayni org add nairobi.speech --owner amina --data data --fullname "Speech group"'],
  args: {
    name: { type: 'positional', required: true, description: 'Name of the organisation' },
    owner: {
      type: 'string',
      required: true,
      valueHint: 'USER',
      description: 'The person who administers it',
    },
    data: DATA,
    fullname: { type: 'string', valueHint: 'TEXT', description: 'Full name' },
    json: JSON_OUTPUT,
  },
  async run({ name, owner, data, fullname = name, json }, world) {
    const input = { name: readName(name), fullname, owner }
    const added = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('addOrganisation', input)),
    )
    print(world, json, added, [`Added ${added.name}, administered by ${added.owner}.`])
  },
})

const list = defineCommand({
  summary: 'List the organisations of this node and who belongs to them',
  examples: ['ayni org list --data data'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const organisations = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listOrganisations', {})),
    )
    const rows = organisations.map(({ name, fullname, members }) => [
      name,
      fullname,
      Object.entries(members)
        .map(([member, role]) => `${member} (${role})`)
        .join(', '),
    ])
    print(world, json, organisations, table(rows))
  },
})

const role = defineCommand({
  summary: 'Give a person a role in an organisation, or take it away',
  examples: ['ayni org role nairobi jose write --data data', 'ayni org role nairobi jose none --data data'],
  args: {
    organisation: { type: 'positional', required: true, description: 'Name of the organisation' },
    user: { type: 'positional', required: true, description: 'Name of the person' },
    role: { type: 'positional', required: true, description: 'read, write, admin, or none' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ organisation, user, role, data, json }, world) {
    const input = { organisation, user, role: readRole(role) }
    await withAdmin(world, data, 'existing', async (admin) => demand(await admin.ask('setRole', input)))
    const said = input.role
      ? `${user}: ${input.role} in ${organisation}.`
      : `${user} has left ${organisation}.`
    print(world, json, input, [said])
  },
})

export const org: CommandGroup = {
  kind: 'group',
  summary: 'Organisations of this node',
  commands: { add: async () => add, list: async () => list, role: async () => role },
}
