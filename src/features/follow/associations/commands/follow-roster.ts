import type { Database } from '../../../../database/index.ts'
import { Refusal } from '../../../../kernel/failure.ts'
import type { Fetcher } from '../../../../kernel/fetcher.ts'
import { AssociationId, type MemberId, originOf } from '../../../../kernel/names.ts'
import { type Result, succeed } from '../../../../kernel/result.ts'
import { checkCandidate, readEntries, TILE_WIDTH } from '../../../../log/index.ts'
import { readLeaf } from '../../../../records/index.ts'
import { remoteFiles } from '../../members/commands/source.ts'
import {
  type Candidate,
  type Follow,
  listFollows,
  type MemberCommands,
  readContentTerms,
  type Terms,
  writeContentTerms,
} from '../../members/index.ts'
import { logPrefix } from '../../members/rules.ts'
import { namedIn } from './propose.ts'

export interface FollowRosterDeps {
  readonly database: Database
  readonly members: Pick<MemberCommands, 'inspect' | 'follow'>
  readonly fetcher: Fetcher
}

/** A member of an association, seen by whoever wants to follow all of them. */
export interface RosterMember {
  readonly memberId: MemberId
  /** In the association. */
  readonly handle: string
  /** Hosted here, followed already, found where it says that it answers, or not reached. */
  readonly state: 'hosted' | 'followed' | 'found' | 'notReached'
  readonly candidate: Candidate | null
}

/** What an association's list of members needs to be followed. */
interface Listed {
  readonly id: AssociationId
  readonly members: Parameters<typeof namedIn>[0]
  readonly left: readonly MemberId[]
  /** Who would be on the list, were their logs here. */
  readonly awaited: Listed['members']
}

/** Whom one is about to trust: each member on the list, looked at where its own log says that it answers. */
export async function inspectRoster(
  deps: FollowRosterDeps,
  { members, left, awaited }: Listed,
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<readonly RosterMember[]> {
  const follows = await listFollows(deps.database.read)
  const hosted = await deps.database.read.selectFrom('member').select('id').where('hosted', '=', 1).execute()
  const seen: RosterMember[] = []
  for (const { id: memberId, handle } of namedIn({ ...members, ...awaited })) {
    if (left.includes(memberId)) continue
    const isHosted = hosted.some(({ id }) => id === memberId)
    if (isHosted || follows.some((each) => each.memberId === memberId)) {
      seen.push({ memberId, handle, state: isHosted ? 'hosted' : 'followed', candidate: null })
      continue
    }
    const candidate = await findMember(deps, follows, memberId, allowPrivate, signal)
    seen.push({ memberId, handle, state: candidate ? 'found' : 'notReached', candidate })
  }
  return seen
}

/** Follows each member on the list that is not followed yet and can be reached; the others stay as they are. */
export async function followRoster(
  deps: FollowRosterDeps,
  association: Listed,
  { allowPrivate, ...terms }: Terms,
  signal: AbortSignal,
): Promise<Result<readonly RosterMember[]>> {
  const outcome: RosterMember[] = []
  for (const member of await inspectRoster(deps, association, allowPrivate, signal)) {
    const { candidate, memberId } = member
    if (!candidate) {
      outcome.push(member)
      continue
    }
    const { url, handle } = candidate
    const followed = await deps.members.follow({ url, handle, allowPrivate, memberId }, terms, signal)
    outcome.push({ ...member, state: followed.ok ? 'followed' : 'notReached' })
  }
  return succeed(outcome)
}

/** Writes down that whoever comes onto the list is followed on these terms; null ends that. */
export async function keepRosterTerms(
  database: Database,
  id: AssociationId,
  terms: Terms | null,
): Promise<void> {
  await database.write(async (tx) => {
    await tx.deleteFrom('association_follow').where('association', '=', id).execute()
    if (terms === null) return
    const { content, filter = null, trust, allowPrivate } = terms
    const row = {
      association: id,
      content: writeContentTerms({ content, filter }),
      trust,
      allow_private: allowPrivate ? (1 as const) : (0 as const),
    }
    await tx.insertInto('association_follow').values(row).execute()
  })
}

/** Associations whose new members are followed, and on which terms. */
export async function rosterTerms(
  database: Database,
): Promise<readonly { readonly id: AssociationId; readonly terms: Terms }[]> {
  const rows = await database.read.selectFrom('association_follow').selectAll().execute()
  return rows.map(({ association, content: text, trust, allow_private }) => {
    const content = readContentTerms(text)
    if (!content) throw new Error(`terms that nobody wrote: ${text}`)
    return {
      id: AssociationId.parse(association),
      terms: { ...content, trust, allowPrivate: allow_private === 1 },
    }
  })
}

/**
 * Looks for a member that nobody here follows: whoever holds its log knows where it says that it answers. A copy may lie about
 * that, not about who answers there.
 */
async function findMember(
  deps: FollowRosterDeps,
  follows: readonly Follow[],
  memberId: MemberId,
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<Candidate | null> {
  for (const follow of follows) {
    const at = await addressIn(deps, follow, memberId, signal)
    if (at === null) continue
    const { url, handle } = at
    const found = await deps.members.inspect({ url, handle, allowPrivate }, signal)
    if (found.ok && found.value.memberId === memberId) return found.value
  }
  return null
}

/** What a member's log says of its handle and address, in the copy that a followed member serves; null where that has none. */
async function addressIn(
  { fetcher }: FollowRosterDeps,
  { url, allowPrivate }: Follow,
  memberId: MemberId,
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly handle: string | null } | null> {
  if (url === null) return null
  const allow = allowPrivate ? ('private' as const) : ('public' as const)
  const files = remoteFiles({ fetcher, url, allow, signal }, logPrefix(url, originOf(memberId, 0)))
  try {
    const checked = await checkCandidate(files, memberId)
    if (!checked.ok) return null
    const width = Math.min(checked.value.size, TILE_WIDTH)
    return addressOf((await readEntries(files, 0, width)) ?? [])
  } catch (cause) {
    if (cause instanceof Refusal) return null // this one cannot be asked; another may hold the log
    throw cause
  }
}

function addressOf(
  leaves: readonly Uint8Array[],
): { readonly url: string; readonly handle: string | null } | null {
  const records = leaves.flatMap((leaf) => {
    const read = readLeaf(leaf)
    return read.kind === 'record' ? [read.record] : []
  })
  const endpoints = records.findLast((record) => record.type === 'member-endpoints/1')
  const profile = records.findLast((record) => record.type === 'member-profile/1')
  const url = endpoints?.body.urls[0]
  return url === undefined ? null : { url: url.replace(/\/+$/, ''), handle: profile?.body.handle ?? null }
}
