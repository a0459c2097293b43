import type { Database, LogTable, Reader } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { Fetcher } from '../../../../kernel/fetcher.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { currentKeys, type LogFiles, type Logs, readCosigned, type Voice } from '../../../../log/index.ts'
import type { Source } from '../../content/index.ts'
import { inspect } from '../../members/commands/inspect.ts'
import type { FollowerEvents } from '../events.ts'
import { listFollowers, MOST_FOLLOWERS } from '../queries.ts'
import type { Announcement, Follower } from '../types.ts'
import { type Answer, compare } from './compare.ts'
import { freeze } from './freeze.ts'
import { hear } from './hear.ts'
import { createPush } from './push.ts'
import { restoreLost } from './restore.ts'
import { speakerOf, voiceOf } from './speaker.ts'

export interface FollowerDeps {
  readonly database: Database
  readonly logs: Logs
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly events: FollowerEvents
  /** Brings back what recovered entries name, from those who hold it; resolves to whether all of it is here. */
  readonly restore: (memberId: MemberId, sources: readonly Source[], signal: AbortSignal) => Promise<boolean>
}

/** What a log's home knows of whoever follows it, and asks of them. */
export function createFollowerCommands(deps: FollowerDeps) {
  const { database, clock } = deps
  /** Own logs that a follower, or nobody, has confirmed since this start. */
  const confirmed = new Set<string>()
  /** Own logs of which nothing is signed until a follower has confirmed them. */
  const waiting = new Set<string>()
  /** Own logs for which what was lost is being brought back. */
  const restoring = new Set<string>()

  /**
   * A follower says that it holds our newest checkpoint. Refused with `logNotBelieved` when it is not what it says, and
   * with `logBehind` when the checkpoint is another than our newest: it looks again and says so again.
   */
  async function announce(log: LogTable, said: Announcement): Promise<Result<Heard>> {
    const speaker = await speakerOf(deps, said.introduction)
    const read = speaker && readCosigned(await deps.logs.keys(log), voiceOf(speaker), said.checkpoint)
    if (!read) return fail(failure('logNotBelieved', { path: 'cosignature' }))
    if (log.cut !== null) return succeed({ isContinued: true })
    // Before the log is confirmed, whoever is ahead of us has what we lost: that is taken back, see `maySign`.
    if (read.size > log.size && confirmed.has(log.origin)) await freeze(deps, log.origin, 'twin')
    if (read.size !== log.signed_size || read.root !== log.root) return fail(failure('logBehind'))
    const { memberId, witnessKey, number, profile } = speaker
    const shown = { url: said.url, witness_key: witnessKey, log_number: number, ...profile }
    const row = {
      origin: log.origin,
      member_id: memberId,
      since: clock(),
      handle: null,
      name: null,
      colour: null,
      ...shown,
    }
    const { signer, time, line } = read
    return database.write(async (tx) => {
      const known = await listFollowers(tx, log.origin)
      const isKnown = known.some(({ memberId }) => memberId === read.memberId)
      if (!isKnown && known.length >= MOST_FOLLOWERS) return fail(failure('tooManyFollowers'))
      // Whom the operator named as a follower of an earlier log follows this one on the same terms.
      const named = await isNamed(tx, read.memberId)
      await tx
        .insertInto('follower')
        .values({ ...row, allow_private: named ? 1 : 0 })
        .onConflict((same) => same.columns(['origin', 'member_id']).doUpdateSet(shown))
        .execute()
      const cosignature = { origin: log.origin, signer, size: read.size, time, line }
      await tx
        .insertInto('cosignature')
        .values(cosignature)
        .onConflict((same) => same.columns(['origin', 'signer']).doUpdateSet(cosignature))
        .execute()
      return succeed({ isContinued: false })
    })
  }

  /**
   * Takes the member at an address for a follower of every log written here, and lets it be asked there, be it a loopback or
   * private address. Refused as {@link inspect} refuses.
   */
  async function allow(url: string, signal: AbortSignal): Promise<Result<void>> {
    try {
      const { memberId, keys } = await inspect({ fetcher: deps.fetcher, url, allow: 'private', signal }, null)
      const own = (await deps.logs.list()).filter(({ role }) => role === 'own')
      const row = {
        member_id: memberId,
        witness_key: currentKeys(keys).witness,
        handle: null,
        name: null,
        colour: null,
        url,
        allow_private: 1 as const,
        since: clock(),
      }
      await database.write(async (tx) => {
        for (const { origin } of own)
          await tx
            .insertInto('follower')
            .values({ ...row, origin })
            .onConflict((same) =>
              same.columns(['origin', 'member_id']).doUpdateSet({ url, allow_private: 1 }),
            )
            .execute()
      })
      return succeed(undefined)
    } catch (cause) {
      if (cause instanceof Refusal) return fail(cause.failure)
      throw cause
    }
  }

  /**
   * Whether a log may be signed. After a start, whoever is known to follow it is asked for its newest checkpoint first: what
   * was lost here comes back from there, and another history freezes the log. While all who were named are silent it waits, and
   * while somebody vouches for entries that nobody has given back.
   */
  async function maySign(log: LogTable, signal: AbortSignal): Promise<boolean> {
    if (log.frozen !== null) return false
    if (confirmed.has(log.origin)) return true
    const followers = await listFollowers(database.read, log.origin)
    const answers = new Set<Answer>()
    for (const follower of followers) {
      const answer = await compare(deps, log, follower, signal)
      if (answer === 'recovered') void restoreOnce(log, followers, signal)
      if (answer === 'recovered' || answer === 'forked') return false // the next turn begins from what is there then
      answers.add(answer)
    }
    // Anybody may say that they follow: only those whom the operator named, or follows, can make us wait by their silence.
    const awaited = followers.filter(({ isNamed }) => isNamed).length
    if (answers.has('ahead')) deps.events.missing(log.origin)
    else if (awaited === 0 || answers.has('agrees')) confirmed.add(log.origin)
    else deps.events.unconfirmed(log.origin, awaited)
    if (confirmed.has(log.origin)) waiting.delete(log.origin)
    else waiting.add(log.origin)
    // An earlier run may not have ended it.
    if (confirmed.has(log.origin) && followers.length > 0) void restoreOnce(log, followers, signal)
    return confirmed.has(log.origin)
  }

  async function restoreOnce(
    log: LogTable,
    followers: readonly Follower[],
    signal: AbortSignal,
  ): Promise<void> {
    if (restoring.has(log.origin)) return
    restoring.add(log.origin)
    await restoreLost(deps, log, followers, signal)
    restoring.delete(log.origin)
  }

  return {
    announce,
    allow,
    maySign,
    /** See {@link hear}. */
    hear: (memberId: MemberId, files: LogFiles, witnesses: readonly Voice[], signal: AbortSignal) =>
      hear(deps, { memberId, files, witnesses, isConfirmed: (origin) => confirmed.has(origin) }, signal),
    /** A log is written here from now on: whoever follows it is asked before it is signed, as after a start. */
    begun: (origin: string) => void confirmed.delete(origin),
    push: createPush(deps),
    /** Whether no follower whose word is waited for has confirmed a log since this start. */
    isWaiting: (origin: string) => waiting.has(origin),
    list: (origin: string) => listFollowers(database.read, origin),
  }
}

async function isNamed(tx: Reader, memberId: MemberId): Promise<boolean> {
  const row = await tx
    .selectFrom('follower')
    .select('origin')
    .where('member_id', '=', memberId)
    .where('allow_private', '=', 1)
    .executeTakeFirst()
  return row !== undefined
}

/** What a follower is told. */
export interface Heard {
  /** Whether a later log continues the one that it follows. */
  readonly isContinued: boolean
}

export type FollowerCommands = ReturnType<typeof createFollowerCommands>
