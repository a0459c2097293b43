/** What the fixture's node holds: a real model, and things around it that are made up. */
import {
  ageOf,
  type CharterDraft,
  type ErasedFile,
  type Founding,
  type RosterDraft,
  USUAL_QUOTA,
} from '../../src/features/follow/index.ts'
import { failure } from '../../src/kernel/failure.ts'
import { AssociationId, GitOid, Handle, MemberId, Origin, originOf, Sha256 } from '../../src/kernel/names.ts'
import { DAY, HOUR, isoTime, MINUTE } from '../../src/kernel/time.ts'
import { PublicRecord } from '../../src/records/index.ts'
import type { ErasureOffer } from '../../src/web/components/erasure.tsx'
import type { PictureView } from '../../src/web/components/federation-picture.tsx'
import type { RepositoryHead } from '../../src/web/components/repository-frame.tsx'
import type { RepositoryEntry } from '../../src/web/components/repository-list.tsx'
import type { References } from '../../src/web/components/revision-menu.tsx'
import type { Speaker } from '../../src/web/components/statement.tsx'
import type { SentRequestEntry } from '../../src/web/pages/access.tsx'
import type { AssociationView } from '../../src/web/pages/association.tsx'
import type { AssociationEntry } from '../../src/web/pages/associations.tsx'
import type { CandidateView } from '../../src/web/pages/candidate.tsx'
import type { CatalogueQuery, CatalogueView } from '../../src/web/pages/catalogue.tsx'
import type { CommitEntry } from '../../src/web/pages/commits.tsx'
import type { FileEntry } from '../../src/web/pages/files.tsx'
import type { FoundingView } from '../../src/web/pages/found-association.tsx'
import type { HomeView } from '../../src/web/pages/home.tsx'
import type { LogView, ShownLog, StatementEntry } from '../../src/web/pages/log.tsx'
import type { FollowingView, MemberView } from '../../src/web/pages/member.tsx'
import type { MemberEntry, MembersView } from '../../src/web/pages/members.tsx'
import type { PeopleView } from '../../src/web/pages/people.tsx'
import type { Promised } from '../../src/web/pages/public-good.tsx'
import type { RecordView } from '../../src/web/pages/record.tsx'
import type { RepositorySettingsView } from '../../src/web/pages/repository-settings.tsx'
import type { RepositoryView } from '../../src/web/pages/repository.tsx'
import type { SettingsView } from '../../src/web/pages/settings.tsx'
import type { StorageView } from '../../src/web/pages/storage.tsx'
import type { TensorEntry, TensorsView } from '../../src/web/pages/tensors.tsx'

/** The fixture's present: 24 November 2026, nine o'clock. */
export const NOW = Date.parse('2026-11-24T09:00:00Z')

/** The commit that the fixture's branch points at. */
export const COMMIT = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'

export const INSTITUTE = { name: 'nairobi', fullName: 'Nairobi Institute of Language Technology' }

export const REFERENCES: References = { branches: ['main', 'refs/pr/1'], tags: ['v6.0'] }

export const HEAD: RepositoryHead = {
  kind: 'model',
  id: 'nairobi/silero-vad',
  publisher: INSTITUTE,
  visibility: 'public',
  gated: 'no',
  revision: 'main',
  defaultRevision: 'main',
  fileCount: 9,
  commitCount: 4,
  tensorCount: 15,
  copy: null,
  mayAdminister: false,
}

/** silero-vad as published by its authors under MIT: sizes and tensors are those of the real files. */
export const REPOSITORY: RepositoryView = {
  head: HEAD,
  summary:
    'A small network that tells speech from silence and noise, in recordings at 8 and 16 kHz. It runs faster than real time on one processor core.',
  task: 'voice-activity-detection',
  licence: 'mit',
  licenceLink: 'LICENSE',
  languages: ['en', 'sw', 'ar'],
  library: 'onnx',
  sizeBytes: 14_481_793,
  downloads: 128,
  createdAt: NOW - 3 * DAY,
  modifiedAt: NOW - 2 * HOUR,
  weights: { parameters: 309_633, bytes: 4 * 309_633, precisions: [{ name: 'F32', parameters: 309_633 }] },
  baseModels: [{ id: 'snakers4/silero-vad', isHere: false }],
  datasets: [{ id: 'nairobi/swahili-radio', isHere: true }],
  labels: ['speech', 'audio'],
  problems: [],
  holding: null,
  exampleFile: 'silero_vad_16k.safetensors',
  promise: { verified: 2, holders: 3, until: Date.parse('2031-12-31T23:59:59.999Z') },
}

const COPY = { commit: GitOid.parse('b0bb1e'.padEnd(40, '0')), isHome: false, isHere: false, failures: 0 }

/** A promise that one copy is missing from. */
export const PROMISED: Promised = {
  repository: { kind: 'model', id: 'nairobi/silero-vad' },
  member: INSTITUTE.fullName,
  licence: 'MIT',
  holders: 3,
  until: Date.parse('2031-12-31T23:59:59.999Z'),
  verified: 2,
  standing: 'short',
  statement: { origin: Origin.parse(`ayni/m${'a'.repeat(32)}/0`), position: 7 },
  copies: [
    {
      ...COPY,
      memberId: MemberId.parse(`m${'a'.repeat(32)}`),
      name: INSTITUTE.fullName,
      isHome: true,
      isHere: true,
      state: 'verified',
      checkedAt: NOW - HOUR,
      verifiedAt: NOW - HOUR,
    },
    {
      ...COPY,
      memberId: MemberId.parse(`m${'b'.repeat(32)}`),
      name: 'معهد القاهرة للغات',
      state: 'verified',
      checkedAt: NOW - 2 * HOUR,
      verifiedAt: NOW - 2 * HOUR,
    },
    {
      ...COPY,
      memberId: MemberId.parse(`m${'c'.repeat(32)}`),
      name: 'Universidad del Cusco',
      state: 'partial',
      checkedAt: NOW - HOUR,
      verifiedAt: null,
      failures: 2,
    },
  ],
}

export const CARD = `# Silero VAD

A pre-trained voice activity detector: it tells **speech** from silence and noise.
Copied here from [snakers4/silero-vad](https://github.com/snakers4/silero-vad) under the MIT licence.

## Use

\`\`\`python
from silero_vad import load_silero_vad
model = load_silero_vad(onnx=True)
\`\`\`

| File | For |
| --- | --- |
| silero_vad.onnx | ONNX runtime, 8 and 16 kHz |
| silero_vad_16k.safetensors | PyTorch, 16 kHz |

يعمل النموذج مع اللغة العربية أيضًا، دون تدريب إضافي.

> Not for identifying who is speaking.

![how it works](docs/overview.png)
`

const RADIO: RepositoryEntry = {
  kind: 'dataset',
  id: 'nairobi/swahili-radio',
  visibility: 'public',
  copyOf: null,
  summary: 'Two hundred hours of radio in Swahili with transcripts, recorded between 2019 and 2025.',
  task: 'automatic-speech-recognition',
  languages: ['sw'],
  licence: 'cc-by-sa-4.0',
  sizeBytes: 31.4e9,
  parameters: null,
  downloads: 12,
  modifiedAt: NOW - 2 * DAY,
}

export const ENTRIES: readonly RepositoryEntry[] = [
  {
    kind: 'model',
    id: 'nairobi/silero-vad',
    visibility: 'public',
    copyOf: null,
    summary: REPOSITORY.summary,
    task: REPOSITORY.task,
    languages: ['en', 'sw', 'ar'],
    licence: 'mit',
    sizeBytes: REPOSITORY.sizeBytes,
    parameters: 309_633,
    downloads: 128,
    modifiedAt: NOW - 2 * HOUR,
  },
  {
    kind: 'model',
    id: 'nairobi/a-model-whose-name-is-as-long-as-names-may-be-and-has-no-place-to-break-0123456789',
    visibility: 'private',
    copyOf: 'Instituto de IA de Quito',
    summary: 'نموذج صغير يتعرّف على لغة النص من بين اللغات الست للأمم المتحدة.',
    task: 'text-classification',
    languages: ['ar', 'zh', 'en', 'fr', 'ru', 'es'],
    licence: 'apache-2.0',
    sizeBytes: 1.9e6,
    parameters: 7_240_000_000,
    downloads: 0,
    modifiedAt: NOW - 4 * DAY,
  },
]

export const HOME: HomeView = {
  models: 12,
  datasets: 3,
  sizeBytes: 48.2e9,
  dangers: [],
  example: 'nairobi/silero-vad',
  arrivals: [
    {
      ...arrival('nairobi/silero-vad'),
      task: REPOSITORY.task,
      sizeBytes: REPOSITORY.sizeBytes,
      at: NOW - 2 * HOUR,
    },
    {
      ...arrival('nairobi.speech/swahili-radio'),
      kind: 'dataset',
      publisher: { name: 'nairobi.speech', fullName: 'مختبر الكلام' },
      languages: ['sw', 'en'],
      sizeBytes: RADIO.sizeBytes,
      at: NOW - 2 * DAY,
    },
    {
      ...arrival('nairobi/language-id'),
      task: 'text-classification',
      languages: ['ar', 'zh', 'en', 'fr', 'ru', 'es'],
      sizeBytes: 1.9e6,
      isNew: false,
      at: NOW - 4 * DAY,
    },
  ],
}

function arrival(id: string) {
  return { kind: 'model', id, publisher: INSTITUTE, task: null, languages: [], isNew: true } as const
}

export const EMPTY_HOME: HomeView = {
  models: 0,
  datasets: 0,
  sizeBytes: 0,
  dangers: [],
  arrivals: [],
  example: null,
}

const QUERY: CatalogueQuery = {
  kind: 'model',
  search: '',
  author: null,
  chosen: { task: [], language: [], licence: [], library: [], size: [] },
  sort: 'modified',
  page: 1,
}

export const CATALOGUE: CatalogueView = {
  query: QUERY,
  total: 42,
  entries: ENTRIES,
  pages: 3,
  facets: [
    {
      name: 'task',
      values: [
        { value: 'voice-activity-detection', count: 1 },
        { value: 'text-classification', count: 12 },
      ],
    },
    {
      name: 'language',
      values: [
        { value: 'sw', count: 20 },
        { value: 'ar', count: 9 },
      ],
    },
    {
      name: 'licence',
      values: [
        { value: 'mit', count: 30 },
        { value: 'my-own', count: 1 },
      ],
    },
    { name: 'library', values: [{ value: 'onnx', count: 3 }] },
    {
      name: 'size',
      values: [
        { value: '100M', count: 5 },
        { value: '1G', count: 4 },
        { value: 'more', count: 1 },
      ],
    },
  ],
  elsewhere: 3,
}

export const EMPTY_CATALOGUE: CatalogueView = {
  query: QUERY,
  total: 0,
  entries: [],
  pages: 1,
  facets: [],
  elsewhere: 0,
}

export const FILES: readonly FileEntry[] = [
  { kind: 'folder', name: 'docs' },
  { kind: 'file', name: 'LICENSE', sizeBytes: 1075 },
  { kind: 'file', name: 'README.md', sizeBytes: 812 },
  { kind: 'file', name: 'silero_vad.onnx', sizeBytes: 2_327_524 },
  { kind: 'file', name: 'silero_vad_16k.safetensors', sizeBytes: 1_239_748 },
  { kind: 'file', name: 'to?/awful?filename%you:should,never.give'.replaceAll('/', '-'), sizeBytes: 0 },
]

const SHAPES: readonly (readonly [string, ...number[]])[] = [
  ['stft_conv.weight', 258, 1, 256],
  ['conv1.weight', 128, 129, 3],
  ['conv1.bias', 128],
  ['lstm_cell.weight_ih', 512, 128],
  ['final_conv.bias', 1],
]

export const TENSORS: readonly TensorEntry[] = SHAPES.map(([name, ...shape]) => ({
  name,
  precision: 'F32',
  shape,
  parameters: shape.reduce((product, size) => product * size, 1),
}))

export const TENSOR_FILES: TensorsView['files'] = [
  { path: 'silero_vad_16k.safetensors', format: 'safetensors', tensors: 15, parameters: 309_633 },
]

export const COMMITS: readonly [CommitEntry, ...CommitEntry[]] = [
  { oid: COMMIT, title: 'Add weights in safetensors form', author: 'Wanjirũ Kamau', at: NOW - 2 * HOUR },
  { oid: 'b0bb1e00'.repeat(5), title: 'أضف بطاقة التعريف', author: 'ليلى حداد', at: NOW - DAY },
  { oid: 'facade00'.repeat(5), title: '', author: 'Otieno Odhiambo', at: NOW - 3 * DAY },
]

export const PEOPLE: PeopleView = {
  people: [
    { name: 'wanjiru', fullName: 'Wanjirũ Kamau', isOperator: true, hasPassword: true },
    { name: 'layla', fullName: 'ليلى حداد', isOperator: false, hasPassword: false },
  ],
  organisations: [{ ...INSTITUTE, members: [{ name: 'wanjiru', fullName: 'Wanjirũ Kamau', role: 'admin' }] }],
}

export const STORAGE: StorageView = {
  fileBytes: 48.2e9,
  storedBytes: 31.9e9,
  freeBytes: 168e9,
  repositories: [
    { kind: 'dataset', id: 'nairobi/swahili-radio', visibility: 'public', sizeBytes: 31.4e9 },
    { kind: 'model', id: 'nairobi/silero-vad', visibility: 'private', sizeBytes: 14_481_793 },
  ],
  page: 1,
  pages: 1,
}

export const EMPTY_STORAGE: StorageView = {
  fileBytes: 0,
  storedBytes: 0,
  freeBytes: 200e9,
  repositories: [],
  page: 1,
  pages: 1,
}

const MEMBER = 'mkwbzzmpzbfzj3njf3e7mx2rhfaydxaq2'
const OTHER = `m${'b'.repeat(32)}`

/** The logs of the fixture's node: its own, and a copy of one whose member is hostile. */
export const OWN_LOG = Origin.parse(`ayni/${MEMBER}/0`)
export const HELD_LOG = Origin.parse(`ayni/${OTHER}/0`)

/** A name that tries to turn the page round, to bring markup, and to fill the screen. */
export const HOSTILE_NAME = `\u202eevil\u2066<script>alert(1)</script>${'x'.repeat(5000)}`

const KEYS = Array.from({ length: 5 }, (_, index) => Buffer.alloc(32, index + 1).toString('base64'))
const CHECKPOINT = `${HELD_LOG}\n7\n${KEYS[0]}\n\n— ${HELD_LOG} ${Buffer.alloc(68, 7).toString('base64')}\n`

function said(type: string, body: object, more: object = {}): StatementEntry['said'] {
  const time = isoTime(NOW - DAY)
  return { kind: 'record', record: PublicRecord.parse({ type, time, body, ...more }) }
}

const REFERENCE = { origin: OWN_LOG, index: 3, leaf: 'ab'.repeat(32) }

const GPU_HOURS = { kind: 'compute', unit: 'gpu-hour', language: 'en' }
const DESCRIBED = {
  title: 'GPU hours at night',
  description: 'Batch jobs through our scheduler.\nمن السادسة إلى السادسة.',
}
const ELSEWHERE = { ...REFERENCE, origin: `ayni/m${'x'.repeat(32)}/0`, leaf: 'cd'.repeat(32) }

/** What is said of needs and offers, with everything that can be said. */
const CAPACITY_SAID: readonly StatementEntry['said'][] = [
  said('need/1', {
    ...GPU_HOURS,
    title: 'نموذج للتعرف على الكلام باللوغندية',
    purpose: 'Health information by telephone.\nIn Luganda, and in Runyankole later.',
    amount: 1200,
    minimum: 400,
    country: 'UG',
    sector: 'health',
    goals: [3, 10],
    memoryGb: 40,
    accelerators: ['cuda', 'rocm'],
    languages: ['lg', 'nyn'],
    from: '2027-01-15',
    until: '2027-06-30',
    residency: ['UG', 'KE'],
    accepts: ['open-weights'],
    outputs: 'The weights under an open licence.',
    readiness: [REFERENCE],
    replaces: ELSEWHERE,
  }),
  said('offer/1', {
    ...GPU_HOURS,
    ...DESCRIBED,
    amount: 5000,
    location: 'PE',
    price: { micros: 750_000, currency: 'PEN' },
    eligible: { groups: [REFERENCE], countries: ['KE', 'UG'], members: [OTHER], purposes: ['health'] },
    excluded: [{ purposes: ['economy'], reason: 'Paid for by a grant for public research.' }],
    reserves: [
      { group: REFERENCE, amount: 2000, mode: 'soft' },
      { group: ELSEWHERE, amount: 100, mode: 'hard' },
    ],
    caps: { member: 1500, country: 2500 },
    conditions: [{ id: 'open-weights', text: 'Published under an open licence.' }],
    standing: { each: 100, member: 200, month: 500 },
    pledge: REFERENCE,
  }),
  said('pledge/1', { ...GPU_HOURS, ...DESCRIBED, amount: 20_000, until: '2028-12-31' }),
  said('country-group/1', {
    code: 'ldc',
    name: 'Least developed countries',
    source: 'Committee for Development Policy',
    url: 'https://example.org/ldc-list',
    asOf: '2026-11-24',
    countries: [
      'AF',
      'AO',
      'BD',
      'BF',
      'BI',
      'BJ',
      'CD',
      'CF',
      'DJ',
      'ER',
      'ET',
      'GM',
      'GN',
      'GW',
      'HT',
      'KH',
      'KI',
    ],
  }),
  said('matching-round/1', {
    ...GPU_HOURS,
    title: 'Computing time, first half of 2027',
    description: 'For all members.',
    rule: { name: 'priority', version: 1, order: [REFERENCE, ELSEWHERE] },
    deadline: '2027-01-10T12:00:00.000Z',
    members: [MEMBER, OTHER],
    weights: [{ group: REFERENCE, weight: 2 }],
    shown: [REFERENCE],
  }),
  said('matching-result/1', {
    round: REFERENCE,
    cut: [OWN_LOG, HELD_LOG].map((origin) => ({ origin, size: 812, root: KEYS[1] })),
    input: 'ab'.repeat(32),
    result: 'cd'.repeat(32),
  }),
  said('agreement/1', {
    ...DESCRIBED,
    language: 'en',
    parties: [MEMBER, OTHER],
    obligations: [
      {
        by: MEMBER,
        kind: 'compute',
        unit: 'gpu-hour',
        amount: 1200,
        text: 'By the scheduler.',
        due: '2027-06-30',
        need: REFERENCE,
        offer: ELSEWHERE,
      },
      {
        by: OTHER,
        kind: 'data',
        unit: 'dataset',
        amount: 1,
        text: 'تسجيلات يجوز نشرها.',
        due: '2027-09-30',
        pledge: REFERENCE,
      },
    ],
    from: '2027-01-15',
    until: '2027-09-30',
    country: 'UG',
    sector: 'health',
    result: REFERENCE,
    standing: true,
  }),
  said('agreement-signature/1', { agreement: REFERENCE, answer: 'sign' }),
  said('agreement-signature/1', { agreement: ELSEWHERE, answer: 'decline' }),
  said('delivery/1', {
    agreement: REFERENCE,
    obligation: 0,
    amount: 600,
    from: '2027-02-01',
    until: '2027-02-28',
    evidence: [
      { kind: 'revision', record: REFERENCE },
      {
        kind: 'file',
        format: 'slurm',
        repository: 'nairobi/swahili-radio',
        repositoryKind: 'dataset',
        commit: COMMIT,
        path: 'usage/2027-02.txt',
        sha256: 'ab'.repeat(32),
      },
    ],
    note: 'February.',
  }),
  said('delivery-verdict/1', {
    delivery: REFERENCE,
    verdict: 'disputed',
    reason: 'Forty hours are missing.',
  }),
  said('delivery-verdict/1', { delivery: REFERENCE, verdict: 'accepted' }),
  said('agreement-end/1', { agreement: REFERENCE, end: 'closed' }),
  said('agreement-end/1', { agreement: REFERENCE, end: 'cancelled', reason: 'No electricity for months.' }),
]

/** One statement of each type, the first one first. */
const SAID: readonly StatementEntry['said'][] = [
  said('member-genesis/1', {
    log: KEYS[0],
    witness: KEYS[1],
    recovery: { keys: KEYS.slice(2), threshold: 2 },
  }),
  said('member-profile/1', {
    handle: 'nairobi',
    name: INSTITUTE.fullName,
    description: 'Speech and text for the languages of East Africa.\nيعمل المعهد أيضًا بالعربية.',
    languages: ['sw', 'en', 'ar'],
    country: 'KE',
  }),
  said('member-endpoints/1', { urls: ['https://hub.nilt.example', 'http://[2001:db8::1]:7700'] }),
  said('repository-revision/1', {
    repository: 'nairobi/silero-vad',
    kind: 'model',
    ref: 'refs/heads/main',
    commit: COMMIT,
    manifest: { sha256: 'cd'.repeat(32), size: 2100 },
  }),
  said('repository-revision/1', {
    repository: 'nairobi/silero-vad',
    kind: 'model',
    ref: 'refs/tags/v6.0',
    commit: COMMIT,
  }),
  said('repository-revision/1', {
    repository: 'nairobi/silero-vad',
    kind: 'model',
    ref: `refs/heads/${'a-branch-with-no-place-to-break'.repeat(6)}`,
  }),
  said('public-good/1', {
    repository: 'nairobi/swahili-radio',
    kind: 'dataset',
    licence: 'CC-BY-SA-4.0',
    maintainer: MEMBER,
    holders: 5,
    until: '2028-12-31',
  }),
  said('repository-withdrawal/1', { repository: 'nairobi/old-asr', kind: 'model' }),
  said('repository-withdrawal/1', {
    repository: 'nairobi/asr',
    kind: 'model',
    movedTo: 'nairobi.speech/asr',
  }),
  said('record-retraction/1', { record: REFERENCE, reason: 'mistake' }, { refs: [REFERENCE] }),
  said('attachment-tombstone/1', { sha256: 'ef'.repeat(32), size: 48_000, reason: 'personalData' }),
  said('member-keys/1', { log: KEYS[3] }),
  said('member-message-keys/1', { seal: KEYS[1], sign: KEYS[2] }),
  said('log-observed/1', {
    heads: Array.from({ length: 40 }, (_, index) => ({
      origin: `ayni/${OTHER}/${index}`,
      size: 1000 + index,
      root: KEYS[1],
    })),
  }),
  said('log-fork/1', { first: CHECKPOINT, second: CHECKPOINT.replace('7', '8'), proof: KEYS.slice(0, 3) }),
  said('log-succession/1', {
    genesis: CHECKPOINT,
    previous: { origin: HELD_LOG, checkpoint: CHECKPOINT },
    reason: 'loss',
    log: KEYS[3],
    witness: KEYS[4],
  }),
  ...CAPACITY_SAID,
  { kind: 'inert', reason: 'unknownType', type: 'proposal-open/1' },
]

const SPEAKER: Speaker = {
  member: INSTITUTE.fullName,
  repositories: new Set([
    'model nairobi/silero-vad',
    'dataset nairobi/swahili-radio',
    'model nairobi.speech/asr',
  ]),
  logs: [OWN_LOG, HELD_LOG],
}
const HOSTILE_SPEAKER: Speaker = { ...SPEAKER, member: HOSTILE_NAME, repositories: new Set() }

const STATEMENTS: readonly StatementEntry[] = SAID.map((each, position) => ({
  position,
  at: each.kind === 'inert' ? null : NOW - (SAID.length - position) * DAY,
  said: each,
  takenBack:
    each.kind === 'record' && each.record.type === 'public-good/1'
      ? { origin: OWN_LOG, position: 4, reason: 'mistake' as const, time: NOW - HOUR }
      : null,
}))

/** A file that its member erased. */
export const ERASED: ErasedFile = {
  sha256: Sha256.parse('ef'.repeat(32)),
  size: 48_000,
  reason: 'personalData',
  time: NOW - DAY,
  member: { handle: 'nairobi', isHosted: true },
  tombstone: { origin: OWN_LOG, position: 4, reason: 'personalData', time: NOW - DAY },
}

/** What erasing a file would come to. */
export const OFFER: ErasureOffer = {
  isStated: true,
  also: ['nairobi/swahili-asr'],
  keptBy: ['cusco/quechua-2'],
  deadlines: [{ association: 'African language resources', days: 14 }],
}

/** How many statements the fixture's logs have: one of each type. */
export const STATEMENT_COUNT = SAID.length

const OWN: ShownLog = {
  origin: OWN_LOG,
  speaker: SPEAKER,
  size: SAID.length,
  since: NOW - SAID.length * DAY,
  until: NOW - DAY,
  witnesses: { count: 3, at: NOW - HOUR },
  newest: { count: 3, of: 4, oldest: NOW - 2 * HOUR, isEnough: true },
  hasEvidence: false,
  frozen: null,
  waiting: null,
  continuedBy: null,
  key: `${OWN_LOG}+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx`,
  root: KEYS[4] ?? '',
  statements: STATEMENTS.toReversed(),
  isNewest: true,
}

const LOGS: LogView['logs'] = [
  { origin: OWN_LOG, member: INSTITUTE.fullName, isOwn: true },
  { origin: HELD_LOG, member: HOSTILE_NAME, isOwn: false },
]

/** The page of a log, from below `before`. The copy is of a hostile member, frozen, and seen by nobody. */
export function logView(origin: Origin, before: number | null): LogView {
  const isOwn = origin === OWN_LOG
  const statements = OWN.statements.filter(({ position }) => before === null || position < before)
  const hostile = {
    speaker: HOSTILE_SPEAKER,
    frozen: HOSTILE_NAME,
    witnesses: null,
    newest: null,
    hasEvidence: true,
    since: null,
    until: null,
  }
  const shown = { ...OWN, origin, statements, isNewest: before === null }
  return isOwn
    ? { logs: LOGS, shown, clockDoubt: null }
    : { logs: LOGS, shown: { ...shown, ...hostile }, clockDoubt: 'backwards' }
}

/** A node with one log of which nothing is signed. */
export const EMPTY_LOG: LogView = {
  logs: LOGS.slice(0, 1),
  shown: {
    ...OWN,
    size: 0,
    since: null,
    until: null,
    witnesses: null,
    newest: null,
    root: null,
    statements: [],
  },
  clockDoubt: null,
}

const HOSTILE_LEAF = `{"body":{"x":"\u202e<img src=x onerror=alert(1)>"},"type":"proposal-open/1"}\n${'y'.repeat(40_000)}`

/** One statement; what is said in the copy nobody understands. */
export function recordView(origin: Origin, position: number): RecordView | null {
  const statement = STATEMENTS[position]
  if (!statement) return null
  const isOwn = origin === OWN_LOG
  const leaf = statement.said.kind === 'record' ? `${JSON.stringify(statement.said.record)}\n` : HOSTILE_LEAF
  return {
    origin,
    speaker: isOwn ? SPEAKER : HOSTILE_SPEAKER,
    statement,
    witnesses: isOwn ? { count: 2, at: NOW - HOUR } : null,
    charters: isOwn
      ? [{ id: ASSOCIATION_ENTRY.id, name: ASSOCIATION_ENTRY.name, count: 2, of: 3, needed: 3 }]
      : [],
    leafHash: 'a1'.repeat(32),
    leaf,
    leafBytes: leaf.length,
    mayRetract: isOwn && statement.takenBack === null && statement.said.kind === 'record',
  }
}

const QUITO = MemberId.parse('m3e4ru2zl76ngwtqaomptwgsby53lhrbr')
const CAIRO = MemberId.parse('mavnvagnzixo5vub37lj7zmazppme2uie')
export const ARRIVING_ID = MemberId.parse(`m${'a'.repeat(32)}`)
const STRANGER = MemberId.parse(`m${'s'.repeat(32)}`)
export const OWN_ID = MemberId.parse(MEMBER)
export const SETTINGS: SettingsView = {
  name: 'wanjiru',
  fullName: 'Wanjirũ Kamau',
  organisations: [{ ...INSTITUTE, role: 'admin' }],
  tokens: [
    {
      id: 't1',
      displayName: 'laptop',
      scope: 'write',
      repositories: [],
      createdAt: NOW - 9 * DAY,
      lastUsedAt: NOW - HOUR,
    },
    {
      id: 't2',
      displayName: 'training server',
      scope: 'limited',
      repositories: ['nairobi/silero-vad'],
      createdAt: NOW - DAY,
      lastUsedAt: null,
    },
  ],
  members: [
    { memberId: OWN_ID, handle: INSTITUTE.name, name: INSTITUTE.fullName, colour: 'olive', country: 'KE' },
  ],
}

/** A followed member whose log is frozen, and who is hostile. */
export const HOSTILE_ID = MemberId.parse(OTHER)
/** A followed member that follows back. */
export const FOLLOWED_ID = QUITO
/** A followed member whose node does not answer. */
export const FAILING_ID = CAIRO

const FOLLOWED: MemberEntry = {
  memberId: QUITO,
  handle: 'quito',
  name: 'Instituto de Inteligencia Artificial de Quito',
  colour: 'cochineal',
  url: 'https://hub.quito.example',
  standing: { kind: 'followed', checkedAt: NOW - 3 * MINUTE, failure: null, isWitnessOnly: false, share: 1 },
  isFollower: true,
  origin: originOf(QUITO, 0),
  size: 1204,
  witnesses: 3,
  frozen: null,
  models: 12,
  datasets: 3,
}

const MEMBERS: readonly MemberEntry[] = [
  FOLLOWED,
  {
    ...FOLLOWED,
    memberId: CAIRO,
    handle: 'cairo',
    name: 'معهد القاهرة للذكاء الاصطناعي',
    colour: 'indigo',
    url: 'https://cairo.example',
    standing: {
      kind: 'followed',
      checkedAt: NOW - 5 * HOUR,
      failure: { reason: 'hostNotReached', detail: { host: 'cairo.example' } },
      isWitnessOnly: true,
      share: 1,
    },
    isFollower: false,
    origin: originOf(CAIRO, 0),
    size: 1,
    witnesses: 1,
    models: 0,
    datasets: 0,
  },
  {
    ...FOLLOWED,
    memberId: HOSTILE_ID,
    handle: 'evil',
    name: HOSTILE_NAME,
    url: 'javascript:alert(1)',
    origin: HELD_LOG,
    frozen: 'fork',
    isFollower: false,
  },
  {
    ...FOLLOWED,
    memberId: ARRIVING_ID,
    handle: 'lima',
    name: 'Laboratorio de Lima',
    url: 'https://lima.example',
    standing: { kind: 'followed', checkedAt: null, failure: null, isWitnessOnly: false, share: 0.32 },
    isFollower: false,
    origin: originOf(ARRIVING_ID, 0),
    size: 0,
  },
  {
    ...FOLLOWED,
    memberId: STRANGER,
    handle: null,
    name: '',
    url: null,
    standing: { kind: 'follower' },
    origin: null,
  },
]

/** Ties among made-up members, all of an age of their own. */
function tiesAmong(pairs: readonly (readonly [MemberId, MemberId, number | null])[]): PictureView['ties'] {
  return pairs.map(([from, to, at]) => ({ from, to, at, age: ageOf(at, NOW) }))
}

const pictured = (memberId: MemberId, short: string): PictureView['members'][number] => ({
  memberId,
  short,
  isOwn: memberId === OWN_ID,
  colour: memberId === OWN_ID ? 'olive' : memberId === CAIRO ? 'indigo' : 'cochineal',
})

/** As the demo has it: three members, each following the others. */
const THREE: PictureView = {
  members: [pictured(OWN_ID, 'nairobi'), pictured(QUITO, 'quito'), pictured(CAIRO, 'cairo')],
  ties: tiesAmong([
    [OWN_ID, QUITO, NOW - 3 * MINUTE],
    [OWN_ID, CAIRO, NOW - 5 * HOUR],
    [QUITO, OWN_ID, NOW - 12 * MINUTE],
    [CAIRO, OWN_ID, NOW - 4 * DAY],
    [QUITO, CAIRO, NOW - 40 * MINUTE],
    [CAIRO, QUITO, null],
  ]),
  isThinned: false,
}

const CROWD_IDS = Array.from({ length: 29 }, (_, at) =>
  MemberId.parse(`m${'abcdefghijklmnopqrstuvwxyz234'.charAt(at).repeat(31)}7`),
)
/** As many members as fit into the picture, tied to us both ways. */
const CROWD: PictureView = {
  members: [
    pictured(OWN_ID, 'nairobi'),
    ...CROWD_IDS.map((id, at) => pictured(id, `institute-of-place-${at}`)),
  ],
  ties: tiesAmong(
    CROWD_IDS.flatMap((id, at) => [
      [OWN_ID, id, NOW - at * HOUR] as const,
      [id, OWN_ID, NOW - at * DAY] as const,
    ]),
  ),
  isThinned: true,
}

function tableOf({ members, ties }: PictureView): MembersView['ties'] {
  const name = (id: MemberId) => members.find(({ memberId }) => memberId === id)?.short ?? id
  return ties.slice(0, 30).map((tie) => ({ ...tie, fromName: name(tie.from), toName: name(tie.to) }))
}

/** Whom the fixture's node knows; the second page is that of a crowd. */
const LIMA = MemberId.parse(`m${'l'.repeat(32)}`)
const BAMAKO = MemberId.parse(`m${'b'.repeat(32)}`)
const HASH = Sha256.parse('ab'.repeat(32))

/** An association with something to decide, somebody who left, somebody who waits, and a broken rule. */
export const ASSOCIATION_ENTRY: AssociationEntry = {
  id: AssociationId.parse(`a${'s'.repeat(32)}`),
  name: 'رابطة South–South Speech',
  purpose: 'Open speech models for languages that no market serves.',
  memberCount: 4,
  since: NOW - 9 * DAY,
}

export function associationView(isSignedIn: boolean): AssociationView {
  const kept = {
    [OWN_ID]: Handle.parse('nairobi'),
    [QUITO]: Handle.parse('quito'),
    [CAIRO]: Handle.parse('cairo'),
  }
  const members = { ...kept, [BAMAKO]: Handle.parse('bamako') }
  const place = { origin: HELD_LOG, index: 2, leaf: HASH }
  const proposal = {
    by: QUITO,
    place,
    round: 1,
    members: { ...kept, [LIMA]: Handle.parse('lima') },
    hash: HASH,
    time: NOW - DAY,
    endorsed: [QUITO, CAIRO],
  }
  const voters = [BAMAKO, CAIRO, OWN_ID, QUITO]
  return {
    association: {
      id: ASSOCIATION_ENTRY.id,
      charter: {
        name: ASSOCIATION_ENTRY.name,
        purpose: ASSOCIATION_ENTRY.purpose,
        members,
        rule: { kind: 'two-thirds' },
        deletionDays: 30,
        witnesses: 3,
      },
      charterPlace: place,
      unsigned: [],
      epoch: 1,
      members,
      hash: HASH,
      since: ASSOCIATION_ENTRY.since,
      left: [BAMAKO],
      applicants: new Map([[LIMA, place]]),
      awaited: {},
      open: {
        epoch: 2,
        round: 1,
        convener: QUITO,
        voters,
        quorum: 3,
        until: NOW + 6 * DAY,
        proposal,
        abandoned: [CAIRO],
        abandonQuorum: 3,
        forced: null,
        openedBy: [],
      },
      isContradictory: false,
      misconduct: [{ memberId: CAIRO, kind: 'twoEndorsements', epoch: 1, round: 0, places: [place, place] }],
    },
    names: new Map([
      [OWN_ID, 'Nairobi AI Institute'],
      [QUITO, 'Instituto de Quito'],
      [CAIRO, 'معهد القاهرة'],
    ]),
    colours: new Map([
      [OWN_ID, 'olive'],
      [CAIRO, 'indigo'],
    ]),
    witnessed: new Map([
      [OWN_ID, { origin: OWN_LOG, count: 3, of: 3, needed: 3, size: 9, signed: 12 }],
      [QUITO, { origin: HELD_LOG, count: 1, of: 3, needed: 3, size: 0, signed: 4 }],
    ]),
    speakers: isSignedIn
      ? [
          {
            handle: 'nairobi',
            name: 'Nairobi AI Institute',
            acts: ['endorse', 'propose', 'abandon', 'leave'],
          },
        ]
      : [],
  }
}

/** The list that its convener would propose. */
export const ROSTER_DRAFT: RosterDraft = (() => {
  const { members } = associationView(false).association
  return { before: members, members: { ...members, [LIMA]: Handle.parse('lima') } }
})()

export const FOUNDING: FoundingView = {
  founders: [{ handle: INSTITUTE.name, name: INSTITUTE.fullName }],
  candidates: [
    { memberId: QUITO, handle: 'quito', name: FOLLOWED.name, colour: 'cochineal' },
    { memberId: CAIRO, handle: 'cairo', name: 'معهد القاهرة للذكاء الاصطناعي', colour: 'indigo' },
    { memberId: HOSTILE_ID, handle: 'evil', name: HOSTILE_NAME, colour: 'slate' },
  ],
  isCut: false,
}

/** A charter as it would be said. */
export function charterDraft({ name, purpose, rule, witnesses, deletionDays }: Founding): CharterDraft {
  const members = { [OWN_ID]: Handle.parse('nairobi'), [QUITO]: Handle.parse('quito') }
  const days = deletionDays === null ? {} : { deletionDays }
  return { founder: OWN_ID, charter: { name, purpose, members, rule, witnesses: witnesses ?? 1, ...days } }
}

export function membersView(page: number): MembersView {
  const crowd = CROWD_IDS.slice(0, 15).map((memberId, at) => ({
    ...FOLLOWED,
    memberId,
    handle: `institute-of-place-${at}`,
  }))
  const picture = page === 2 ? CROWD : THREE
  return {
    members: page === 2 ? crowd : MEMBERS,
    page,
    pages: 2,
    picture,
    ties: tableOf(picture),
    tieCount: picture.ties.length,
    clockDoubt: page === 2 ? 'apart' : null,
  }
}

export const EMPTY_MEMBERS: MembersView = {
  members: [],
  page: 1,
  pages: 1,
  picture: { members: [pictured(OWN_ID, 'nairobi')], ties: [], isThinned: false },
  ties: [],
  tieCount: 0,
  clockDoubt: null,
}

/** How following goes: the budget is half used, and one member fails. */
const FOLLOWING: FollowingView = {
  since: NOW - 30 * DAY,
  failedAt: null,
  nextAt: NOW + 40 * MINUTE,
  stated: null,
  terms: {
    content: 'all',
    filter: { kinds: ['model'], licences: ['apache-2.0', 'mit'], maxFile: 2e9, budget: 50e9 },
    quota: USUAL_QUOTA,
    trust: 'full',
  },
  heldBytes: 21e9,
  today: { entries: 3, records: 2400, objects: 14e6, content: 1.2e9 },
  leftOut: {
    repositories: 2,
    tooLong: { files: 1, bytes: 4e9 },
    noRoom: { files: 0, bytes: 0 },
  },
}
const FAILING: FollowingView = {
  ...FOLLOWING,
  failedAt: NOW - 2 * MINUTE,
  stated: { url: 'https://new.cairo.example', failure: failure('noNodeThere') },
  terms: { ...FOLLOWING.terms, content: 'on-demand', filter: null, trust: 'witness' },
  leftOut: null,
}

/** The terms of one whose terms may be changed. */
export const TERMS_IN_FORCE = FOLLOWING.terms

/** What is known of one member; null of whom nothing is. */
export function memberView(memberId: MemberId, isOperator: boolean): MemberView | null {
  const member = MEMBERS.find((each) => each.memberId === memberId)
  if (!member) return null
  const models = member === FOLLOWED ? ENTRIES.slice(0, 1).map((entry) => ({ ...entry, id: COPY_ID })) : []
  const following = memberId === CAIRO ? FAILING : FOLLOWING
  const isFollowed = isOperator && member.standing.kind === 'followed'
  return { member, models, datasets: [], following: isFollowed ? following : null }
}

export const COPY_ID = 'quito/lengua'

/** A repository that is written at another member's. */
export const COPY_HEAD: RepositoryHead = {
  ...HEAD,
  id: COPY_ID,
  publisher: { name: 'quito', fullName: FOLLOWED.name },
  copy: {
    memberId: QUITO,
    member: FOLLOWED.name,
    colour: FOLLOWED.colour,
    url: FOLLOWED.url,
    standing: FOLLOWED.standing,
    frozen: null,
  },
}

export const COPY_HOLDING: RepositoryView['holding'] = {
  heldBytes: 2_400_000,
  largeBytes: 14_000_000,
  isFetched: true,
  fileCount: 3,
  holders: [
    { ...FOLLOWED, isHome: true, files: 0, verifiedAt: null },
    {
      memberId: CAIRO,
      name: 'معهد القاهرة للذكاء الاصطناعي',
      colour: 'indigo',
      isHome: false,
      files: 3,
      verifiedAt: NOW - 3 * MINUTE,
    },
    {
      memberId: HOSTILE_ID,
      name: HOSTILE_NAME,
      colour: 'slate',
      isHome: false,
      files: 1,
      verifiedAt: NOW - DAY,
    },
  ],
}

/** Whom one is about to trust, as a page shows them. */
export const CANDIDATE: CandidateView = {
  url: 'https://hub.lima.example',
  allowPrivate: false,
  memberId: MemberId.parse(`m${'l'.repeat(32)}`),
  handle: 'lima',
  name: 'Universidad de Lima',
  size: 321,
  witnesses: { known: [FOLLOWED.name], unknown: 2 },
}

/** People of other members and of this node who ask to read a repository. */
export const REQUESTS: RepositorySettingsView['requests'] = [
  {
    id: 'a'.repeat(32),
    name: 'k3yq2mz7abcd5xyz@cusco',
    fullName: 'Centro de IA del Cusco',
    memberId: OTHER,
    role: 'person',
    purpose: 'Para compararlo con el nuestro.',
    contact: 'sala 7',
    status: 'pending',
    askedAt: NOW - DAY,
  },
  {
    id: 'b'.repeat(32),
    name: 'otieno',
    fullName: 'Otieno',
    memberId: null,
    role: 'operator',
    purpose: 'To teach with it.',
    contact: null,
    status: 'accepted',
    askedAt: NOW - 3 * DAY,
  },
]

/** What the fixture's operator asked for elsewhere. */
export const SENT_REQUESTS: readonly SentRequestEntry[] = (['pending', 'accepted', 'rejected'] as const).map(
  (status, index) => ({
    id: String(index).repeat(32),
    kind: index === 1 ? 'dataset' : 'model',
    repository: `cusco/quechua-${index}`,
    home: 'Centro de IA del Cusco',
    status,
    reason: status === 'rejected' ? 'Solo para hospitales.' : null,
    delay: status === 'pending' ? 'senderNotFollowed' : null,
    askedAt: NOW - index * DAY,
  }),
)
