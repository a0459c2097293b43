import { type Content, COPIES, erasuresIn } from '../../../content/index.ts'
import type { Reader } from '../../../database/index.ts'
import { GitOid, MemberId, Origin, RepositoryId, repositoryKey, type Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import { PublicGood as PublicGoodRecord } from '../../../records/index.ts'
import type { RevisionQueries } from '../../share/index.ts'
import { fingerprint } from '../members/rules.ts'
import { pauseAfterCheck } from './rules.ts'
import type { Copy, Holding, PublicGood } from './types.ts'

/** Every promise that members made of their own repositories, by repository. */
export async function listPublicGoods(reader: Reader): Promise<readonly PublicGood[]> {
  const rows = await reader.selectFrom('public_good').selectAll().orderBy('key').orderBy('kind').execute()
  return rows.map(promiseOf)
}

interface Place {
  readonly memberId: string
  readonly kind: 'model' | 'dataset'
  readonly fullName: RepositoryId
}

/** What the member of a repository promises of it; null when it promises nothing. */
export async function publicGoodOf(
  reader: Reader,
  { memberId, kind, fullName }: Place,
): Promise<PublicGood | null> {
  const row = await reader
    .selectFrom('public_good')
    .selectAll()
    .where('member_id', '=', memberId)
    .where('kind', '=', kind)
    .where('key', '=', repositoryKey(fullName))
    .executeTakeFirst()
  return row ? promiseOf(row) : null
}

function promiseOf(row: {
  readonly member_id: string
  readonly kind: 'model' | 'dataset'
  readonly repository: string
  readonly licence: string
  readonly maintainer: string
  readonly holders: number
  readonly until: string
  readonly time: number
  readonly position: number
}): PublicGood {
  return {
    memberId: MemberId.parse(row.member_id),
    kind: row.kind,
    repository: RepositoryId.parse(row.repository),
    licence: row.licence,
    maintainer: MemberId.parse(row.maintainer),
    holders: row.holders,
    until: row.until,
    time: row.time,
    position: row.position,
  }
}

/** The log that says it; null while no log here has the entry. */
export async function originOfPublicGood(
  reader: Reader,
  { memberId, position }: PublicGood,
): Promise<Origin | null> {
  const row = await reader
    .selectFrom('log_entry')
    .innerJoin('log', 'log.origin', 'log_entry.origin')
    .select('log.origin')
    .where('log.member_id', '=', memberId)
    .where('log_entry.position', '=', position)
    .where('log_entry.type', '=', 'public-good/1')
    .orderBy('log.number', 'desc')
    .executeTakeFirst()
  return row ? Origin.parse(row.origin) : null
}

/** Whether a promise was made that no log has taken up yet. */
export async function isPromiseWaiting(
  reader: Reader,
  { memberId, kind, fullName }: Place,
): Promise<boolean> {
  const rows = await reader
    .selectFrom('outgoing_record')
    .select('json')
    .where('member_id', '=', memberId)
    .where('type', '=', 'public-good/1')
    .execute()
  return rows.some(({ json }) => {
    const { body } = PublicGoodRecord.parse(JSON.parse(json))
    return body.kind === kind && repositoryKey(body.repository) === repositoryKey(fullName)
  })
}

/** What was found out about each copy of a repository, those verified last first. */
export async function copiesOf(
  reader: Reader,
  repository: { readonly id: string; readonly memberId: string },
): Promise<readonly Copy[]> {
  const rows = await reader
    .selectFrom('copy_check')
    .leftJoin('member', 'member.id', 'copy_check.member_id')
    .selectAll('copy_check')
    .select(['member.display_name', 'member.hosted'])
    .where('repository_id', '=', repository.id)
    .orderBy('verified_at', 'desc')
    .orderBy('member_id')
    .execute()
  return rows.map((row) => ({
    memberId: MemberId.parse(row.member_id),
    name: row.display_name ?? fingerprint(MemberId.parse(row.member_id)),
    isHome: row.member_id === repository.memberId,
    isHere: row.hosted === 1,
    state: row.state,
    commit: GitOid.parse(row.commit_oid),
    checkedAt: row.checked_at,
    verifiedAt: row.verified_at,
    failures: row.failures,
  }))
}

/** Where a member's copy may be asked for. */
export interface Holder {
  readonly memberId: MemberId
  readonly url: string
  readonly allowPrivate: boolean
}

/** Members of other nodes that may hold copies: those followed, and those that follow a log written here. */
export async function possibleHolders(reader: Reader): Promise<readonly Holder[]> {
  const [follows, followers] = await Promise.all([
    reader.selectFrom('follow').select(['member_id', 'url', 'allow_private']).execute(),
    reader.selectFrom('follower').select(['member_id', 'url', 'allow_private']).execute(),
  ])
  const holders = new Map<string, Holder>()
  for (const { member_id: memberId, url, allow_private: isPrivate } of [...follows, ...followers])
    if (url !== null && !holders.has(memberId))
      holders.set(memberId, { memberId: MemberId.parse(memberId), url, allowPrivate: isPrivate === 1 })
  return [...holders.values()]
}

/** When a copy is to be looked at next; at once where it never was, or was looked at for another version. */
export function dueAt(copy: Copy | undefined, commit: GitOid): Millis {
  if (!copy || copy.commit !== commit) return 0
  return copy.checkedAt + pauseAfterCheck(copy.state, copy.failures)
}

/** A large file of a version. */
export interface HeldFile {
  readonly sha256: Sha256
  readonly size: number
}

/** The large files of a version. */
export interface LargeFiles {
  /** Each once, without those that the member says it erased. */
  readonly files: readonly HeldFile[]
  readonly erased: number
}

/** The large files of a commit of a repository. */
export async function largeFilesOf(
  reader: Reader,
  queries: RevisionQueries,
  repositoryId: string,
  commit: GitOid,
): Promise<LargeFiles> {
  const all = new Map<Sha256, HeldFile>()
  for (const { large } of await queries.files(reader, commit)) if (large) all.set(large.sha256, large)
  const erasures = await erasuresIn(reader, repositoryId, [...all.keys()])
  const files = [...all.values()].filter(({ sha256 }) => (erasures.get(sha256)?.scope ?? COPIES) === COPIES)
  return { files, erased: all.size - files.length }
}

/** How much of some large files a repository holds here. */
export async function holdingOf(
  content: Pick<Content, 'fileOf'>,
  repositoryId: string,
  files: readonly HeldFile[],
): Promise<Holding> {
  const holding = { files: files.length, bytes: 0, heldFiles: 0, heldBytes: 0 }
  for (const { sha256, size } of files) {
    holding.bytes += size
    if (!(await content.fileOf(repositoryId, sha256))) continue
    holding.heldFiles++
    holding.heldBytes += size
  }
  return holding
}
