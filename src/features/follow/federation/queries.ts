import type { Reader } from '../../../database/index.ts'
import { colourOf } from '../../../kernel/colour.ts'
import { type GitOid, MemberId, Origin, partsOfOrigin } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { Cosigner, Logs } from '../../../log/index.ts'
import { findFollow, listFollows } from '../members/index.ts'
import type { Federation, Holder, Home, KnownLog, KnownMember, Tie } from './types.ts'

export interface FederationDeps {
  readonly reader: Reader
  readonly logs: Pick<Logs, 'cosigners'>
}

/** Everybody whom this node knows, and who follows whom as far as it can tell. */
export async function readFederation({ reader, logs }: FederationDeps): Promise<Federation> {
  const cosigners = await logs.cosigners()
  const members = await readMembers(reader, cosigners)
  return { members, ties: await readTies(reader, members, cosigners) }
}

async function readMembers(reader: Reader, cosigners: readonly Cosigner[]): Promise<readonly KnownMember[]> {
  const follows = new Map((await listFollows(reader)).map((follow) => [follow.memberId, follow]))
  const followers = new Map((await readFollowers(reader)).map((follower) => [follower.memberId, follower]))
  const logs = await readLogs(reader, cosigners)
  const counts = await countRepositories(reader)
  const rows = await reader.selectFrom('member').selectAll().orderBy('handle').orderBy('id').execute()
  const named = rows.flatMap((row): readonly KnownMember[] => {
    const memberId = MemberId.safeParse(row.id).data
    if (memberId === undefined) return [] // it has no log yet
    return [
      {
        memberId,
        handle: row.handle,
        name: row.display_name,
        colour: colourOf(row.colour),
        url: row.url ?? follows.get(memberId)?.url ?? null,
        isHosted: row.hosted === 1,
        follow: follows.get(memberId) ?? null,
        isFollower: followers.has(memberId),
        log: logs.get(memberId) ?? null,
        models: counts.get(`model ${memberId}`) ?? 0,
        datasets: counts.get(`dataset ${memberId}`) ?? 0,
      },
    ]
  })
  const known = new Set(named.map(({ memberId }) => memberId))
  const strangers = [...followers.values()].filter(({ memberId }) => !known.has(memberId))
  return [...named, ...strangers.map(strangerOf)]
}

type FollowerRow = Awaited<ReturnType<typeof readFollowers>>[number]

/** Its name is that of its own log, which it has shown; the address is its word alone. */
function strangerOf({ memberId, url, handle, name, colour }: FollowerRow): KnownMember {
  const said = { handle, name: name ?? '', colour: colourOf(colour), url }
  return {
    memberId,
    ...said,
    follow: null,
    log: null,
    models: 0,
    datasets: 0,
    isHosted: false,
    isFollower: true,
  }
}

async function readFollowers(reader: Reader) {
  const rows = await reader
    .selectFrom('follower')
    .select(['member_id', 'url', 'origin', 'since', 'handle', 'name', 'colour'])
    .orderBy('since')
    .execute()
  return rows.map(({ member_id, origin, ...row }) => ({
    ...row,
    memberId: MemberId.parse(member_id),
    origin: Origin.parse(origin),
  }))
}

/** The log of each member that goes on: the one with the highest number. */
async function readLogs(
  reader: Reader,
  cosigners: readonly Cosigner[],
): Promise<ReadonlyMap<string, KnownLog>> {
  const rows = await reader
    .selectFrom('log')
    .select(['origin', 'member_id', 'signed_size', 'size', 'frozen'])
    .orderBy('number')
    .execute()
  const witnesses = Map.groupBy(cosigners, ({ origin }) => origin as string)
  return new Map(
    rows.map(({ origin, member_id, signed_size, size, frozen }) => [
      member_id,
      {
        origin: Origin.parse(origin),
        size: Math.min(size, signed_size),
        frozen,
        witnesses: witnesses.get(origin)?.length ?? 0,
      },
    ]),
  )
}

async function countRepositories(reader: Reader): Promise<ReadonlyMap<string, number>> {
  const rows = await reader
    .selectFrom('repository')
    .select((is) => ['member_id', 'kind', is.fn.countAll<number>().as('count')])
    .where('visibility', '=', 'public')
    .groupBy(['member_id', 'kind'])
    .execute()
  return new Map(rows.map(({ member_id, kind, count }) => [`${kind} ${member_id}`, count]))
}

/** Ours to whom we follow, followers' to us, and between others what cosignatures show. */
async function readTies(
  reader: Reader,
  members: readonly KnownMember[],
  cosigners: readonly Cosigner[],
): Promise<readonly Tie[]> {
  const known = new Set(members.map(({ memberId }) => memberId))
  const hosted = members.filter(({ isHosted }) => isHosted)
  const [own] = hosted
  const ties = new Map<string, Tie>()
  const tie = (from: MemberId, to: MemberId, at: Millis | null) =>
    void (from === to || !known.has(from) || ties.set(`${from} ${to}`, { from, to, at }))
  for (const { memberId, origin } of await readFollowers(reader))
    tie(memberId, partsOfOrigin(origin).member, null)
  // Members hosted here follow together: what they cosigned says no more than when their node last looked.
  const ofOthers = cosigners.filter(({ memberId }) => !hosted.some((each) => each.memberId === memberId))
  for (const { memberId, origin, time } of ofOthers) tie(memberId, partsOfOrigin(origin).member, time)
  for (const { follow } of members) if (own && follow) tie(own.memberId, follow.memberId, follow.checkedAt)
  return [...ties.values()]
}

/** Where a copied repository is written, and how this node stands to that member. */
export async function findHome(reader: Reader, memberId: string): Promise<Home | null> {
  const row = await reader
    .selectFrom('member')
    .leftJoin('log', 'log.member_id', 'member.id')
    .select([
      'member.id',
      'member.handle',
      'member.display_name',
      'member.url',
      'member.colour',
      'log.frozen',
    ])
    .where('member.id', '=', memberId)
    .where('member.hosted', '=', 0)
    .orderBy('log.number', 'desc')
    .executeTakeFirst()
  if (!row) return null
  const follow = await findFollow(reader, memberId)
  return {
    memberId: MemberId.parse(row.id),
    name: row.display_name || row.handle,
    colour: colourOf(row.colour),
    url: row.url ?? follow?.url ?? null,
    follow,
    frozen: row.frozen,
  }
}

/** Names of members of other nodes by their ids, for lists in which repositories of several stand. */
export async function foreignNames(reader: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = await reader
    .selectFrom('member')
    .select(['id', 'handle', 'display_name'])
    .where('hosted', '=', 0)
    .execute()
  return new Map(rows.map(({ id, handle, display_name }) => [id, display_name || handle]))
}

/** A version of a copy, and its large files. */
export interface CopiedVersion {
  readonly repositoryId: string
  /** Who writes it. */
  readonly memberId: string
  readonly commit: GitOid
  readonly files: ReadonlySet<string>
}

/**
 * Who else holds the large files of a copy: its home, and followed members that sent pieces of them or were asked for some, those
 * that showed most and last first. Nothing is asked for this: it is what was learnt on the way.
 */
export async function holdersOf(reader: Reader, version: CopiedVersion): Promise<readonly Holder[]> {
  const shown = await shownBy(reader, version)
  for (const { member_id, verified_at } of await wholeAt(reader, version)) {
    const before = shown.get(member_id)
    const at = before?.files === version.files.size ? Math.max(before.at, verified_at) : verified_at
    shown.set(member_id, { files: version.files.size, at })
  }
  const members = await reader
    .selectFrom('member')
    .leftJoin('follow', 'follow.member_id', 'member.id')
    .select(['member.id', 'member.handle', 'member.display_name', 'member.colour'])
    .where('member.hosted', '=', 0)
    .where((is) => is.or([is('follow.member_id', 'is not', null), is('member.id', '=', version.memberId)]))
    .execute()
  const holders = members.flatMap((member): Holder[] => {
    const isHome = member.id === version.memberId
    const seen = shown.get(member.id)
    if (!isHome && !seen) return []
    return [
      {
        memberId: MemberId.parse(member.id),
        name: member.display_name || member.handle,
        colour: colourOf(member.colour),
        isHome,
        files: seen?.files ?? 0,
        verifiedAt: seen?.at ?? null,
      },
    ]
  })
  return holders.toSorted(byWorth)
}

function byWorth(left: Holder, right: Holder): number {
  return (
    Number(right.isHome) - Number(left.isHome) ||
    right.files - left.files ||
    (right.verifiedAt ?? 0) - (left.verifiedAt ?? 0)
  )
}

/** Of each member, how many of the files it sent pieces of, and since when all of that is known. */
async function shownBy(reader: Reader, { repositoryId, files }: CopiedVersion) {
  const rows = await reader
    .selectFrom('file_holder')
    .select(['sha256', 'member_id', 'verified_at'])
    .where('repository_id', '=', repositoryId)
    .execute()
  const shown = new Map<string, { readonly files: number; readonly at: Millis }>()
  for (const { sha256, member_id, verified_at } of rows) {
    if (!files.has(sha256)) continue
    const before = shown.get(member_id)
    const at = Math.min(before?.at ?? verified_at, verified_at)
    shown.set(member_id, { files: (before?.files ?? 0) + 1, at })
  }
  return shown
}

/** Members whose whole copy of this version was looked at because it is promised. */
async function wholeAt(reader: Reader, { repositoryId, commit }: CopiedVersion) {
  const rows = await reader
    .selectFrom('copy_check')
    .select(['member_id', 'verified_at'])
    .where('repository_id', '=', repositoryId)
    .where('commit_oid', '=', commit)
    .where('state', '=', 'verified')
    .execute()
  return rows.flatMap(({ member_id, verified_at }) =>
    verified_at === null ? [] : [{ member_id, verified_at }],
  )
}
