import { setTimeout as delay } from 'node:timers/promises'

import type { Database } from '../../../../database/index.ts'
import { MemberId } from '../../../../kernel/names.ts'
import { type Clock, isoTime, MINUTE, SECOND } from '../../../../kernel/time.ts'
import type { Logs } from '../../../../log/index.ts'
import { hostedMembers } from '../../../accounts/index.ts'
import { say, statementsOf } from '../../../follow/index.ts'
import { AGREEMENT_TYPES, assessAgreements } from '../../agreements/index.ts'
import { homesOf, readCapacity, waitingAgreements } from '../queries.ts'
import { grantsOf } from '../rules/index.ts'

export interface GrantDeps {
  readonly database: Database
  readonly logs: Pick<Logs, 'find' | 'leaf'>
  readonly clock: Clock
}

/**
 * Grants in the names of the members hosted here what their standing offers allow now; how many needs. Looking and saying are one
 * transaction, and what waits for its log counts as said: stopped at any point and begun again, nothing is granted twice.
 */
export function grantSmallNeeds(deps: GrantDeps): Promise<number> {
  return deps.database.write(async (tx) => {
    const suppliers = new Set((await hostedMembers(tx)).map(({ id }) => id))
    const capacity = await readCapacity(tx)
    const said = [...(await statementsOf(tx, AGREEMENT_TYPES)), ...(await waitingAgreements(tx))]
    const grants = grantsOf({
      capacity,
      agreements: assessAgreements(said, new Map()), // what was delivered makes no difference to what was given
      suppliers,
      homes: await homesOf(
        tx,
        deps.logs,
        capacity.needs.map(({ memberId }) => memberId),
      ),
      now: deps.clock(),
    })
    for (const { offer, body } of grants)
      await say(tx, deps, MemberId.parse(offer.memberId), 'agreement/1', body)
    return grants.length
  })
}

export interface GrantingDeps extends GrantDeps {
  readonly onError: (cause: unknown) => void
}

const LOOK_AT_MOST_EVERY = SECOND
/** A new month gives new room, also where nothing is said. */
const LOOK_EVERY = 10 * MINUTE

/** Grants small needs as they come. Disposing ends it. */
export function startGranting(deps: GrantingDeps): AsyncDisposable & { wake(): void } {
  const stop = new AbortController()
  let awake = Promise.withResolvers<void>()
  let seen = ''

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      awake = Promise.withResolvers()
      await look().catch((cause: unknown) => {
        if (!stop.signal.aborted) deps.onError(cause)
      })
      await pause(LOOK_AT_MOST_EVERY)
      await Promise.race([pause(LOOK_EVERY), awake.promise])
    }
  }
  /** Most commits say nothing about needs: whether something was said is looked at first. */
  async function look(): Promise<void> {
    const state = await whatWasSaid(deps)
    if (state === null || state === seen) return
    await grantSmallNeeds(deps)
    seen = state
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

/** Something that changes when there may be something to grant; null where no member hosted here has a standing offer. */
async function whatWasSaid({ database: { read }, clock }: GrantDeps): Promise<string | null> {
  const standing = await read
    .selectFrom('statement')
    .innerJoin('member', 'member.id', 'statement.member_id')
    .select('statement.origin')
    .where('statement.type', '=', 'offer/1')
    .where('statement.json', 'like', '%"standing":{%')
    .where('member.hosted', '=', 1)
    .limit(1)
    .executeTakeFirst()
  if (!standing) return null
  const { count } = await read
    .selectFrom('statement')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  const { taken } = await read
    .selectFrom('retraction')
    .select(({ fn }) => fn.countAll<number>().as('taken'))
    .executeTakeFirstOrThrow()
  return `${isoTime(clock()).slice(0, 10)} ${count} ${taken}`
}
