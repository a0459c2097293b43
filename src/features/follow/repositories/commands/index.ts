import { COPIES, isErasedIn } from '../../../../content/index.ts'
import type { Reader, Writer } from '../../../../database/index.ts'
import { type Failure, failure } from '../../../../kernel/failure.ts'
import { GitOid, type Sha256 } from '../../../../kernel/names.ts'
import { fail, succeed, type Result } from '../../../../kernel/result.ts'
import { hostedMembers, isOfMember } from '../../../accounts/index.ts'
import {
  type Copy,
  type CopyProblem,
  dropCopy,
  findRepository,
  forgetArriving,
  heldObjects,
  standCopy,
} from '../../../share/index.ts'
import { announcementOf, handleOf } from '../queries.ts'
import { isSameAnnouncement, movedRefs } from '../rules.ts'
import type { Announcement, MirrorDeps, Mirrored, MirrorRequest } from '../types.ts'
import { contradiction, fetchManifests, fetchObjects, subjectOf } from './fetch.ts'
import { createIntake } from './receive.ts'

const ATTEMPTS = 3

/**
 * Makes a repository of a member stand here as the member's log announces it: the same id, the same refs, every git
 * object, to be read only. Large files are not fetched. All in one transaction once everything is verified, or nothing; where
 * nothing is announced any more, the copy goes. May be called again at any time: without news it asks nobody. One call at a time for each
 * repository. Refused are ids outside the member's namespaces (`invalidName`), in a namespace of a member hosted here (`nameTaken`), or
 * taken by another's repository (`repositoryExists`).
 */
export async function mirrorRepository(deps: MirrorDeps, request: MirrorRequest): Promise<Result<Mirrored>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const outcome = await mirrorOnce(deps, request)
    if (outcome) return outcome
  }
  return fail(failure('branchMoved')) // it changes faster than we fetch; the next call will see
}

/** Null when the member said something new meanwhile. */
async function mirrorOnce(deps: MirrorDeps, request: MirrorRequest): Promise<Result<Mirrored> | null> {
  const { read } = deps.database
  const refusal = await refusalOf(read, request)
  if (refusal) return fail(refusal)
  const announcement = await announcementOf(read, request)
  if (!announcement) {
    if (request.isOwn) return succeed({ kind: 'absent' })
    const isGone = await dropCopy(deps.database, { ...request, fullName: request.repository })
    return succeed({ kind: isGone ? 'removed' : 'absent' })
  }
  const place = await placeOf(read, request)
  if (!place.ok) return place
  if (place.value !== null && (await isAlready(read, request, announcement, place.value))) {
    return succeed({ kind: 'mirrored', repositoryId: place.value.id, isChanged: false, bytes: 0 })
  }
  await forget(deps, request) // what an interrupted call left
  try {
    return await fetchAndStand(deps, request, announcement, place.value)
  } finally {
    await forget(deps, request)
  }
}

async function refusalOf(
  reader: Reader,
  { memberId, repository, isOwn = false }: MirrorRequest,
): Promise<Failure | null> {
  const handle = await handleOf(reader, memberId, isOwn)
  if (handle === null) return failure('memberNotFound')
  const [namespace = ''] = repository.split('/')
  if (!isOfMember(handle, namespace)) return failure('invalidName', { name: repository })
  if (isOwn) return null
  const hosted = await hostedMembers(reader)
  const isOurs = hosted.some((member) => isOfMember(member.handle, namespace))
  return isOurs ? failure('nameTaken', { name: namespace }) : null
}

/** The copy as it stands. */
interface Place {
  readonly id: string
  readonly fullName: string
  readonly refs: ReadonlyMap<string, GitOid>
}

async function placeOf(reader: Reader, request: MirrorRequest): Promise<Result<Place | null>> {
  const found = await findRepository(reader, request.kind, request.repository)
  if (found.kind === 'unknown') return succeed(null)
  const { repository } = found
  if (found.kind === 'moved' || repository.memberId !== request.memberId) return fail(taken(request))
  const rows = await reader.selectFrom('ref').selectAll().where('repository_id', '=', repository.id).execute()
  const refs = new Map(rows.map(({ name, oid }) => [name, GitOid.parse(oid)]))
  return succeed({ id: repository.id, fullName: repository.fullName, refs })
}

function taken({ kind, repository: name }: MirrorRequest): Failure {
  return failure('repositoryExists', { kind, name })
}

async function isAlready(
  reader: Reader,
  { isOwn }: MirrorRequest,
  { fullName, refs }: Announcement,
  place: Place,
): Promise<boolean> {
  if (isOwn) {
    const oids = [...new Set(refs.map(({ oid }) => oid))]
    const held = await heldObjects(reader, place.id, oids)
    return held.length === oids.length && refs.every(({ name }) => place.refs.has(name))
  }
  const isSame = refs.length === place.refs.size && movedRefs(refs, place.refs).length === 0
  return isSame && fullName === place.fullName
}

async function fetchAndStand(
  deps: MirrorDeps,
  request: MirrorRequest,
  announcement: Announcement,
  place: Place | null,
): Promise<Result<Mirrored> | null> {
  const moved = movedRefs(announcement.refs, place?.refs ?? new Map())
  const scopes = request.isOwn ? [request.memberId] : [request.memberId, COPIES]
  const isErased = (sha256: Sha256) => isErasedIn(deps.database.read, scopes, sha256)
  const intake = createIntake({ ...deps, repositoryId: place?.id ?? null, isErased })
  const held = [...new Set(place?.refs.values())]
  const deliveries = await fetchObjects(deps, request, intake, { refs: moved, held })
  if (!deliveries.ok) return deliveries
  const expected = await fetchManifests(deps, request, moved)
  if (!expected.ok) return expected
  const stood = await standCopy(
    { database: deps.database, queries: deps.share.queries, random: deps.random },
    {
      copy: copyOf(request, announcement),
      isOwn: request.isOwn === true,
      deliveries: deliveries.value,
      expected: expected.value,
      isCurrent: (tx) => isCurrent(tx, request, announcement),
    },
  )
  const bytes = deliveries.value.reduce((total, delivery) => total + delivery.bytes, 0)
  if (stood.ok) return succeed({ kind: 'mirrored', repositoryId: stood.value, isChanged: true, bytes })
  return explain(deps, request, stood.failure)
}

function copyOf({ memberId, kind }: MirrorRequest, { fullName, refs }: Announcement): Copy {
  const times = refs.map(({ time }) => time)
  const dates = { createdAt: Math.min(...times), modifiedAt: Math.max(...times) }
  return { memberId, kind, fullName, refs: refs.map(({ name, oid }) => ({ name, oid })), ...dates }
}

async function isCurrent(tx: Writer, request: MirrorRequest, announcement: Announcement): Promise<boolean> {
  const now = await announcementOf(tx, request)
  const isSame = now?.fullName === announcement.fullName && isSameAnnouncement(now.refs, announcement.refs)
  return isSame && (await refusalOf(tx, request)) === null
}

function explain(deps: MirrorDeps, request: MirrorRequest, problem: CopyProblem): Result<never> | null {
  switch (problem.kind) {
    case 'taken':
      return fail(taken(request))
    case 'otherFile':
      return contradiction(deps, request, problem.path)
    case 'outdated':
    case 'incomplete': // another call for the same repository came between
      return null
  }
}

async function forget({ database }: MirrorDeps, request: MirrorRequest): Promise<void> {
  await database.write((tx) => forgetArriving(tx, subjectOf(request)))
}
