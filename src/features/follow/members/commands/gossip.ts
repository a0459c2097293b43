import { z } from 'zod'

import type { LogTable } from '../../../../database/index.ts'
import { fromUtf8 } from '../../../../kernel/bytes.ts'
import { Refusal } from '../../../../kernel/failure.ts'
import type { AddressPolicy } from '../../../../kernel/fetcher.ts'
import { MemberId, Origin } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { DAY, type Millis } from '../../../../kernel/time.ts'
import { type Apply, type Fork, type LogFiles, MAX_NOTE_BYTES } from '../../../../log/index.ts'
import { Endpoint } from '../../../../records/index.ts'
import { listFollows } from '../queries.ts'
import { logPrefix, POLL_EVERY } from '../rules.ts'
import type { Follow } from '../types.ts'
import { readUrl, readVouched, type Remembered, remoteFilesWithMemory, type Source } from './source.ts'
import type { SyncDeps } from './sync.ts'

/**
 * How many others are asked in one round: of those known to have the log, and of those of whom it is not known. Most of these have
 * other logs: asking all of them would cost more than following. While nothing changes one is enough.
 */
const ASKED = { known: 2, unknown: 1 } as const
const ASKED_IN_QUIET = { known: 1, unknown: 0 } as const

export interface GossipDeps extends Pick<SyncDeps, 'database' | 'logs' | 'fetcher' | 'clock'> {
  readonly random: Random
}

/** Holds what a log showed us against what it showed others; see {@link createGossip}. */
export type Gossip = (
  log: LogTable,
  follow: Follow,
  apply: Apply,
  signal: AbortSignal,
  /** Whether the home has just shown what it showed before. */
  isQuiet?: boolean,
) => Promise<Fork | null>

interface Peer {
  readonly memberId: string
  readonly url: string
  readonly allow: AddressPolicy
}

/**
 * Makes the round of gossip: some other followers of a log, drawn by lot, are asked what they vouched for last, and their copy is
 * read as the home's is. So a log that shows two histories to two of them is caught by either, and one whose home is gone goes
 * on where anybody has more. Whom to ask is not left to the home: members that are followed here come from their own logs.
 */
export function createGossip(deps: GossipDeps): Gossip {
  const rounds = new Map<string, Millis>()
  const remembered = new Map<string, Remembered>()
  /** Who has shown that they have a log. */
  const having = new Set<string>()
  /** Who said that they do not have a log, and when. */
  const lacking = new Map<string, Millis>()
  /** Who vouches for no checkpoint of a log, and since when that is known: its own member, or one that only serves it. */
  const unvouching = new Map<string, Millis>()
  const listed = new Map<string, { readonly at: Millis; readonly peers: readonly Peer[] }>()

  async function peersOf(
    origin: string,
    follow: Follow,
    asked: { readonly known: number; readonly unknown: number },
    signal: AbortSignal,
  ): Promise<readonly Peer[]> {
    const follows = await listFollows(deps.database.read)
    const known = follows.flatMap(({ memberId, url, allowPrivate }): Peer[] =>
      url === null ? [] : [{ memberId, url, allow: allowPrivate ? 'private' : 'public' }],
    )
    const atHome = await listedAtHome(Origin.parse(origin), follow, signal)
    const listedIds = new Set(atHome.map(({ memberId }) => memberId))
    const byMember = new Map([...atHome, ...known].map((peer) => [peer.memberId, peer]))
    byMember.delete(follow.memberId)
    const lot = shuffled([...byMember.values()], deps.random)
    const has = ({ memberId }: Peer) => listedIds.has(memberId) || having.has(`${origin} ${memberId}`)
    const isOpen = (peer: Peer) =>
      !has(peer) && deps.clock() - (lacking.get(`${origin} ${peer.memberId}`) ?? -DAY) >= DAY
    return [...lot.filter(has).slice(0, asked.known), ...lot.filter(isOpen).slice(0, asked.unknown)]
  }

  /** Who the home says follows it, as of this day. Anybody may be on that list, so only public addresses count. */
  async function listedAtHome(origin: Origin, follow: Follow, signal: AbortSignal): Promise<readonly Peer[]> {
    const last = listed.get(origin)
    if (last && deps.clock() - last.at < DAY) return last.peers
    if (follow.url === null) return []
    const source = sourceAt(deps, follow.url, follow.allowPrivate ? 'private' : 'public', signal)
    const peers = await unlessSilent(() => readList(source, origin), [])
    listed.set(origin, { at: deps.clock(), peers })
    return peers
  }

  async function vouched(source: Source, { origin }: LogTable, { memberId }: Peer) {
    const name = `${origin} ${memberId}`
    if (deps.clock() - (unvouching.get(name) ?? -DAY) < DAY) return null
    const note = await readVouched(source, origin, remembered)
    if (note) unvouching.delete(name)
    else unvouching.set(name, deps.clock())
    return note
  }

  async function hear(
    log: LogTable,
    peer: Peer,
    apply: Apply,
    signal: AbortSignal,
  ): Promise<Fork | 'lacks' | 'heard'> {
    const source = sourceAt(deps, peer.url, peer.allow, signal)
    const copy = remoteFilesWithMemory(source, logPrefix(peer.url, Origin.parse(log.origin)), remembered)
    const note = (await vouched(source, log, peer)) ?? (await copy.read('checkpoint', MAX_NOTE_BYTES))
    if (!note) return 'lacks'
    const files: LogFiles = {
      read: async (path, maxBytes) => (path === 'checkpoint' ? note : copy.read(path, maxBytes)),
    }
    const synced = await deps.logs.sync(log, { files, apply, signal })
    return !synced.ok && synced.failure.kind === 'fork' ? synced.failure.fork : 'heard'
  }

  return async ({ origin }, follow, apply, signal, isQuiet = false) => {
    const asked = isQuiet && rounds.has(origin) ? ASKED_IN_QUIET : ASKED
    if (Math.abs(deps.clock() - (rounds.get(origin) ?? -POLL_EVERY)) < POLL_EVERY) return null
    rounds.set(origin, deps.clock())
    for (const peer of await peersOf(origin, follow, asked, signal)) {
      const log = await deps.logs.find(origin) // an answer before may have brought more of it
      if (!log || log.frozen !== null) return null
      const answer = await unlessSilent(() => hear(log, peer, apply, signal), 'silent' as const)
      if (answer === 'lacks') lacking.set(`${origin} ${peer.memberId}`, deps.clock())
      else if (answer === 'heard') having.add(`${origin} ${peer.memberId}`)
      else if (answer !== 'silent') return answer
    }
    return null
  }
}

function sourceAt({ fetcher }: GossipDeps, url: string, allow: AddressPolicy, signal: AbortSignal): Source {
  return { fetcher, url, allow, signal }
}

const FollowerList = z.object({
  followers: z.array(z.object({ member: MemberId, url: Endpoint })).max(1000),
})

async function readList(source: Source, origin: Origin): Promise<readonly Peer[]> {
  const bytes = await readUrl(source, `${logPrefix(source.url, origin)}/followers`, 1024 * 1024)
  const read = FollowerList.safeParse(bytes && parsed(bytes))
  return read.success
    ? read.data.followers.map(({ member, url }) => ({ memberId: member, url, allow: 'public' }))
    : []
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return null // no list
  }
}

/** Others may be away: then there is nothing to hear of them. */
async function unlessSilent<Value, Otherwise>(
  ask: () => Promise<Value>,
  otherwise: Otherwise,
): Promise<Value | Otherwise> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof Refusal) return otherwise
    throw cause
  }
}

function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const lots = items.map((item) => ({ item, lot: Buffer.from(random(6)).readUIntBE(0, 6) }))
  return lots.toSorted((one, other) => one.lot - other.lot).map(({ item }) => item)
}
