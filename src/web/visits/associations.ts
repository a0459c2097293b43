import type { Actor } from '../../features/accounts/index.ts'
import { type Association, readFederation, witnessedLogs } from '../../features/follow/index.ts'
import { colourOf } from '../../kernel/colour.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import { MemberId } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { AssociationVisit, AssociationWords } from '../deps.ts'
import type { AssociationAct, AssociationSpeaker, AssociationView } from '../pages/association.tsx'
import type { FoundingCandidate } from '../pages/found-association.tsx'
import type { VisitDeps } from './deps.ts'

/** Associations as this node computes them, and what an actor may say of them. */
export function visitAssociations(deps: VisitDeps, actor: Actor): AssociationVisit {
  const { associations, accounts, clock } = deps

  async function mayAdminister(handle: string): Promise<boolean> {
    if (actor.kind === 'anonymous' || actor.scope !== 'write') return false
    return (await accounts.roleIn(actor, handle)) === 'admin'
  }

  async function refusalToSpeak(handle: string): Promise<Failure | null> {
    if (actor.kind === 'anonymous') return failure('signInRequired')
    return (await mayAdminister(handle)) ? null : failure('forbidden')
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
      return succeed({
        association,
        ...(await namesOf(deps)),
        witnessed: await witnessedLogs(deps.database.read, association),
        speakers: await speakersOf(association),
      })
    },

    async say(id, words) {
      const refused = await refusalToSpeak(words.as)
      if (refused) return fail(refused)
      return speak(deps, id, words)
    },

    async draftRoster(id, { as, add, remove }) {
      const refused = await refusalToSpeak(as)
      return refused ? fail(refused) : associations.draftRoster(as, id, { add, remove })
    },

    async founding() {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      const founders = []
      for (const { id, handle, displayName } of await accounts.members())
        if (MemberId.safeParse(id).success && (await mayAdminister(handle)))
          founders.push({ handle, name: displayName || handle })
      if (founders.length === 0) return fail(failure('forbidden'))
      const [only] = founders.length === 1 ? founders : []
      const candidates = (await candidatesOf(deps)).filter(
        ({ isHosted, handle }) => !isHosted || handle !== only?.handle,
      )
      return succeed({
        founders,
        candidates: candidates.slice(0, MOST_CANDIDATES),
        isCut: candidates.length > MOST_CANDIDATES,
      })
    },

    async draft(as, founding) {
      const refused = await refusalToSpeak(as)
      return refused ? fail(refused) : associations.draft(as, founding)
    },

    async found(as, founding) {
      const refused = await refusalToSpeak(as)
      if (refused) return fail(refused)
      const founded = await associations.found(as, founding)
      return founded.ok ? succeed(undefined) : founded
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

/** As many boxes as a light page has room for; others are typed. */
const MOST_CANDIDATES = 60

/** Members that are followed here and those that are hosted, by name. */
async function candidatesOf({
  database,
  logs,
}: VisitDeps): Promise<readonly (FoundingCandidate & { readonly isHosted: boolean })[]> {
  const { members } = await readFederation({ reader: database.read, logs })
  return members
    .flatMap(({ memberId, handle, name, colour, isHosted, follow }) =>
      handle !== null && (isHosted || follow)
        ? [{ memberId, handle, name: name || handle, colour, isHosted }]
        : [],
    )
    .toSorted((left, right) => (left.handle < right.handle ? -1 : 1))
}

/** What members are called in their own words and in which colour they are drawn, as far as they are known here. */
async function namesOf({ database }: VisitDeps): Promise<Pick<AssociationView, 'names' | 'colours'>> {
  const rows = await database.read.selectFrom('member').select(['id', 'display_name', 'colour']).execute()
  return {
    names: new Map(rows.map(({ id, display_name }) => [id, display_name])),
    colours: new Map(rows.map(({ id, colour }) => [id, colourOf(colour)])),
  }
}
