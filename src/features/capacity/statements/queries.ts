import { z } from 'zod'

import type { Reader } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { Handle, MemberId, originOf, Sha256 } from '../../../kernel/names.ts'
import { momentOf } from '../../../kernel/time.ts'
import { leafHash, type Logs } from '../../../log/index.ts'
import { readLeaf } from '../../../records/index.ts'
import { statementsOf } from '../../follow/index.ts'
import type { AgreementStatement } from '../agreements/index.ts'
import { assessCapacity } from './rules/index.ts'
import {
  type Draft,
  NOUNS,
  STATED_TYPES,
  type StatedCapacity,
  type StatedNeed,
  type StatedOffer,
} from './types.ts'

/** What everything that is known here comes to. */
export async function readCapacity(reader: Reader): Promise<StatedCapacity> {
  return assessCapacity(await statementsOf(reader, STATED_TYPES))
}

/** Needs that are in force, the latest first. */
export async function openNeeds(reader: Reader): Promise<readonly StatedNeed[]> {
  return (await readCapacity(reader)).needs.filter(({ state }) => state === 'open').toReversed()
}

/** Offers that are in force, the latest first. */
export async function openOffers(reader: Reader): Promise<readonly StatedOffer[]> {
  return (await readCapacity(reader)).offers.filter(({ state }) => state === 'open').toReversed()
}

/** In which country members are, as their last profiles say; those that do not say are missing. */
export async function homesOf(
  reader: Reader,
  logs: Pick<Logs, 'find' | 'leaf'>,
  members: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (members.length === 0) return new Map()
  const profiles = await reader
    .selectFrom('log')
    .innerJoin('log_entry', 'log_entry.origin', 'log.origin')
    .select(['log.member_id', 'log.origin', 'log_entry.position'])
    .where('log.member_id', 'in', [...new Set(members)])
    .where('log_entry.type', '=', 'member-profile/1')
    .where('log_entry.inert', 'is', null)
    .orderBy('log.number')
    .orderBy('log_entry.position')
    .execute()
  const last = new Map(profiles.map((each) => [each.member_id, each]))
  const homes = new Map<string, string>()
  for (const { member_id, origin, position } of last.values()) {
    const log = await logs.find(origin)
    const leaf = log && (await logs.leaf(log, position))
    const read = leaf ? readLeaf(leaf) : null
    if (read?.kind !== 'record' || read.record.type !== 'member-profile/1') continue
    const { country } = read.record.body
    if (country !== undefined) homes.set(member_id, country)
  }
  return homes
}

/** Agreements that hosted members have signed and that wait for their log: their places are not known yet, their ids are. */
export async function waitingAgreements(reader: Reader): Promise<readonly AgreementStatement[]> {
  const rows = await reader
    .selectFrom('outgoing_record')
    .select(['sequence', 'member_id', 'json'])
    .where('type', '=', 'agreement/1')
    .orderBy('sequence')
    .execute()
  return rows.flatMap(({ sequence, member_id, json }) => {
    const leaf = utf8(`${json}\n`)
    const read = readLeaf(leaf)
    if (read.kind !== 'record' || read.record.type !== 'agreement/1') return []
    const [id, memberId] = [leafIdOf(leaf), MemberId.parse(member_id)]
    const place = { origin: originOf(memberId, LAST_LOG), index: sequence, leaf: id }
    return [{ id, memberId, place, time: momentOf(read.record.time), record: read.record, retracted: null }]
  })
}

/** What waits comes after everything that stands in a log. */
const LAST_LOG = 999_999

/** The id that a leaf will have wherever it stands. */
export function leafIdOf(leaf: Uint8Array): Sha256 {
  return Sha256.parse(Uint8Array.from(leafHash(leaf)).toHex())
}

/** What members are called, by id. */
export async function handlesOf(reader: Reader): Promise<ReadonlyMap<string, Handle>> {
  const rows = await reader.selectFrom('member').select(['id', 'handle']).execute()
  return new Map(
    rows.flatMap(({ id, handle }) => {
      const read = Handle.safeParse(handle)
      return read.success ? [[id, read.data] as const] : []
    }),
  )
}

const Fields = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

/** Forms that were begun for these members, the latest first. */
export async function draftsOf(reader: Reader, members: readonly string[]): Promise<readonly Draft[]> {
  if (members.length === 0) return []
  const rows = await reader
    .selectFrom('capacity_draft')
    .selectAll()
    .where('member_id', 'in', members)
    .orderBy('updated_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(draftIn)
}

export async function findDraft(reader: Reader, id: string): Promise<Draft | null> {
  const row = await reader.selectFrom('capacity_draft').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? draftIn(row) : null
}

function draftIn(row: {
  readonly id: string
  readonly member_id: string
  readonly noun: string
  readonly fields: string
  readonly updated_at: number
}): Draft {
  return {
    id: row.id,
    memberId: MemberId.parse(row.member_id),
    noun: z.enum(NOUNS).parse(row.noun),
    fields: Fields.parse(JSON.parse(row.fields)),
    updatedAt: row.updated_at,
  }
}
