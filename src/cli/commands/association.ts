import { fingerprint, readContentTerms } from '../../features/follow/index.ts'
import type { Result } from '../../kernel/result.ts'
import type { AssociationRule } from '../../records/index.ts'
import type { Admin, FollowedMember, ShownAssociation } from '../admin/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { checked, CommandFailure, demand, oneOf, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'

const ASSOCIATION = {
  type: 'positional',
  required: true,
  description: 'Name or id of the association',
} as const
const AS = {
  type: 'string',
  required: true,
  valueHint: 'HANDLE',
  description: 'The member hosted here in whose name it is said',
} as const
/** What is said is public and stays: each command that says something ends its help with this. */
const FOR_EVER = 'Public, permanent:'

const found = defineCommand({
  summary: `${FOR_EVER} propose an association, and sign its charter`,
  examples: [
    'ayni association found --name "Lake Region AI" --purpose "Speech models for our languages." --member cusco,dhaka --as nairobi --data data',
    'ayni association found --name Delta --purpose "Shared tests." --member cusco --rule k-of-n:2 --as nairobi --data data',
  ],
  args: {
    name: { type: 'string', required: true, valueHint: 'TEXT', description: 'What it is called' },
    purpose: { type: 'string', required: true, valueHint: 'TEXT', description: 'What it is for' },
    member: {
      type: 'string',
      required: true,
      valueHint: 'HANDLE|ID,…',
      description: 'The other founding members, with commas between them',
    },
    rule: {
      type: 'string',
      default: 'two-thirds',
      valueHint: 'two-thirds|k-of-n:K|convener',
      description: 'How it decides who belongs to it',
    },
    'deletion-days': {
      type: 'string',
      valueHint: 'DAYS',
      description: 'Within how many days members erase what they are asked to erase',
    },
    witnesses: {
      type: 'string',
      valueHint: 'NUMBER',
      description:
        'How many members must vouch for the log of each; more than two thirds of the others unless told',
    },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ name, purpose, member, rule, witnesses, as, data, json, ...args }, world) {
    const input = {
      as,
      name,
      purpose,
      members: namesIn(member),
      rule: readRule(rule),
      deletionDays: readNumber(args['deletion-days'], '--deletion-days'),
      witnesses: readNumber(witnesses, '--witnesses'),
    }
    const { association: id } = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('foundAssociation', input)),
    )
    print(world, json, { association: id, name }, [
      `${name} is proposed and signed by ${as}: ${id}`,
      `Each of ${input.members.join(', ')} now runs: ayni association sign ${id} --as HANDLE`,
    ])
  },
})

const sign = speaking({
  summary: 'bind a member to the charter of an association',
  example: 'ayni association sign "Lake Region AI" --as cusco --data data',
  ask: (admin, floor) => admin.ask('signAssociation', floor),
  said: ({ as, association }) => `${as} is bound by the charter of ${association}.`,
})

const endorse = speaking({
  summary: 'agree to the list of members that is proposed',
  example: 'ayni association endorse "Lake Region AI" --as cusco --data data',
  ask: (admin, floor) => admin.ask('endorseRoster', floor),
  said: ({ as, association }) => `${as} agreed to the list of members of ${association}.`,
})

const abandon = speaking({
  summary: 'give up a round that is stuck, after its seven days',
  example: 'ayni association abandon "Lake Region AI" --as cusco --data data',
  ask: (admin, floor) => admin.ask('abandonRound', floor),
  said: ({ as, association }) => `${as} gave up the open round of ${association}.`,
})

const leave = speaking({
  summary: 'leave an association; nobody needs to agree',
  example: 'ayni association leave "Lake Region AI" --as cusco --data data',
  ask: (admin, floor) => admin.ask('leaveAssociation', floor),
  said: ({ as, association }) => `${as} has left ${association}.`,
})

const propose = defineCommand({
  summary: `${FOR_EVER} propose who belongs from now on, as the convener of the round, and agree to it`,
  examples: [
    'ayni association propose "Lake Region AI" --add suva --as cusco --data data',
    'ayni association propose "Lake Region AI" --remove dhaka --as cusco --data data',
  ],
  args: {
    association: ASSOCIATION,
    add: {
      type: 'string',
      valueHint: 'HANDLE|ID,…',
      description: 'Who is taken in; each has signed the charter',
    },
    remove: { type: 'string', valueHint: 'HANDLE|ID,…', description: 'Who does not belong any more' },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ association, add, remove, as, data, json }, world) {
    const input = { as, association, add: namesIn(add), remove: namesIn(remove) }
    const proposed = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('proposeRoster', input)),
    )
    print(world, json, proposed, [
      `Proposed as list ${proposed.epoch} of ${association}, round ${proposed.round + 1}; ${as} agrees to it.`,
    ])
  },
})

const list = defineCommand({
  summary: 'List the associations that are known here',
  examples: ['ayni association list --data data'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const all = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listAssociations', {})),
    )
    print(
      world,
      json,
      all,
      table(
        all.map(({ association, name, members, founded }) => [
          association,
          name,
          `${members} members`,
          founded ? '' : 'not everybody has signed',
        ]),
      ),
    )
  },
})

const show = defineCommand({
  summary: 'Show an association as everybody computes it from the same logs',
  examples: [
    'ayni association show "Lake Region AI" --data data',
    'ayni association show "Lake Region AI" --policy --data data > policy.txt',
  ],
  args: {
    association: ASSOCIATION,
    policy: {
      type: 'boolean',
      description: 'Print its members as witnesses of each other’s logs, as a tlog-policy',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ association, policy, data, json }, world) {
    if (policy === true) {
      const answer = await withAdmin(world, data, 'existing', async (admin) =>
        demand(await admin.ask('associationPolicy', { association })),
      )
      return print(world, json, answer, answer.policy.trimEnd().split('\n'))
    }
    const shown = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('showAssociation', { association })),
    )
    print(world, json, shown, describe(shown))
  },
})

const TRUST = ['full', 'witness'] as const

const follow = defineCommand({
  summary: 'Follow every member of an association, after showing whom',
  examples: [
    'ayni association follow "Lake Region AI" --data data',
    'ayni association follow "Lake Region AI" --new-members --content all,max-file=2GiB,budget=50GiB --yes --data data',
  ],
  args: {
    association: ASSOCIATION,
    content: {
      type: 'string',
      default: 'on-demand',
      valueHint: 'TERMS',
      description:
        'Their large files: on-demand, none, all, or all,kind=model,licence=mit,max-file=2GiB,budget=50GiB; a budget is of each member',
    },
    trust: {
      type: 'string',
      default: 'full',
      valueHint: TRUST.join('|'),
      description: 'Whether their statements count here, or their logs are only verified and cosigned',
    },
    'new-members': {
      type: 'boolean',
      description: 'Follow whoever is taken in later, too; without it that ends',
    },
    'allow-private-address': {
      type: 'boolean',
      description: 'Reach them at a loopback or private address',
    },
    yes: { type: 'boolean', description: 'Do not ask' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ association, content, trust, yes, data, json, ...args }, world) {
    const whom = { association, allowPrivate: args['allow-private-address'] === true }
    const terms = {
      content: checked(readContentTerms, content, '--content'),
      trust: oneOf(TRUST, trust, '--trust'),
      newMembers: args['new-members'] === true,
    }
    await withAdmin(world, data, 'existing', async (admin) => {
      if (yes !== true) {
        const seen = demand(await admin.ask('inspectAssociation', whom))
        world.stderr.write(
          linesOf(seen)
            .map((line) => `${line}\n`)
            .join(''),
        )
        if (!(await world.confirm('Follow those that were found?')))
          throw new CommandFailure('Nothing was changed.')
      }
      const followed = demand(await admin.ask('followAssociation', { ...whom, ...terms }))
      print(world, json, followed, linesOf(followed))
    })
  },
})

const STATES = {
  hosted: 'hosted here',
  followed: 'followed',
  found: 'found',
  notReached: 'not reached; ayni follow URL follows it when you know its address',
} as const satisfies Record<FollowedMember['state'], string>

function linesOf(members: readonly FollowedMember[]): string[] {
  return table(
    members.map(({ handle, name, url, member, size, state }) => [
      handle,
      name ?? '',
      url ?? '',
      fingerprint(member),
      size === null ? '' : `${size} entries`,
      STATES[state],
    ]),
  )
}

interface FloorInput {
  readonly as: string
  readonly association: string
}

/** A command with which a member says one thing of one association. */
function speaking(definition: {
  readonly summary: string
  readonly example: string
  readonly ask: (admin: Admin, floor: FloorInput) => Promise<Result<unknown>>
  readonly said: (floor: FloorInput) => string
}) {
  return defineCommand({
    summary: `${FOR_EVER} ${definition.summary}`,
    examples: [definition.example],
    args: { association: ASSOCIATION, as: AS, data: DATA, json: JSON_OUTPUT },
    async run({ association, as, data, json }, world) {
      const floor = { as, association }
      await withAdmin(world, data, 'existing', async (admin) => demand(await definition.ask(admin, floor)))
      print(world, json, floor, [definition.said(floor)])
    },
  })
}

function describe(shown: ShownAssociation): readonly string[] {
  const { name, purpose, association, members, unsigned, left, applicants, open, misconduct } = shown
  const nameOf = (id: string) => new Map<string, string>(Object.entries(members)).get(id) ?? id
  const state = (id: string) =>
    unsigned.some((each) => each === id)
      ? 'has not signed'
      : left.some((each) => each === id)
        ? 'has left'
        : ''
  return [
    `${name} (${association})`,
    purpose,
    '',
    ...table(Object.entries(members).map(([id, handle]) => [handle, id, state(id)])),
    ...applicants.map((id) => `${id} has signed and is not on the list`),
    '',
    ...(open ? describeRound(open, nameOf) : []),
    ...(shown.contradictory ? ['Two lists of one number were adopted: nothing more is decided.'] : []),
    ...misconduct.map(
      ({ member, kind, epoch }) => `${nameOf(member)} broke the rule: ${kind}, list ${epoch}`,
    ),
  ]
}

function describeRound(
  open: NonNullable<ShownAssociation['open']>,
  nameOf: (id: string) => string,
): readonly string[] {
  const { epoch, round, convener, quorum, until, proposal, abandoned } = open
  const gone = abandoned.length > 0 ? [`  given up by ${abandoned.map(nameOf).join(', ')}`] : []
  if (!proposal)
    return [`List ${epoch}, round ${round + 1}: ${nameOf(convener)} may propose, until ${until}`, ...gone]
  return [
    `List ${epoch}, round ${round + 1}, proposed by ${nameOf(proposal.by)}: ${Object.values(proposal.members).join(', ')}`,
    `  agreed: ${proposal.endorsed.map(nameOf).join(', ') || 'nobody yet'} (${proposal.endorsed.length} of ${quorum} needed), until ${until}`,
    ...gone,
  ]
}

function namesIn(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function readRule(text: string): AssociationRule {
  if (text === 'two-thirds' || text === 'convener') return { kind: text }
  const k = /^k-of-n:([1-9]\d?)$/.exec(text)?.[1]
  if (k === undefined) throw new UsageError('The option --rule needs two-thirds, k-of-n:3 or convener.')
  return { kind: 'k-of-n', k: Number(k) }
}

function readNumber(text: string | undefined, option: string): number | null {
  if (text === undefined) return null
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`The option ${option} needs a number.`)
  return Number(text)
}

export const association: CommandGroup = {
  kind: 'group',
  summary: 'Associations: members bound by a charter, without a server',
  commands: {
    found: async () => found,
    sign: async () => sign,
    propose: async () => propose,
    endorse: async () => endorse,
    abandon: async () => abandon,
    leave: async () => leave,
    list: async () => list,
    show: async () => show,
    follow: async () => follow,
  },
}
