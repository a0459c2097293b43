import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { count, print, table } from '../print.ts'

const list = defineCommand({
  summary: 'List messages to and from other members: who, when, what kind; not what they say',
  examples: ['ayni message list --data data'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const messages = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listMessages', {})),
    )
    const rows = messages.map(({ direction, handle, kind, state, time, attempts, failure, id }) => [
      time,
      direction === 'in' ? `from ${handle}` : `to ${handle}`,
      kind,
      failure === null ? state : `${state} after ${count(attempts, 'attempt')}: ${failure}`,
      id,
    ])
    print(world, json, messages, table(rows))
  },
})

const retry = defineCommand({
  summary: 'Send messages again that were not delivered: one, or all of them',
  examples: ['ayni message retry --data data', 'ayni message retry 5d0c…e1 --data data'],
  args: {
    id: { type: 'positional', required: false, description: 'Id of the message; all without it' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ id, data, json }, world) {
    const done = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('retryMessages', { id: id ?? null })),
    )
    print(world, json, done, [`${count(done.messages, 'message')} will be sent again.`])
  },
})

const newKeys = defineCommand({
  summary: 'Give a member new keys for its messages, and say so in its log',
  examples: ['ayni message new-keys nairobi --data data'],
  args: {
    handle: { type: 'positional', required: true, description: 'Handle of a member hosted here' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, data, json }, world) {
    const renewed = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('renewMessageKeys', { handle })),
    )
    print(world, json, renewed, [
      `${handle} has new keys for messages. What was sealed to the old ones is opened for 30 days.`,
    ])
  },
})

export const message: CommandGroup = {
  kind: 'group',
  summary: 'What this node tells other members, and they it',
  commands: { list: async () => list, retry: async () => retry, 'new-keys': async () => newKeys },
}
