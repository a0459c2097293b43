/** Agreements of the fixture's node: computed from statements, as everywhere, but statements that nobody made. */
import { createHash } from 'node:crypto'

import { unopenedEvidence } from '../../src/features/capacity/agreements/queries.ts'
import {
  AGREEMENT_TYPES,
  type AgreementStatement,
  assessAgreements,
  type AssessedAgreement,
  type Opened,
} from '../../src/features/capacity/index.ts'
import {
  GitOid,
  type MemberId,
  originOf,
  RepositoryId,
  RepositoryPath,
  Sha256,
} from '../../src/kernel/names.ts'
import { DAY, isoTime, momentOf } from '../../src/kernel/time.ts'
import { type Evidence, PublicRecord } from '../../src/records/index.ts'
import type { Party } from '../../src/web/components/party.tsx'
import { type DraftView, typedOf } from '../../src/web/pages/agreement-form.tsx'
import type { AgreementView } from '../../src/web/pages/agreement.tsx'
import type { AgreementsView } from '../../src/web/pages/agreements.tsx'
import type { DeliverView } from '../../src/web/pages/deliver.tsx'
import { FOLLOWED_ID, NOW, OWN_ID } from './fixture-data.ts'

const OWN: Party = { memberId: OWN_ID, name: 'Nairobi Institute of Language Technology', colour: 'olive' }
const OTHER: Party = { memberId: FOLLOWED_ID, name: 'معهد القاهرة للحوسبة', colour: 'indigo' }
const TODAY = isoTime(NOW).slice(0, 10)
const sha = (text: string) => Sha256.parse(createHash('sha256').update(text).digest('hex'))

/** A member's hosted name in the fixture. */
const AS = { memberId: OWN_ID, handle: 'nairobi', name: OWN.name }

const said: AgreementStatement[] = []

function say(memberId: MemberId, type: (typeof AGREEMENT_TYPES)[number], at: number, body: object) {
  const index = said.length
  const record = PublicRecord.parse({ type, time: isoTime(at), body }) as AgreementStatement['record']
  const id = sha(`${index} ${JSON.stringify(record)}`)
  const place = { origin: originOf(memberId, 0), index, leaf: id }
  said.push({ id, memberId, place, time: momentOf(record.time), record, retracted: null })
  return place
}

function file(format: 'slurm' | 'csv', path: string): Evidence {
  return {
    kind: 'file',
    format,
    repository: RepositoryId.parse('cairo/cluster-usage'),
    repositoryKind: 'dataset',
    commit: GitOid.parse('c0ffee00'.repeat(5)),
    path: RepositoryPath.parse(path),
    sha256: sha(path),
  }
}

const days = { from: '2026-10-01', until: '2026-10-31' }
const agreed = say(FOLLOWED_ID, 'agreement/1', NOW - 60 * DAY, {
  title: 'ساعات حوسبة for Swahili speech',
  description:
    'Training and tuning of a speech model for clinics.\nThe weights and a report come back to everybody.',
  language: 'en',
  parties: [FOLLOWED_ID, OWN_ID],
  obligations: [
    {
      by: FOLLOWED_ID,
      kind: 'compute',
      unit: 'gpu-hour',
      amount: 4000,
      text: 'H100 hours at night, by Slurm, in the queue of the research network.',
      due: '2026-11-20',
    },
    {
      by: OWN_ID,
      kind: 'model-adaptation',
      unit: 'model',
      amount: 1,
      text: 'The tuned model, under Apache 2.0.',
      due: '2027-03-31',
    },
  ],
  from: '2026-10-01',
  until: '2027-06-30',
  country: 'KE',
  sector: 'health',
  goals: [3, 9],
})
say(OWN_ID, 'agreement-signature/1', NOW - 58 * DAY, { agreement: agreed, answer: 'sign' })
const october = say(FOLLOWED_ID, 'delivery/1', NOW - 20 * DAY, {
  agreement: agreed,
  obligation: 0,
  amount: 1300,
  ...days,
  evidence: [file('slurm', '2026/october.txt')],
})
say(OWN_ID, 'delivery-verdict/1', NOW - 19 * DAY, { delivery: october, verdict: 'accepted' })
const more = say(FOLLOWED_ID, 'delivery/1', NOW - 9 * DAY, {
  agreement: agreed,
  obligation: 0,
  amount: 900,
  ...days,
  evidence: [file('csv', '2026/more.csv'), file('csv', '2026/not-here.csv'), file('slurm', 'words.txt')],
  note: 'The second half of the month.',
})
say(OWN_ID, 'delivery-verdict/1', NOW - 8 * DAY, {
  delivery: more,
  verdict: 'disputed',
  reason: 'A third of the jobs ended after a few minutes.',
})
say(FOLLOWED_ID, 'delivery/1', NOW - DAY, { agreement: agreed, obligation: 0, amount: 500, ...days })
say(FOLLOWED_ID, 'agreement/1', NOW - DAY, {
  title: 'Training places, spring',
  description: 'A course of six weeks.',
  language: 'en',
  parties: [FOLLOWED_ID, OWN_ID],
  obligations: [
    { by: FOLLOWED_ID, kind: 'skills', unit: 'seat', amount: 30, text: 'Places.', due: '2027-05-01' },
  ],
  from: '2027-03-01',
  until: '2027-05-01',
  country: 'KE',
  sector: 'education',
})

const known = new Map(
  [...unopenedEvidence(assessAgreements(said, new Map()))].flatMap(
    ([key, { evidence }]): (readonly [string, Opened])[] => {
      if (evidence.kind === 'revision' || evidence.path === '2026/not-here.csv') return []
      if (evidence.path === 'words.txt') return [[key, { state: 'refused', reason: 'notUnderstood' }]]
      return [[key, { state: 'counted', amount: 1250n, shown: evidence.sha256 }]]
    },
  ),
)
const assessed = assessAgreements(said, known)
const partyOf = (id: MemberId) => (id === OWN_ID ? OWN : OTHER)

function withState(state: AssessedAgreement['state']): AssessedAgreement {
  const found = assessed.find((each) => each.state === state)
  if (!found) throw new Error(`none is ${state}`)
  return found
}
const RUNNING = withState('disputed')
const PROPOSED = withState('proposed')

/** One that runs, with deliveries of every kind, and one that waits to be signed. */
export const AGREEMENT_IDS = { running: RUNNING.id, proposed: PROPOSED.id }

export function agreementView(id: string, isSignedIn: boolean): AgreementView | null {
  const agreement = assessed.find((each) => each.id === id)
  if (!agreement) return null
  const isRunning = agreement === RUNNING
  return {
    agreement,
    parties: [partyOf(agreement.parties[0]), partyOf(agreement.parties[1])],
    today: TODAY,
    speakers: isSignedIn
      ? [
          {
            ...AS,
            acts: isRunning ? ['close', 'cancel'] : ['sign', 'decline'],
            owes: isRunning ? [1] : [],
            judges: isRunning
              ? agreement.obligations.flatMap(({ deliveries }) => deliveries.map((each) => each.id))
              : [],
            contacts: isRunning ? [{ of: OTHER, contact: 'مكتب الشبكة\n+20 2 …', time: NOW }] : null,
          },
        ]
      : [],
  }
}

export function agreementsView(isSignedIn: boolean): AgreementsView {
  return {
    agreements: assessed.map(({ id, body, parties, state, time, obligations }) => ({
      id,
      title: body.title,
      parties: [partyOf(parties[0]), partyOf(parties[1])],
      state,
      isOverdue: obligations.some((each) => each.isOverdue(TODAY)),
      time,
      waits: !isSignedIn ? [] : state === 'proposed' ? ['sign'] : ['judge'],
      isMine: isSignedIn,
    })),
    drafts: isSignedIn
      ? [
          {
            id: DRAFT.id,
            as: AS.handle,
            title: DRAFT.body.title,
            other: OTHER,
            state: 'received',
            changedAt: NOW,
          },
        ]
      : [],
    maySpeak: isSignedIn,
  }
}

export const DRAFT: DraftView = {
  id: 'd'.repeat(32),
  as: AS.handle,
  other: OTHER,
  parties: [OTHER, OWN],
  state: 'received',
  note: 'Would March do?',
  body: PROPOSED.body,
  message: null,
}

export const DRAFTING = { speakers: [AS], others: [OTHER] }
export const TYPED = typedOf(PROPOSED.body, OWN_ID, { as: AS.handle, draft: '' })

export function deliverView(): DeliverView {
  const [, obligation] = RUNNING.obligations
  if (!obligation) throw new Error('there are two')
  return {
    id: RUNNING.id,
    title: RUNNING.body.title,
    speaker: AS.name,
    obligation,
    revisions: [
      {
        record: RUNNING.place,
        repository: RepositoryId.parse('nairobi/silero-vad'),
        ref: 'refs/heads/main',
        time: NOW - 3 * DAY,
      },
    ],
    repositories: [{ kind: 'model', id: 'nairobi/silero-vad' }],
  }
}
export const TRIED = {
  evidence: RUNNING.obligations.flatMap(({ deliveries }) => deliveries.flatMap(({ evidence }) => evidence)),
  shown: 1n,
}
