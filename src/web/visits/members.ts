import { setTimeout as delay } from 'node:timers/promises'

import { type Actor, refusalToOperate } from '../../features/accounts/index.ts'
import type { Viewer } from '../../features/catalogue/index.ts'
import {
  ageOf,
  failureOf,
  type Candidate,
  type Federation,
  type Follow,
  inOrder,
  type KnownMember,
  nearest,
  readFederation,
} from '../../features/follow/index.ts'
import { viewerOfActor } from '../../http/viewer.ts'
import { failure } from '../../kernel/failure.ts'
import type { MemberId } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { type Millis, SECOND } from '../../kernel/time.ts'
import { witnessName } from '../../log/index.ts'
import type { PictureView } from '../components/federation-picture.tsx'
import type { Standing } from '../components/standing.tsx'
import type { ChosenTerms } from '../components/terms-fields.tsx'
import type { MembersVisit } from '../deps.ts'
import type { CandidateView } from '../pages/candidate.tsx'
import type { FollowingView, MemberView } from '../pages/member.tsx'
import type { MemberEntry, MembersView } from '../pages/members.tsx'
import { presentEntry } from './catalogue.ts'
import type { VisitDeps } from './deps.ts'

const PAGE = 15
const REPOSITORIES_SHOWN = 20
/** More members than this do not fit into a picture that one can read. */
const MOST_IN_PICTURE = 30
/** More ties than this hide one another: then only ours are drawn. */
const MOST_TIES_DRAWN = 40
const TIES_IN_TABLE = 30
/** How long somebody who had a node asked waits for what it says: ten seconds. */
const MOST_LOOKS = 50
const LOOK_EVERY = SECOND / 5

/** Whom this node knows; for operators, whom it follows. */
export function visitMembers(deps: VisitDeps, actor: Actor): MembersVisit {
  const { database, logs, members, followers, catalogue, accounts, clock } = deps
  const federation = () => readFederation({ reader: database.read, logs })
  const mayOperate = actor.kind !== 'anonymous' && refusalToOperate(actor) === null

  async function list(page: number): Promise<Result<MembersView>> {
    const known = await federation()
    const others = known.members.filter(({ isHosted }) => !isHosted).toSorted(byStanding)
    const pages = Math.max(1, Math.ceil(others.length / PAGE))
    if (page > pages) return fail(failure('pageNotFound'))
    const names = new Map(known.members.map((member) => [member.memberId, shortName(member)]))
    const name = (memberId: MemberId) => names.get(memberId) ?? memberId
    return succeed({
      members: others.slice((page - 1) * PAGE, page * PAGE).map(presentMember),
      page,
      pages,
      picture: pictureOf(known, clock()),
      ties: inOrder(known)
        .slice(0, TIES_IN_TABLE)
        .map((tie) => ({
          ...tie,
          age: ageOf(tie.at, clock()),
          fromName: name(tie.from),
          toName: name(tie.to),
        })),
      tieCount: known.ties.length,
      clockDoubt: await logs.clockDoubt(),
    })
  }

  async function find(memberId: MemberId): Promise<KnownMember | null> {
    return (await federation()).members.find((member) => member.memberId === memberId) ?? null
  }

  async function member(memberId: MemberId): Promise<Result<MemberView>> {
    const known = await find(memberId)
    if (!known) return fail(failure('pageNotFound'))
    const viewer = await viewerOfActor(accounts, actor)
    return succeed({
      member: presentMember(known),
      models: await repositories(memberId, 'model', viewer),
      datasets: await repositories(memberId, 'dataset', viewer),
      following: known.follow && mayOperate ? await following(known.follow) : null,
    })
  }

  async function following(follow: Follow): Promise<FollowingView> {
    const { memberId, since, failedAt, stated } = follow
    const { today, heldBytes } = await members.used(memberId)
    const { nextAt, leftOut } = members.courses.of(memberId)
    return {
      since,
      failedAt,
      nextAt,
      stated: stated && statedOf(stated),
      terms: termsOf(follow),
      today,
      heldBytes,
      // Whose word does not count is not copied at all.
      leftOut: follow.trust === 'full' && follow.filter ? leftOut : null,
    }
  }

  /** The follow once a turn has ended, or null after some seconds: a long one goes on, and the page says how far it is. */
  async function turnSince(begun: Millis, memberId: MemberId, signal: AbortSignal): Promise<Follow | null> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      await delay(LOOK_EVERY, undefined, { signal })
      const follow = (await members.list()).find((each) => each.memberId === memberId)
      if (follow && Math.max(follow.checkedAt ?? 0, follow.failedAt ?? 0) >= begun) return follow
    }
    return null
  }

  async function repositories(memberId: MemberId, kind: 'model' | 'dataset', viewer: Viewer) {
    const page = await catalogue.list({
      kind,
      viewer,
      member: memberId,
      sort: 'lastModified',
      direction: 'descending',
      limit: REPOSITORIES_SHOWN,
    })
    return page.entries.map((entry) => presentEntry(entry, new Map())) // whose they are is the title of the page
  }

  async function asOperator<Value>(work: () => Promise<Result<Value>>): Promise<Result<Value>> {
    if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
    const refusal = refusalToOperate(actor)
    return refusal ? fail(refusal) : work()
  }

  return {
    list,
    member,
    async publisherOf(namespace) {
      const [handle] = namespace.toLowerCase().split('.')
      const { members: known } = await federation()
      // Anybody may call themselves so: only whose log is here counts.
      const named = known.filter((each) => !each.isHosted && each.log && each.handle === handle)
      return named.length === 1 ? (named[0]?.memberId ?? null) : null
    },
    inspect: (address, signal) =>
      asOperator(async () => {
        const found = await members.inspect(address, signal)
        if (!found.ok) return found
        return succeed(presentCandidate(found.value, address.allowPrivate, await federation()))
      }),
    follow: ({ content, filter, quota, trust, ...address }, signal) =>
      asOperator(async () => {
        const begun = await members.begin(address, { content, filter, quota, trust }, signal)
        return begun.ok ? succeed(undefined) : begun
      }),
    toChange: (memberId) =>
      asOperator(async () => {
        const known = await find(memberId)
        return known?.follow
          ? succeed({ member: presentMember(known), terms: termsOf(known.follow) })
          : fail(failure('notFollowed'))
      }),
    changeTerms: (memberId, { content, filter, quota, trust }) =>
      asOperator(async () => {
        const changed = await members.setTerms(memberId, { content: { content, filter }, quota, trust })
        return changed.ok ? succeed(memberId) : changed
      }),
    retry: (memberId, signal) =>
      asOperator(async () => {
        const begun = clock()
        const asked = await members.ask(memberId)
        if (!asked.ok) return asked
        const turn = await turnSince(begun, memberId, signal)
        const problem = turn && failureOf(turn)
        return problem ? fail(problem) : succeed({ memberId, isAnswered: turn !== null })
      }),
    toUnfollow: (memberId) =>
      asOperator(async () => {
        const known = await find(memberId)
        return known?.follow ? succeed(presentMember(known)) : fail(failure('notFollowed'))
      }),
    unfollow: (memberId) =>
      asOperator(async () => {
        const ended = await members.unfollow(memberId)
        return ended.ok ? succeed(undefined) : ended
      }),
    allowFollower: (url, signal) => asOperator(() => followers.allow(url, signal)),
  }
}

/** Followed ones, then followers, then those that were followed; each by name. */
function byStanding(left: KnownMember, right: KnownMember): number {
  const rank = ({ follow, isFollower }: KnownMember) => (follow ? 0 : isFollower ? 1 : 2)
  return rank(left) - rank(right) || (shortName(left) < shortName(right) ? -1 : 1)
}

/** A handle; of one whose log is not here, who may have taken another's, with the beginning of its id. */
function shortName({ handle, memberId, isHosted, log }: KnownMember): string {
  if (handle === null) return `${memberId.slice(1, 5)} ${memberId.slice(5, 9)}…`
  return isHosted || log ? handle : `${handle} ${memberId.slice(1, 5)}…`
}

function presentMember(member: KnownMember): MemberEntry {
  const { memberId, handle, name, colour, url, isFollower, log, models, datasets } = member
  return {
    memberId,
    handle,
    name,
    colour,
    url,
    standing: standingOf(member),
    isFollower,
    origin: log?.origin ?? null,
    size: log?.size ?? 0,
    witnesses: log?.witnesses ?? 0,
    frozen: log?.frozen ?? null,
    models,
    datasets,
  }
}

function standingOf({ isHosted, follow, log }: KnownMember): Standing {
  if (isHosted) return { kind: 'hosted' }
  return follow || log ? standingTo(follow) : { kind: 'follower' }
}

/** How this node stands to a member whose log is here. */
export function standingTo(follow: Follow | null): Standing {
  if (!follow) return { kind: 'kept' }
  return {
    kind: 'followed',
    checkedAt: follow.checkedAt,
    failure: failureOf(follow),
    isWitnessOnly: follow.trust === 'witness',
    share: follow.verified > 1 ? Math.min(1, follow.verified / follow.backlog) : 0,
  }
}

function statedOf(stated: NonNullable<Follow['stated']>): FollowingView['stated'] {
  return { url: stated.url, failure: failureOf(stated) }
}

function termsOf({ content, filter, quota, trust }: Follow): ChosenTerms {
  return { content, filter, quota, trust }
}

function pictureOf(federation: Federation, now: number): PictureView {
  const shown = nearest(federation, MOST_IN_PICTURE)
  const own = new Set(shown.members.filter(({ isHosted }) => isHosted).map(({ memberId }) => memberId))
  const ours = shown.ties.filter(({ from, to }) => own.has(from) || own.has(to))
  const isThinned = shown.ties.length > MOST_TIES_DRAWN && ours.length < shown.ties.length
  return {
    members: shown.members.map((member) => ({
      memberId: member.memberId,
      short: shortName(member),
      isOwn: member.isHosted,
      colour: member.colour,
    })),
    ties: (isThinned ? ours : shown.ties).map((tie) => ({ ...tie, age: ageOf(tie.at, now) })),
    isThinned: isThinned || shown.members.length < federation.members.length,
  }
}

function presentCandidate(
  { url, memberId, handle, name, size, witnesses }: Candidate,
  allowPrivate: boolean,
  { members }: Federation,
): CandidateView {
  // A name that anybody may take vouches for nobody.
  const trusted = members.filter(({ isHosted, log }) => isHosted || log)
  const known = new Map(trusted.map((member) => [witnessName(member.memberId), member]))
  const distinct = [...new Set(witnesses)]
  const named = distinct.flatMap((witness) => known.get(witness) ?? [])
  return {
    url,
    allowPrivate,
    memberId,
    handle,
    name,
    size,
    witnesses: {
      known: named.map((member) => member.name || shortName(member)),
      unknown: distinct.length - named.length,
    },
  }
}
