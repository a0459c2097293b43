import { z } from 'zod'

import { NOUNS, type StatedThing } from '../../features/capacity/index.ts'
import { failure } from '../../kernel/failure.ts'
import { Handle, MemberId, Sha256 } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { isoTime } from '../../kernel/time.ts'
import { CountryGroup, Need, Offer, Pledge, Reference, RetractionReason } from '../../records/index.ts'
import { type AdminDeps, defineAdminCommand } from './definition.ts'

const Noun = z.enum(NOUNS)
const Id = z.object({ id: Sha256 })

const Common = {
  id: Sha256,
  member: MemberId,
  /** Null where its profile was not read yet. */
  handle: Handle.nullable(),
  /** When it was said, as its member says. */
  time: z.iso.datetime(),
  state: z.enum(['open', 'withdrawn', 'replaced']),
  replacedBy: Sha256.nullable(),
  record: Reference,
}

/** Something stated, as everybody computes it from the same logs. */
const Stated = z.discriminatedUnion('noun', [
  z.object({ noun: z.literal('need'), ...Common, body: Need.shape.body }),
  z.object({ noun: z.literal('offer'), ...Common, body: Offer.shape.body }),
  z.object({ noun: z.literal('pledge'), ...Common, body: Pledge.shape.body }),
  z.object({ noun: z.literal('group'), ...Common, body: CountryGroup.shape.body }),
])
export type ShownStatement = z.output<typeof Stated>

/** What the console asks of needs, offers, pledges and groups of countries. */
export const NEED_COMMANDS = {
  stateCapacity: defineAdminCommand({
    input: z.object({ as: z.string(), noun: Noun, body: z.json(), replaces: z.string().nullable() }),
    output: Id,
    async run({ capacity }, { as, noun, body, replaces }) {
      const said = await capacity.needs.state(as, noun, { body, replaces })
      return said.ok ? succeed({ id: said.value }) : said
    },
  }),

  withdrawCapacity: defineAdminCommand({
    input: z.object({ as: z.string(), noun: Noun, id: z.string(), reason: RetractionReason }),
    output: z.object({ done: z.literal(true) }),
    async run({ capacity }, { as, noun, id, reason }) {
      const said = await capacity.needs.withdraw(as, noun, id, reason)
      return said.ok ? succeed({ done: true as const }) : said
    },
  }),

  listStated: defineAdminCommand({
    input: z.object({ noun: Noun, all: z.boolean() }),
    output: z.array(Stated),
    async run(deps, { noun, all }) {
      const { needs, offers, pledges, groups } = await deps.capacity.needs.read()
      const things: readonly StatedThing[] = [
        ...needs.map((stated) => ({ noun: 'need', stated }) as const),
        ...offers.map((stated) => ({ noun: 'offer', stated }) as const),
        ...pledges.map((stated) => ({ noun: 'pledge', stated }) as const),
        ...groups.map((stated) => ({ noun: 'group', stated }) as const),
      ]
      const handles = await handlesOf(deps)
      const shown = things.filter((each) => each.noun === noun && (all || each.stated.state === 'open'))
      return succeed(shown.map((each) => present(each, handles)))
    },
  }),

  showStated: defineAdminCommand({
    input: z.object({ noun: Noun, id: z.string() }),
    output: Stated,
    async run(deps, { noun, id }): Promise<Result<ShownStatement>> {
      const found = await deps.capacity.needs.find(noun, id)
      if (!found) return fail(failure('statementNotFound', { id }))
      return succeed(present(found, await handlesOf(deps)))
    },
  }),
}

type Handles = ReadonlyMap<string, Handle>

async function handlesOf({ capacity }: AdminDeps): Promise<Handles> {
  return capacity.needs.handles()
}

function present(thing: StatedThing, handles: Handles): ShownStatement {
  const { id, memberId, place, time, state, replacedBy } = thing.stated
  const common = {
    id,
    member: memberId,
    handle: handles.get(memberId) ?? null,
    time: isoTime(time),
    state,
    replacedBy,
    record: place,
  }
  switch (thing.noun) {
    case 'need':
      return { noun: thing.noun, ...common, body: thing.stated.body }
    case 'offer':
      return { noun: thing.noun, ...common, body: thing.stated.body }
    case 'pledge':
      return { noun: thing.noun, ...common, body: thing.stated.body }
    case 'group':
      return { noun: thing.noun, ...common, body: thing.stated.body }
  }
}
