import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import { originOf } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import type { Hints, Synced, Witnessing } from '../../../../log/index.ts'
import { retract, type RetractionRequest } from '../../retractions/index.ts'
import { findFollow, heldBytesOf, listFollows, usageOf } from '../queries.ts'
import type { Candidate, Follow, Quota, Terms } from '../types.ts'
import { createCourses } from './course.ts'
import { beginFollow, type ChangedTerms, changeTerms, endFollow, undoFollow } from './follow.ts'
import { createGossip } from './gossip.ts'
import { inspect } from './inspect.ts'
import { finishRedactions, redact, type RedactionRequest } from './redact.ts'
import { type CarriedFiles, type SyncDeps, syncFollow } from './sync.ts'

export interface MemberDeps extends Omit<SyncDeps, 'announced' | 'checkpoints' | 'gossip'> {
  readonly random: Random
  /** Told when a followed member's node has shown us a checkpoint: it is time to look. */
  readonly pushed: Pick<Hints, 'tell'>
  /** Forgets that the host of an address failed before. */
  readonly forgive: (url: string) => void
}

/** Whom to look at, and whether a private address is fine. */
export interface Address {
  readonly url: string
  /** Of several members hosted there; null takes the first. */
  readonly handle: string | null
  readonly allowPrivate: boolean
  /** Whom one was shown before: another who answers there now is refused with `otherMember`. */
  readonly memberId?: MemberId
}

/** Following members of other nodes. The caller has decided that whoever asks may. */
export type MemberCommands = ReturnType<typeof createMemberCommands>

export function createMemberCommands(deps: MemberDeps) {
  const { database, logs } = deps
  const memory: Pick<SyncDeps, 'announced' | 'checkpoints' | 'gossip'> = {
    announced: new Map(),
    checkpoints: new Map(),
    gossip: createGossip(deps),
  }
  const courses = createCourses()
  const turns = new Map<string, Promise<unknown>>()

  /**
   * One turn at a time for each member: the clock, a hint and a person may ask at once. `isRung` when its node said something:
   * then it is told anew what we hold, and says whether its log goes on in another.
   */
  async function takeTurn(
    memberId: string,
    signal: AbortSignal,
    { isRung = false, carried }: { readonly isRung?: boolean; readonly carried?: CarriedFiles } = {},
  ): Promise<Result<Synced>> {
    if (isRung) memory.announced.delete(memberId)
    const before = turns.get(memberId) ?? Promise.resolve()
    const turn = before.then(async () => {
      const follow = await findFollow(database.read, memberId)
      if (!follow) return fail(failure('notFollowed'))
      return syncFollow({ ...deps, ...memory }, follow, signal, carried)
    })
    const settled = turn.catch(() => {}) // whoever asked hears of it; the next turn begins anyway
    turns.set(memberId, settled)
    void settled.then(() => turns.get(memberId) === settled && turns.delete(memberId))
    return turn
  }

  /** Looks at a member again and writes down that it is followed. Whoever keeps up takes the first turn. */
  async function begin(
    address: Address,
    terms: Omit<Terms, 'allowPrivate'>,
    signal: AbortSignal,
  ): Promise<Result<Candidate>> {
    const candidate = await refused(() => inspect(sourceOf(deps, address, signal), address.handle))
    if (!candidate.ok) return candidate
    const { allowPrivate, memberId } = address
    if (memberId !== undefined && memberId !== candidate.value.memberId) return fail(failure('otherMember'))
    const begun = await refused(() => beginFollow(deps, candidate.value, { ...terms, allowPrivate }))
    return begun.ok ? candidate : begun
  }

  /** Whoever keeps up looks at once. */
  function wake({ memberId, size }: Follow): void {
    deps.pushed.tell({ origin: originOf(memberId, 0), size })
  }

  /** A member whose node may be asked again, whatever it did before. */
  async function forgiven(name: string): Promise<Follow | null> {
    const follow = await findFollow(database.read, name)
    if (follow && follow.url !== null) deps.forgive(follow.url)
    return follow
  }

  /** Has a member's node asked soon by whoever keeps up. What comes of it is written down with the follow. */
  async function ask(name: string): Promise<Result<Follow>> {
    const follow = await forgiven(name)
    if (!follow) return fail(failure('notFollowed'))
    wake(follow)
    return succeed(follow)
  }

  return {
    list: (): Promise<readonly Follow[]> => listFollows(database.read),

    /** Why nothing is vouched for here now; null when it is. */
    clockDoubt: () => logs.clockDoubt(),

    /** How following each member goes in this run of the node. */
    courses,

    /** How much of a member is here of what its terms allow: today, and of large files in all. */
    async used(memberId: MemberId): Promise<{ readonly today: Quota; readonly heldBytes: number }> {
      const { read } = database
      return {
        today: await usageOf(read, memberId, deps.clock()),
        heldBytes: await heldBytesOf(read, memberId),
      }
    },

    /** Shows whom one is about to trust. */
    inspect: (address: Address, signal: AbortSignal): Promise<Result<Candidate>> =>
      refused(() => inspect(sourceOf(deps, address, signal), address.handle)),

    begin,

    /** Follows a member and brings its log here: {@link begin}, and the first turn. */
    async follow(
      address: Address,
      terms: Omit<Terms, 'allowPrivate'>,
      signal: AbortSignal,
    ): Promise<Result<Candidate>> {
      const begun = await begin(address, terms, signal)
      if (!begun.ok) return begun
      const synced = await takeTurn(begun.value.memberId, signal)
      return synced.ok ? begun : synced
    },

    /** Ends following; what was verified stays. */
    async unfollow(name: string): Promise<Result<Follow>> {
      const follow = await findFollow(database.read, name)
      if (!follow) return fail(failure('notFollowed'))
      const ended = await refused(() => endFollow(database, follow.memberId))
      return ended.ok ? succeed(follow) : ended
    },

    /** Follows a member of which there is a carry and no address. Throws what {@link beginFollow} throws. */
    beginCarried: (member: Parameters<typeof beginFollow>[1], terms: Omit<Terms, 'allowPrivate'>) =>
      beginFollow(deps, member, { ...terms, allowPrivate: false }),

    /** Takes that back; see {@link undoFollow}. */
    undoCarried: (memberId: MemberId, isNew: boolean) => undoFollow(database, memberId, isNew),

    /** Changes the terms on which a member is followed; they count from the next turn, which comes at once. */
    async setTerms(name: string, terms: ChangedTerms): Promise<Result<Follow>> {
      const follow = await findFollow(database.read, name)
      if (!follow) return fail(failure('notFollowed'))
      const done = await refused(() => changeTerms(deps, follow.memberId, terms))
      if (!done.ok) return done
      const changed = await findFollow(database.read, follow.memberId)
      wake(follow)
      return changed ? succeed(changed) : fail(failure('notFollowed'))
    },

    ask,

    /** Asks a member's node now, whatever it did before. Resolves when the turn is over. */
    async retry(name: string, signal: AbortSignal): Promise<Result<Follow>> {
      const follow = await forgiven(name)
      if (!follow) return fail(failure('notFollowed'))
      const turn = await takeTurn(follow.memberId, signal)
      if (!turn.ok) return turn
      wake(follow)
      const now = await findFollow(database.read, follow.memberId)
      return now ? succeed(now) : fail(failure('notFollowed'))
    },

    /** Takes back what a hosted member said; see {@link retract}. */
    retract: (request: RetractionRequest) => retract(deps, request),

    /** Erases the bytes of an entry here; see {@link redact}. */
    redact: (request: RedactionRequest) => redact(deps, request),
    /** Finishes what was interrupted; see {@link finishRedactions}. */
    finishRedactions: () => finishRedactions(deps),

    /** One turn for one member, from its node or from a carry. */
    sync: takeTurn,

    /** A log asks for cosignatures. What the question gives away of it is kept, as when it is found by following. */
    async addCheckpoint(body: Uint8Array): Promise<Witnessing> {
      const { answer, origin, size, fork } = await logs.addCheckpoint(body)
      if (origin !== null && fork && (await logs.convict(origin, fork))) deps.events.forked(origin)
      if (origin !== null) deps.pushed.tell({ origin, size })
      return answer
    },
  }
}

function sourceOf({ fetcher }: MemberDeps, { url, allowPrivate }: Address, signal: AbortSignal) {
  const allow = allowPrivate ? ('private' as const) : ('public' as const)
  return { fetcher, url: url.replace(/\/+$/, ''), allow, signal }
}

async function refused<Value>(work: () => Promise<Value>): Promise<Result<Value>> {
  try {
    return succeed(await work())
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    throw cause
  }
}
