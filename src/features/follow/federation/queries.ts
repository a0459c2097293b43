import type { Reader } from '../../../database/index.ts'
import { colourOf } from '../../../kernel/colour.ts'
import { MemberId, Origin, partsOfOrigin } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { Cosigner, Logs } from '../../../log/index.ts'
import { findFollow, listFollows } from '../members/index.ts'
import type { Federation, Home, KnownLog, KnownMember, Tie } from './types.ts'

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

function strangerOf({ memberId, url }: { memberId: MemberId; url: string | null }): KnownMember {
  const unknown = {
    handle: null,
    name: '',
    colour: colourOf(null),
    follow: null,
    log: null,
    models: 0,
    datasets: 0,
  }
  return { memberId, url, ...unknown, isHosted: false, isFollower: true }
}

async function readFollowers(reader: Reader) {
  const rows = await reader
    .selectFrom('follower')
    .select(['member_id', 'url', 'origin', 'since'])
    .orderBy('since')
    .execute()
  return rows.map(({ member_id, url, origin, since }) => ({
    memberId: MemberId.parse(member_id),
    url,
    origin: Origin.parse(origin),
    since,
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
