import type { Actor } from '../../features/accounts/index.ts'
import { type Computed, refusalOf, type RoundEntry, type RoundView } from '../../features/capacity/index.ts'
import { statementsOf } from '../../features/follow/index.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import { MemberId } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { RoundVisit } from '../deps.ts'
import type { ListedGroup, RoundAct } from '../pages/round.tsx'
import type { VisitDeps } from './deps.ts'
import { readMembers } from './named-members.ts'
import { speakersFor } from './speakers.ts'

/** Rounds of matching as this node knows and computes them, and what an actor may say of them. */
export function visitRounds(deps: VisitDeps, actor: Actor): RoundVisit {
  const { database, logs } = deps
  const { rounds } = deps.capacity

  const speakers = () => speakersFor(deps, actor)

  async function refusalToSpeak(handle: string): Promise<Failure | null> {
    if (actor.kind === 'anonymous') return failure('signInRequired')
    return (await speakers()).some((each) => each.handle === handle) ? null : failure('forbidden')
  }

  const members = () => readMembers(database.read)

  async function lists(): Promise<readonly ListedGroup[]> {
    const names = await members()
    const said = await statementsOf(database.read, ['country-group/1'])
    return said
      .filter(({ retracted }) => retracted === null)
      .map(({ id, memberId, record: { body } }) => ({
        id,
        code: body.code,
        name: body.name,
        member: names.get(memberId)?.name ?? memberId,
      }))
  }

  async function computed(id: string): Promise<Result<Computed>> {
    const shown = await rounds.show(id)
    if (!shown.ok) return shown
    const { found } = shown.value
    if (!found) return fail(failure('roundUndecided'))
    const { computation } = found
    return computation.kind === 'computed' ? succeed(computation) : fail(refusalOf(computation))
  }

  return {
    async list() {
      const entries: readonly RoundEntry[] = await rounds.list()
      return { entries, members: await members(), mayAnnounce: (await speakers()).length > 0 }
    },

    async show(id) {
      const shown = await rounds.show(id)
      if (!shown.ok) return shown
      const { value: view } = shown
      const own = await speakers()
      return succeed({
        view,
        members: await members(),
        lists: await lists(),
        logs: (await logs.list()).map(({ origin }) => origin),
        speakers: own.map((each) => ({ ...each, acts: actsOf(view, each.memberId) })),
      })
    },

    async state(id, as, act) {
      const refused = await refusalToSpeak(as)
      if (refused) return fail(refused)
      const said = await rounds[act](as, id)
      return said.ok ? succeed(undefined) : said
    },

    async file(id, which) {
      const found = await computed(id)
      if (!found.ok) return found
      const { input, result } = found.value
      return succeed(`${JSON.stringify(which === 'round' ? input.round : result, null, 2)}\n`)
    },

    async announcing() {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      const own = await speakers()
      return own.length === 0
        ? fail(failure('forbidden'))
        : succeed({
            speakers: own,
            lists: await lists(),
            logs: (await logs.list()).map(({ origin }) => origin),
          })
    },

    async draft(as, draft) {
      const refused = await refusalToSpeak(as)
      return refused ? fail(refused) : rounds.draft(as, draft)
    },

    async announce(as, draft) {
      const refused = await refusalToSpeak(as)
      if (refused) return fail(refused)
      const announced = await rounds.announce(as, draft)
      return announced.ok ? succeed(undefined) : announced
    },
  }
}

/** What a member may say of a round now. */
function actsOf({ round, state, found }: RoundView, memberId: MemberId): readonly RoundAct[] {
  if (state === 'due' && round.memberId === memberId) return ['close']
  const { confirmations, disagreements } = round
  const isHeard = [...confirmations, ...disagreements].some((each) => each.memberId === memberId)
  return found?.agrees === true && round.memberId !== memberId && !isHeard ? ['confirm'] : []
}
