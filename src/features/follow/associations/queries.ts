import type { Reader } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { AssociationId, MemberId, Origin, originOf, Sha256 } from '../../../kernel/names.ts'
import { momentOf } from '../../../kernel/time.ts'
import {
  type Cosigner,
  formatVerifierKey,
  listCosigners,
  verifierKey,
  witnessName,
} from '../../../log/index.ts'
import { charterHashOf, readLeaf, rosterHashOf } from '../../../records/index.ts'
import { isOfAssociation } from './projection.ts'
import { assess, idsOf, type Witnessing, witnessingOf, witnessPolicyOf } from './rules/index.ts'
import type { Association, AssociationRecord, Said } from './types.ts'

/** Every association that is known here, by name. */
export async function listAssociations(reader: Reader): Promise<readonly Association[]> {
  const rows = await reader.selectFrom('association_statement').select('association').distinct().execute()
  const found: Association[] = []
  for (const { association } of rows) {
    const known = await findAssociation(reader, association)
    if (known) found.push(known)
  }
  return found.toSorted((left, right) =>
    left.charter.name === right.charter.name
      ? compare(left.id, right.id)
      : compare(left.charter.name, right.charter.name),
  )
}

function compare(left: string, right: string): number {
  return left < right ? -1 : 1
}

/** An association as it stands by what is known here; null where its charter is not. */
export async function findAssociation(reader: Reader, id: string): Promise<Association | null> {
  const parsed = AssociationId.safeParse(id)
  return parsed.success ? assess(parsed.data, await statementsOf(reader, parsed.data)) : null
}

/** The associations that go by this name or id: one, unless two chose the same name. */
export async function associationsNamed(reader: Reader, name: string): Promise<readonly Association[]> {
  const byId = await findAssociation(reader, name)
  if (byId) return [byId]
  return (await listAssociations(reader)).filter(({ charter }) => charter.name === name)
}

/** Everything that is known to have been said of an association. */
export async function statementsOf(reader: Reader, id: AssociationId): Promise<readonly Said[]> {
  const rows = await reader
    .selectFrom('association_statement')
    .selectAll()
    .where('association', '=', id)
    .orderBy('origin')
    .orderBy('position')
    .execute()
  return rows.flatMap(({ origin, position, leaf_hash, member_id, json }) => {
    const place = { origin: Origin.parse(origin), index: position, leaf: Sha256.parse(leaf_hash) }
    return saidIn(json, MemberId.parse(member_id), place) ?? []
  })
}

/**
 * What a hosted member is about to say of an association: it waits for its log, and counts already for what the member may
 * say next. Its places are not known yet; that they come after all others is.
 */
export async function waitingStatements(
  reader: Reader,
  memberId: MemberId,
  id: AssociationId,
): Promise<readonly Said[]> {
  const rows = await reader
    .selectFrom('outgoing_record')
    .innerJoin('log', 'log.member_id', 'outgoing_record.member_id')
    .select(['outgoing_record.sequence', 'outgoing_record.json', 'log.origin', 'log.size'])
    .where('outgoing_record.member_id', '=', memberId)
    .where('outgoing_record.type', 'like', 'association-%')
    .where('outgoing_record.json', 'like', `%${id}%`)
    .where('log.role', '=', 'own')
    .orderBy('sequence')
    .execute()
  return rows.flatMap(({ json, origin, size }, index) => {
    const place = { origin: Origin.parse(origin), index: size + index, leaf: NO_LEAF }
    return saidIn(json, memberId, place) ?? []
  })
}

const NO_LEAF = Sha256.parse('0'.repeat(64))

/** Whether a place is that of a statement that waits: nobody can look it up. */
export function isWaiting({ leaf }: Said['place']): boolean {
  return leaf === NO_LEAF
}

function saidIn(json: string, memberId: MemberId, place: Said['place']): Said | null {
  const read = readLeaf(utf8(`${json}\n`))
  if (read.kind === 'inert' || !isOfAssociation(read.record)) return null
  const { record, text } = read
  return { memberId, place, time: momentOf(record.time), record, hash: hashOf(record, text) }
}

function hashOf(record: AssociationRecord, text: string): Sha256 | null {
  if (record.type === 'association-charter/1') return charterHashOf(JSON.parse(text).body)
  return record.type === 'association-roster/1' ? rosterHashOf(record.body) : null
}

/** The members of an association as each other's witnesses, as a C2SP tlog-policy. Keys of logs that are not here are missing in it. */
export async function policyOf(reader: Reader, association: Association): Promise<string> {
  const { members, charter } = association
  const logs: string[] = []
  const witnesses: { name: string; key: string }[] = []
  for (const member of idsOf(members)) {
    const origin = originOf(member, 0)
    const keys = await reader
      .selectFrom('log_key')
      .select(['public_key', 'witness_key'])
      .where('origin', '=', origin)
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (!keys) continue
    const witness = verifierKey(witnessName(member), 4, bytesOf(keys.witness_key))
    logs.push(formatVerifierKey(verifierKey(origin, 1, bytesOf(keys.public_key))))
    witnesses.push({ name: members[member] ?? member, key: formatVerifierKey(witness) })
  }
  return witnessPolicyOf({
    logs,
    witnesses,
    quorum: Math.min(charter.witnesses, Object.keys(members).length),
  })
}

/** A log of a member, and how an association's other members vouch for it. */
export interface WitnessedLog extends Witnessing {
  readonly origin: Origin
  /** Entries that are signed. */
  readonly signed: number
}

/** How the members of an association vouch for each other's logs, by member; those whose logs are not here are missing. */
export async function witnessedLogs(
  reader: Reader,
  { members, charter }: Association,
): Promise<ReadonlyMap<MemberId, WitnessedLog>> {
  const ids = idsOf(members)
  const rows = await reader
    .selectFrom('log')
    .select(['member_id', 'origin', 'size', 'signed_size'])
    .where('member_id', 'in', ids)
    .orderBy('number')
    .execute()
  const cosigners = await listCosigners(reader)
  const logs = rows.map((row): readonly [MemberId, WitnessedLog] => {
    const member = MemberId.parse(row.member_id)
    const cosigned = sizesIn(cosigners, row.origin)
    const witnessing = witnessingOf(member, ids, charter.witnesses, cosigned)
    const log = { origin: Origin.parse(row.origin), signed: Math.min(row.size, row.signed_size) }
    return [member, { ...witnessing, ...log }]
  })
  return new Map(logs) // of each member the last: the one that goes on
}

/** An association, and how many of its members have seen one entry: of the witnessing, `size` is 0 while they are too few. */
export interface WitnessedBy {
  readonly association: Association
  readonly witnessing: Witnessing
}

/** What the charters of a member's associations say of an entry of its log: whether so many of the others have seen it. */
export async function chartersOn(
  reader: Reader,
  memberId: MemberId,
  { origin, position }: { readonly origin: Origin; readonly position: number },
): Promise<readonly WitnessedBy[]> {
  const rows = await reader
    .selectFrom('association_statement')
    .select('association')
    .distinct()
    .where('member_id', '=', memberId)
    .orderBy('association')
    .execute()
  if (rows.length === 0) return []
  const cosigners = (await listCosigners(reader)).filter(({ size }) => size > position)
  const cosigned = sizesIn(cosigners, origin)
  const found: WitnessedBy[] = []
  for (const row of rows) {
    const association = await findAssociation(reader, row.association)
    if (!association || association.since === null || !Object.hasOwn(association.members, memberId)) continue
    const { members, charter } = association
    found.push({
      association,
      witnessing: witnessingOf(memberId, idsOf(members), charter.witnesses, cosigned),
    })
  }
  return found
}

/** How many entries of a log each member has cosigned. */
function sizesIn(cosigners: readonly Cosigner[], origin: string): ReadonlyMap<string, number> {
  return new Map(
    cosigners.filter((each) => each.origin === origin).map(({ memberId, size }) => [memberId, size]),
  )
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.fromBase64(base64)
}
