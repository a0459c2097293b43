/** Three made-up rounds: one that is open, one that is decided, and one whose result is not what was stated. */
import { createHash } from 'node:crypto'

import {
  assessRounds,
  match,
  roundInputOf,
  type RoundView,
  type StatedResult,
  stateOf,
} from '../../src/features/capacity/index.ts'
import type { Statement } from '../../src/features/follow/index.ts'
import { MemberId, originOf, Sha256 } from '../../src/kernel/names.ts'
import { DAY, HOUR, isoTime, momentOf } from '../../src/kernel/time.ts'
import { PublicRecord } from '../../src/records/index.ts'
import type { RoundMember } from '../../src/web/components/round-words.tsx'
import type { AnnouncingView } from '../../src/web/pages/new-round.tsx'
import type { ListedGroup, RoundPageView, RoundSpeaker } from '../../src/web/pages/round.tsx'
import type { RoundsView } from '../../src/web/pages/rounds.tsx'
import { NOW, OWN_ID, OWN_LOG } from './fixture-data.ts'

const memberOf = (letter: string) => MemberId.parse(`m${letter.repeat(32)}`)
const [CUSCO, DHAKA, TUNIS, HOSTILE] = ['b', 'c', 'd', 'e'].map(memberOf) as [
  MemberId,
  MemberId,
  MemberId,
  MemberId,
]
const MEMBERS: ReadonlyMap<MemberId, RoundMember> = new Map([
  [OWN_ID, { name: 'Nairobi Institute of Language Technology', colour: 'olive' }],
  [CUSCO, { name: 'Universidad Andina del Cusco', colour: 'cochineal' }],
  [DHAKA, { name: 'ঢাকা বিশ্ববিদ্যালয়', colour: 'indigo' }],
  [TUNIS, { name: 'المعهد الوطني للذكاء الاصطناعي', colour: 'lagoon' }],
  [HOSTILE, { name: '‮<b>Example</b> & "Sons"', colour: 'violet' }],
])

const said: Statement[] = []

function say(memberId: MemberId, type: string, body: object, time: number): Statement {
  const record = PublicRecord.parse({ type, time: isoTime(time), body }) as Statement['record']
  const id = Sha256.parse(
    createHash('sha256')
      .update(`${memberId} ${JSON.stringify(record)}`)
      .digest('hex'),
  )
  const index = said.filter((each) => each.memberId === memberId).length + 1
  const place = { origin: originOf(memberId, 0), index, leaf: id }
  const statement: Statement = { id, memberId, place, time: momentOf(record.time), record, retracted: null }
  said.push(statement)
  return statement
}

const MEASURE = { kind: 'compute', unit: 'gpu-hour' } as const
const GROUP = say(
  CUSCO,
  'country-group/1',
  {
    code: 'ldc',
    name: 'Least developed countries',
    source: 'United Nations',
    asOf: '2026-01-01',
    countries: ['BD', 'TD'],
  },
  NOW - 30 * DAY,
)

const needs = [
  [CUSCO, 'Quechua speech for schools', 'PE', 400],
  [DHAKA, 'বাংলা speech in clinics', 'BD', 700],
  [TUNIS, 'التعرف على الكلام بالدارجة', 'TN', 300],
  [HOSTILE, '<script>alert(1)</script>', 'XX', 50],
] as const
for (const [memberId, title, country, amount] of needs)
  say(
    memberId,
    'need/1',
    {
      ...MEASURE,
      title,
      purpose: 'Train and publish an open model.',
      language: 'en',
      country,
      amount,
      sector: 'language',
      ...(memberId === HOSTILE && { residency: ['XX'] }),
    },
    NOW - 12 * DAY,
  )
const reserve = { group: GROUP.place, amount: 300, mode: 'soft' }
for (const [memberId, title, rest] of [
  [OWN_ID, 'Cluster at night', { amount: 600, reserves: [reserve] }],
  [TUNIS, 'ساعات غير مستخدمة', { amount: 200 }],
] as const)
  say(
    memberId,
    'offer/1',
    { ...MEASURE, title, description: 'From 18 to 6 o’clock.', language: 'en', location: 'KE', ...rest },
    NOW - 11 * DAY,
  )

const ROUND = {
  ...MEASURE,
  description: 'Hours that would be idle, for speech in languages that no market serves.',
  language: 'en',
  shown: [GROUP.place],
}
const LEXIMIN = { name: 'leximin', version: 1 }
const open = say(
  OWN_ID,
  'matching-round/1',
  {
    ...ROUND,
    title: 'Spring round',
    rule: { name: 'priority', version: 1, order: [GROUP.place] },
    deadline: isoTime(NOW + 9 * DAY),
    members: [OWN_ID, CUSCO, DHAKA],
  },
  NOW - 2 * DAY,
)
const [decided, differing, lacking] = [
  { title: 'Winter round', rule: LEXIMIN },
  { title: 'جولة الخريف', rule: { name: 'proportional', version: 1 } },
  { title: 'Summer round', rule: LEXIMIN },
].map((each) =>
  say(
    each.title === 'Summer round' ? CUSCO : OWN_ID,
    'matching-round/1',
    { ...ROUND, ...each, weights: [{ group: GROUP.place, weight: 2 }], deadline: isoTime(NOW - 3 * DAY) },
    NOW - 10 * DAY,
  ),
) as [Statement, Statement, Statement]
const due = say(
  OWN_ID,
  'matching-round/1',
  { ...ROUND, title: 'Autumn round', rule: LEXIMIN, deadline: isoTime(NOW - HOUR) },
  NOW - 9 * DAY,
)

function inputFor(id: string) {
  const round = assessRounds(said).find((each) => each.id === id)
  if (!round) throw new Error(`no round ${id}`)
  return { round, input: roundInputOf({ round, statements: said, countries: new Map() }) }
}

const CUT = [OWN_ID, CUSCO, DHAKA, TUNIS, HOSTILE].map((memberId) => ({
  origin: originOf(memberId, 0),
  size: 1200,
  root: `${'A'.repeat(43)}=` as StatedResult['body']['cut'][number]['root'],
}))

function computedOf(id: string) {
  const { input } = inputFor(id)
  if (!input.ok) throw new Error(input.failure.kind)
  return { kind: 'computed' as const, input: input.value, result: match(input.value.round), erased: 2 }
}

for (const [round, by, change] of [
  [decided, OWN_ID, {}],
  [decided, CUSCO, {}],
  [decided, DHAKA, {}],
  [differing, OWN_ID, { result: 'f'.repeat(64) }],
  [lacking, CUSCO, {}],
] as const) {
  const { result } = computedOf(round.id)
  const body = { round: round.place, cut: CUT, input: result.round, result: result.resultHash, ...change }
  say(by, 'matching-result/1', body, NOW - 2 * DAY)
}

/** Ids of the rounds, by how they stand. */
export const ROUND_IDS = {
  open: open.id,
  due: due.id,
  decided: decided.id,
  differing: differing.id,
  lacking: lacking.id,
}

function viewOf(id: string): RoundView | null {
  const round = assessRounds(said).find((each) => each.id === id)
  if (!round) return null
  const entry = { round, state: stateOf(round, NOW) }
  if (id === lacking.id) {
    const log = { origin: originOf(DHAKA, 0), lack: 'short' as const, has: 800, size: 1200 }
    return {
      ...entry,
      found: { computation: { kind: 'logsLacking', logs: [log] }, agrees: null },
      present: null,
    }
  }
  if (!round.decision) return { ...entry, found: null, present: { cut: CUT, input: inputFor(id).input } }
  return { ...entry, found: { computation: computedOf(id), agrees: id === decided.id }, present: null }
}

const LISTS: readonly ListedGroup[] = [
  { id: GROUP.id, code: 'ldc', name: 'Least developed countries', member: 'Universidad Andina del Cusco' },
]
const SPEAKER: Omit<RoundSpeaker, 'acts'> = {
  memberId: OWN_ID,
  handle: 'nairobi',
  name: 'Nairobi Institute of Language Technology',
}

/** A round as the fixture's node shows it; null for one that it does not know. */
export function roundView(id: string, isSignedIn: boolean): RoundPageView | null {
  const view = viewOf(id)
  const speaker = { ...SPEAKER, acts: view?.state === 'due' ? (['close'] as const) : [] }
  return (
    view && { view, members: MEMBERS, lists: LISTS, logs: [OWN_LOG], speakers: isSignedIn ? [speaker] : [] }
  )
}

export function roundsView(isSignedIn: boolean): RoundsView {
  const entries = assessRounds(said).map((round) => ({ round, state: stateOf(round, NOW) }))
  return { entries, members: MEMBERS, mayAnnounce: isSignedIn }
}

export const ANNOUNCING: AnnouncingView = { speakers: [SPEAKER], lists: LISTS, logs: [OWN_LOG] }

/** The record that would announce a round, for the title that was typed. */
export function announcement(title: string): Extract<PublicRecord, { type: 'matching-round/1' }> {
  const { record } = open
  if (record.type !== 'matching-round/1') throw new Error(record.type)
  return { ...record, body: { ...record.body, title } }
}

export const NO_ROUNDS: RoundsView = { entries: [], members: new Map(), mayAnnounce: false }
