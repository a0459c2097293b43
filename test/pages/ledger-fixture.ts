/** A made-up ledger: hours and places between five members, one thing late, one disputed, one group of countries. */
import type { Benefits } from '../../src/features/capacity/index.ts'
import type { LedgerLine } from '../../src/features/capacity/index.ts'
import { type Group, ledgerOf, type Promised } from '../../src/features/capacity/ledger/rules/index.ts'
import type { Colour } from '../../src/kernel/colour.ts'
import { MemberId, Sha256 } from '../../src/kernel/names.ts'
import type { LedgerQuery, LedgerView, NamedMember } from '../../src/web/pages/ledger.tsx'
import type { OpenEntry, OverviewView } from '../../src/web/pages/overview.tsx'

const memberOf = (letter: string, name: string, short: string, colour: Colour): NamedMember => ({
  memberId: MemberId.parse(`m${letter.repeat(32)}`),
  name,
  short,
  colour,
})
const NAIROBI = memberOf('a', 'Nairobi AI Institute', 'nairobi', 'cochineal')
const CUSCO = memberOf('b', 'Universidad Andina del Cusco', 'cusco', 'olive')
const DHAKA = memberOf('c', 'ঢাকা বিশ্ববিদ্যালয়', 'dhaka', 'indigo')
const TUNIS = memberOf('d', 'المعهد الوطني للذكاء الاصطناعي', 'tunis', 'lagoon')
const HOSTILE = memberOf('e', '‮<b>Example</b> & "Sons"', 'example', 'violet')
const MEMBERS = [NAIROBI, CUSCO, DHAKA, TUNIS, HOSTILE]

const idOf = (number: number) => Sha256.parse(number.toString(16).padStart(64, '0'))

function line(
  number: number,
  supplier: NamedMember,
  receiver: NamedMember,
  rest: Partial<LedgerLine>,
): LedgerLine {
  return {
    agreement: idOf(number),
    obligation: 0,
    title: 'Speech recognition for schools: GPU hours of the second round',
    state: 'active',
    supplier: supplier.memberId,
    receiver: receiver.memberId,
    kind: 'compute',
    unit: 'gpu-hour',
    country: 'KE',
    sector: 'language',
    due: '2026-12-31',
    need: null,
    offer: null,
    pledge: null,
    amount: 4000n,
    claimed: 0n,
    delivered: 0n,
    accepted: 0n,
    disputed: 0n,
    overdue: 0n,
    ...rest,
  }
}

const LINES: readonly LedgerLine[] = [
  line(1, CUSCO, NAIROBI, { pledge: idOf(90), delivered: 1250n, accepted: 1000n }),
  line(2, NAIROBI, DHAKA, {
    state: 'accepted',
    kind: 'skills',
    unit: 'seat',
    amount: 40n,
    delivered: 40n,
    accepted: 40n,
    country: 'BD',
    title: 'Training places',
  }),
  line(3, CUSCO, TUNIS, {
    country: 'TN',
    due: '2026-11-01',
    overdue: 300n,
    amount: 300n,
    claimed: 120n,
    pledge: idOf(90),
  }),
  line(4, HOSTILE, DHAKA, {
    state: 'disputed',
    country: 'BD',
    amount: 500n,
    delivered: 500n,
    disputed: 500n,
    title: '<script>alert(1)</script>',
  }),
]
const PROMISES: readonly Promised[] = [
  {
    pledge: idOf(90),
    memberId: CUSCO.memberId,
    title: '5,000 hours',
    until: '2031-12-31',
    kind: 'compute',
    unit: 'gpu-hour',
    amount: 5000n,
  },
]
const GROUPS: readonly Group[] = [
  {
    group: idOf(80),
    memberId: NAIROBI.memberId,
    code: 'ldc',
    name: 'Least developed countries',
    source: 'A named source',
    asOf: '2026-06-30',
    countries: ['BD'],
  },
]

export function ledgerView(query: LedgerQuery, isFull: boolean): LedgerView {
  const lines = isFull ? LINES.filter(({ kind }) => query.kind === null || query.kind === kind) : []
  const [promises, groups] = isFull ? [PROMISES, GROUPS] : [[], []]
  return {
    query,
    ledger: ledgerOf({ asOf: '2026-11-24', lines, promises, groups, unopened: isFull ? 2 : 0 }),
    members: new Map(MEMBERS.map((member) => [member.memberId, member])),
    groups: groups.map(({ group, name }) => ({ id: group, name })),
    choices: isFull ? MEMBERS : [],
  }
}

export function benefitsView(isFull: boolean): Benefits {
  const { ledger } = ledgerView({ kind: null, group: null, member: null }, isFull)
  const everybody = { members: 5, holders: 3, copies: 11, followers: 2, received: ledger.totals }
  return {
    asOf: '2026-11-24',
    everybody: isFull ? everybody : { ...everybody, members: 1, holders: 0, copies: 0, followers: 0 },
    groups: ledger.groups.map(({ totals, group, memberId, code, name, source, asOf }) => ({
      group,
      memberId,
      code,
      name,
      source,
      asOf,
      members: 1,
      holders: 1,
      copies: 4,
      followers: 0,
      received: totals,
    })),
    withoutCountry: isFull ? 2 : 1,
    fetches: isFull ? 100 : 0,
  }
}

export function overviewView(isFull: boolean, maySpeak: boolean): OverviewView {
  const nothing = { offers: [], needs: [], asks: [], oursLate: [], theirsLate: [], rounds: [] }
  const rest = { members: new Map(), drafts: 0, maySpeak }
  if (!isFull) return { ...nothing, ...rest, offerCount: 0, needCount: 0 }
  const { ledger, members } = ledgerView({ kind: null, group: null, member: null }, true)
  const entry = (number: number, member: NamedMember, title: string, fits: boolean): OpenEntry => ({
    id: idOf(number),
    title,
    kind: 'compute',
    unit: 'gpu-hour',
    left: BigInt(number) * 250n,
    member,
    country: null,
    until: number % 2 ? '2027-03-31' : null,
    fits,
  })
  const about = { agreement: idOf(1), title: 'Speech recognition for schools', other: CUSCO }
  return {
    offers: [
      entry(11, CUSCO, 'Nights of a cluster, from six to six', true),
      entry(12, HOSTILE, '‮<b>gratis</b>', false),
    ],
    offerCount: 9,
    needs: [
      { ...entry(21, DHAKA, 'বাংলা বক্তৃতা শনাক্তকরণ', false), country: 'BD' },
      {
        ...entry(22, TUNIS, 'تدريب معلمين على نماذج اللغة', true),
        country: 'TN',
        kind: 'skills',
        unit: 'seat',
      },
    ],
    needCount: 2,
    asks: [
      { kind: 'sign', ...about },
      { kind: 'judge', ...about, unit: 'gpu-hour', amount: 1250n },
      { kind: 'owe', ...about, unit: 'seat', amount: 1n, due: '2026-12-31' },
    ],
    oursLate: ledger.lines.filter(({ overdue }) => overdue > 0n),
    theirsLate: ledger.lines.filter(({ overdue }) => overdue > 0n),
    rounds: [
      { id: idOf(31), title: 'Second round of GPU hours', deadline: Date.parse('2026-12-15T12:00:00Z') },
    ],
    members,
    drafts: maySpeak ? 3 : 0,
    maySpeak,
  }
}
