import { AgreementDraft } from '../../features/capacity/index.ts'
import { Sha256 } from '../../kernel/names.ts'
import type { ShownAgreement, ShownDraft } from '../admin/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { type CommandGroup, defineCommand } from '../command.ts'
import { CommandFailure, demand, UsageError } from '../failures.ts'
import { readJsonFile } from '../json-file.ts'
import { withAdmin } from '../node-access.ts'
import { print, table } from '../print.ts'

const AS = {
  type: 'string',
  required: true,
  valueHint: 'HANDLE',
  description: 'The member hosted here in whose name it is said',
} as const
const AGREEMENT = { type: 'positional', required: true, description: 'Id of the agreement' } as const
const DRAFT = { type: 'positional', required: true, description: 'Id of the draft' } as const
const REASON = { type: 'string', valueHint: 'TEXT', description: 'Why, for everybody to read' } as const
/** What is said is public and stays: each command that says something begins its help with this. */
const FOR_EVER = 'Public, permanent:'

const draft = defineCommand({
  summary: 'Write an agreement down, for this node alone: from a file, or from a need and an offer',
  examples: [
    'ayni agreement draft --file agreement.json --as nairobi --data data',
    'ayni agreement draft --need 3f2a… --offer 91bc… --amount 400 --due 2027-06-30 --as lyon --data data',
  ],
  args: {
    file: {
      type: 'string',
      valueHint: 'FILE',
      description: 'JSON with title, description, with, obligations and more (docs/spec/agreements.md)',
    },
    need: { type: 'string', valueHint: 'ID', description: 'The need that it answers' },
    offer: { type: 'string', valueHint: 'ID', description: 'The offer that it comes from' },
    result: { type: 'string', valueHint: 'ID', description: 'The result of a round that it carries out' },
    amount: { type: 'string', valueHint: 'NUMBER', description: 'How much; what the need asks unless told' },
    due: { type: 'string', valueHint: 'DAY', description: 'By when, such as 2027-06-30' },
    replaces: {
      type: 'string',
      valueHint: 'DRAFT',
      description: 'A draft written here that it takes the place of',
    },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ file, need, offer, result, amount, due, replaces, as, data, json }, world) {
    if (file === undefined && need === undefined && offer === undefined)
      throw new UsageError('Say --file FILE, or --need ID, --offer ID or both.')
    const given = file === undefined ? null : await readDraft(file)
    const kept = await withAdmin(world, data, 'existing', async (admin) =>
      demand(
        given
          ? await admin.ask('draftAgreement', { as, draft: given, replaces: replaces ?? null })
          : await admin.ask('beginAgreement', {
              as,
              need: idIn(need, '--need'),
              offer: idIn(offer, '--offer'),
              result: idIn(result, '--result'),
              amount: amount === undefined ? null : numberIn(amount, '--amount'),
              due: due ?? null,
            }),
      ),
    )
    print(world, json, kept, [
      `Draft ${kept.draft} is kept here; nobody has seen it.`,
      `ayni agreement send ${kept.draft} --as ${as} shows it to the other party; ayni agreement sign says it.`,
    ])
  },
})

const send = defineCommand({
  summary: 'Send a draft to the other party, sealed',
  examples: ['ayni agreement send 0f3c… --note "Is March early enough?" --as nairobi --data data'],
  args: {
    draft: DRAFT,
    note: { type: 'string', valueHint: 'TEXT', description: 'A word to it' },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ draft: id, note, as, data, json }, world) {
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('sendAgreement', { as, draft: id, note: note ?? '' })),
    )
    print(world, json, { draft: id, as }, [`Draft ${id} goes to the other party.`])
  },
})

const discard = defineCommand({
  summary: 'Throw a draft away here',
  examples: ['ayni agreement discard 0f3c… --as nairobi --data data'],
  args: { draft: DRAFT, as: AS, data: DATA, json: JSON_OUTPUT },
  async run({ draft: id, as, data, json }, world) {
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('discardAgreement', { as, draft: id })),
    )
    print(world, json, { draft: id, as }, [`Draft ${id} is gone.`])
  },
})

const sign = defineCommand({
  summary: `${FOR_EVER} state an agreement that was drafted, and sign it thereby`,
  examples: ['ayni agreement sign 0f3c… --as nairobi --data data'],
  args: { draft: DRAFT, as: AS, data: DATA, json: JSON_OUTPUT },
  async run({ draft: id, as, data, json }, world) {
    const said = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('signAgreement', { as, draft: id })),
    )
    print(world, json, said, [
      `${as} has signed agreement ${said.agreement}.`,
      `It holds when the other party runs: ayni agreement answer ${said.agreement} --sign --as HANDLE`,
    ])
  },
})

const answer = defineCommand({
  summary: `${FOR_EVER} sign an agreement that another member stated, or decline it`,
  examples: [
    'ayni agreement answer 7d10… --sign --as cusco --data data',
    'ayni agreement answer 7d10… --decline --as cusco --data data',
  ],
  args: {
    agreement: AGREEMENT,
    sign: { type: 'boolean', description: 'Agree to it' },
    decline: { type: 'boolean', description: 'Not want it' },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ agreement, sign: isSigned, decline, as, data, json }, world) {
    if ((isSigned === true) === (decline === true)) throw new UsageError('Say --sign or --decline.')
    const word = isSigned === true ? ('sign' as const) : ('decline' as const)
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('answerAgreement', { as, agreement, answer: word })),
    )
    print(world, json, { agreement, as, answer: word }, [
      word === 'sign' ? `${as} has signed agreement ${agreement}.` : `${as} declined agreement ${agreement}.`,
    ])
  },
})

const end = defineCommand({
  summary: `${FOR_EVER} end an agreement: close it when all is accepted, or cancel it with a reason`,
  examples: [
    'ayni agreement end 7d10… --as cusco --data data',
    'ayni agreement end 7d10… --cancel --reason "The cluster was flooded." --as lyon --data data',
  ],
  args: {
    agreement: AGREEMENT,
    cancel: { type: 'boolean', description: 'It will not be done' },
    reason: REASON,
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ agreement, cancel, reason, as, data, json }, world) {
    const how = cancel === true ? ('cancelled' as const) : ('closed' as const)
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('endAgreement', { as, agreement, end: how, reason: reason ?? null })),
    )
    print(world, json, { agreement, as, end: how }, [`${as} has ${how} agreement ${agreement}.`])
  },
})

const contact = defineCommand({
  summary: 'Tell the other party whom to ask, sealed; without --tell, show whom to ask',
  examples: [
    'ayni agreement contact 7d10… --tell "Amina, +254 …" --as nairobi --data data',
    'ayni agreement contact 7d10… --as nairobi --data data',
  ],
  args: {
    agreement: AGREEMENT,
    tell: { type: 'string', valueHint: 'TEXT', description: 'Whom to ask, and how' },
    as: AS,
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ agreement, tell, as, data, json }, world) {
    const contacts = await withAdmin(world, data, 'existing', async (admin) => {
      if (tell !== undefined) demand(await admin.ask('tellContact', { as, agreement, contact: tell }))
      return demand(await admin.ask('listContacts', { as, agreement }))
    })
    print(
      world,
      json,
      contacts,
      contacts.map(({ of, contact: text }) => `${of.handle ?? of.member}: ${text}`),
    )
  },
})

const list = defineCommand({
  summary: 'List agreements and what became of them; with --drafts, what nobody has said yet',
  examples: ['ayni agreement list --data data', 'ayni agreement list --drafts --json --data data'],
  args: {
    drafts: { type: 'boolean', description: 'Drafts written here or received' },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ drafts, data, json }, world) {
    if (drafts === true) {
      const all = await withAdmin(world, data, 'existing', async (admin) =>
        demand(await admin.ask('listDrafts', {})),
      )
      return print(world, json, all, table(all.map(rowOfDraft)))
    }
    const all = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('listAgreements', {})),
    )
    print(world, json, all, table(all.map(rowOf)))
  },
})

const show = defineCommand({
  summary: 'Show an agreement as everybody computes it from the same logs and evidence',
  examples: ['ayni agreement show 7d10… --data data'],
  args: { agreement: AGREEMENT, data: DATA, json: JSON_OUTPUT },
  async run({ agreement, data, json }, world) {
    const shown = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('showAgreement', { agreement })),
    )
    print(world, json, shown, describe(shown))
  },
})

type Party = ShownAgreement['parties'][number]
const nameOf = ({ handle, member }: Party) => handle ?? member

function rowOf({ agreement, title, state, overdue, parties }: ShownAgreement): readonly string[] {
  return [agreement.slice(0, 12), state, overdue ? 'overdue' : '', parties.map(nameOf).join(' – '), title]
}

function rowOfDraft({ draft: id, state, message, member, with: other, body }: ShownDraft): readonly string[] {
  return [id, message ? `${state}, ${message}` : state, nameOf(member), nameOf(other), body.title]
}

function describe(shown: ShownAgreement): readonly string[] {
  const { agreement, title, description, parties, state, reason, from, until, obligations } = shown
  return [
    `${title} (${agreement})`,
    description,
    '',
    `${parties.map(nameOf).join(' and ')}, ${from} to ${until}: ${state}${reason === null ? '' : ` (${reason})`}`,
    '',
    ...obligations.flatMap((each) => [
      `${each.obligation}. ${nameOf(each.by)} owes ${nameOf(each.to)} ${each.amount} ${each.unit} by ${each.due}${each.overdue ? ', overdue' : ''}: ${each.text}`,
      `   delivered ${each.delivered}, accepted ${each.accepted}, claimed ${each.claimed}, disputed ${each.disputed}`,
      ...each.deliveries.map(
        ({ delivery, said, delivered, verdict }) =>
          `   ${delivery.slice(0, 12)}  said ${said}, shown ${delivered}${verdict === null ? '' : `, ${verdict}`}`,
      ),
    ]),
  ]
}

async function readDraft(path: string): Promise<AgreementDraft> {
  const draftOf = AgreementDraft.safeParse(await readJsonFile(path))
  if (draftOf.success) return draftOf.data
  const [issue] = draftOf.error.issues
  throw new CommandFailure(`${path} is no agreement: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}

export function idIn(text: string | undefined, option: string): Sha256 | null {
  if (text === undefined) return null
  const id = Sha256.safeParse(text)
  if (!id.success) throw new UsageError(`The option ${option} needs an id of 64 hexadecimal digits.`)
  return id.data
}

export function numberIn(text: string, option: string): number {
  if (!/^[1-9][0-9]{0,12}$/.test(text)) throw new UsageError(`The option ${option} needs a whole number.`)
  return Number(text)
}

export const agreement: CommandGroup = {
  kind: 'group',
  summary: 'Agreements: what two members owe each other',
  commands: {
    draft: async () => draft,
    send: async () => send,
    discard: async () => discard,
    sign: async () => sign,
    answer: async () => answer,
    end: async () => end,
    contact: async () => contact,
    list: async () => list,
    show: async () => show,
  },
}
