import type { Actor } from '../../features/accounts/index.ts'
import {
  committedOf,
  type Noun,
  recordOf,
  type StatedCapacity,
  type StatedThing,
  statedOf,
  type Unfit,
  unfitness,
} from '../../features/capacity/index.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import type { Origin } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { CAPACITY_KINDS } from '../../records/index.ts'
import type { Speaker } from '../components/statement.tsx'
import type { GroupOption } from '../components/stating-fields.tsx'
import type { NeedVisit } from '../deps.ts'
import { type Counterpart, MOST_COUNTERPARTS, type StatedEntry, type StatedFilter } from '../pages/stated.tsx'
import type { VisitDeps } from './deps.ts'
import { readMembers } from './named-members.ts'
import { speakersFor } from './speakers.ts'

/** Entries of a list on one page. */
const PAGE = 30

/** Needs, offers, pledges and groups of countries as this node knows them, and what an actor may state of them. */
export function visitNeeds(deps: VisitDeps, actor: Actor): NeedVisit {
  const { capacity, database, logs, clock } = deps
  const { needs, agreements } = capacity

  const speakers = () => speakersFor(deps, actor)

  async function refusalToSpeak(handle: string): Promise<Failure | null> {
    if (actor.kind === 'anonymous') return failure('signInRequired')
    return (await speakers()).some((each) => each.handle === handle) ? null : failure('forbidden')
  }

  /** Refuses a draft of somebody else as if it were not there. */
  async function refusalOfDraft(noun: Noun, id: string | null): Promise<Failure | null> {
    if (id === null) return null
    const draft = await needs.findDraft(id)
    const own = await speakers()
    return draft?.noun === noun && own.some(({ memberId }) => memberId === draft.memberId)
      ? null
      : failure('statementDraftNotFound')
  }

  const members = () => readMembers(database.read)

  async function speakerOf(name: string): Promise<Speaker> {
    const origins: readonly Origin[] = (await logs.list()).map(({ origin }) => origin)
    return { member: name, repositories: new Set(), logs: origins }
  }

  async function entriesOf(
    stated: StatedCapacity,
    things: readonly StatedThing[],
  ): Promise<readonly StatedEntry[]> {
    const said = [...stated.needs, ...stated.offers]
    const committed = committedOf(await agreements.list(), said, clock())
    const known = await members()
    return things.flatMap((thing) => {
      const by = known.get(thing.stated.memberId)
      return by ? [{ thing, by, left: leftOf(thing, committed) }] : []
    })
  }

  /** What is in force of the other side, of the same kind and of other members. */
  async function counterpartsOf(stated: StatedCapacity, thing: StatedThing): Promise<readonly Counterpart[]> {
    if (thing.noun !== 'need' && thing.noun !== 'offer') return []
    const { kind, unit } = thing.stated.body
    const others = statedOf(stated, thing.noun === 'need' ? 'offer' : 'need').filter(
      (each) =>
        (each.noun === 'need' || each.noun === 'offer') &&
        each.stated.state === 'open' &&
        each.stated.memberId !== thing.stated.memberId &&
        each.stated.body.kind === kind &&
        each.stated.body.unit === unit,
    )
    const shown = await entriesOf(stated, others.toReversed().slice(0, MOST_COUNTERPARTS))
    const homes = await needs.homesOf([thing, ...others].map((each) => each.stated.memberId))
    const own = await speakers()
    return shown.map((entry) => ({
      ...entry,
      unfit: unfitOf(thing, entry.thing, stated, homes),
      isOwn: own.some(({ memberId }) => memberId === entry.by.memberId),
    }))
  }

  return {
    async list(noun, filter, page) {
      const stated = await needs.read()
      const open = statedOf(stated, noun).filter(({ stated }) => stated.state === 'open')
      const found = open.filter((thing) => fits(thing, filter)).toReversed()
      const last = Math.max(1, Math.ceil(found.length / PAGE))
      if (page > last) return fail(failure('pageNotFound'))
      const own = await speakers()
      const drafts = await needs.draftsOf(own.map(({ memberId }) => memberId))
      const all = await entriesOf(stated, open)
      return succeed({
        noun,
        entries: await entriesOf(stated, found.slice((page - 1) * PAGE, page * PAGE)),
        current: page,
        last,
        filter,
        members: [...new Map(all.map(({ by }) => [by.memberId, by])).values()],
        countries: [...new Set(open.flatMap((thing) => countryOf(thing) ?? []))],
        drafts: drafts.filter((draft) => draft.noun === noun),
        mayState: own.length > 0,
      })
    },

    async show(noun, id) {
      const stated = await needs.read()
      const thing = statedOf(stated, noun).find((each) => each.stated.id === id)
      const [entry] = thing ? await entriesOf(stated, [thing]) : []
      if (!entry) return fail(failure('statementNotFound', { id }))
      const own = await speakers()
      return succeed({
        ...entry,
        counterparts: await counterpartsOf(stated, entry.thing),
        record: recordOf(entry.thing),
        speaker: await speakerOf(entry.by.name),
        isOwn: own.some(({ memberId }) => memberId === entry.by.memberId),
        mayAnswer: own.some(({ memberId }) => memberId !== entry.by.memberId),
      })
    },

    async form(noun) {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      const own = await speakers()
      if (own.length === 0) return fail(failure('forbidden'))
      const { groups, pledges } = await needs.read()
      const known = await members()
      const newest = new Map<string, GroupOption>()
      for (const { id, memberId, body, state } of groups.toSorted(newestLast))
        if (state === 'open')
          newest.set(`${memberId} ${body.code}`, {
            id,
            code: body.code,
            name: body.name,
            asOf: body.asOf,
            member: known.get(memberId)?.name ?? memberId,
          })
      return succeed({
        noun,
        speakers: own,
        groups: [...newest.values()],
        pledges: pledges
          .filter(({ memberId, state }) => state === 'open' && own.some((each) => each.memberId === memberId))
          .map(({ id, body: { title } }) => ({ id, title })),
      })
    },

    async draft(noun, id) {
      const refused = await refusalOfDraft(noun, id)
      const draft = refused ? null : await needs.findDraft(id)
      if (!draft) return fail(refused ?? failure('statementDraftNotFound'))
      const speaker = (await speakers()).find(({ memberId }) => memberId === draft.memberId)
      return succeed({ as: speaker?.handle ?? '', fields: draft.fields })
    },

    async preview(as, noun, wish) {
      const refused = await refusalToSpeak(as)
      if (refused) return fail(refused)
      const record = await needs.preview(as, noun, wish)
      if (!record.ok) return record
      const own = await speakers()
      const speaker = await speakerOf(own.find(({ handle }) => handle === as)?.name ?? as)
      return succeed({ record: record.value, speaker })
    },

    async state(as, noun, wish, draft) {
      const refused = (await refusalToSpeak(as)) ?? (await refusalOfDraft(noun, draft))
      return refused ? fail(refused) : needs.state(as, noun, wish, draft)
    },

    async keep(as, noun, draft, fields) {
      const refused = (await refusalToSpeak(as)) ?? (await refusalOfDraft(noun, draft))
      return refused ? fail(refused) : needs.saveDraft(as, noun, draft, fields)
    },

    async drop(noun, draft): Promise<Result<void>> {
      const refused = await refusalOfDraft(noun, draft)
      if (refused) return fail(refused)
      await needs.dropDraft(draft)
      return succeed(undefined)
    },

    async withdraw(noun, id, reason) {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      const thing = statedOf(await needs.read(), noun).find((each) => each.stated.id === id)
      const speaker = (await speakers()).find(({ memberId }) => memberId === thing?.stated.memberId)
      if (!thing) return fail(failure('statementNotFound', { id }))
      return speaker ? needs.withdraw(speaker.handle, noun, id, reason) : fail(failure('forbidden'))
    },
  }
}

/** Why two of different sides do not fit; null where they do. */
function unfitOf(
  one: StatedThing,
  other: StatedThing,
  { groups }: StatedCapacity,
  homes: ReadonlyMap<string, string>,
): Unfit | null {
  const sides = [one, other]
  const need = sides.find((each) => each.noun === 'need')
  const offer = sides.find((each) => each.noun === 'offer')
  return need && offer ? unfitness(need.stated, offer.stated, groups, homes.get(need.stated.memberId)) : null
}

/** What agreements have left of a need or an offer; more than all of it is never agreed on. */
function leftOf({ noun, stated }: StatedThing, committed: ReadonlyMap<string, bigint>): number | null {
  if (noun !== 'need' && noun !== 'offer') return null
  return Math.max(0, stated.body.amount - Number(committed.get(stated.id) ?? 0n))
}

function fits(thing: StatedThing, { kind, country, of }: StatedFilter): boolean {
  if (of !== '' && thing.stated.memberId !== of) return false
  if (country !== '' && countryOf(thing) !== country) return false
  const isKind = CAPACITY_KINDS.some((each) => each === kind)
  return !isKind || (thing.noun !== 'group' && thing.stated.body.kind === kind)
}

function countryOf(thing: StatedThing): string | null {
  return thing.noun === 'need' ? thing.stated.body.country : null
}

function newestLast(
  one: { readonly body: { readonly asOf: string } },
  other: { readonly body: { readonly asOf: string } },
): number {
  return one.body.asOf < other.body.asOf ? -1 : one.body.asOf > other.body.asOf ? 1 : 0
}
