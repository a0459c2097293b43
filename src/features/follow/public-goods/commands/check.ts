import { setTimeout as delay } from 'node:timers/promises'

import type { Database } from '../../../../database/index.ts'
import { type GitOid, MemberId } from '../../../../kernel/names.ts'
import { type Clock, MINUTE, SECOND } from '../../../../kernel/time.ts'
import { findRepository, type Repository } from '../../../share/index.ts'
import { dropHolder } from '../../content/index.ts'
import type { PublicGoodEvents } from '../events.ts'
import {
  copiesOf,
  dueAt,
  type Holder,
  holdingOf,
  largeFilesOf,
  listPublicGoods,
  possibleHolders,
} from '../queries.ts'
import { endOf } from '../rules.ts'
import type { Copy, CopyState } from '../types.ts'
import { askHolder, type AskDeps } from './ask-holder.ts'

export interface CheckDeps extends AskDeps {
  readonly clock: Clock
  readonly events: PublicGoodEvents
}

const LOOK_EVERY = MINUTE / 2
/** However often it is woken. */
const LOOK_AT_MOST_EVERY = SECOND

/**
 * Looks again and again at the copies of everything that is promised and stands here: this node's own, and those of every member it
 * can ask. Waking it looks at once at what is due. Disposing ends the look under way.
 */
export function startCheckingCopies(deps: CheckDeps): AsyncDisposable & { wake(): void } {
  const stop = new AbortController()
  let awake = Promise.withResolvers<void>()

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await checkCopies(deps, stop.signal).catch((cause: unknown) => {
        if (!stop.signal.aborted) deps.events.failed(cause)
      })
      awake = Promise.withResolvers()
      await pause(LOOK_AT_MOST_EVERY)
      await Promise.race([pause(LOOK_EVERY), awake.promise])
    }
  }

  const pause = (milliseconds: number) =>
    delay(milliseconds, undefined, { signal: stop.signal, ref: false }).catch(() => {}) // ended meanwhile: the loop sees it
  const running = run()
  return {
    wake: () => awake.resolve(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      awake.resolve()
      await running
    },
  }
}

/** One look at every copy that is due. */
async function checkCopies(deps: CheckDeps, signal: AbortSignal): Promise<void> {
  const { database, clock } = deps
  const holders = await possibleHolders(database.read)
  for (const good of await listPublicGoods(database.read)) {
    if (endOf(good) < clock()) continue
    const found = await findRepository(database.read, good.kind, good.repository)
    if (found.kind !== 'found' || found.repository.memberId !== good.memberId) continue
    await checkRepository(deps, found.repository, holders, signal)
  }
}

async function checkRepository(
  deps: CheckDeps,
  repository: Repository,
  holders: readonly Holder[],
  signal: AbortSignal,
): Promise<void> {
  const { database, share, clock } = deps
  const commit = await share.queries.resolve(database.read, repository.id, 'main')
  if (!commit.ok || repository.visibility !== 'public') return
  const known = new Map((await copiesOf(database.read, repository)).map((copy) => [copy.memberId, copy]))
  const isDue = (memberId: MemberId) => dueAt(known.get(memberId), commit.value) <= clock()
  const own = await ownMember(database, repository)
  const isOwnDue = own !== null && isDue(own)
  const due = holders.filter(({ memberId }) => isDue(memberId))
  if (!isOwnDue && due.length === 0) return
  const large = await largeFilesOf(database.read, share.queries, repository.id, commit.value)
  if (isOwnDue) {
    const { heldFiles } = await holdingOf(deps.content, repository.id, large.files)
    const state = heldFiles === large.files.length ? 'verified' : 'partial' // what was taken in was hashed; `ayni doctor` hashes it again
    await remember(deps, repository, commit.value, { memberId: own, state, known: known.get(own) })
  }
  for (const holder of due) {
    signal.throwIfAborted()
    const { memberId } = holder
    const state = await askHolder(deps, { repository, commit: commit.value, ...large, holder, signal })
    if (state === 'wrong') deps.events.copyWrong({ repository: repository.fullName, memberId })
    await remember(deps, repository, commit.value, { memberId, state, known: known.get(memberId) })
  }
}

/** Whose copy the one on this node is: its home's, else that of the first member hosted here. */
async function ownMember({ read }: Database, { memberId, home }: Repository): Promise<MemberId | null> {
  if (home === null) return MemberId.safeParse(memberId).data ?? null
  const row = await read
    .selectFrom('log')
    .select('member_id')
    .where('role', '=', 'own')
    .orderBy('log.member_id')
    .executeTakeFirst()
  return row ? MemberId.parse(row.member_id) : null
}

async function remember(
  { database, clock }: CheckDeps,
  { id }: Repository,
  commit: GitOid,
  found: { readonly memberId: MemberId; readonly state: CopyState; readonly known: Copy | undefined },
): Promise<void> {
  const at = clock()
  const { memberId, state, known } = found
  const isSameCommit = known?.commit === commit
  const row = {
    repository_id: id,
    member_id: memberId,
    commit_oid: commit,
    state,
    checked_at: at,
    verified_at: state === 'verified' ? at : isSameCommit ? (known?.verifiedAt ?? null) : null,
    failures: state === 'verified' ? 0 : (isSameCommit ? (known?.failures ?? 0) : 0) + 1,
  }
  await database.write(async (tx) => {
    await tx
      .insertInto('copy_check')
      .values(row)
      .onConflict((same) => same.columns(['repository_id', 'member_id']).doUpdateSet(row))
      .execute()
    if (state === 'wrong' || state === 'absent') await dropHolder(tx, { repositoryId: id }, memberId)
  })
}
