import { z } from 'zod'

import type { Reader } from '../../../database/index.ts'
import { Handle, MemberId } from '../../../kernel/names.ts'
import { statementsOf } from '../../follow/index.ts'
import { assessCapacity } from './rules/index.ts'
import {
  type Draft,
  type Noun,
  NOUNS,
  type Stated,
  STATED_TYPES,
  type StatedCapacity,
  type StatedGroup,
  type StatedNeed,
  type StatedOffer,
  type StatedPledge,
} from './types.ts'

/** What everything that is known here comes to. */
export async function readCapacity(reader: Reader): Promise<StatedCapacity> {
  return assessCapacity(await statementsOf(reader, STATED_TYPES))
}

/** Something stated, with the noun that it is. */
export type StatedThing =
  | { readonly noun: 'need'; readonly stated: StatedNeed }
  | { readonly noun: 'offer'; readonly stated: StatedOffer }
  | { readonly noun: 'pledge'; readonly stated: StatedPledge }
  | { readonly noun: 'group'; readonly stated: StatedGroup }

/** What has this id; null where it is not known. Of equal words in several logs those of `memberId`, or the first. */
export function findStated(
  { needs, offers, pledges, groups }: StatedCapacity,
  noun: Noun,
  id: string,
  memberId?: MemberId,
): StatedThing | null {
  const among = <Body>(list: readonly Stated<Body>[]) =>
    list.find((each) => each.id === id && (memberId === undefined || each.memberId === memberId))
  switch (noun) {
    case 'need':
      return thing(noun, among(needs))
    case 'offer':
      return thing(noun, among(offers))
    case 'pledge':
      return thing(noun, among(pledges))
    case 'group':
      return thing(noun, among(groups))
  }
}

function thing<Kind extends Noun, Body>(noun: Kind, stated: Stated<Body> | undefined) {
  return stated ? { noun, stated } : null
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
