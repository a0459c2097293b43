import { DATA, JSON_OUTPUT, readUrl } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print } from '../print.ts'

const allow = defineCommand({
  summary: 'Name a follower that may be asked for our log, at a private address too',
  examples: ['ayni follower allow http://10.0.0.7:7700 --data data'],
  args: {
    url: { type: 'positional', required: true, description: 'Address of the follower’s node' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ url, data, json }, world) {
    const input = { url: readUrl(url, 'URL') }
    await withAdmin(world, data, 'existing', async (admin) => demand(await admin.ask('allowFollower', input)))
    print(world, json, input, [`${input.url} may be asked.`])
  },
})

export const follower: CommandGroup = {
  kind: 'group',
  summary: 'Members of other nodes that hold our log',
  commands: { allow: async () => allow },
}
