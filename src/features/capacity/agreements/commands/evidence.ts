import { createHash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'

import type { Database, Reader } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { MemberId, type RepositoryId, Sha256 } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { type Clock, type Millis, momentOf } from '../../../../kernel/time.ts'
import type { Logs } from '../../../../log/index.ts'
import { type Evidence, readLeaf, Reference } from '../../../../records/index.ts'
import { findRepository, type Share } from '../../../share/index.ts'
import { readAgreements, unopenedEvidence } from '../queries.ts'
import { canShow, countEvidence, formatOf, MAX_EVIDENCE_BYTES } from '../rules/index.ts'
import { AGREEMENT_TYPES, type EvidenceAsked, type EvidenceFault, type Opened } from '../types.ts'

export interface EvidenceDeps {
  readonly database: Database
  readonly logs: Pick<Logs, 'find' | 'leaf'>
  readonly share: Pick<Share, 'queries'>
  readonly clock: Clock
}

/** Opens and counts what deliveries that count name, once it is here; how many. What is not here waits. */
export type OpenEvidence = (signal: AbortSignal) => Promise<number>

/** What was said is looked at again only where there is more of it; what waits for its bytes is tried each time. */
export function evidenceOpener(deps: EvidenceDeps): OpenEvidence {
  const { read } = deps.database
  let looked = ''
  let waiting = new Map<string, EvidenceAsked>()
  return async (signal) => {
    const now = await howMuchIsSaid(read)
    if (now !== looked) waiting = new Map(unopenedEvidence(await readAgreements(read)))
    looked = now
    let count = 0
    for (const [key, question] of waiting) {
      await breathe() // counting ten megabytes holds everybody else up for a moment
      signal.throwIfAborted()
      const opened = await open(deps, question)
      if (!opened) continue
      await remember(deps, key, opened)
      waiting.delete(key)
      count++
    }
    return count
  }
}

async function howMuchIsSaid(reader: Reader): Promise<string> {
  const { count, places } = await reader
    .selectFrom('statement')
    .select(({ fn }) => [fn.countAll().as('count'), fn.sum('position').as('places')])
    .where('type', 'in', AGREEMENT_TYPES)
    .executeTakeFirstOrThrow()
  return `${count} ${places}`
}

async function remember({ database, clock }: EvidenceDeps, key: string, opened: Opened): Promise<void> {
  const row = {
    key,
    counted: opened.state === 'counted' ? String(opened.amount) : null,
    shown: opened.state === 'counted' ? opened.shown : null,
    fault: opened.state === 'refused' ? opened.reason : null,
    opened_at: clock(),
  }
  await database.write((tx) =>
    tx
      .insertInto('evidence')
      .values(row)
      .onConflict((on) => on.doNothing())
      .execute(),
  )
}

/** What a piece of evidence shows; null where it is not here. */
export async function open(deps: EvidenceDeps, question: EvidenceAsked): Promise<Opened | null> {
  const { evidence, unit } = question
  if (!canShow(formatOf(evidence), unit)) return refused('otherUnit')
  return evidence.kind === 'revision'
    ? openRevision(deps, evidence, question)
    : openFile(deps, evidence, question)
}

/** A revision that a party announced shows one model or data set. */
async function openRevision(
  { database, logs }: EvidenceDeps,
  { record: { origin, index, leaf } }: Extract<Evidence, { kind: 'revision' }>,
  { unit, parties }: EvidenceAsked,
): Promise<Opened | null> {
  const entry = await database.read
    .selectFrom('log_entry')
    .innerJoin('log', 'log.origin', 'log_entry.origin')
    .select(['log.member_id', 'log_entry.type'])
    .where('log_entry.origin', '=', origin)
    .where('position', '=', index)
    .where('leaf_hash', '=', leaf)
    .executeTakeFirst()
  const log = entry && (await logs.find(origin))
  if (!entry || !log) return null
  if (entry.type !== 'repository-revision/1') return refused('notPublished')
  const leafBytes = await logs.leaf(log, index)
  if (!leafBytes) return null
  const read = readLeaf(leafBytes)
  const revision = read.kind === 'record' && read.record.type === 'repository-revision/1' && read.record.body
  const author = MemberId.safeParse(entry.member_id).data
  if (!revision || !revision.commit || !author || !parties.includes(author)) return refused('notPublished')
  if (revision.kind !== unit) return refused('otherUnit')
  return { state: 'counted', amount: 1n, shown: `${revision.kind} ${revision.repository.toLowerCase()}` }
}

/** A regular file of a public repository, as it stands in a commit that the repository holds. */
async function openFile(
  { database, share }: EvidenceDeps,
  evidence: Extract<Evidence, { kind: 'file' }>,
  { unit, from, until }: EvidenceAsked,
): Promise<Opened | null> {
  const bytes = await readPublicFile(database.read, share, evidence)
  if (bytes === null || typeof bytes === 'string') return bytes === null ? null : refused(bytes)
  if (digestOf(bytes) !== evidence.sha256) return refused('hashMismatch')
  const amount = countEvidence(bytes, { format: evidence.format, unit, from, until })
  return amount === null ? refused('notUnderstood') : { state: 'counted', amount, shown: evidence.sha256 }
}

/** Where a file stands. */
type FilePlace = Pick<
  Extract<Evidence, { kind: 'file' }>,
  'repository' | 'repositoryKind' | 'commit' | 'path'
>

/** Its bytes; what is wrong with it, for ever; null where it is not here, or not for everybody. */
async function readPublicFile(
  reader: Reader,
  { queries }: Pick<Share, 'queries'>,
  { repository, repositoryKind, commit, path }: FilePlace,
): Promise<Uint8Array | EvidenceFault | null> {
  const found = await findRepository(reader, repositoryKind, repository)
  if (found.kind !== 'found') return null
  const { id, visibility, disabled, gated } = found.repository
  if (visibility !== 'public' || disabled || gated !== 'no') return null
  if (!(await queries.resolve(reader, id, commit)).ok) return null
  try {
    const tree = await queries.entryAt(reader, commit, path)
    const entry = await queries.describe(reader, commit, path)
    const isRegular = tree?.mode === '100644' || tree?.mode === '100755'
    if (!isRegular || entry?.type !== 'file' || entry.large) return 'notAFile'
    if (entry.size > MAX_EVIDENCE_BYTES) return 'tooLarge'
    return await queries.blob(reader, entry.oid)
  } catch (cause) {
    if (cause instanceof Refusal) return null // it was erased here
    throw cause
  }
}

/** A file as people name one: at a branch, a tag or a commit. */
export interface NamedFile extends Omit<FilePlace, 'commit'> {
  readonly revision: string
  readonly format: Extract<Evidence, { kind: 'file' }>['format']
}

/** The file as evidence, in the commit that is meant now, with the hash of its bytes. */
export async function evidenceOf(
  { database: { read }, share }: EvidenceDeps,
  { revision, format, ...file }: NamedFile,
): Promise<Result<Evidence>> {
  const found = await findRepository(read, file.repositoryKind, file.repository)
  const commit =
    found.kind === 'found' ? await share.queries.resolve(read, found.repository.id, revision) : null
  const place = commit?.ok ? { ...file, commit: commit.value } : null
  const bytes = place && (await readPublicFile(read, share, place))
  if (!place || bytes === null || typeof bytes === 'string')
    return fail(failure('evidenceNotHere', {}, 'evidence'))
  return succeed({ kind: 'file', format, ...place, sha256: digestOf(bytes) })
}

function digestOf(bytes: Uint8Array): Sha256 {
  return Sha256.parse(createHash('sha256').update(bytes).digest('hex'))
}

function refused(reason: EvidenceFault): Opened {
  return { state: 'refused', reason }
}

/** A version that a member announced, for people to choose. */
export interface AnnouncedRevision {
  readonly record: Reference
  readonly repository: RepositoryId
  readonly ref: string
  readonly time: Millis
}

const MOST_REVISIONS = 20

/** What a member announced last of repositories of one kind, one entry for each repository, the newest first. */
export async function announcedBy(
  { database, logs }: EvidenceDeps,
  memberId: MemberId,
  kind: 'model' | 'dataset',
): Promise<readonly AnnouncedRevision[]> {
  const entries = await database.read
    .selectFrom('log_entry')
    .innerJoin('log', 'log.origin', 'log_entry.origin')
    .select(['log_entry.origin', 'position', 'leaf_hash'])
    .where('log.member_id', '=', memberId)
    .where('type', '=', 'repository-revision/1')
    .where('inert', 'is', null)
    .orderBy('log.number', 'desc')
    .orderBy('position', 'desc')
    .limit(10 * MOST_REVISIONS)
    .execute()
  const found = new Map<string, AnnouncedRevision>()
  for (const { origin, position, leaf_hash } of entries) {
    if (found.size === MOST_REVISIONS) break
    const log = await logs.find(origin)
    const leaf = log && (await logs.leaf(log, position))
    const read = leaf ? readLeaf(leaf) : null
    if (read?.kind !== 'record' || read.record.type !== 'repository-revision/1') continue
    const { repository, kind: of, commit, ref } = read.record.body
    if (of !== kind || commit === undefined || found.has(repository)) continue
    const record = Reference.parse({ origin, index: position, leaf: leaf_hash })
    found.set(repository, { record, repository, ref, time: momentOf(read.record.time) })
  }
  return [...found.values()]
}
