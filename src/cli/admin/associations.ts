import { z } from 'zod'

import {
  type Association,
  MISCONDUCT_KINDS,
  type OpenRound,
  type RosterMember,
} from '../../features/follow/index.ts'
import { AssociationId, MemberId, Sha256 } from '../../kernel/names.ts'
import { type Result, succeed } from '../../kernel/result.ts'
import { isoTime, type Millis } from '../../kernel/time.ts'
import { AssociationRule, Reference, Roster } from '../../records/index.ts'
import { defineAdminCommand } from './definition.ts'
import { ContentText } from './terms.ts'

const Time = z.iso.datetime()
const Done = z.object({ done: z.literal(true) })
/** Who speaks, and of which association: a hosted member and an association, each by name or id. */
const Floor = { as: z.string(), association: z.string() }

const Listed = z.object({
  association: AssociationId,
  name: z.string(),
  members: z.int(),
  epoch: z.int(),
  founded: z.boolean(),
})

const Open = z.object({
  epoch: z.int(),
  round: z.int(),
  convener: MemberId,
  quorum: z.int(),
  until: Time,
  proposal: z
    .object({ by: MemberId, roster: Sha256, members: Roster, endorsed: z.array(MemberId) })
    .nullable(),
  abandoned: z.array(MemberId),
  abandonQuorum: z.int(),
})

/** An association as anybody computes it from the same logs: nothing here is this node's own. */
const Shown = z.object({
  association: AssociationId,
  name: z.string(),
  purpose: z.string(),
  rule: AssociationRule,
  deletionDays: z.int().nullable(),
  witnesses: z.int(),
  charter: Reference,
  unsigned: z.array(MemberId),
  epoch: z.int(),
  roster: Sha256,
  members: Roster,
  since: Time.nullable(),
  left: z.array(MemberId),
  applicants: z.array(MemberId),
  open: Open.nullable(),
  contradictory: z.boolean(),
  misconduct: z.array(
    z.object({
      member: MemberId,
      kind: z.enum(MISCONDUCT_KINDS),
      epoch: z.int(),
      round: z.int(),
      statements: z.array(Reference),
    }),
  ),
})

/** A member on the list, as whoever wants to follow it sees it. */
const Followed = z.object({
  member: MemberId,
  handle: z.string(),
  state: z.enum(['hosted', 'followed', 'found', 'notReached']),
  name: z.string().nullable(),
  url: z.string().nullable(),
  size: z.int().nullable(),
})
export type FollowedMember = z.output<typeof Followed>

export type ShownAssociation = z.output<typeof Shown>

/** What the console asks of associations. */
export const ASSOCIATION_COMMANDS = {
  foundAssociation: defineAdminCommand({
    input: z.object({
      as: z.string(),
      name: z.string(),
      purpose: z.string(),
      members: z.array(z.string()),
      rule: AssociationRule,
      deletionDays: z.int().nullable(),
      witnesses: z.int().nullable(),
    }),
    output: z.object({ association: AssociationId }),
    async run({ associations }, { as, ...founding }) {
      const founded = await associations.found(as, founding)
      return founded.ok ? succeed({ association: founded.value }) : founded
    },
  }),

  signAssociation: defineAdminCommand({
    input: z.object(Floor),
    output: Done,
    run: async ({ associations }, { as, association }) => done(await associations.sign(as, association)),
  }),

  proposeRoster: defineAdminCommand({
    input: z.object({ ...Floor, add: z.array(z.string()), remove: z.array(z.string()) }),
    output: z.object({ epoch: z.int(), round: z.int(), roster: Sha256 }),
    run: ({ associations }, { as, association, ...change }) => associations.propose(as, association, change),
  }),

  endorseRoster: defineAdminCommand({
    input: z.object(Floor),
    output: Done,
    run: async ({ associations }, { as, association }) => done(await associations.endorse(as, association)),
  }),

  abandonRound: defineAdminCommand({
    input: z.object(Floor),
    output: Done,
    run: async ({ associations }, { as, association }) => done(await associations.abandon(as, association)),
  }),

  leaveAssociation: defineAdminCommand({
    input: z.object(Floor),
    output: Done,
    run: async ({ associations }, { as, association }) => done(await associations.leave(as, association)),
  }),

  listAssociations: defineAdminCommand({
    input: z.object({}),
    output: z.array(Listed),
    async run({ associations }) {
      const all = await associations.list()
      return succeed(
        all.map(({ id, charter, members, epoch, since }) => ({
          association: id,
          name: charter.name,
          members: Object.keys(members).length,
          epoch,
          founded: since !== null,
        })),
      )
    },
  }),

  showAssociation: defineAdminCommand({
    input: z.object({ association: z.string() }),
    output: Shown,
    async run({ associations }, { association }) {
      const found = await associations.show(association)
      return found.ok ? succeed(present(found.value)) : found
    },
  }),

  /** Shows whom one is about to follow. */
  inspectAssociation: defineAdminCommand({
    input: z.object({ association: z.string(), allowPrivate: z.boolean() }),
    output: z.array(Followed),
    async run({ associations }, { association, allowPrivate }, { signal }) {
      const seen = await associations.inspectMembers(association, allowPrivate, signal)
      return seen.ok ? succeed(seen.value.map(presentMember)) : seen
    },
  }),

  followAssociation: defineAdminCommand({
    input: z.object({
      association: z.string(),
      allowPrivate: z.boolean(),
      content: ContentText,
      trust: z.enum(['full', 'witness']),
      newMembers: z.boolean(),
    }),
    output: z.array(Followed),
    async run({ associations }, { association, newMembers, content, ...terms }, { signal }) {
      const followed = await associations.follow(association, { ...content, ...terms }, newMembers, signal)
      return followed.ok ? succeed(followed.value.map(presentMember)) : followed
    },
  }),

  associationPolicy: defineAdminCommand({
    input: z.object({ association: z.string() }),
    output: z.object({ policy: z.string() }),
    async run({ associations }, { association }) {
      const found = await associations.show(association)
      return found.ok ? succeed({ policy: await associations.policy(found.value) }) : found
    },
  }),
}

function present(association: Association): ShownAssociation {
  const { id, charter, charterPlace, hash, since, open, isContradictory, misconduct, ...rest } = association
  return {
    association: id,
    name: charter.name,
    purpose: charter.purpose,
    rule: charter.rule,
    deletionDays: charter.deletionDays ?? null,
    witnesses: charter.witnesses,
    charter: charterPlace,
    unsigned: [...rest.unsigned],
    epoch: rest.epoch,
    roster: hash,
    members: rest.members,
    since: timeOrNull(since),
    left: [...rest.left],
    applicants: [...rest.applicants.keys()],
    open: open && presentRound(open),
    contradictory: isContradictory,
    misconduct: misconduct.map(({ memberId, kind, epoch, round, places }) => ({
      member: memberId,
      kind,
      epoch,
      round,
      statements: [...places],
    })),
  }
}

function presentMember({ memberId, handle, state, candidate }: RosterMember): FollowedMember {
  const { name = null, url = null, size = null } = candidate ?? {}
  return { member: memberId, handle, state, name, url, size }
}

function presentRound(open: OpenRound): NonNullable<ShownAssociation['open']> {
  const { epoch, round, convener, quorum, until, proposal, abandoned, abandonQuorum } = open
  return {
    epoch,
    round,
    convener,
    quorum,
    until: isoTime(until),
    proposal: proposal && {
      by: proposal.by,
      roster: proposal.hash,
      members: proposal.members,
      endorsed: [...proposal.endorsed],
    },
    abandoned: [...abandoned],
    abandonQuorum,
  }
}

function timeOrNull(at: Millis | null): string | null {
  return at === null ? null : isoTime(at)
}

function done(result: Result<void>): Result<z.infer<typeof Done>> {
  return result.ok ? succeed({ done: true }) : result
}
