import { z } from 'zod'

import type { Rebuilt } from '../../database/index.ts'
import { type FoundedMember as Founded, Role, Scope } from '../../features/accounts/index.ts'
import {
  type Candidate,
  type CarriedMember,
  type ErasurePlan,
  counts,
  type Follow,
  type KeptGood,
  type MemberCommands,
  writeContentTerms,
} from '../../features/follow/index.ts'
import { Colour, colourOf } from '../../kernel/colour.ts'
import { failure } from '../../kernel/failure.ts'
import { Handle, MemberId, Name, Origin, Sha256 } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { isoTime, type Millis, SECOND } from '../../kernel/time.ts'
import { Country, PublicKey, RetractionReason } from '../../records/index.ts'
import { AGREEMENT_COMMANDS } from './agreements.ts'
import { ASSOCIATION_COMMANDS } from './associations.ts'
import { type AdminDeps, defineAdminCommand, type Note } from './definition.ts'
import { LEDGER_COMMANDS } from './ledger.ts'
import { NEED_COMMANDS } from './needs.ts'
import { ROUND_COMMANDS } from './rounds.ts'
import { ContentText, QuotaText } from './terms.ts'

/** Who acts: whoever can open the data folder or its socket owns the node. */
const CONSOLE = { kind: 'console' } as const

const FullName = z.string().max(200)
const Time = z.iso.datetime()
const Nothing = z.object({})
const Done = z.object({ done: z.literal(true) })
const FoundedMember = { member: MemberId, recovery: z.array(z.string()), threshold: z.int() }
const MemberAddress = { url: z.url(), handle: z.string().nullable(), allowPrivate: z.boolean() }
const CandidateFields = {
  member: MemberId,
  handle: Handle,
  name: z.string(),
  url: z.string(),
  size: z.int(),
  witnesses: z.array(z.string()),
}
const CONTENT = ['on-demand', 'all', 'none'] as const
const TRUST = ['full', 'witness'] as const
const CarriedMemberFields = {
  member: MemberId,
  handle: z.string(),
  name: z.string(),
  size: z.int(),
  state: z.enum(['own', 'followed', 'unknown']),
}
const ErasedFrom = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('member'), member: z.string().nullable() }),
  z.object({ kind: z.literal('copies') }),
])
const ErasureFields = {
  sha256: Sha256,
  size: z.int(),
  repositories: z.array(z.string()),
  stated: z.boolean(),
  keptBy: z.array(z.string()),
  deadlines: z.array(z.object({ association: z.string(), days: z.int() })),
}
const FollowFields = {
  member: MemberId,
  handle: z.string(),
  name: z.string(),
  url: z.string().nullable(),
  stated: z.object({ url: z.string(), failure: z.string().nullable() }).nullable(),
  content: z.string(),
  quota: z.object({ entries: z.number(), records: z.number(), objects: z.number(), content: z.number() }),
  trust: z.string(),
  size: z.int(),
  checked: Time.nullable(),
  failure: z.string().nullable(),
  failed: Time.nullable(),
  /** When its node is asked next, while the node runs. */
  next: Time.nullable(),
  frozen: z.string().nullable(),
}
const Link = z.object({ link: z.url(), expires: Time })

/** Everything the console can ask of a node: the same table in this process and over the socket. */
export const ADMIN_COMMANDS = {
  init: defineAdminCommand({
    input: z.object({
      handle: Handle,
      name: FullName,
      admin: Name,
      fullname: FullName,
      url: z.url().nullable(),
    }),
    output: z.object({
      handle: Handle,
      admin: Name,
      token: z.string(),
      link: z.url(),
      expires: Time,
      ...FoundedMember,
    }),
    async run(deps, { handle, name, admin, fullname, url }) {
      const setUp = { handle, displayName: name, admin, fullName: fullname, url }
      const done = await deps.accounts.initialise(setUp)
      if (!done.ok) return done
      const { token, link, ...member } = done.value
      return succeed({ handle, admin, token, ...(await presentLink(deps, link)), ...presentMember(member) })
    },
  }),

  addMember: defineAdminCommand({
    input: z.object({ handle: Handle, name: FullName, owner: z.string(), url: z.url().nullable() }),
    output: z.object({ handle: Handle, ...FoundedMember }),
    async run({ accounts }, { handle, name, owner, url }) {
      const added = await accounts.addMember(CONSOLE, { handle, displayName: name, owner, url })
      return added.ok ? succeed({ handle, ...presentMember(added.value) }) : added
    },
  }),

  /** Gives a member from before there were logs its keys and its log. */
  openLog: defineAdminCommand({
    input: z.object({ handle: z.string() }),
    output: z.object({ handle: z.string(), ...FoundedMember }),
    async run({ accounts }, { handle }) {
      const opened = await accounts.openLog(CONSOLE, handle)
      return opened.ok ? succeed({ handle, ...presentMember(opened.value) }) : opened
    },
  }),

  rotateKeys: defineAdminCommand({
    input: z.object({ handle: z.string(), recovery: z.array(z.string()).max(16) }),
    output: z.object({ handle: z.string(), log: PublicKey, witness: PublicKey }),
    async run({ accounts }, { handle, recovery }) {
      const rotated = await accounts.rotateKeys(CONSOLE, handle, recovery)
      return rotated.ok ? succeed({ handle, ...rotated.value }) : rotated
    },
  }),

  succeedLog: defineAdminCommand({
    input: z.object({
      handle: z.string(),
      reason: z.enum(['compromise', 'fork', 'loss']),
      recovery: z.array(z.string()).max(16),
    }),
    output: z.object({ origin: Origin, previous: Origin, cut: z.int(), saidAgain: z.int() }),
    async run({ accounts, messages }, { handle, reason, recovery }) {
      const opened = await accounts.succeedLog(CONSOLE, handle, { reason, recoveryKeys: recovery })
      // If we stop here, the next start does it: a log that ended names no keys for messages.
      if (opened.ok) await messages.renewKeys(handle)
      return opened
    },
  }),

  /** In which colour a hosted member is drawn. */
  setColour: defineAdminCommand({
    input: z.object({ handle: z.string(), colour: Colour }),
    output: Done,
    run: async ({ accounts }, { handle, colour }) => done(await accounts.setColour(CONSOLE, handle, colour)),
  }),

  /** Where a hosted member is. */
  setCountry: defineAdminCommand({
    input: z.object({ handle: z.string(), country: Country }),
    output: Done,
    run: async ({ accounts }, { handle, country }) =>
      done(await accounts.setCountry(CONSOLE, handle, country)),
  }),

  listMembers: defineAdminCommand({
    input: Nothing,
    output: z.array(
      z.object({
        handle: Handle,
        name: FullName,
        member: MemberId.nullable(),
        colour: Colour,
        country: Country.nullable(),
      }),
    ),
    async run({ accounts }) {
      const members = await accounts.members()
      return succeed(
        members.map(({ id, handle, displayName, colour, country }) => ({
          handle,
          name: displayName,
          member: MemberId.safeParse(id).data ?? null,
          colour: colourOf(colour),
          country,
        })),
      )
    },
  }),

  /** The link with which an empty node is set up from a browser. */
  setUpLink: defineAdminCommand({
    input: Nothing,
    output: Link,
    run: async (deps) => withLink(deps, await deps.accounts.createSetUpLink()),
  }),

  addUser: defineAdminCommand({
    input: z.object({ name: Name, fullname: FullName, operator: z.boolean() }),
    output: Link.extend({ name: Name, fullname: FullName, operator: z.boolean() }),
    async run(deps, { name, fullname, operator }) {
      const input = { name, fullName: fullname, isOperator: operator }
      const added = await deps.accounts.addUser(CONSOLE, input)
      if (!added.ok) return added
      return succeed({ name, fullname, operator, ...(await presentLink(deps, added.value.link)) })
    },
  }),

  listUsers: defineAdminCommand({
    input: Nothing,
    output: z.array(
      z.object({
        name: Name,
        fullname: FullName,
        operator: z.boolean(),
        password: z.boolean(),
        tokens: z.int(),
        created: Time,
      }),
    ),
    async run({ accounts }) {
      const people = await accounts.people()
      return succeed(
        people.map(({ name, fullName, isOperator, hasPassword, tokens, createdAt }) => ({
          name,
          fullname: fullName,
          operator: isOperator,
          password: hasPassword,
          tokens,
          created: isoTime(createdAt),
        })),
      )
    },
  }),

  removeUser: defineAdminCommand({
    input: z.object({ name: z.string() }),
    output: Done,
    run: async ({ accounts }, { name }) => done(await accounts.removeUser(CONSOLE, name)),
  }),

  linkUser: defineAdminCommand({
    input: z.object({ name: z.string() }),
    output: Link,
    run: async (deps, { name }) => withLink(deps, await deps.accounts.createLink(CONSOLE, name)),
  }),

  setOperator: defineAdminCommand({
    input: z.object({ name: z.string(), operator: z.boolean() }),
    output: Done,
    run: async ({ accounts }, { name, operator }) =>
      done(await accounts.setOperator(CONSOLE, name, operator)),
  }),

  addOrganisation: defineAdminCommand({
    input: z.object({ name: Name, fullname: FullName, owner: z.string() }),
    output: z.object({ name: Name, fullname: FullName, owner: z.string() }),
    async run({ accounts }, { name, fullname, owner }) {
      const added = await accounts.addOrganisation(CONSOLE, { name, fullName: fullname, owner })
      return added.ok ? succeed({ name, fullname, owner }) : added
    },
  }),

  listOrganisations: defineAdminCommand({
    input: Nothing,
    output: z.array(
      z.object({ name: Name, fullname: FullName, members: z.record(z.string(), Role), created: Time }),
    ),
    async run({ accounts }) {
      const organisations = await accounts.organisations()
      return succeed(
        await Promise.all(
          organisations.map(async ({ id, name, fullName, createdAt }) => {
            const members = await accounts.membersOf(id)
            const roles = Object.fromEntries(members.map((member) => [member.name, member.role]))
            return { name, fullname: fullName, members: roles, created: isoTime(createdAt) }
          }),
        ),
      )
    },
  }),

  setRole: defineAdminCommand({
    input: z.object({ organisation: z.string(), user: z.string(), role: Role.nullable() }),
    output: Done,
    run: async ({ accounts }, input) => done(await accounts.setRole(CONSOLE, input)),
  }),

  addToken: defineAdminCommand({
    input: z.object({
      user: z.string(),
      name: z.string().max(200),
      scope: Scope,
    }),
    output: z.object({ id: z.string(), token: z.string() }),
    run: ({ accounts }, { user, name, scope }) =>
      accounts.createToken(CONSOLE, { user, displayName: name, scope }),
  }),

  listTokens: defineAdminCommand({
    input: z.object({ user: z.string() }),
    output: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        scope: Scope,
        created: Time,
        lastUsed: Time.nullable(),
      }),
    ),
    async run({ accounts }, { user }) {
      const account = await accounts.account(user)
      if (account?.kind !== 'user') return fail(failure('accountNotFound', { name: user }))
      const tokens = await accounts.tokensOf(account.id)
      return succeed(
        tokens.map(({ id, displayName, scope, createdAt, lastUsedAt }) => ({
          id,
          name: displayName,
          scope,
          created: isoTime(createdAt),
          lastUsed: lastUsedAt === null ? null : isoTime(lastUsedAt),
        })),
      )
    },
  }),

  revokeToken: defineAdminCommand({
    input: z.object({ user: z.string(), id: z.string() }),
    output: Done,
    run: async ({ accounts }, input) => done(await accounts.revokeToken(CONSOLE, input)),
  }),

  /** Shows whom one is about to follow. */
  inspectMember: defineAdminCommand({
    input: z.object(MemberAddress),
    output: z.object(CandidateFields),
    async run({ members }, address, { signal }) {
      const found = await members.inspect(address, signal)
      return found.ok ? succeed(presentCandidate(found.value)) : found
    },
  }),

  followMember: defineAdminCommand({
    input: z.object({
      ...MemberAddress,
      content: ContentText,
      quota: QuotaText.optional(),
      trust: z.enum(TRUST),
    }),
    output: z.object(CandidateFields),
    async run({ members }, { content, quota, trust, ...address }, { note, signal }) {
      const terms = { ...content, trust, quota: quota ?? null }
      const work = members.follow(address, terms, signal)
      const followed = await toldMeanwhile(work, () => noteVerified(members, address.url, note))
      return followed.ok ? succeed(presentCandidate(followed.value)) : followed
    },
  }),

  unfollowMember: defineAdminCommand({
    input: z.object({ member: z.string() }),
    output: z.object({ member: MemberId, handle: z.string(), name: z.string(), size: z.int() }),
    async run({ members }, { member }) {
      const ended = await members.unfollow(member)
      if (!ended.ok) return ended
      const { memberId, handle, name, size } = ended.value
      return succeed({ member: memberId, handle, name, size })
    },
  }),

  listFollows: defineAdminCommand({
    input: Nothing,
    output: z.array(z.object(FollowFields)),
    run: async ({ members }) =>
      succeed((await members.list()).map((follow) => presentFollow(members, follow))),
  }),

  /** Why nothing is vouched for now: the clock of this machine. */
  clockDoubt: defineAdminCommand({
    input: Nothing,
    output: z.object({ doubt: z.enum(['past', 'apart', 'backwards']).nullable(), now: Time }),
    run: async ({ members, clock }) => succeed({ doubt: await members.clockDoubt(), now: isoTime(clock()) }),
  }),

  /** Changes on which terms a member is followed; what is left out stays. */
  setTerms: defineAdminCommand({
    input: z.object({
      member: z.string(),
      content: ContentText.optional(),
      quota: QuotaText.optional(),
      trust: z.enum(TRUST).optional(),
    }),
    output: z.object(FollowFields),
    async run({ members }, { member, content, quota, trust }) {
      const changed = await members.setTerms(member, {
        ...(content && { content }),
        ...(quota && { quota }),
        ...(trust && { trust }),
      })
      return changed.ok ? succeed(presentFollow(members, changed.value)) : changed
    },
  }),

  /** Asks a followed member's node now, although it failed before. */
  retryFollow: defineAdminCommand({
    input: z.object({ member: z.string() }),
    output: z.object(FollowFields),
    async run({ members }, { member }, { signal }) {
      const turn = await members.retry(member, signal)
      return turn.ok ? succeed(presentFollow(members, turn.value)) : turn
    },
  }),

  /** Lets a follower be asked at a private address. */
  allowFollower: defineAdminCommand({
    input: z.object({ url: z.url() }),
    output: Done,
    run: async ({ followers }, { url }, { signal }) => done(await followers.allow(url, signal)),
  }),

  promise: defineAdminCommand({
    input: z.object({
      repository: z.string(),
      kind: z.enum(['model', 'dataset']),
      licence: z.string(),
      holders: z.int(),
      until: z.string(),
    }),
    output: Done,
    run: async ({ publicGoods }, { repository, kind, ...terms }) =>
      done(await publicGoods.promise({ kind, id: repository }, terms)),
  }),

  listPublicGoods: defineAdminCommand({
    input: Nothing,
    output: z.array(
      z.object({
        repository: z.string(),
        kind: z.enum(['model', 'dataset']),
        member: MemberId,
        licence: z.string(),
        holders: z.int(),
        until: z.string(),
        verified: z.int(),
        copies: z.array(
          z.object({ member: MemberId, state: z.string(), checked: Time, verified: Time.nullable() }),
        ),
      }),
    ),
    async run({ publicGoods, clock }) {
      const now = clock()
      return succeed((await publicGoods.list()).map((kept) => presentGood(kept, now)))
    },
  }),

  /** Takes back what a hosted member said. */
  retractRecord: defineAdminCommand({
    input: z.object({
      member: z.string().nullable(),
      origin: Origin.nullable(),
      position: z.int().min(0),
      reason: RetractionReason,
    }),
    output: z.object({ origin: Origin, type: z.string() }),
    run: ({ members }, request) => members.retract(request),
  }),

  /** Erases the bytes of an entry of any log held here. */
  redactEntry: defineAdminCommand({
    input: z.object({ origin: Origin, position: z.int().min(0), reason: z.string().trim().min(1).max(500) }),
    output: z.object({ leafHash: z.string() }),
    run: ({ members }, request) => members.redact(request),
  }),

  /** What erasing a file would come to. */
  planErasure: defineAdminCommand({
    input: z.object({ sha256: Sha256, from: ErasedFrom }),
    output: z.object(ErasureFields),
    async run({ erasures }, request) {
      const planned = await erasures.plan(request)
      return planned.ok ? succeed(presentErasure(planned.value)) : planned
    },
  }),

  /** Erases the bytes of a file, and says so where it was public. */
  eraseFile: defineAdminCommand({
    input: z.object({ sha256: Sha256, from: ErasedFrom, reason: RetractionReason }),
    output: z.object(ErasureFields),
    async run({ erasures }, request) {
      const erased = await erasures.erase(request)
      return erased.ok ? succeed(presentErasure(erased.value)) : erased
    },
  }),

  /** Which files are not given out here any more, and who erased them. */
  listErased: defineAdminCommand({
    input: Nothing,
    output: z.array(
      z.object({
        sha256: Sha256,
        size: z.int(),
        reason: RetractionReason,
        time: Time,
        member: z.string().nullable(),
        record: z.string().nullable(),
      }),
    ),
    async run({ erasures }) {
      const erased = await erasures.list()
      return succeed(
        erased.map(({ sha256, size, reason, time, member, tombstone }) => ({
          sha256,
          size,
          reason,
          time: isoTime(time),
          member: member?.handle ?? null,
          record: tombstone && `${tombstone.origin}#${tombstone.position}`,
        })),
      )
    },
  }),

  ...ASSOCIATION_COMMANDS,
  ...ROUND_COMMANDS,
  ...AGREEMENT_COMMANDS,
  ...LEDGER_COMMANDS,
  ...NEED_COMMANDS,
  /** Writes what everybody may read as static files. */
  exportCarry: defineAdminCommand({
    input: z.object({
      to: z.string().min(1),
      since: z.string().min(1).nullable(),
      members: z.array(z.string()).nullable(),
      content: z.enum(['all', 'none']),
      maxBytes: z.int().min(1).nullable(),
    }),
    output: z.object({
      folders: z.array(z.string()),
      logs: z.int(),
      repositories: z.int(),
      blobs: z.int(),
      bytes: z.int(),
      missing: z.int(),
    }),
    async run({ carry }, request, { signal }) {
      const done = await carry.export(request, signal)
      return done.ok ? succeed({ ...done.value, folders: [...done.value.folders] }) : done
    },
  }),

  /** Gives a member up, and writes all of it into a folder. */
  moveOut: defineAdminCommand({
    input: z.object({ handle: z.string(), to: z.string().min(1), passphrase: z.string().min(1) }),
    output: z.object({
      member: MemberId,
      folder: z.string(),
      repositories: z.int(),
      sealed: z.int(),
      blobs: z.int(),
      missing: z.int(),
    }),
    async run({ carry }, request, { signal }) {
      const out = await carry.moveOut(request, signal)
      if (!out.ok) return out
      const { memberId: member, repositories, sealed, blobs, missing } = out.value
      return succeed({ member, folder: request.to, repositories, sealed, blobs, missing })
    },
  }),

  /** Takes in a member that another node has moved out. */
  moveIn: defineAdminCommand({
    input: z.object({
      folder: z.string().min(1),
      passphrase: z.string().min(1),
      owner: z.string(),
      url: z.url().nullable(),
      allowPrivate: z.boolean(),
    }),
    output: z.object({
      member: MemberId,
      handle: z.string(),
      url: z.string().nullable(),
      size: z.int(),
      sealed: z.int(),
    }),
    async run({ carry }, request, { signal }) {
      const moved = await carry.moveIn(request, signal)
      if (!moved.ok) return moved
      const { memberId: member, handle, url, size, sealed } = moved.value
      return succeed({ member, handle, url, size, sealed })
    },
  }),

  /** Shows whose logs are in carries. */
  lookIntoCarries: defineAdminCommand({
    input: z.object({ folders: z.array(z.string()).min(1) }),
    output: z.array(z.object(CarriedMemberFields)),
    async run({ carry }, { folders }) {
      const seen = await carry.look(folders)
      return seen.ok ? succeed(seen.value.map(presentCarried)) : seen
    },
  }),

  importCarries: defineAdminCommand({
    input: z.object({
      folders: z.array(z.string()).min(1),
      follow: z.object({ content: z.enum(CONTENT), trust: z.enum(TRUST) }).nullable(),
    }),
    output: z.object({
      asOf: Time.nullable(),
      missing: z.array(z.object({ time: Time, index: z.string() })),
      missingParts: z.int(),
      logs: z.array(
        z.object({
          ...CarriedMemberFields,
          outcome: z.enum(['unchanged', 'grown', 'older', 'followed', 'vouched', 'notFollowed', 'refused']),
          reason: z.string().nullable(),
          held: z.int(),
          repositories: z.int(),
          incomplete: z.int(),
        }),
      ),
    }),
    async run({ carry }, request, { signal }) {
      const done = await carry.import(request, signal)
      if (!done.ok) return done
      const { asOf, missing, missingParts, logs } = done.value
      return succeed({
        asOf: asOf === null ? null : isoTime(asOf),
        missing: missing.map(({ time, index }) => ({ time: isoTime(time), index })),
        missingParts,
        logs: logs.map((log) => ({
          ...presentCarried(log),
          outcome: log.outcome,
          reason: log.reason,
          held: log.held,
          repositories: log.repositories,
          incomplete: log.incomplete,
        })),
      })
    },
  }),

  /** Messages to and from other members: not what they say. */
  listMessages: defineAdminCommand({
    input: Nothing,
    output: z.array(
      z.object({
        direction: z.enum(['in', 'out']),
        id: z.string(),
        member: MemberId,
        handle: z.string(),
        kind: z.string(),
        state: z.enum(['waiting', 'delivered', 'failed', 'received']),
        time: Time,
        attempts: z.int(),
        failure: z.string().nullable(),
      }),
    ),
    async run({ messages }) {
      const all = await messages.list()
      return succeed(
        all.map(({ memberId, at, ...message }) => ({
          ...message,
          member: MemberId.parse(memberId),
          time: isoTime(at),
        })),
      )
    },
  }),

  /** Sends what was not delivered again: one message, or all. */
  retryMessages: defineAdminCommand({
    input: z.object({ id: z.string().nullable() }),
    output: z.object({ messages: z.int() }),
    async run({ messages }, { id }) {
      const retried = await messages.retry(id)
      return retried.ok ? succeed({ messages: retried.value }) : retried
    },
  }),

  renewMessageKeys: defineAdminCommand({
    input: z.object({ handle: z.string() }),
    output: z.object({ member: MemberId }),
    async run({ messages }, { handle }) {
      const renewed = await messages.renewKeys(handle)
      return renewed.ok ? succeed({ member: renewed.value }) : renewed
    },
  }),

  /** Each note is something wrong; the answer says how many there were. */
  doctor: defineAdminCommand({
    input: Nothing,
    output: z.object({ problems: z.int() }),
    async run({ examine }, _input, { note, signal }) {
      let problems = 0
      for await (const problem of examine(signal)) {
        problems++
        note(problem)
      }
      return succeed({ problems })
    },
  }),

  /** Makes every projection anew; each note is a table that is done. */
  rebuild: defineAdminCommand({
    input: Nothing,
    output: z.object({
      equal: z.boolean(),
      tables: z.array(
        z.object({ projection: z.string(), table: z.string(), rows: z.int(), differing: z.int() }),
      ),
    }),
    async run({ rebuild }, _input, { note, signal }) {
      const tables: Rebuilt[] = []
      for await (const done of rebuild(signal)) {
        tables.push(done)
        note({ kind: done.projection, subject: done.table, detail: `${done.rows}` })
      }
      return succeed({ equal: tables.every(({ differing }) => differing === 0), tables })
    },
  }),
}

/** Does `tell` twice a second until the work is done. */
async function toldMeanwhile<Value>(work: Promise<Value>, tell: () => Promise<void>): Promise<Value> {
  const telling = setInterval(() => void tell().catch(() => {}), SECOND / 2) // who cannot be told waits for the outcome
  try {
    return await work
  } finally {
    clearInterval(telling)
  }
}

/** Tells how many entries of a member's log have been verified, of those that it had when following began. */
async function noteVerified(members: MemberCommands, url: string, note: (note: Note) => void): Promise<void> {
  for (const follow of await members.list())
    if (follow.url === url && follow.verified < follow.backlog)
      note({ kind: 'verified', subject: follow.handle, detail: `${follow.verified} ${follow.backlog}` })
}

function presentGood({ good, copies }: KeptGood, now: Millis) {
  const { repository, kind, memberId: member, licence, holders, until } = good
  return {
    repository,
    kind,
    member,
    licence,
    holders,
    until,
    verified: copies.filter((copy) => counts(copy, now)).length,
    copies: copies.map(({ memberId, state, checkedAt, verifiedAt }) => ({
      member: memberId,
      state,
      checked: isoTime(checkedAt),
      verified: verifiedAt === null ? null : isoTime(verifiedAt),
    })),
  }
}

function presentFollow({ courses }: Pick<AdminDeps['members'], 'courses'>, follow: Follow) {
  const { nextAt } = courses.of(follow.memberId)
  const { failedAt } = follow
  const { memberId, handle, name, url, stated, quota, trust, size, checkedAt, failure, frozen } = follow
  return {
    member: memberId,
    handle,
    name,
    url,
    stated,
    content: writeContentTerms(follow),
    quota,
    trust,
    size,
    checked: checkedAt === null ? null : isoTime(checkedAt),
    failure,
    failed: failedAt === null ? null : isoTime(failedAt),
    next: nextAt === null ? null : isoTime(nextAt),
    frozen,
  }
}

function presentCandidate({ memberId, handle, name, url, size, witnesses }: Candidate) {
  return { member: memberId, handle, name, url, size, witnesses: [...witnesses] }
}

function presentCarried({ memberId, handle, name, size, state }: CarriedMember) {
  return { member: memberId, handle, name, size, state }
}

function presentMember({ memberId, recoveryKeys, recoveryThreshold }: Founded) {
  return { member: memberId, recovery: [...recoveryKeys], threshold: recoveryThreshold }
}

function done(result: Result<void>): Result<z.infer<typeof Done>> {
  return result.ok ? succeed({ done: true }) : result
}

interface IssuedLink {
  readonly key: string
  readonly expiresAt: Millis
}

async function withLink(deps: AdminDeps, link: Result<IssuedLink>): Promise<Result<z.infer<typeof Link>>> {
  return link.ok ? succeed(await presentLink(deps, link.value)) : link
}

const USUAL_ADDRESS = 'http://127.0.0.1:7700' // where `ayni serve` answers when nothing else is said

/** A link is only of use with an address: where the node answers now, else its public one, else the usual one. */
async function presentLink({ accounts, address }: AdminDeps, { key, expiresAt }: IssuedLink) {
  const member = await accounts.member()
  const base = address ?? member?.url?.replace(/\/+$/, '') ?? USUAL_ADDRESS
  const page = member ? 'password' : 'set-up' // before there is a member, the only links are for its set-up
  return { link: `${base}/${page}/${key}`, expires: isoTime(expiresAt) }
}

function presentErasure({ sha256, size, isStated, repositories, keptBy, deadlines }: ErasurePlan) {
  return {
    sha256,
    size,
    repositories: repositories.map(({ id }) => id),
    stated: isStated,
    keptBy: keptBy.map(({ id }) => id),
    deadlines: [...deadlines],
  }
}
