import type { Reader } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import type { Clock } from '../../../../kernel/time.ts'
import type { PublicRecord, Reference } from '../../../../records/index.ts'
import { checked, memberNamed } from '../../../follow/index.ts'
import { readCapacity } from '../queries.ts'
import { findStated } from '../rules/index.ts'
import {
  type Noun,
  type Stated,
  type StatedCapacity,
  type StatedGroup,
  TYPE_OF,
  type Wish,
} from '../types.ts'

/** A record as it would be said, and what it takes the place of. */
export interface Wording {
  readonly record: PublicRecord
  readonly replaced: Stated<unknown> | null
}

/**
 * Words a record of `speaker` from what is wished. Throws `invalidField` with the field, too for a member that the record does
 * not have; `statementNotFound`, `groupNotFound`, `memberUnknown`, `notOpen`, `alreadySaid`, `personalData`, `tooLarge`.
 */
export async function word(
  reader: Reader,
  deps: { readonly clock: Clock },
  speaker: MemberId,
  noun: Noun,
  { body, replaces }: Wish,
): Promise<Wording> {
  const stated = await readCapacity(reader)
  const replaced = replaces === null ? null : await openOf(reader, stated, speaker, noun, replaces)
  const named = await withReferences(reader, stated, noun, body)
  const place = replaced && hasSuccessors(noun) ? { replaces: replaced.place } : {}
  const wished = isObject(named) ? { ...named, ...place, member: speaker } : {}
  const record = checked(deps, TYPE_OF[noun], wished)
  const unknown = unknownMember(wished, record.body)
  if (unknown !== null) throw new Refusal(failure('invalidField', { field: unknown }, unknown))
  return { record, replaced }
}

/** Needs and offers name what they take the place of; of others the earlier one is taken back. */
export function hasSuccessors(noun: Noun): boolean {
  return noun === 'need' || noun === 'offer'
}

/** What a member has stated and may still change. Throws `statementNotFound`, `notOpen`, and `alreadySaid` while a change of it waits. */
export async function openOf(
  reader: Reader,
  capacity: StatedCapacity,
  speaker: MemberId,
  noun: Noun,
  id: string,
): Promise<Stated<unknown>> {
  const found = findStated(capacity, noun, id, speaker)
  if (!found) throw new Refusal(failure('statementNotFound', { id }))
  if (found.stated.state !== 'open') throw new Refusal(failure('notOpen'))
  const waiting = await reader
    .selectFrom('outgoing_record')
    .select('sequence')
    .where('member_id', '=', speaker)
    .where('type', 'in', [TYPE_OF[noun], 'record-retraction/1'])
    .where('json', 'like', `%${found.stated.id}%`)
    .executeTakeFirst()
  if (waiting) throw new Refusal(failure('alreadySaid'))
  return found.stated
}

type Change = (value: unknown) => Promise<unknown>

/** Puts references and member ids where names stand. What is no name is left to the schema. */
async function withReferences(
  reader: Reader,
  stated: StatedCapacity,
  noun: Noun,
  body: unknown,
): Promise<unknown> {
  const member = ofText(async (name) => (await memberNamed(reader, name)).id)
  const group = ofText((name) => groupNamed(reader, stated, name))
  const pledge = ofText(async (id) => placeOf(findStated(stated, 'pledge', id)?.stated, id))
  const whom = within({ groups: each(group), members: each(member) })
  const changes = {
    need: within({}),
    offer: within({
      eligible: whom,
      excluded: each(whom),
      reserves: each(within({ group })),
      pledge,
    }),
    pledge: within({}),
    group: within({}),
  } satisfies Record<Noun, Change>
  return changes[noun](body)
}

function ofText(find: (name: string) => Promise<unknown>): Change {
  return async (value) => (typeof value === 'string' ? find(value) : value)
}

function each(change: Change): Change {
  return async (value) => (Array.isArray(value) ? Promise.all(value.map(change)) : value)
}

function within(changes: Readonly<Record<string, Change>>): Change {
  return async (value) => {
    if (!isObject(value)) return value
    const members = Object.entries(value).map(
      async ([name, member]) => [name, await (changes[name]?.(member) ?? member)] as const,
    )
    return Object.fromEntries(await Promise.all(members))
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function placeOf(stated: Stated<unknown> | undefined, id: string): Reference {
  if (!stated) throw new Refusal(failure('statementNotFound', { id }))
  return stated.place
}

/** A list of countries by its id, or the newest one of a code: of any member where one alone has it. */
export async function groupNamed(
  reader: Reader,
  { groups }: Pick<StatedCapacity, 'groups'>,
  name: string,
): Promise<Reference> {
  const byId = groups.find(({ id }) => id === name)
  if (byId) return byId.place
  const [handle, code] = name.includes('/') ? name.split('/', 2) : [null, name]
  const keeper = handle === null ? null : (await memberNamed(reader, handle ?? '')).id
  const lists = groups.filter(
    (each) =>
      each.state === 'open' && each.body.code === code && (keeper === null || each.memberId === keeper),
  )
  const newest = lists.toSorted(newestFirst)[0]
  if (!newest || new Set(lists.map(({ memberId }) => memberId)).size > 1)
    throw new Refusal(failure('groupNotFound', { group: name }))
  return newest.place
}

/** The day first, then when it was said. */
export function newestFirst(one: StatedGroup, other: StatedGroup): number {
  if (one.body.asOf !== other.body.asOf) return one.body.asOf > other.body.asOf ? -1 : 1
  return other.time - one.time || (one.id < other.id ? -1 : 1)
}

/** The place of something in `given` that reading it has dropped: nobody should believe that it was said. */
function unknownMember(given: unknown, read: unknown, place = ''): string | null {
  if (Array.isArray(given) && Array.isArray(read))
    return firstOf(given.map((each, at) => unknownMember(each, read[at], `${place}[${at}]`)))
  if (!isObject(given) || !isObject(read)) return null
  return firstOf(
    Object.entries(given).map(([name, value]) => {
      const at = place === '' ? name : `${place}.${name}`
      return Object.hasOwn(read, name) ? unknownMember(value, read[name], at) : at
    }),
  )
}

function firstOf(places: readonly (string | null)[]): string | null {
  return places.find((place) => place !== null) ?? null
}
