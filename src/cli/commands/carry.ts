import { resolve } from 'node:path'

import { fingerprint } from '../../features/follow/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { CommandFailure, demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { count, print, table } from '../print.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 }

const exportCommand = defineCommand({
  summary:
    'Write logs, repositories and files that everybody may read into a folder, to be carried on a disk',
  examples: [
    'ayni carry export --to /media/disk/ayni --data data',
    'ayni carry export --to /media/disk/april --since /media/disk/march --member cusco --data data',
    'ayni carry export --to parts --max-bytes 32G --data data',
  ],
  args: {
    to: { type: 'string', required: true, valueHint: 'FOLDER', description: 'Where to write' },
    since: {
      type: 'string',
      valueHint: 'FOLDER',
      description: 'An earlier carry that whoever gets this one has: what is in it is left out',
    },
    member: {
      type: 'string',
      valueHint: 'HANDLE,…',
      description: 'Only these members, by handle or id; by default all that are held',
    },
    content: {
      type: 'string',
      default: 'all',
      valueHint: 'all|none',
      description: 'Large files: all that are held, or none',
    },
    'max-bytes': {
      type: 'string',
      valueHint: 'SIZE',
      description: 'Split into numbered folders of at most so many bytes: 700M, 32G',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const content = args.content
    if (content !== 'all' && content !== 'none')
      throw new UsageError('The option --content needs one of all, none.')
    const request = {
      to: resolve(args.to),
      since: args.since === undefined ? null : resolve(args.since),
      members: args.member === undefined ? null : args.member.split(',').filter((name) => name !== ''),
      content,
      maxBytes: args['max-bytes'] === undefined ? null : readSize(args['max-bytes']),
    } as const
    const done = await withAdmin(world, args.data, 'existing', async (admin) =>
      demand(await admin.ask('exportCarry', request)),
    )
    const missing =
      done.missing > 0 ? [`Not held here and not carried: ${count(done.missing, 'large file')}.`] : []
    print(world, args.json, done, [
      `Written to ${done.folders.join(', ')}: logs: ${done.logs}, public repositories: ${done.repositories}, files: ${done.blobs}; ${done.bytes} bytes of content this time.`,
      ...missing,
    ])
  },
})

const importCommand = defineCommand({
  summary: 'Take in what somebody carried here: verified, as if it came over the network',
  examples: [
    'ayni carry import /media/disk/ayni --data data',
    'ayni carry import disk1,disk2 --follow --yes --data data',
  ],
  args: {
    folders: {
      type: 'positional',
      required: true,
      description: 'Folders with carries or parts of one, in any order, separated by commas',
    },
    follow: { type: 'boolean', description: 'Follow members that are not followed yet' },
    content: {
      type: 'string',
      default: 'all',
      valueHint: 'on-demand|all|none',
      description: 'With --follow: their large files, when they can be reached',
    },
    yes: { type: 'boolean', description: 'Do not ask' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const folders = args.folders
      .split(',')
      .filter((folder) => folder !== '')
      .map((folder) => resolve(folder))
    const content = (['on-demand', 'all', 'none'] as const).find((each) => each === args.content)
    if (!content) throw new UsageError('The option --content needs one of on-demand, all, none.')
    const done = await withAdmin(world, args.data, 'existing', async (admin) => {
      if (args.follow === true && args.yes !== true) {
        const unknown = demand(await admin.ask('lookIntoCarries', { folders })).filter(
          ({ state }) => state === 'unknown',
        )
        for (const { handle, name, member, size } of unknown)
          world.stderr.write(
            `${name} (${handle})\n  fingerprint  ${fingerprint(member)}\n  log          ${size} entries\n`,
          )
        if (unknown.length > 0 && !(await world.confirm(`Follow ${count(unknown.length, 'member')}?`)))
          throw new CommandFailure('Nothing was changed.')
      }
      const follow = args.follow === true ? { content, trust: 'full' as const } : null
      return demand(await admin.ask('importCarries', { folders, follow }))
    })
    const parts = done.missingParts > 0 ? [`Parts that were not there: ${done.missingParts}.`] : []
    const earlier = done.missing.map(
      ({ time, index }) =>
        `Missing is the carry of ${time} (index ${index.slice(0, 12)}), which this one goes on from: give both, separated by a comma.`,
    )
    const asOf =
      done.asOf === null
        ? 'Who made it could not be checked, so nothing says how old it is:'
        : `As of ${done.asOf}:`
    print(world, args.json, done, [asOf, ...table(done.logs.map(rowOf)), ...earlier, ...parts])
    const refused = done.logs.filter(({ outcome }) => outcome === 'refused' || outcome === 'notFollowed')
    if (refused.length > 0)
      throw new CommandFailure(`Not taken: ${refused.map(({ handle }) => handle).join(', ')}.`)
  },
})

const OUTCOMES = {
  unchanged: 'nothing new',
  grown: 'grown',
  older: 'older than what is held',
  followed: 'followed from now on, without an address',
  vouched: 'cosignatures taken',
  notFollowed: 'not followed: say --follow to follow it',
  refused: 'refused',
} as const

function rowOf(log: {
  readonly handle: string
  readonly held: number
  readonly outcome: keyof typeof OUTCOMES
  readonly reason: string | null
  readonly repositories: number
  readonly incomplete: number
}): string[] {
  const outcome = log.reason === null ? OUTCOMES[log.outcome] : `${OUTCOMES[log.outcome]} (${log.reason})`
  const incomplete = log.incomplete === 0 ? '' : `incomplete: ${log.incomplete}`
  return [log.handle, outcome, `entries: ${log.held}`, `repositories: ${log.repositories}`, incomplete]
}

/** Bytes as people write them: decimal, as disks are sold. */
function readSize(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,12})([kMGT]?)B?$/.exec(text) ?? []
  const bytes = Number(digits) * (UNITS[unit] ?? Number.NaN)
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new UsageError('The option --max-bytes needs a size such as 700M or 32G.')
}

export const carry: CommandGroup = {
  kind: 'group',
  summary: 'Carry logs, repositories and files on a disk where no network reaches',
  commands: { export: async () => exportCommand, import: async () => importCommand },
}
