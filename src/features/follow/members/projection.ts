import {
  type LogTable,
  type ProjectedTable,
  type Reader,
  type Writer,
  writeSetting,
} from '../../../database/index.ts'
import { type RepositoryId, repositoryKey } from '../../../kernel/names.ts'
import { momentOf } from '../../../kernel/time.ts'
import { dropStatedForks, heedFork, type Logs, type NewEntry } from '../../../log/index.ts'
import { type PublicRecord, readLeaf } from '../../../records/index.ts'
import { isOfMember } from '../../accounts/index.ts'
import { dropAssociations, foldAssociation } from '../associations/projection.ts'
import { dropTombstones, foldTombstone, TOMBSTONE_TABLE } from '../erasures/projection.ts'
import { dropPublicGood, foldPublicGood } from '../public-goods/projection.ts'
import { dropRetractions, foldRetraction, RETRACTION_TABLE } from '../retractions/projection.ts'
import { dropStatements, foldStatement, STATEMENT_TABLE } from '../statements/projection.ts'
import { forgetStated, laterLog, statedOf } from './queries.ts'
import type { Stated } from './types.ts'

/**
 * Makes a member's entries count, in order, in the transaction in which its log grows by them: of a followed member as of
 * one hosted here. Live and rebuild run this. What a member says of names that are not its own counts for nothing.
 */
export async function project(tx: Writer, memberId: string, entries: readonly NewEntry[]): Promise<void> {
  let speaker = await speakerOf(tx, memberId)
  for (const { leaf, ...place } of entries) {
    const read = readLeaf(leaf)
    if (read.kind === 'inert') continue
    await fold(tx, speaker, place, read.record)
    if (read.record.type === 'member-profile/1') speaker = await speakerOf(tx, memberId)
    await foldAssociation(tx, memberId, { ...place, leaf, ...read })
    await foldStatement(tx, memberId, { ...place, leaf, ...read })
  }
  const last = entries.at(-1)
  if (last)
    await tx
      .updateTable('follow')
      .set({ applied: last.position + 1 })
      .where('member_id', '=', memberId)
      .execute()
}

/** What the records of members come to. Whoever folds into another table names it here and empties it in {@link dropMember}. */
export const MEMBER_TABLES: readonly ProjectedTable[] = [
  { name: 'announced_ref', rows: (reader) => allOf(reader.selectFrom('announced_ref').selectAll()) },
  {
    name: 'association_statement',
    rows: (reader) => allOf(reader.selectFrom('association_statement').selectAll()),
  },
  { name: 'public_good', rows: (reader) => allOf(reader.selectFrom('public_good').selectAll()) },
  RETRACTION_TABLE,
  STATEMENT_TABLE,
  TOMBSTONE_TABLE,
  { name: 'stated_fork', rows: (reader) => allOf(reader.selectFrom('stated_fork').selectAll()) },
  {
    name: 'member',
    rows: (reader) =>
      allOf(
        reader
          .selectFrom('member')
          .select(['id', 'handle', 'display_name', 'url', 'named', 'colour', 'country'])
          .where('hosted', '=', 0),
      ),
  },
  { name: 'follow', rows: (reader) => allOf(reader.selectFrom('follow').select(['member_id', 'applied'])) },
]

async function* allOf<Row>(query: { execute(): Promise<Row[]> }): AsyncGenerator<Row> {
  yield* await query.execute()
}

/** Forgets what a member's records come to; the log and the copies stay. */
export async function dropMember(tx: Writer, memberId: string): Promise<void> {
  await tx.deleteFrom('announced_ref').where('member_id', '=', memberId).execute()
  await dropAssociations(tx, memberId)
  await dropStatements(tx, memberId)
  await dropRetractions(tx, memberId)
  await dropTombstones(tx, memberId)
  await dropStatedForks(tx, memberId)
  await tx.deleteFrom('public_good').where('member_id', '=', memberId).execute()
  await tx.updateTable('member').set({ named: 0 }).where('id', '=', memberId).execute()
}

/** Entries read at once while folding anew. */
const ENTRIES_AT_ONCE = 8192

/**
 * Drops what a member's logs came to and folds them again from their first entry, each as far as it counts, in one transaction: a
 * copy of a repository of which nothing seemed to be announced for a moment would be removed. Others wait for it, some seconds
 * for each 100,000 entries.
 */
export async function refoldMember(
  tx: Writer,
  logs: Pick<Logs, 'leaves'>,
  { member_id }: Pick<LogTable, 'member_id'>,
): Promise<void> {
  await dropMember(tx, member_id)
  const all = await tx
    .selectFrom('log')
    .selectAll()
    .where('member_id', '=', member_id)
    .orderBy('number')
    .execute()
  for (const log of all) {
    const end = Math.min(log.size, log.cut ?? log.size)
    for (let start = 0; start < end; start += ENTRIES_AT_ONCE) {
      const leaves = await logs.leaves(log, start, Math.min(end, start + ENTRIES_AT_ONCE))
      const entries = leaves.map((leaf, index) => ({ origin: log.origin, position: start + index, leaf }))
      await project(tx, member_id, entries)
    }
  }
}

/** Logs whose records count here, the last one of each member: of our own, and of those that are followed in full, or were. */
export async function foldedLogs(reader: Reader): Promise<readonly LogTable[]> {
  return reader
    .selectFrom('log')
    .leftJoin('follow', 'follow.member_id', 'log.member_id')
    .selectAll('log')
    .where((is) =>
      is.or([
        is('log.role', '=', 'own'),
        is('follow.trust', '=', 'full'),
        is.exists(
          is
            .selectFrom('announced_ref')
            .select('announced_ref.ref')
            .whereRef('announced_ref.member_id', '=', 'log.member_id'),
        ),
        is.exists(
          is
            .selectFrom('association_statement')
            .select('association_statement.origin')
            .whereRef('association_statement.member_id', '=', 'log.member_id'),
        ),
        is.exists(
          is
            .selectFrom('statement')
            .select('statement.origin')
            .whereRef('statement.member_id', '=', 'log.member_id'),
        ),
      ]),
    )
    .where((is) => is.not(is.exists(laterLog(is))))
    .orderBy('log.origin')
    .execute()
}

/** Takes nothing of what a member says but evidence against logs, which needs no trust in whoever says it. */
export async function heedForks(tx: Writer, memberId: string, entries: readonly NewEntry[]): Promise<void> {
  for (const { leaf, ...place } of entries) {
    const read = readLeaf(leaf)
    if (read.kind === 'record' && read.record.type === 'log-fork/1')
      await heedFork(tx, memberId, place, read.record)
  }
}

type Place = Omit<NewEntry, 'leaf'>

async function fold(tx: Writer, speaker: Speaker, place: Place, record: PublicRecord): Promise<void> {
  const { memberId } = speaker
  switch (record.type) {
    case 'member-profile/1':
      return foldProfile(tx, memberId, record.body)
    case 'member-endpoints/1':
      return foldEndpoints(tx, memberId, place.position, record)
    case 'repository-revision/1':
      return foldRevision(tx, speaker, place, record)
    case 'repository-withdrawal/1':
      return foldWithdrawal(tx, memberId, record.body)
    case 'log-fork/1':
      await heedFork(tx, memberId, place, record)
      return
    case 'public-good/1':
      return foldPromise(tx, speaker, place, record)
    case 'attachment-tombstone/1':
      return foldTombstone(tx, memberId, place, record)
    case 'record-retraction/1':
      return foldRetraction(tx, memberId, place, record)
    // These have no table of their own: they are read in the log.
    case 'member-genesis/1':
    case 'member-keys/1':
    case 'member-message-keys/1':
    case 'log-succession/1':
    case 'log-observed/1':
      return
    // What is said of associations is kept as it was said: see `foldAssociation`.
    case 'association-charter/1':
    case 'association-sign/1':
    case 'association-roster/1':
    case 'association-endorse/1':
    case 'association-abandon/1':
    case 'association-leave/1':
      return
    // What needs and offers, rounds and agreements come to is computed from what was said: see `foldStatement`.
    case 'need/1':
    case 'offer/1':
    case 'pledge/1':
    case 'country-group/1':
    case 'matching-round/1':
    case 'matching-result/1':
    case 'agreement/1':
    case 'agreement-signature/1':
    case 'agreement-end/1':
    case 'delivery/1':
    case 'delivery-verdict/1':
      return
  }
}

async function foldProfile(
  tx: Writer,
  memberId: string,
  { handle, name, colour, country }: Extract<PublicRecord, { type: 'member-profile/1' }>['body'],
): Promise<void> {
  await tx
    .updateTable('member')
    .set({ handle, display_name: name, colour: colour ?? null, country: country ?? null })
    .where('id', '=', memberId)
    .where('hosted', '=', 0)
    .execute()
  await tx.updateTable('member').set({ named: 1 }).where('id', '=', memberId).execute()
}

async function foldEndpoints(
  tx: Writer,
  memberId: string,
  position: number,
  { time, body }: Extract<PublicRecord, { type: 'member-endpoints/1' }>,
): Promise<void> {
  const [url] = body.urls
  if (url === undefined) return
  await tx.updateTable('member').set({ url }).where('id', '=', memberId).where('hosted', '=', 0).execute()
  const follow = await tx
    .selectFrom('follow')
    .select(['url', 'backlog', 'since'])
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  // What was said before following began was known to whoever chose the address.
  const isKnown = follow && position < follow.backlog && momentOf(time) < follow.since
  if (!follow || follow.url === null || isKnown) return
  await forgetStated(tx, memberId)
  if (url !== follow.url)
    await writeSetting(tx, statedOf(memberId), JSON.stringify({ url, failure: null } satisfies Stated))
}

async function foldRevision(
  tx: Writer,
  speaker: Speaker,
  place: Place,
  { time, body }: Extract<PublicRecord, { type: 'repository-revision/1' }>,
): Promise<void> {
  const { repository, kind, ref, commit, manifest } = body
  if (!isOwn(speaker, repository)) return
  const { memberId } = speaker
  const key = repositoryKey(repository)
  if (commit === undefined) {
    await tx
      .deleteFrom('announced_ref')
      .where('member_id', '=', memberId)
      .where('kind', '=', kind)
      .where('key', '=', key)
      .where('ref', '=', ref)
      .execute()
    return
  }
  const said = {
    repository,
    commit_oid: commit,
    manifest_sha256: manifest?.sha256 ?? null,
    ...place,
    time: momentOf(time),
  }
  await tx
    .insertInto('announced_ref')
    .values({ member_id: memberId, kind, key, ref, ...said })
    .onConflict((before) => before.columns(['member_id', 'kind', 'key', 'ref']).doUpdateSet(said))
    .execute()
}

async function foldWithdrawal(
  tx: Writer,
  memberId: string,
  body: { readonly repository: RepositoryId; readonly kind: 'model' | 'dataset' },
): Promise<void> {
  const { repository, kind } = body
  await dropPublicGood(tx, memberId, body)
  await tx
    .deleteFrom('announced_ref')
    .where('member_id', '=', memberId)
    .where('kind', '=', kind)
    .where('key', '=', repositoryKey(repository))
    .execute()
}

async function foldPromise(
  tx: Writer,
  speaker: Speaker,
  place: Place,
  record: Extract<PublicRecord, { type: 'public-good/1' }>,
): Promise<void> {
  if (isOwn(speaker, record.body.repository))
    await foldPublicGood(tx, speaker.memberId, place.position, record)
}

/**
 * A member speaks for its own namespaces alone, and only once its log says what it is called: what its node said when it was
 * followed is in no log, and would not be there when all is folded again.
 */
function isOwn({ handle }: Speaker, repository: string): boolean {
  const [namespace = ''] = repository.split('/')
  return handle !== null && isOfMember(handle, namespace)
}

/** Whose entries are folded, and what its log says that it is called; null before it has said so. */
interface Speaker {
  readonly memberId: string
  readonly handle: string | null
}

async function speakerOf(tx: Writer, memberId: string): Promise<Speaker> {
  const member = await tx
    .selectFrom('member')
    .select(['handle', 'named'])
    .where('id', '=', memberId)
    .executeTakeFirst()
  return { memberId, handle: member?.named === 1 ? member.handle : null }
}
