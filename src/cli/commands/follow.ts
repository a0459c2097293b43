import { failureOf, fingerprint, readContentTerms, readQuota } from '../../features/follow/index.ts'
import { MemberId } from '../../kernel/names.ts'
import { FREEZE_REASONS } from '../../log/index.ts'
import type { Translator } from '../../web/i18n/index.ts'
import { DATA, JSON_OUTPUT, readUrl } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { checked, CommandFailure, demand, oneOf, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { count, print } from '../print.ts'
import { startCount } from '../progress.ts'

const TRUST = ['full', 'witness'] as const

/** A followed member as the node answers it. */
interface Followed {
  readonly handle: string
  readonly name: string
  readonly url: string | null
  readonly stated: { readonly url: string; readonly failure: string | null } | null
  readonly size: number
  readonly checked: string | null
  readonly failure: string | null
  readonly failed: string | null
  readonly next: string | null
  readonly frozen: string | null
}

const QUOTA = {
  type: 'string',
  valueHint: 'AMOUNTS',
  description: 'What a day may bring: entries=, records=, objects=, content=; the rest comes later',
} as const

/** Follows a member of another node, after showing whom. */
export const follow = defineCommand({
  summary: 'Follow a member of another node: hold, verify and cosign its log',
  examples: [
    'ayni follow https://hub.cusco.example --data data',
    'ayni follow http://127.0.0.1:7701 --allow-private-address --content all --yes --data data',
  ],
  args: {
    url: { type: 'positional', required: true, description: 'Address of the member’s node' },
    member: { type: 'string', valueHint: 'HANDLE', description: 'Which of several members hosted there' },
    content: {
      type: 'string',
      default: 'on-demand',
      valueHint: 'TERMS',
      description:
        'Its large files: on-demand, none, all, or all,kind=model,licence=mit,max-file=2GiB,budget=50GiB',
    },
    trust: {
      type: 'string',
      default: 'full',
      valueHint: TRUST.join('|'),
      description: 'Whether its statements count here, or its log is only verified and cosigned',
    },
    quota: QUOTA,
    'allow-private-address': {
      type: 'boolean',
      description: 'Reach it at a loopback or private address',
    },
    yes: { type: 'boolean', description: 'Do not ask' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const address = {
      url: readUrl(args.url, 'URL'),
      handle: args.member ?? null,
      allowPrivate: args['allow-private-address'] === true,
    }
    const terms = {
      content: checked(readContentTerms, args.content, '--content'),
      trust: oneOf(TRUST, args.trust, '--trust'),
      ...(args.quota !== undefined && { quota: checked(readQuota, args.quota, '--quota') }),
    }
    await withAdmin(world, args.data, 'existing', async (admin) => {
      if (args.yes !== true) {
        const candidate = demand(await admin.ask('inspectMember', address))
        world.stderr.write(describe(candidate))
        if (!(await world.confirm('Follow this member?'))) throw new CommandFailure('Nothing was changed.')
      }
      using verified = startCount(world, 'entries')
      const followed = demand(
        await admin.ask('followMember', { ...address, ...terms }, ({ detail }) => {
          const [done = 0, of = 0] = detail.split(' ').map(Number)
          verified.show(done, of)
        }),
      )
      print(world, args.json, followed, [
        `Following ${followed.name} (${followed.handle}); entries of its log verified: ${followed.size}.`,
      ])
    })
  },
})

/** Ends following. */
export const unfollow = defineCommand({
  summary: 'Stop following a member; what was verified is kept',
  examples: ['ayni unfollow cusco --data data'],
  args: {
    member: { type: 'positional', required: true, description: 'Handle or id of the member' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ member, data, json }, world) {
    const ended = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('unfollowMember', { member })),
    )
    print(world, json, ended, [
      `No longer following ${ended.name} (${ended.handle}). What was verified is kept: ${ended.size} entries.`,
    ])
  },
})

/** Changes on which terms a member is followed. */
export const terms = defineCommand({
  summary:
    'Change on which terms a member is followed: its large files, what a day may bring, whether its word counts',
  examples: [
    'ayni terms cusco --content all,kind=model,licence=apache-2.0,max-file=2GiB,budget=50GiB --data data',
    'ayni terms cusco --quota entries=1000,objects=1GB,content=20GB --data data',
    'ayni terms cusco --trust witness --data data',
  ],
  args: {
    member: { type: 'positional', required: true, description: 'Handle or id of the member' },
    content: {
      type: 'string',
      valueHint: 'TERMS',
      description:
        'Its large files: on-demand, none, all, or all and conditions: kind=, licence=, max-file=, budget=',
    },
    quota: QUOTA,
    trust: {
      type: 'string',
      valueHint: TRUST.join('|'),
      description:
        'full: what it says counts, from its first entry. witness: its log is only verified and cosigned; copies that are here stay',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ member, content, quota, trust, data, json }, world) {
    const input = {
      member,
      ...(trust !== undefined && { trust: oneOf(TRUST, trust, '--trust') }),
      ...(content !== undefined && { content: checked(readContentTerms, content, '--content') }),
      ...(quota !== undefined && { quota: checked(readQuota, quota, '--quota') }),
    }
    if (content === undefined && quota === undefined && trust === undefined)
      throw new UsageError('Say what is to change: --content, --quota or --trust.')
    const changed = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('setTerms', input)),
    )
    const { entries, records, objects } = changed.quota
    print(world, json, changed, [
      `${changed.name} (${changed.handle}): large files ${changed.content}.`,
      changed.trust === 'full'
        ? 'What it says counts here; what is missing of that is fetched now.'
        : 'Its log is verified and cosigned, and nothing more. Copies that are here stay as they are.',
      `A day may bring ${entries} entries, ${bytes(records)} of them, ${bytes(objects)} of git objects, ${bytes(changed.quota.content)} of large files.`,
    ])
  },
})

/** Who is followed, and how fresh each copy is. */
export const following = defineCommand({
  summary: 'List the members that this node follows, and how fresh each copy is',
  examples: ['ayni following --data data', 'ayni following --retry cusco --data data'],
  args: {
    retry: {
      type: 'string',
      valueHint: 'HANDLE',
      description: 'Ask this member’s node now, although it failed before',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ retry, data, json }, world) {
    const { follows, clock } = await withAdmin(world, data, 'existing', async (admin) => ({
      follows:
        retry === undefined
          ? demand(await admin.ask('listFollows', {}))
          : [demand(await admin.ask('retryFollow', { member: retry }))],
      clock: demand(await admin.ask('clockDoubt', {})),
    }))
    const { createTranslator } = await import('../../web/i18n/index.ts') // loaded when something is said
    const say = createTranslator('en')
    if (clock.doubt) world.stderr.write(`${say.t(`clock.${clock.doubt}`, { now: clock.now })}\n`)
    print(
      world,
      json,
      follows,
      follows.flatMap((follow) => linesOf(say, follow)),
    )
  },
})

/** A followed member: in one line how fresh its copy is; when it is not, below it why, and what comes next. */
function linesOf(say: Translator, follow: Followed): readonly string[] {
  const { handle, name, url, stated, size, checked, frozen, failed, next } = follow
  const problem = failureOf(follow)
  const moved = stated && failureOf(stated)
  const state = frozen !== null ? 'frozen' : `checked ${checked ?? 'never'}`
  return [
    [handle, name, url ?? 'carried on disks', `${size} entries`, state].join('  '),
    ...(frozen === null ? [] : [`  ${sayFrozen(say, frozen)}`]),
    ...(problem && frozen === null ? [`  ${say.failure(problem)}`] : []),
    ...(problem && failed !== null
      ? [
          `  Last tried ${failed}${next === null ? '' : `, asked next ${next}`}. To ask now: ayni following --retry ${handle}`,
        ]
      : []),
    ...(stated
      ? [`  ${say.t('member.stated', { address: stated.url })}${moved ? ` ${say.failure(moved)}` : ''}`]
      : []),
  ]
}

/** Why nothing more is taken of a log. */
function sayFrozen(say: Translator, why: string): string {
  const reason = FREEZE_REASONS.find((each) => each === why)
  return say.t('member.frozenKept', { reason: reason ? say.t(`said.reason.${reason}`) : why })
}

function describe(candidate: {
  readonly name: string
  readonly handle: string
  readonly member: MemberId
  readonly size: number
  readonly witnesses: readonly string[]
  readonly url: string
}): string {
  const { name, handle, member, size, witnesses, url } = candidate
  const by =
    witnesses.length > 0 ? `with ${count(witnesses.length, 'cosignature')}` : 'cosigned by nobody yet'
  return [
    `${name} (${handle}) at ${url}`,
    `  fingerprint  ${fingerprint(member)}`,
    `  log          ${size} entries, ${by}`,
    '',
  ].join('\n')
}

/** The text, once it is known that it can be read. */
function bytes(count: number): string {
  return new Intl.NumberFormat('en', { style: 'unit', unit: 'gigabyte', maximumFractionDigits: 3 }).format(
    count / 1e9,
  )
}
