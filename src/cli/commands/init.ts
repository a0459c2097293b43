import { DATA, JSON_OUTPUT, readHandle, readName, readUrl } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print } from '../print.ts'
import { recoveryLines } from './member.ts'

/** Creates the member of an empty node and its first account. */
export const init = defineCommand({
  summary: 'Set up a new node: its member and the first account',
  examples: [
    'ayni init --data data --handle nairobi --name "Nairobi AI Institute"',
    'ayni init --data data --handle nairobi --name "Nairobi AI Institute" --admin amina --url https://hub.nairobi.example',
  ],
  args: {
    data: DATA,
    handle: {
      type: 'string',
      required: true,
      valueHint: 'HANDLE',
      description: 'Short name of the member, also its namespace: nairobi',
    },
    name: {
      type: 'string',
      required: true,
      valueHint: 'TEXT',
      description: 'Full name of the member: "Nairobi AI Institute"',
    },
    admin: { type: 'string', default: 'admin', valueHint: 'USER', description: 'Name of the first account' },
    fullname: { type: 'string', valueHint: 'TEXT', description: 'Full name of the person behind it' },
    url: { type: 'string', valueHint: 'URL', description: 'Public address of the node' },
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const input = {
      handle: readHandle(args.handle),
      name: args.name,
      admin: readName(args.admin),
      fullname: args.fullname ?? args.admin,
      url: args.url === undefined ? null : readUrl(args.url, '--url'),
    }
    const made = await withAdmin(world, args.data, 'any', async (admin) =>
      demand(await admin.ask('init', input)),
    )
    print(world, args.json, { ...made, name: input.name, fullname: input.fullname, url: input.url }, [
      `${input.name} (${made.handle}) is set up in ${args.data}.`,
      '',
      ...recoveryLines(made),
      '',
      `Write token of ${made.admin}, shown this once:`,
      `  ${made.token}`,
      `Link to choose a password, works once, until ${made.expires.slice(0, 10)}:`,
      `  ${made.link}`,
      '',
      `Next: ayni serve --data ${args.data}`,
    ])
  },
})
