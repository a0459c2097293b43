import type { LogTable } from '../../database/index.ts'
import type { Actor } from '../../features/accounts/index.ts'
import { chartersOn, isRetractable, type Retraction, retractionsIn } from '../../features/follow/index.ts'
import { standingOf } from '../../features/share/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import { MemberId, type Origin, originOf, repositoryKey } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { DamagedLog, enough } from '../../log/index.ts'
import type { Cosignature, Entry, NamedLog } from '../../log/queries/entries.ts'
import { readLeaf } from '../../records/index.ts'
import type { Said, Speaker } from '../components/statement.tsx'
import type { LogVisit } from '../deps.ts'
import type { LogView, NewestWitnesses, ShownLog, StatementEntry, Witnesses } from '../pages/log.tsx'
import type { CharterCount } from '../pages/record.tsx'
import type { RecordView } from '../pages/record.tsx'
import type { VisitDeps } from './deps.ts'

const PAGE = 50

/** What members say to the world, as this node holds it. Only what a checkpoint covers is shown, as to programs. */
export function visitLog(
  { logs, followers, database, accounts, members }: VisitDeps,
  actor: Actor,
): LogVisit {
  /** The handle of the hosted member that an actor may speak for in a log; null where there is none. */
  async function mayActIn({ memberId, role }: NamedLog): Promise<string | null> {
    if (role !== 'own' || actor.kind === 'anonymous' || actor.scope !== 'write') return null
    const member = (await accounts.members()).find(({ id }) => id === memberId)
    return member && (await accounts.roleIn(actor, member.handle)) === 'admin' ? member.handle : null
  }

  async function open(origin: Origin | null, before: number | null): Promise<LogView | null> {
    const all = await logs.list()
    const named = origin === null ? firstOf(all) : all.find((log) => log.origin === origin)
    const log = named && (await logs.find(named.origin))
    if (!named || !log) return origin === null ? { logs: [], shown: null, clockDoubt: null } : null
    return {
      logs: all.map((each) => ({
        origin: each.origin,
        member: each.memberName,
        isOwn: each.role === 'own',
      })),
      shown: await show(log, named, all, before),
      clockDoubt: await logs.clockDoubt(),
    }
  }

  async function show(
    log: LogTable,
    named: NamedLog,
    all: readonly NamedLog[],
    before: number | null,
  ): Promise<ShownLog> {
    const size = coveredSize(log)
    const end = Math.min(before ?? size, size)
    const { since, until, root, cosignatures, followers, hasEvidence } = await logs.standing(log)
    const shown = await statements(log, end)
    return {
      origin: named.origin,
      speaker: await speakerOf(named, all, shown),
      size,
      since,
      until,
      witnesses: lastOf(cosignatures),
      newest: overNewest(cosignatures, size, followers),
      hasEvidence,
      frozen: log.frozen,
      continuedBy: log.cut === null ? null : originOf(MemberId.parse(log.member_id), log.number + 1),
      key: named.key,
      root,
      waiting: await waitingIn(named),
      statements: shown,
      isNewest: end === size,
    }
  }

  async function statements(log: LogTable, end: number): Promise<readonly StatementEntry[]> {
    const start = Math.max(0, end - PAGE)
    const entries = await logs.entries(log.origin, { before: end, most: end - start })
    const leaves = await logs.leaves(log, start, end)
    const takenBack = await retractionsIn(database.read, log.origin, start, end)
    return entries.map((entry) =>
      present(entry, leaves[entry.position - start] ?? new Uint8Array(), takenBack.get(entry.position)),
    )
  }

  async function record(origin: Origin, position: number): Promise<RecordView | null> {
    const all = await logs.list()
    const named = all.find((each) => each.origin === origin)
    const log = named && (await logs.find(origin))
    if (!named || !log || position >= coveredSize(log)) return null
    const erased = await logs.redaction(log, position)
    if (erased !== null) throw new Refusal(failure('recordRedacted', { reason: erased || '-' }))
    const [entry, leaf] = await Promise.all([logs.entry(origin, position), logs.leaf(log, position)])
    if (!entry || !leaf) return null
    const { cosignatures } = await logs.standing(log)
    const takenBack = await retractionsIn(database.read, origin, position, position + 1)
    const statement = present(entry, leaf, takenBack.get(position))
    const stands = statement.takenBack === null && statement.said.kind === 'record'
    return {
      origin,
      speaker: await speakerOf(named, all, [statement]),
      statement,
      witnesses: firstOver(position, cosignatures),
      charters: await chartersOf(named.memberId, { origin, position }),
      leafHash: entry.leafHash,
      leaf: new TextDecoder().decode(leaf),
      leafBytes: leaf.length,
      mayRetract: stands && isRetractable(entry.type) && (await mayActIn(named)) !== null,
    }
  }

  async function chartersOf(
    memberId: string,
    place: { readonly origin: Origin; readonly position: number },
  ): Promise<readonly CharterCount[]> {
    const charters = await chartersOn(database.read, MemberId.parse(memberId), place)
    return charters.map(({ association: { id, charter }, witnessing: { count, of, needed } }) => ({
      id,
      name: charter.name,
      count,
      of,
      needed,
    }))
  }

  /** Whose words they are, and which of the repositories that they speak of are here. */
  async function speakerOf(
    { memberName, memberId }: NamedLog,
    all: readonly NamedLog[],
    said: readonly StatementEntry[],
  ): Promise<Speaker> {
    const repositories = await standingOf(database.read, memberId, said.flatMap(repositoriesIn))
    return { member: memberName, repositories, logs: all.map(({ origin }) => origin) }
  }

  /** Statements that nothing is signed of until a follower has spoken; null when nobody is waited for. */
  async function waitingIn({ origin, memberId, frozen }: NamedLog): Promise<number | null> {
    if (frozen !== null || !followers.isWaiting(origin)) return null
    return logs.countUnsigned(origin, memberId)
  }

  return {
    open: (origin, before) => unlessDamaged(() => open(origin, before)),
    record: (origin, position) => unlessDamaged(() => record(origin, position)),
    async retract(origin, position, reason) {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      const named = (await logs.list()).find((each) => each.origin === origin)
      const member = named ? await mayActIn(named) : null
      if (member === null) return fail(failure('forbidden'))
      const done = await members.retract({ member, origin, position, reason })
      return done.ok ? succeed(undefined) : done
    },
  }
}

async function unlessDamaged<View>(read: () => Promise<View | null>): Promise<Result<View>> {
  try {
    const view = await read()
    return view === null ? fail(failure('pageNotFound')) : succeed(view)
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    if (cause instanceof DamagedLog) return fail(failure('damagedContent'))
    throw cause
  }
}

/** The log that a visitor means who names none: one that goes on, if there is any. */
function firstOf(logs: readonly NamedLog[]): NamedLog | undefined {
  return logs.find(({ role, frozen }) => role === 'own' && frozen === null) ?? logs[0]
}

/** Entries that are here and signed. Of a log that is being copied, the checkpoint may be ahead. */
function coveredSize({ size, signed_size }: LogTable): number {
  return Math.min(size, signed_size)
}

/** Keys of the repositories that a statement speaks of. */
function repositoriesIn({ said }: StatementEntry): readonly string[] {
  if (said.kind === 'inert') return []
  const { body } = said.record
  const named = [
    'repository' in body ? body.repository : undefined,
    'movedTo' in body ? body.movedTo : undefined,
  ]
  return named.filter((id) => id !== undefined).map(repositoryKey)
}

function present(
  { position, time, inert, type }: Entry,
  leaf: Uint8Array,
  takenBack: Retraction | null = null,
): StatementEntry {
  return { position, at: time, said: saidIn(leaf, inert, type), takenBack }
}

/** The log's own verdict counts: a leaf of the right form may lack the signatures that its type needs. */
function saidIn(leaf: Uint8Array, inert: string | null, type: string | null): Said {
  if (inert !== null) return { kind: 'inert', reason: inert, type }
  const read = readLeaf(leaf)
  return read.kind === 'record' ? { kind: 'record', record: read.record } : read
}

function lastOf(cosignatures: readonly Cosignature[]): Witnesses | null {
  const last = cosignatures.at(-1)
  return last ? { count: cosignatures.length, at: last.time } : null
}

/** Who has signed the newest checkpoint, of all who are known to follow. */
function overNewest(
  cosignatures: readonly Cosignature[],
  size: number,
  followers: number,
): NewestWitnesses | null {
  const over = cosignatures.filter((each) => each.size === size)
  const [oldest] = over
  if (!oldest) return null
  return {
    count: over.length,
    of: followers,
    oldest: oldest.time,
    isEnough: over.length >= enough(followers),
  }
}

/** Only the newest cosignature of each witness is kept: who saw an entry before may have said so earlier still. */
function firstOver(position: number, cosignatures: readonly Cosignature[]): Witnesses | null {
  const over = cosignatures.filter(({ size }) => size > position)
  const first = over[0]
  return first ? { count: over.length, at: first.time } : null
}
