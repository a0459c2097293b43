import { resolve } from 'node:path'

import { Colour, COLOURS } from '../../kernel/colour.ts'
import { Country } from '../../records/index.ts'
import { DATA, JSON_OUTPUT, readHandle, readUrl } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'
import type { World } from '../world.ts'
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
    url: {
      type: 'string',
      valueHint: 'URL',
      description: 'Its public address; by default that of this node',
    },
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

const colour = defineCommand({
  summary: 'Choose the colour in which a member is drawn, on its own pages and where it is followed',
  examples: ['ayni member colour nairobi indigo --data data'],
  args: {
    handle: { type: 'positional', required: true, description: 'The member’s handle' },
    colour: { type: 'positional', required: true, description: `One of ${COLOURS.join(', ')}` },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, colour: word, data, json }, world) {
    const known = Colour.safeParse(word)
    if (!known.success) throw new UsageError(`A colour is one of ${COLOURS.join(', ')}.`)
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('setColour', { handle, colour: known.data })),
    )
    print(world, json, { handle, colour: known.data }, [
      `${handle} is drawn in ${known.data} here, and where it is followed once that is heard there.`,
    ])
  },
})

const country = defineCommand({
  summary: 'Say in which country a member is: who benefits is counted by country',
  examples: ['ayni member country nairobi KE --data data'],
  args: {
    handle: { type: 'positional', required: true, description: 'The member’s handle' },
    country: { type: 'positional', required: true, description: 'Two letters: its code by ISO 3166-1' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, country: code, data, json }, world) {
    const known = Country.safeParse(code.toUpperCase())
    if (!known.success) throw new UsageError('A country is two letters, such as KE.')
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('setCountry', { handle, country: known.data })),
    )
    print(world, json, { handle, country: known.data }, [`${handle} is in ${known.data}. Its log says so.`])
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
      table(
        members.map(({ handle, name, member: id, colour: drawn, country: where }) => [
          handle,
          name,
          id ?? 'has no log yet',
          drawn,
          where ?? '',
        ]),
      ),
    )
  },
})

const SHORTEST_PASSPHRASE = 12

/** Read from standard input or asked for: arguments are seen by every process of the machine. */
async function askForPassphrase(world: World, again: string): Promise<string> {
  const [passphrase = '', repeated] = await world.readSecrets((number) =>
    number === 1 ? 'Passphrase: ' : again,
  )
  if (repeated !== undefined && repeated !== passphrase)
    throw new UsageError('The passphrase was not the same twice.')
  if (passphrase.length < SHORTEST_PASSPHRASE)
    throw new UsageError(`The passphrase needs at least ${SHORTEST_PASSPHRASE} characters.`)
  return passphrase
}

const moveOut = defineCommand({
  summary:
    'Move a member to another node: give up its log here, for good, and write all of it into a folder; its passphrase is read from standard input',
  examples: [
    'ayni member move-out kisumu --to /media/disk/kisumu --data data',
    'ayni member move-out kisumu --to /media/disk/kisumu --data data < passphrase.txt',
  ],
  args: {
    handle: { type: 'positional', required: true, description: 'The member’s handle' },
    to: {
      type: 'string',
      required: true,
      valueHint: 'FOLDER',
      description:
        'Where to write. Run again, it goes on. There is no way back but to move in: two nodes that write one log would contradict each other',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ handle, to, data, json }, world) {
    const passphrase = await askForPassphrase(world, 'The same again: ')
    const out = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('moveOut', { handle, to: resolve(to), passphrase })),
    )
    print(world, json, out, [
      `${handle} has moved out: nothing is written in its name here any more.`,
      `  ${out.folder}: public repositories: ${out.repositories}, sealed: ${out.sealed}, files: ${out.blobs}`,
      '',
      'Take the folder to one other node, and the passphrase another way:',
      '  ayni member move-in FOLDER --owner USER --data DIR',
      'Then follow the member there from this node, so that whoever follows it here hears where it is.',
    ])
  },
})

const moveIn = defineCommand({
  summary: 'Take in a member that another node has moved out; its passphrase is read from standard input',
  examples: ['ayni member move-in /media/disk/kisumu --owner amina --data data < passphrase.txt'],
  args: {
    folder: { type: 'positional', required: true, description: 'The folder that move-out wrote' },
    owner: {
      type: 'string',
      required: true,
      valueHint: 'USER',
      description: 'The person who administers its namespace here',
    },
    url: {
      type: 'string',
      valueHint: 'URL',
      description: 'Its public address from now on; by default that of this node',
    },
    'allow-private-address': {
      type: 'boolean',
      description: 'Its followers may be asked at loopback and private addresses',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ folder, owner, url, data, json, ...flags }, world) {
    const passphrase = await askForPassphrase(world, '(empty to go on): ')
    const input = {
      folder: resolve(folder),
      passphrase,
      owner,
      url: url === undefined ? null : readUrl(url, '--url'),
      allowPrivate: flags['allow-private-address'] === true,
    }
    const moved = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('moveIn', input)),
    )
    print(world, json, moved, [
      `${moved.handle} is hosted in ${data}, administered by ${owner}: ${moved.size} entries, sealed repositories: ${moved.sealed}.`,
      ...(moved.url === null
        ? ['It has no address: say where this node answers with ayni serve --url URL.']
        : [`Its log says from now on that it is at ${moved.url}.`]),
      'Make a copy of the folder keys, and destroy the carry.',
    ])
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
    colour: async () => colour,
    country: async () => country,
    list: async () => list,
    'move-in': async () => moveIn,
    'move-out': async () => moveOut,
    'open-log': async () => openLog,
    'rotate-keys': async () => rotateKeys,
    succeed: async () => succeed,
  },
}
