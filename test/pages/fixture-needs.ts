/** Needs, offers, pledges and groups of countries as the fixture's node knows them. */
import { recordOf, type StatedThing } from '../../src/features/capacity/index.ts'
import { failure } from '../../src/kernel/failure.ts'
import { type MemberId, originOf, Sha256 } from '../../src/kernel/names.ts'
import { fail, type Result, succeed } from '../../src/kernel/result.ts'
import { DAY, isoTime } from '../../src/kernel/time.ts'
import { PublicRecord, type Reference } from '../../src/records/index.ts'
import type { NeedVisit } from '../../src/web/index.ts'
import type { Counterpart, StatedEntry } from '../../src/web/pages/stated.tsx'
import { FOLLOWED_ID, HOSTILE_ID, NOW, OWN_ID } from './fixture-data.ts'

const placeOf = (memberId: MemberId, index: number): Reference => ({
  origin: originOf(memberId, 0),
  index,
  leaf: Sha256.parse(String(index).padStart(64, '0')),
})

const common = (memberId: MemberId, index: number) => {
  const place = placeOf(memberId, index)
  return {
    id: place.leaf,
    memberId,
    place,
    time: NOW - (20 - index) * DAY,
    state: 'open' as const,
    replacedBy: null,
  }
}

const GROUP: StatedThing = {
  noun: 'group',
  stated: {
    ...common(OWN_ID, 1),
    body: {
      code: 'ldc',
      name: 'Least developed countries',
      source: 'United Nations, Committee for Development Policy',
      url: 'https://example.org/ldc',
      asOf: '2026-11-24',
      countries: ['BD', 'NP', 'TD', 'ML', 'MW'],
    },
  },
}
const NEED: StatedThing = {
  noun: 'need',
  stated: {
    ...common(OWN_ID, 2),
    body: {
      kind: 'compute',
      unit: 'gpu-hour',
      title: 'Speech recognition for district clinics',
      purpose:
        'Fine-tune a speech model on recordings that patients agreed to.\n\nNurses dictate instead of writing.',
      language: 'en',
      country: 'KE',
      amount: 1200,
      minimum: 400,
      sector: 'health',
      goals: [3, 10],
      until: '2027-06-30',
      memoryGb: 40,
      accelerators: ['cuda', 'rocm'],
      languages: ['sw', 'luo'],
      residency: ['KE', 'UG'],
      accepts: ['report'],
      outputs: 'Open weights and a report.',
    },
  },
}
const ARABIC: StatedThing = {
  noun: 'need',
  stated: {
    ...common(HOSTILE_ID, 3),
    body: {
      kind: 'skills',
      unit: 'seat',
      title: 'تدريب المعلمين على تقييم النماذج',
      purpose: 'عشرون معلمًا.',
      language: 'ar',
      country: 'EG',
      amount: 20,
      sector: 'education',
    },
  },
}
const OFFER: StatedThing = {
  noun: 'offer',
  stated: {
    ...common(FOLLOWED_ID, 4),
    body: {
      kind: 'compute',
      unit: 'gpu-hour',
      title: 'Clúster por las noches',
      description: 'Slurm, de seis a seis.',
      language: 'es',
      amount: 50_000,
      until: '2027-12-31',
      location: 'EC',
      memoryGb: 80,
      accelerators: ['cuda'],
      price: { micros: 250_000, currency: 'USD' },
      eligible: { groups: [placeOf(OWN_ID, 1)], countries: ['BO', 'KE'], purposes: ['health', 'language'] },
      excluded: [{ countries: ['AQ'], reason: 'No permit for this area.' }],
      reserves: [{ group: placeOf(OWN_ID, 1), amount: 20_000, mode: 'soft' }],
      caps: { member: 5000, country: 10_000 },
      conditions: [{ id: 'report', text: 'A short report at the end.' }],
      standing: { each: 500, member: 1000, month: 5000 },
    },
  },
}
const PLEDGE: StatedThing = {
  noun: 'pledge',
  stated: {
    ...common(OWN_ID, 5),
    body: {
      kind: 'skills',
      unit: 'seat',
      title: 'Five thousand places',
      description: 'Courses and seminars.',
      language: 'en',
      amount: 5000,
      until: '2031-12-31',
    },
  },
}
const WITHDRAWN: StatedThing = {
  ...NEED,
  stated: { ...NEED.stated, ...common(OWN_ID, 6), state: 'withdrawn' },
}
const REPLACED: StatedThing = {
  ...NEED,
  stated: { ...NEED.stated, ...common(OWN_ID, 7), state: 'replaced', replacedBy: NEED.stated.id },
}
const ALL = [GROUP, NEED, ARABIC, OFFER, PLEDGE, WITHDRAWN, REPLACED]

/** A page of each kind, and of each state. */
export const STATED_PATHS: readonly string[] = ALL.map(({ noun, stated }) => `/${noun}s/${stated.id}`)
export const NEED_ID = NEED.stated.id
export const OFFER_ID = OFFER.stated.id
export const DRAFT_ID = 'd'.repeat(32)

const NAMES = new Map<string, string>([
  [OWN_ID, 'Nairobi AI Institute'],
  [FOLLOWED_ID, 'Universidad de Quito'],
  [HOSTILE_ID, 'المعهد الوطني للذكاء الاصطناعي'],
])

function entryOf(thing: StatedThing): StatedEntry {
  const { memberId } = thing.stated
  const by = { memberId, name: NAMES.get(memberId) ?? '', colour: 'indigo' as const }
  const left = thing === NEED ? 800 : thing === OFFER ? 49_600 : thing === ARABIC ? 20 : null
  return { thing, by, left }
}

function counterpartsOf(thing: StatedThing): readonly Counterpart[] {
  if (thing === OFFER) return [{ ...entryOf(NEED), unfit: null, isOwn: true }, ...[NEED].map(unfitting)]
  return thing === NEED ? [{ ...entryOf(OFFER), unfit: null, isOwn: false }, ...[OFFER].map(unfitting)] : []
}

function unfitting(thing: StatedThing): Counterpart {
  return { ...entryOf(thing), unfit: { reason: 'excluded', text: 'No permit for this area.' }, isOwn: false }
}

type Asked = { command: string; input: unknown }[]

/** What a visitor of the fixture's node sees of it; an operator speaks for its member. */
export function needVisit(isFull: boolean, isSignedIn: boolean, asked: Asked): NeedVisit {
  const things = isFull ? ALL : []
  const speaker = { member: 'Nairobi AI Institute', repositories: new Set<string>(), logs: [] }
  const refused = failure('signInRequired')
  function accept<Value>(command: string, input: unknown, value: Value): Promise<Result<Value>> {
    if (!isSignedIn) return Promise.resolve(fail(refused))
    asked.push({ command, input })
    return Promise.resolve(succeed(value))
  }
  return {
    list: async (noun, filter, page) => {
      if (page > 1) return fail(failure('pageNotFound'))
      const open = things.filter((each) => each.noun === noun && each.stated.state === 'open')
      const entries = open.map(entryOf)
      return succeed({
        noun,
        entries: filter.kind === 'data' ? [] : entries,
        current: 1,
        last: noun === 'need' ? 3 : 1,
        filter,
        members: entries.map(({ by }) => by),
        countries: ['KE', 'EG'],
        drafts:
          isSignedIn && noun === 'need'
            ? [
                {
                  id: DRAFT_ID,
                  memberId: OWN_ID,
                  noun,
                  fields: { title: 'Half a need' },
                  updatedAt: NOW - DAY,
                },
              ]
            : [],
        mayState: isSignedIn,
      })
    },
    show: async (noun, id) => {
      const thing = things.find((each) => each.noun === noun && each.stated.id === id)
      if (!thing) return fail(failure('statementNotFound', { id }))
      const isOwn = thing.stated.memberId === OWN_ID
      return succeed({
        ...entryOf(thing),
        record: recordOf(thing),
        speaker: { ...speaker, member: NAMES.get(thing.stated.memberId) ?? '' },
        isOwn: isSignedIn && isOwn,
        mayAnswer: isSignedIn && !isOwn,
        counterparts: counterpartsOf(thing),
      })
    },
    form: async (noun) =>
      isSignedIn
        ? succeed({
            noun,
            speakers: [{ handle: 'nairobi', name: 'Nairobi AI Institute' }],
            groups: [
              {
                id: GROUP.stated.id,
                code: 'ldc',
                name: 'Least developed countries',
                asOf: '2026-11-24',
                member: 'Nairobi AI Institute',
              },
            ],
            pledges: [{ id: PLEDGE.stated.id, title: 'Five thousand places' }],
          })
        : fail(refused),
    draft: async (_noun, id) =>
      id === DRAFT_ID
        ? succeed({ as: 'nairobi', fields: { title: 'Half a need', amount: 'many' } })
        : fail(failure('statementDraftNotFound')),
    preview: async (_as, noun, { body }) => {
      if (!isSignedIn) return fail(refused)
      const type = noun === 'group' ? 'country-group/1' : `${noun}/1`
      const record = PublicRecord.safeParse({ type, time: isoTime(NOW), body })
      if (record.success) return succeed({ record: record.data, speaker })
      const field = String(record.error.issues[0]?.path[1] ?? '')
      return fail(failure('invalidField', { field }, field))
    },
    state: (as, noun, wish, draft) => accept('state', { as, noun, ...wish, draft }, NEED_ID),
    keep: (as, noun, draft, fields) => accept('keep', { as, noun, draft, fields }, DRAFT_ID),
    drop: (noun, draft) => accept('drop', { noun, draft }, undefined),
    withdraw: (noun, id, reason) => accept('withdraw', { noun, id, reason }, undefined),
  }
}
