import type { MemberId, Sha256 } from '../../../../kernel/names.ts'
import type { Millis } from '../../../../kernel/time.ts'
import type { AssociationRule, Reference, Roster } from '../../../../records/index.ts'
import type { OpenRound, Proposal } from '../types.ts'
import { abandonQuorumOf, convenerOf, idsOf, quorumOf, ROUND, votersOf } from './quorum.ts'
import { type Abandonment, type Ballot, type Candidate, highest, type Voice } from './voice.ts'

/** One epoch that is being decided: who decides it, and everything that was said. */
export interface Scene {
  readonly rule: AssociationRule
  readonly epoch: number
  /** The list in force: its members, sorted, and its hash. */
  readonly members: readonly MemberId[]
  readonly hash: Sha256
  readonly since: Millis
  readonly voices: ReadonlyMap<MemberId, Voice>
}

/** Who has given rounds up, and up to which. */
type GivenUp = ReadonlyMap<MemberId, Abandonment>

const EMPTY: Ballot = { endorsements: new Map(), abandonments: [], candidates: new Map() }

function ballotOf({ voices, epoch }: Scene, member: MemberId): Ballot {
  return voices.get(member)?.ballots.get(epoch) ?? EMPTY
}

function votersIn({ rule, members, epoch }: Scene, round: number): readonly MemberId[] {
  return votersOf(rule, members, epoch, round)
}

/** Every list that a convener proposed by the rule, by round. */
export function proposalsIn(scene: Scene): readonly Proposal[] {
  return scene.members
    .flatMap((by) =>
      [...ballotOf(scene, by).candidates.values()]
        .filter((candidate) => isByTheRule(scene, by, candidate))
        .map((candidate) => proposalOf(scene, by, candidate)),
    )
    .toSorted((left, right) => left.round - right.round)
}

function proposalOf(scene: Scene, by: MemberId, { hash, body, time, place }: Candidate): Proposal {
  const { round, members } = body
  const endorsed = votersIn(scene, round).filter(
    (voter) => ballotOf(scene, voter).endorsements.get(round)?.roster === hash,
  )
  return { by, place, round, members, hash, time, endorsed }
}

function isByTheRule(scene: Scene, by: MemberId, { hash, body }: Candidate): boolean {
  const { round, previous, members, evidence = [] } = body
  if (previous !== scene.hash || convenerOf(scene.members, scene.epoch, round) !== by) return false
  if (!haveSigned(scene, members, evidence)) return false
  const givenUp = shownBy(scene, evidence)
  if (!isOpened(scene, round, givenUp)) return false
  const forced = forcedIn(scene, round, givenUp)
  return forced === null || forced === hash
}

/** Whoever is taken in has signed the charter, and it is shown where. */
function haveSigned(scene: Scene, members: Roster, evidence: readonly Reference[]): boolean {
  const before = new Set<string>(scene.members)
  const added = idsOf(members).filter((id) => !before.has(id))
  const shown = new Set(evidence.map(placeKey))
  return added.every((id) => scene.voices.get(id)?.signatures.some(({ place }) => shown.has(placeKey(place))))
}

/** Who has given rounds up by the statements that a proposal refers to. */
function shownBy(scene: Scene, evidence: readonly Reference[]): GivenUp {
  const shown = new Set(evidence.map(placeKey))
  return givenUpBy(scene, ({ place }) => shown.has(placeKey(place)))
}

function givenUpBy(scene: Scene, isMeant: (abandonment: Abandonment) => boolean): GivenUp {
  return new Map(
    scene.members.flatMap((member) => {
      const last = highest(ballotOf(scene, member).abandonments.filter(isMeant))
      return last ? [[member, last] as const] : []
    }),
  )
}

/** Whether enough voters of every round before have given it up. */
function isOpened(scene: Scene, round: number, givenUp: GivenUp): boolean {
  // Conveners take turns: of rounds further back than that nothing else can come out.
  for (let before = Math.max(0, round - scene.members.length); before < round; before++)
    if (!isGivenUp(scene, before, givenUp)) return false
  return true
}

function isGivenUp(scene: Scene, round: number, givenUp: GivenUp): boolean {
  const voters = votersIn(scene, round)
  return goneFrom(voters, round, givenUp).length >= abandonQuorumOf(scene.rule, voters.length)
}

function goneFrom(voters: readonly MemberId[], round: number, givenUp: GivenUp): readonly MemberId[] {
  return voters.filter((voter) => (givenUp.get(voter)?.round ?? -1) >= round)
}

/**
 * What may have been adopted in a round before, the newest first: then nothing else may be proposed. Those who gave the round
 * up agreed to nothing in it afterwards; counting all others as if they had agreed, at most one list reaches the quorum.
 */
function forcedIn(scene: Scene, round: number, givenUp: GivenUp): Sha256 | null {
  const rounds = new Set(scene.members.flatMap((member) => [...ballotOf(scene, member).endorsements.keys()]))
  const before = [...rounds].filter((each) => each < round).toSorted((left, right) => right - left)
  for (const each of before) {
    const forced = mayBeAdopted(scene, each, givenUp)
    if (forced) return forced
  }
  return null
}

function mayBeAdopted(scene: Scene, round: number, givenUp: GivenUp): Sha256 | null {
  const voters = votersIn(scene, round)
  const gone = goneFrom(voters, round, givenUp)
  const unknown = voters.length - gone.length
  const counts = new Map<Sha256, number>()
  for (const voter of gone) {
    const roster = ballotOf(scene, voter).endorsements.get(round)?.roster
    if (roster) counts.set(roster, (counts.get(roster) ?? 0) + 1)
  }
  const quorum = quorumOf(scene.rule, voters.length)
  const [forced] = [...counts].filter(([, count]) => count + unknown >= quorum)
  return forced?.[0] ?? null
}

/** Lists that the quorum of one round agreed to: none, one, or more where too many broke the rule. Each once, earliest round first. */
export function adoptedIn(scene: Scene, proposals: readonly Proposal[]): readonly Proposal[] {
  const adopted = proposals.filter(
    ({ round, endorsed }) => endorsed.length >= quorumOf(scene.rule, votersIn(scene, round).length),
  )
  return [...Map.groupBy(adopted, ({ hash }) => hash).values()].flatMap(([first]) => first ?? [])
}

/**
 * Members that a quorum agreed to take in, and whose own signatures are not known: until their logs are here, the list cannot
 * count here.
 */
export function awaitedIn(scene: Scene): Roster {
  const before = new Set<string>(scene.members)
  const agreed = scene.members
    .flatMap((by) => [...ballotOf(scene, by).candidates.values()].map((each) => ({ by, ...each })))
    .filter(({ by, hash, body: { round, previous } }) => {
      const voters = votersIn(scene, round)
      const endorsed = voters.filter(
        (voter) => ballotOf(scene, voter).endorsements.get(round)?.roster === hash,
      )
      const isTurn = convenerOf(scene.members, scene.epoch, round) === by
      return previous === scene.hash && isTurn && endorsed.length >= quorumOf(scene.rule, voters.length)
    })
  const added = agreed.flatMap(({ body: { members } }) =>
    Object.entries(members).filter(([id]) => !before.has(id) && !hasSigned(scene, id)),
  )
  return Object.fromEntries(added)
}

function hasSigned({ voices }: Scene, id: string): boolean {
  return [...voices].some(([member, { signatures }]) => member === id && signatures.length > 0)
}

/** When the last agreement came that a list needed, as those who agreed say. */
export function adoptedAt(scene: Scene, { round, endorsed }: Proposal): Millis {
  const times = endorsed.map((voter) => ballotOf(scene, voter).endorsements.get(round)?.time ?? 0)
  const needed = quorumOf(scene.rule, votersIn(scene, round).length)
  return times.toSorted((left, right) => left - right)[needed - 1] ?? scene.since
}

/** The round that is open, by all that was said. */
export function openRoundOf(scene: Scene, proposals: readonly Proposal[]): OpenRound {
  const { rule, members, epoch } = scene
  const givenUp = givenUpBy(scene, () => true)
  let round = 0
  while (isGivenUp(scene, round, givenUp)) round++
  const voters = votersIn(scene, round)
  const proposal = proposals.find((each) => each.round === round) ?? null
  const forced = forcedIn(scene, round, givenUp)
  const began = Math.max(
    scene.since,
    ...[...givenUp.values()].filter((each) => each.round < round).map(({ time }) => time),
  )
  const named = scene.members
    .flatMap((member) => [...ballotOf(scene, member).candidates.values()])
    .find(({ hash }) => hash === forced)
  return {
    epoch,
    round,
    convener: convenerOf(members, epoch, round),
    voters,
    quorum: quorumOf(rule, voters.length),
    until: (proposal?.time ?? began) + ROUND,
    proposal,
    abandoned: goneFrom(voters, round, givenUp),
    abandonQuorum: abandonQuorumOf(rule, voters.length),
    forced: forced && { hash: forced, members: named?.body.members ?? null },
    openedBy: round === 0 ? [] : [...givenUp.values()].map(({ place }) => place),
  }
}

/** A place as one word: two references are one when the leaf is the same, too. */
export function placeKey({ origin, index, leaf }: Reference): string {
  return `${origin}#${index} ${leaf}`
}
