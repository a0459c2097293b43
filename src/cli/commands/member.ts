import { DATA, JSON_OUTPUT, readHandle, readUrl } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'
import { askForRecoveryKeys } from './recovery.ts'

const add = defineCommand({
  summary: 'Host one more member, with keys and a log of its own',
  examples: ['ayni member add --handle kisumu --name "Kisumu University" --owner amina --data data'],
  args: {
    handle: {
      type: 'string',
      required: true,
      valueHint: 'HANDLE',
      description: 'Short name of the member, also its namespace',
    },
    name: { type: 'string', valueHint: 'TEXT', description: 'Full name of the member' },
    owner: {
      type: 'string',
      default: 'admin',
      valueHint: 'USER',
      description: 'The person who administers its namespace',
    },
    url: { type: 'string', valueHint: 'URL', description: 'Public address of the node' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, name = handle, owner, url, data, json }, world) {
    const input = {
      handle: readHandle(handle),
      name,
      owner,
      url: url === undefined ? null : readUrl(url, '--url'),
    }
    const added = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('addMember', input)),
    )
    print(world, json, { ...added, name }, [
      `${name} (${added.handle}) is hosted in ${data}, administered by ${owner}.`,
      '',
      ...recoveryLines(added),
    ])
  },
})

const openLog = defineCommand({
  summary: 'Open the log of a member that was set up before there were logs',
  examples: ['ayni member open-log nairobi --data data'],
  args: {
    handle: { type: 'positional', required: true, description: 'The member’s handle' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, data, json }, world) {
    const opened = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('openLog', { handle })),
    )
    print(world, json, opened, [`The log of ${handle} is open.`, '', ...recoveryLines(opened)])
  },
})

const rotateKeys = defineCommand({
  summary: 'Give a member new keys; its recovery keys are read from standard input',
  examples: [
    'ayni member rotate-keys nairobi --data data',
    'ayni member rotate-keys nairobi --data data < recovery-keys.txt',
  ],
  args: {
    handle: { type: 'positional', required: true, description: 'The member’s handle' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, data, json }, world) {
    const recovery = [...(await askForRecoveryKeys(world))]
    const rotated = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('rotateKeys', { handle, recovery })),
    )
    print(world, json, rotated, [
      `${handle} has new keys from the next entry of its log on. The former ones sign beside them for 30 days.`,
      `  log      ${rotated.log}`,
      `  witness  ${rotated.witness}`,
      '',
      'Put the recovery keys back where they are kept, and make a new copy of the folder keys.',
    ])
  },
})

const REASONS = ['compromise', 'fork', 'loss'] as const

const succeed = defineCommand({
  summary: 'End a member’s log and go on in a new one; its recovery keys are read from standard input',
  examples: ['ayni member succeed nairobi --reason compromise --data data'],
  args: {
    handle: { type: 'positional', required: true, description: 'The member’s handle' },
    reason: {
      type: 'string',
      required: true,
      valueHint: REASONS.join('|'),
      description: 'Why: keys in wrong hands, a log that contradicts itself, or something lost',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, reason, data, json }, world) {
    const known = REASONS.find((each) => each === reason)
    if (!known) throw new UsageError(`The option --reason needs one of ${REASONS.join(', ')}.`)
    const recovery = [...(await askForRecoveryKeys(world))]
    const opened = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('succeedLog', { handle, reason: known, recovery })),
    )
    print(world, json, opened, [
      `${opened.previous} has ended: its first ${opened.cut} entries count for ever.`,
      `${handle} goes on in ${opened.origin}, with new keys. Entries said again there: ${opened.saidAgain}.`,
      '',
      'Put the recovery keys back where they are kept, and make a new copy of the folder keys.',
    ])
  },
})

const list = defineCommand({
  summary: 'List the members hosted on this node',
  examples: ['ayni member list --data data'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const members = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listMembers', {})),
    )
    print(
      world,
      json,
      members,
      table(members.map(({ handle, name, member: id }) => [handle, name, id ?? 'has no log yet'])),
    )
  },
})

/** What a person must write down, for a terminal. */
export function recoveryLines(made: {
  readonly recovery: readonly string[]
  readonly threshold: number
}): readonly string[] {
  return [
    `Recovery keys, shown this once. ${made.threshold} of the ${made.recovery.length} speak for the member if this machine is lost.`,
    'Print them; keep each in another place, away from this machine:',
    ...made.recovery.map((key, index) => `  ${index + 1}  ${key}`),
  ]
}

export const member: CommandGroup = {
  kind: 'group',
  summary: 'Members hosted on this node',
  commands: {
    add: async () => add,
    list: async () => list,
    'open-log': async () => openLog,
    'rotate-keys': async () => rotateKeys,
    succeed: async () => succeed,
  },
}
