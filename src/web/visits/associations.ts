import type { Actor } from '../../features/accounts/index.ts'
import type { Association } from '../../features/follow/index.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { AssociationVisit, AssociationWords } from '../deps.ts'
import type { AssociationAct, AssociationSpeaker } from '../pages/association.tsx'
import type { VisitDeps } from './deps.ts'

/** Associations as this node computes them, and what an actor may say of them. */
export function visitAssociations(deps: VisitDeps, actor: Actor): AssociationVisit {
  const { associations, accounts, clock } = deps

  async function mayAdminister(handle: string): Promise<boolean> {
    if (actor.kind === 'anonymous' || actor.scope !== 'write') return false
    return (await accounts.roleIn(actor, handle)) === 'admin'
  }

  async function speakersOf(association: Association): Promise<readonly AssociationSpeaker[]> {
    const speakers: AssociationSpeaker[] = []
    for (const { id, handle, displayName } of await accounts.members()) {
      const memberId = MemberId.safeParse(id)
      if (!memberId.success || !(await mayAdminister(handle))) continue
      const acts = actsOf(association, memberId.data, clock())
      speakers.push({ handle, name: displayName || handle, acts })
    }
    return speakers
  }

  return {
    async list() {
      return (await associations.list()).map(({ id, charter, members, since }) => ({
        id,
        name: charter.name,
        purpose: charter.purpose,
        memberCount: Object.keys(members).length,
        since,
      }))
    },

    async show(id) {
      const association = await associations.find(id)
      if (!association) return fail(failure('associationNotFound', { name: id }))
      return succeed({ association, names: await namesOf(deps), speakers: await speakersOf(association) })
    },

    async say(id, words) {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      if (!(await mayAdminister(words.as))) return fail(failure('forbidden'))
      return speak(deps, id, words)
    },
  }
}

/** What a member may say now, as far as the rules go. */
function actsOf(association: Association, member: MemberId, now: number): readonly AssociationAct[] {
  const { members, left, applicants, unsigned, open } = association
  const isListed = Object.hasOwn(members, member)
  const isBound = applicants.has(member) || (isListed && !left.includes(member) && !unsigned.includes(member))
  if (!isBound) return ['sign']
  if (!isListed || !open) return ['leave']
  const { proposal, convener, voters, abandoned, until } = open
  const hasSpoken = abandoned.includes(member) || proposal?.endorsed.includes(member) === true
  return [
    ...(proposal && voters.includes(member) && !hasSpoken ? (['endorse'] as const) : []),
    ...(!proposal && convener === member ? (['propose'] as const) : []),
    ...(now >= until && !abandoned.includes(member) ? (['abandon'] as const) : []),
    'leave',
  ]
}

async function speak(
  { associations }: VisitDeps,
  id: string,
  { as, say, add, remove }: AssociationWords,
): Promise<Result<void>> {
  if (say !== 'propose') return associations[say](as, id)
  const proposed = await associations.propose(as, id, { add, remove })
  return proposed.ok ? succeed(undefined) : proposed
}

/** What members are called in their own words, as far as they are known here. */
async function namesOf({ database }: VisitDeps): Promise<ReadonlyMap<string, string>> {
  const rows = await database.read.selectFrom('member').select(['id', 'display_name']).execute()
  return new Map(rows.map(({ id, display_name }) => [id, display_name]))
}
