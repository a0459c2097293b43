import type { LogTable, Writer } from '../../../database/index.ts'
import type { Colour } from '../../../kernel/colour.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { type Handle, MemberId, Name } from '../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import { isoTime, type Millis } from '../../../kernel/time.ts'
import {
  type Founding,
  type NewKeys,
  queueRecord,
  type Succession,
  type SuccessionReason,
} from '../../../log/index.ts'
import { type Country, Endpoint } from '../../../records/index.ts'
import { hostedMembers } from '../queries.ts'
import { isOfMember, refusalToOperate } from '../rules.ts'
import type { Authority } from '../types.ts'
import { insertAccount, putRole } from './people.ts'
import { type AccountsDeps, attempt, permit, required } from './transaction.ts'

/** What a new member is told once. */
export interface FoundedMember {
  readonly memberId: MemberId
  /** In the form that people print; nothing keeps them. */
  readonly recoveryKeys: readonly string[]
  /** How many of them speak for the member. */
  readonly recoveryThreshold: number
}

/** What describes a member. */
export interface NewMember {
  readonly handle: Handle
  readonly displayName: string
  readonly url: string | null
  readonly colour?: Colour | null
  readonly country?: Country | null
}

/** Members hosted here. Each command is one transaction, or nothing. */
export function createMemberCommands(deps: AccountsDeps) {
  return {
    /** Hosts one more member, with keys and a log of its own; its handle becomes an organisation that `owner` administers. */
    async addMember(
      by: Authority,
      input: NewMember & { readonly owner: string },
    ): Promise<Result<FoundedMember>> {
      const refusal = refusalToOperate(by)
      if (refusal) return fail(refusal)
      const founding = await deps.logs.found()
      return attempt(deps, async (tx) => {
        const owner = await required(tx, input.owner, 'user')
        const [first] = await hostedMembers(tx)
        if (!first) throw new Refusal(failure('notSetUp'))
        await insertMember(deps, tx, { ...input, url: input.url ?? first.url }, founding)
        const organisation = { name: Name.parse(input.handle), fullName: input.displayName } as const
        const organisationId = await insertAccount(deps, tx, { ...organisation, kind: 'organisation' })
        await putRole(tx, organisationId, owner.id, 'admin')
        return founded(founding)
      })
    },

    /**
     * In which colour a member is drawn: on the pages of its own node and, because its log says so, where it is followed.
     * Nothing happens where it is the same.
     */
    setColour: (by: Authority, handle: string, colour: Colour): Promise<Result<void>> =>
      restate(deps, by, handle, { colour }),

    /** Where a member is: countries are counted by it. Nothing happens where it is the same. */
    setCountry: (by: Authority, handle: string, country: Country): Promise<Result<void>> =>
      restate(deps, by, handle, { country }),

    /** The node answers at another address than before: every member hosted here says so. Nothing happens where it is the same. */
    async setAddress(url: string): Promise<void> {
      await deps.database.write(async (tx) => {
        for (const member of await hostedMembers(tx)) {
          if (member.url === url) continue
          await tx.updateTable('member').set({ url }).where('id', '=', member.id).execute()
          await queueEndpoint(tx, member.id, url, deps.clock())
        }
      })
    },

    /** Gives a member's log new keys, in the name of its recovery quorum. */
    async rotateKeys(
      by: Authority,
      handle: string,
      recoveryKeys: readonly string[],
    ): Promise<Result<NewKeys>> {
      const refusal = refusalToOperate(by)
      if (refusal) return fail(refusal)
      const log = await logOf(deps, handle)
      return log.ok ? deps.logs.rotate(log.value, recoveryKeys) : log
    },

    /** Ends a member's log and opens the next, in the name of its recovery quorum. */
    async succeedLog(
      by: Authority,
      handle: string,
      {
        reason,
        recoveryKeys,
      }: { readonly reason: SuccessionReason; readonly recoveryKeys: readonly string[] },
    ): Promise<Result<Succession>> {
      const refusal = refusalToOperate(by)
      if (refusal) return fail(refusal)
      const log = await logOf(deps, handle)
      return log.ok ? deps.logs.succeed(log.value, reason, recoveryKeys) : log
    },

    /** Gives a member that was hosted before there were logs its keys and its log. What waited to be said is said then. */
    async openLog(by: Authority, handle: string): Promise<Result<FoundedMember>> {
      const refusal = refusalToOperate(by)
      if (refusal) return fail(refusal)
      const founding = await deps.logs.found()
      return attempt(deps, async (tx) => {
        const member = (await hostedMembers(tx)).find((hosted) => hosted.handle === handle)
        if (!member) throw new Refusal(failure('memberNotFound'))
        permit(MemberId.safeParse(member.id).success ? failure('logExists') : null)
        await replaceMember(deps, tx, member, founding)
        return founded(founding)
      })
    },
  }
}

/** Changes what describes a hosted member, and says so in its log. */
async function restate(
  deps: AccountsDeps,
  by: Authority,
  handle: string,
  change: { readonly colour: Colour } | { readonly country: Country },
): Promise<Result<void>> {
  const refusal = refusalToOperate(by)
  if (refusal) return fail(refusal)
  return attempt(deps, async (tx) => {
    const member = (await hostedMembers(tx)).find((hosted) => hosted.handle === handle)
    if (!member) throw new Refusal(failure('memberNotFound'))
    const changed = { ...member, ...change }
    if (changed.colour === member.colour && changed.country === member.country) return
    await tx.updateTable('member').set(change).where('id', '=', member.id).execute()
    await queueProfile(tx, member.id, changed, deps.clock())
  })
}

/** The log that a hosted member writes now. */
async function logOf({ database, logs }: AccountsDeps, handle: string): Promise<Result<LogTable>> {
  const member = (await hostedMembers(database.read)).find((hosted) => hosted.handle === handle)
  const log = member && (await logs.current(member.id))
  return log ? succeed(log) : fail(failure('memberNotFound'))
}

/** What is told of a founding. */
export function founded({ memberId, recoveryKeys, recoveryThreshold }: Founding): FoundedMember {
  return { memberId, recoveryKeys, recoveryThreshold }
}

/** Writes a hosted member, opens its log, and says who it is and where. */
export async function insertMember(
  deps: AccountsDeps,
  tx: Writer,
  member: NewMember,
  founding: Founding,
): Promise<void> {
  const at = deps.clock()
  const { handle, displayName: display_name, url, colour = null, country = null } = member
  const row = {
    id: founding.memberId,
    handle,
    display_name,
    url,
    created_at: at,
    hosted: 1 as const,
    colour,
    country,
  }
  await tx.insertInto('member').values(row).execute()
  await founding.open(tx)
  await queueProfile(tx, row.id, member, at)
  if (url !== null) await queueEndpoint(tx, row.id, url, at)
  await queueRecord(tx, row.id, {
    type: 'member-message-keys/1',
    time: isoTime(at),
    body: founding.messageKeys,
  })
}

/**
 * A member is hosted here no more. Its organisations go: nobody speaks for it here, and nobody reads what was private.
 */
export async function releaseMember(
  tx: Writer,
  { id, handle }: { readonly id: string; readonly handle: string },
): Promise<void> {
  await tx.updateTable('member').set({ hosted: 0 }).where('id', '=', id).execute()
  const organisations = await tx
    .selectFrom('account')
    .select(['id', 'name'])
    .where('kind', '=', 'organisation')
    .execute()
  for (const { id: organisation, name } of organisations)
    if (isOfMember(handle, name)) await tx.deleteFrom('account').where('id', '=', organisation).execute()
}

/** A member that moves in: hosted here from now on. Nobody may write in its name before {@link enrolOwner}. */
export async function adoptMember(tx: Writer, id: string): Promise<void> {
  await tx.updateTable('member').set({ hosted: 1 }).where('id', '=', id).execute()
}

/** The handle of a member that moved in becomes an organisation that `owner` administers, and its log says where it is now. */
export async function enrolOwner(
  deps: Pick<AccountsDeps, 'clock' | 'random'>,
  tx: Writer,
  member: NewMember & { readonly id: string; readonly owner: string },
): Promise<void> {
  const owner = await required(tx, member.owner, 'user')
  const organisation = { name: Name.parse(member.handle), fullName: member.displayName } as const
  const organisationId = await insertAccount(deps, tx, { ...organisation, kind: 'organisation' })
  await putRole(tx, organisationId, owner.id, 'admin')
  await tx.updateTable('member').set({ url: member.url }).where('id', '=', member.id).execute()
  if (member.url !== null) await queueEndpoint(tx, member.id, member.url, deps.clock())
}

async function queueProfile(
  tx: Writer,
  memberId: string,
  { handle, displayName: name, colour, country }: NewMember,
  at: Millis,
): Promise<void> {
  await queueRecord(tx, memberId, {
    type: 'member-profile/1',
    time: isoTime(at),
    body: { handle, name, ...(colour && { colour }), ...(country && { country }) },
  })
}

/** An address that no record can carry is no use to others: it stays here. */
async function queueEndpoint(tx: Writer, memberId: string, url: string, at: Millis): Promise<void> {
  const endpoint = Endpoint.safeParse(url.replace(/\/+$/, ''))
  if (!endpoint.success) return
  await queueRecord(tx, memberId, {
    type: 'member-endpoints/1',
    time: isoTime(at),
    body: { urls: [endpoint.data] },
  })
}

/** The same member under the id that its genesis gives it; all that was its own stays its own. */
async function replaceMember(
  deps: AccountsDeps,
  tx: Writer,
  member: NewMember & { readonly id: string },
  founding: Founding,
): Promise<void> {
  await tx.updateTable('member').set({ hosted: 0 }).where('id', '=', member.id).execute()
  const queued = await tx
    .selectFrom('outgoing_record')
    .selectAll()
    .where('member_id', '=', member.id)
    .orderBy('sequence')
    .execute()
  await insertMember(deps, tx, member, founding)
  // Who the member is comes before what it shared: what waited is queued again behind it.
  for (const { sequence, ...row } of queued) {
    await tx.deleteFrom('outgoing_record').where('sequence', '=', sequence).execute()
    await tx
      .insertInto('outgoing_record')
      .values({ ...row, member_id: founding.memberId })
      .execute()
  }
  await tx
    .updateTable('repository')
    .set({ member_id: founding.memberId })
    .where('member_id', '=', member.id)
    .execute()
  await tx.deleteFrom('member').where('id', '=', member.id).execute()
}
