import { z } from 'zod'

import type { Reader } from '../../../database/index.ts'
import { Handle, MemberId } from '../../../kernel/names.ts'
import { statementsOf } from '../../follow/index.ts'
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
