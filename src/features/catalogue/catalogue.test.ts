import { readFileSync } from 'node:fs'

import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { temporaryDatabase } from '../../../test/support/temporary-database.ts'
import type { Database } from '../../database/index.ts'
import { concatBytes, utf8 } from '../../kernel/bytes.ts'
import { GitOid, RepositoryKind } from '../../kernel/names.ts'
import { type Catalogue, createCatalogue, type ListRequest, type RevisionSource, Sort } from './index.ts'

const STRANGER = { userId: null, namespaces: [] }
const COMMIT = GitOid.parse('a'.repeat(40))
const NEXT_COMMIT = GitOid.parse('b'.repeat(40))

type Files = Readonly<Record<string, string | Uint8Array>>
interface NewRepository {
  readonly id: string
  readonly kind?: RepositoryKind
  readonly files?: Files
  readonly visibility?: 'public' | 'private'
  readonly gated?: 'no' | 'auto' | 'manual'
  readonly downloads?: number
  readonly createdAt?: number
  readonly modifiedAt?: number
}

interface World extends AsyncDisposable {
  readonly database: Database
  readonly catalogue: Catalogue
  /** Files by repository; tests change them as a commit would. */
  readonly revisions: Map<string, Files>
  add(repository: NewRepository): Promise<void>
  moveMain(id: string, commit: GitOid | null): Promise<void>
}

async function world(wrap = (source: RevisionSource) => source): Promise<World> {
  const database = await temporaryDatabase()
  const revisions = new Map<string, Files>()
  const bytesOf = (id: string, path: string) => {
    const content = revisions.get(id)?.[path]
    if (content === undefined) throw new Error(`no file ${path}`)
    return typeof content === 'string' ? utf8(content) : content
  }
  const source: RevisionSource = {
    listFiles: async (id) =>
      Object.keys(revisions.get(id) ?? {}).map((path) => ({ path, size: bytesOf(id, path).length })),
    readPrefix: async (id, _commit, path, length) => bytesOf(id, path).subarray(0, length),
  }
  const catalogue = createCatalogue({ database, source: wrap(source) })
  async function moveMain(id: string, commit: GitOid | null): Promise<void> {
    await database.write(async (tx) => {
      await tx.deleteFrom('ref').where('repository_id', '=', id).execute()
      const ref = { repository_id: id, name: 'refs/heads/main', oid: commit ?? '' }
      if (commit) await tx.insertInto('ref').values(ref).execute()
    })
  }
  return {
    database,
    catalogue,
    revisions,
    async add(repository) {
      await database.write((tx) => tx.insertInto('repository').values(rowOf(repository)).execute())
      if (!repository.files) return
      revisions.set(repository.id, repository.files)
      await moveMain(repository.id, COMMIT)
      await catalogue.refreshCard(repository.id)
    },
    moveMain,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

// In tests a repository's internal id is its name, so that failures can be read.
function rowOf({ id, kind = 'model', ...rest }: NewRepository) {
  const [namespace = '', name = ''] = id.split('/')
  const createdAt = rest.createdAt ?? 0
  return {
    id,
    member_id: 'member-1',
    kind,
    namespace,
    name,
    key: id.toLowerCase(),
    visibility: rest.visibility ?? 'public',
    gated: rest.gated ?? 'no',
    downloads: rest.downloads ?? 0,
    created_at: createdAt,
    modified_at: rest.modifiedAt ?? createdAt,
  } as const
}

function card(front: string, body = '# Title\n\nText.\n'): string {
  return `---\n${front}\n---\n${body}`
}

function safetensors(
  tensors: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>,
): Uint8Array {
  const json = utf8(JSON.stringify(tensors))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true)
  const end = Math.max(0, ...Object.values(tensors).map(({ data_offsets }) => data_offsets[1] ?? 0))
  return concatBytes([length, json, new Uint8Array(end)])
}

const MATRIX = safetensors({ w: { dtype: 'F32', shape: [10, 10], data_offsets: [0, 400] } })

function request(criteria: Partial<ListRequest> = {}): ListRequest {
  return { viewer: STRANGER, sort: 'id', direction: 'ascending', limit: 100, ...criteria }
}

async function ids(catalogue: Catalogue, criteria: Partial<ListRequest> = {}): Promise<string[]> {
  const { entries } = await catalogue.list(request(criteria))
  return entries.map(({ fullName }) => fullName)
}

describe('the card of a repository', () => {
  it('holds what front matter, text and headers say', async () => {
    await using node = await world()
    await node.add({
      id: 'nairobi/asr',
      files: {
        'README.md': card(
          'license: MIT\nlanguage: [swa, en]\npipeline_tag: automatic-speech-recognition\nlibrary_name: transformers\n' +
            'tags: [audio]\ndatasets: nairobi/radio\nmetrics: [wer]\nbase_model: openai/whisper-small\n' +
            'model-index:\n- name: x\n  results:\n  - task: {type: asr}\n    dataset: {name: Radio}\n    metrics:\n    - {type: wer, value: 14.2}\n' +
            'extra_gated_prompt: Please say why.\nextra_gated_fields:\n  Company: text\n  Purpose: {type: select, options: [Study, Work]}',
          '# Kiswahili\n\nTranscribes speech, see https://arxiv.org/abs/2212.04356.\n',
        ),
        'config.json': '{"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]}',
        'model.safetensors': MATRIX,
      },
    })
    const entry = await node.catalogue.entry('nairobi/asr')
    expect(entry).toMatchObject({ fullName: 'nairobi/asr', head: COMMIT })
    expect(entry?.card).toMatchObject({
      title: 'Kiswahili',
      summary: 'Transcribes speech, see https://arxiv.org/abs/2212.04356.',
      licence: { id: 'mit', name: null, link: null },
      languages: ['sw', 'en'],
      pipelineTag: 'automatic-speech-recognition',
      libraryName: 'transformers',
      baseModels: [{ id: 'openai/whisper-small', relation: 'finetune' }],
      datasets: ['nairobi/radio'],
      metrics: ['wer'],
      evaluations: [{ task: 'asr', dataset: 'Radio', metric: 'wer', value: 14.2 }],
      gate: {
        prompt: 'Please say why.',
        fields: [
          { label: 'Company', kind: 'text', options: [] },
          { label: 'Purpose', kind: 'select', options: ['Study', 'Work'] },
        ],
      },
      tags: [
        'transformers',
        'safetensors',
        'whisper',
        'automatic-speech-recognition',
        'audio',
        'swa',
        'en',
        'dataset:nairobi/radio',
        'base_model:openai/whisper-small',
        'base_model:finetune:openai/whisper-small',
        'license:mit',
        'arxiv:2212.04356',
      ],
      architectures: ['WhisperForConditionalGeneration'],
      modelType: 'whisper',
      weights: [{ format: 'safetensors', parameterCount: 100, tensorBytes: 400, precisions: { F32: 100 } }],
      parameterCount: 100,
      fileCount: 3,
      problems: [],
    })
    expect(entry?.card?.metadata).toMatchObject({ license: 'MIT', language: ['swa', 'en'] })
  })

  it('of a data set lists its tags as clients know them', async () => {
    await using node = await world()
    const front =
      'license: cc-by-4.0\nlanguage: [wo]\ntask_categories: [text-generation, summarization]\nsize_categories: [1K<n<10K]\n' +
      'pretty_name: Presse en wolof\ntags: [news]'
    await node.add({ id: 'dakar/presse', kind: 'dataset', files: { 'README.md': card(front) } })
    const entry = await node.catalogue.entry('dakar/presse')
    expect(entry?.card).toMatchObject({
      title: 'Presse en wolof',
      pipelineTag: 'text-generation',
      tags: [
        'task_categories:text-generation',
        'task_categories:summarization',
        'size_categories:1K<n<10K',
        'language:wo',
        'license:cc-by-4.0',
        'news',
      ],
    })
  })

  it('is there, named after the repository, when nothing can be read', async () => {
    await using node = await world()
    await node.add({
      id: 'a/broken',
      files: {
        'README.md': card('a: 1\na: 2'),
        'config.json': 'not json',
        'model-00001-of-00002.safetensors': MATRIX,
        'other.gguf': 'GGUF',
      },
    })
    const read = await node.catalogue.entry('a/broken')
    expect(read?.card).toMatchObject({ title: 'Title', metadata: null, weights: [], parameterCount: null })
    expect(read?.card?.problems.map(({ path, reason }) => [path, reason])).toEqual([
      ['model-00001-of-00002.safetensors', 'missingShard'],
      ['other.gguf', 'malformedHeader'],
      ['README.md', 'invalidMetadata'],
    ])
  })

  it('sums shards, named by number or by an index', async () => {
    await using node = await world()
    const index = JSON.stringify({ weight_map: { a: 'first.safetensors', b: 'second.safetensors' } })
    await node.add({
      id: 'a/numbered',
      files: { 'model-00001-of-00002.safetensors': MATRIX, 'model-00002-of-00002.safetensors': MATRIX },
    })
    await node.add({
      id: 'a/indexed',
      files: {
        'x/model.safetensors.index.json': index,
        'x/first.safetensors': MATRIX,
        'x/second.safetensors': MATRIX,
      },
    })
    for (const id of ['a/numbered', 'a/indexed']) {
      expect((await node.catalogue.entry(id))?.card).toMatchObject({ parameterCount: 200, problems: [] })
      const [whole] = (await node.catalogue.readTensors(id, COMMIT)) ?? []
      expect(whole?.tensors.map(({ name, shape }) => [name, shape])).toEqual([
        ['w', [10, 10]],
        ['w', [10, 10]],
      ])
    }
  })

  it('says which bytes could not be read, and the commit stands', async () => {
    await using node = await world((source) => ({
      ...source,
      readPrefix: async () => Promise.reject(new Error('chunk 3 is damaged')),
    }))
    await node.add({ id: 'a/damaged', files: { 'model.safetensors': MATRIX } })
    expect((await node.catalogue.entry('a/damaged'))?.card?.problems).toEqual([
      { path: 'model.safetensors', reason: 'unreadableFile', detail: 'chunk 3 is damaged' },
    ])
  })

  it('follows main, and goes when the repository is emptied or deleted', async () => {
    await using node = await world()
    await node.add({ id: 'a/b', files: { 'README.md': card('license: mit', '# Antelope\n') } })
    node.revisions.set('a/b', { 'README.md': card('license: apache-2.0', '# Buffalo\n') })
    await node.moveMain('a/b', NEXT_COMMIT)
    await node.catalogue.refreshCard('a/b')
    expect(await ids(node.catalogue, { search: 'antelope' })).toEqual([])
    expect(await ids(node.catalogue, { search: 'buffalo', filters: ['license:apache-2.0'] })).toEqual(['a/b'])
    await node.moveMain('a/b', null)
    await node.catalogue.refreshCard('a/b')
    expect(await node.catalogue.entry('a/b')).toMatchObject({ head: null, card: null })
    await node.database.write((tx) => tx.deleteFrom('repository').execute())
    await node.catalogue.refreshCard('a/b')
    expect(await node.catalogue.entry('a/b')).toBeNull()
    expect(await node.catalogue.readCard('a/b', COMMIT)).toBeNull()
  })

  it('is that of the newer commit when main moves while the older is read', async () => {
    let meanwhile = async () => {}
    await using node = await world((source) => ({
      ...source,
      async listFiles(id, commit) {
        const files = await source.listFiles(id, commit)
        await meanwhile()
        return files
      },
    }))
    await node.add({ id: 'a/b', files: { 'README.md': card('license: mit') } })
    meanwhile = async () => {
      meanwhile = async () => {}
      node.revisions.set('a/b', { 'README.md': card('license: apache-2.0') })
      await node.moveMain('a/b', NEXT_COMMIT)
    }
    await node.catalogue.refreshCard('a/b')
    const { rows } = await sql`select commit_oid, licence from card`.execute(node.database.read)
    expect(rows).toEqual([{ commit_oid: NEXT_COMMIT, licence: 'apache-2.0' }])
  })

  it('can be read of any commit without becoming the repository’s', async () => {
    await using node = await world()
    await node.add({ id: 'a/b', files: { 'README.md': card('license: mit') } })
    node.revisions.set('a/b', { 'README.md': card('license: cc0-1.0') })
    expect((await node.catalogue.readCard('a/b', NEXT_COMMIT))?.licence?.id).toBe('cc0-1.0')
    expect((await node.catalogue.entry('a/b'))?.card?.licence?.id).toBe('mit')
  })
})

it('warns about an empty card and refuses a broken one, in the form of validate-yaml', async () => {
  await using node = await world()
  const validateCard = (text: string) => node.catalogue.validateCard(text)
  expect(validateCard('# Text')).toEqual({
    errors: [],
    warnings: [{ message: 'empty or missing yaml metadata in repo card' }],
  })
  expect(validateCard(card('license: mit\nlanguage: sw'))).toEqual({ errors: [], warnings: [] })
  expect(validateCard(card('a: 1\na: 2')).errors).toHaveLength(1)
  expect(validateCard(card('language: Klingonese tongue')).warnings).toHaveLength(1)
  expect(validateCard(card('model-index: foo')).errors).toEqual([{ message: '"model-index" must be a list' }])
})

describe('a list', () => {
  async function populated(): Promise<World> {
    const node = await world()
    const model = (front: string) => ({ 'README.md': card(front), 'model.safetensors': MATRIX })
    await node.add({
      id: 'a/one',
      createdAt: 10,
      modifiedAt: 50,
      downloads: 3,
      files: model(
        'license: mit\nlanguage: swa\npipeline_tag: translation\nlibrary_name: transformers\ndatasets: D/Set',
      ),
    })
    await node.add({
      id: 'A/Two',
      createdAt: 20,
      modifiedAt: 40,
      downloads: 9,
      gated: 'auto',
      files: model('license: mit\nlanguage: [sw, fr]\npipeline_tag: text-generation\nlibrary_name: keras'),
    })
    await node.add({
      id: 'b/three',
      createdAt: 30,
      modifiedAt: 30,
      downloads: 3,
      files: { 'README.md': card('license: apache-2.0\nlanguage: fr\npipeline_tag: translation') },
    })
    await node.add({
      id: 'b/hidden',
      createdAt: 40,
      modifiedAt: 45,
      visibility: 'private',
      files: model('license: mit'),
    })
    await node.add({ id: 'b/empty', createdAt: 50 })
    await node.add({
      id: 'b/data',
      kind: 'dataset',
      createdAt: 60,
      files: { 'README.md': card('license: mit\nlanguage: sw\ntask_categories: translation\ntags: [radio]') },
    })
    return node
  }

  it.each<[string, Partial<ListRequest>, string[]]>([
    ['a kind', { kind: 'dataset' }, ['b/data']],
    ['an author, in any case', { author: 'a' }, ['a/one', 'A/Two']],
    ['a licence tag', { filters: ['license:mit'] }, ['a/one', 'A/Two', 'b/data']],
    ['a language, plain', { filters: ['sw'] }, ['a/one', 'A/Two', 'b/data']],
    ['a language with its field', { filters: ['language:sw'] }, ['a/one', 'A/Two', 'b/data']],
    ['a language as it was written', { filters: ['swa'] }, ['a/one']],
    ['a data set', { filters: ['dataset:d/set'] }, ['a/one']],
    ['a format', { filters: ['safetensors'], kind: 'model' }, ['a/one', 'A/Two']],
    ['a library', { filters: ['transformers'] }, ['a/one']],
    ['a library by its own field', { library: 'keras' }, ['A/Two']],
    ['a task', { pipelineTag: 'translation' }, ['a/one', 'b/data', 'b/three']],
    ['a task as a tag', { filters: ['translation'], kind: 'model' }, ['a/one', 'b/three']],
    [
      'any of several tasks',
      { pipelineTag: ['translation', 'text-generation'], kind: 'model' },
      ['a/one', 'A/Two', 'b/three'],
    ],
    ['all of several tags', { filters: ['sw', 'fr'] }, ['A/Two']],
    ['a licence and a language', { licence: 'mit', language: ['fr'] }, ['A/Two']],
    ['nothing chosen', { library: [], language: '', kind: 'model', author: 'a' }, ['a/one', 'A/Two']],
    ['what is gated', { gated: true }, ['A/Two']],
    ['what is not gated', { gated: false, kind: 'model' }, ['a/one', 'b/empty', 'b/three']],
    ['a parameter count', { parameters: { min: 100, max: 100 } }, ['a/one', 'A/Two']],
    ['more parameters than any has', { parameters: { min: 101 } }, []],
    ['a size', { sizes: [{ from: 0, below: 400 }], kind: 'model' }, ['b/empty', 'b/three']],
    [
      'any of two sizes',
      {
        sizes: [
          { from: 0, below: 10 },
          { from: 400, below: Infinity },
        ],
      },
      ['a/one', 'A/Two', 'b/empty'],
    ],
    ['a part of an id', { search: 'B/TH' }, ['b/three']],
    ['a percent sign as itself', { search: '%' }, []],
    ['an underscore as itself', { search: '_' }, []],
    ['an unknown tag', { filters: ["x' or 1=1 --"] }, []],
  ])('can be narrowed to %s', async (_, criteria, expected) => {
    await using node = await populated()
    expect(await ids(node.catalogue, criteria)).toEqual(expected)
  })

  it.each<[Sort, string[]]>([
    ['lastModified', ['a/one', 'A/Two', 'b/three', 'b/empty'].toSorted((x, y) => order(y) - order(x))],
    ['createdAt', ['b/empty', 'b/three', 'A/Two', 'a/one']],
    ['downloads', ['A/Two', 'b/three', 'a/one', 'b/empty']],
    ['likes', ['b/three', 'b/empty', 'a/one', 'A/Two']],
    ['num_parameters', ['a/one', 'A/Two', 'b/three', 'b/empty']],
    ['mainSize', ['a/one', 'A/Two', 'b/three', 'b/empty']],
    ['id', ['b/three', 'b/empty', 'A/Two', 'a/one']],
  ])('is ordered by %s, largest first, and the other way round', async (sort, expected) => {
    await using node = await populated()
    const listed = await ids(node.catalogue, { kind: 'model', sort, direction: 'descending' })
    expect(listed).toEqual(expected)
    expect(await ids(node.catalogue, { kind: 'model', sort, direction: 'ascending' })).toEqual(
      listed.toReversed(),
    )
  })

  it.each(Sort.options)(
    'by %s comes in pages that join without gap or repetition, and can be entered by number',
    async (sort) => {
      await using node = await populated()
      const viewer = { userId: 'u', namespaces: ['b'] }
      const whole = await ids(node.catalogue, { viewer, sort, search: 'title' })
      expect(whole).toHaveLength(5)
      const joined: string[] = []
      let cursor: string | undefined
      do {
        const page = await node.catalogue.list(request({ viewer, sort, search: 'title', limit: 2, cursor }))
        joined.push(...page.entries.map(({ fullName }) => fullName))
        cursor = page.next ?? undefined
      } while (cursor)
      expect(joined).toEqual(whole)
      expect(await ids(node.catalogue, { viewer, sort, search: 'title', limit: 2, offset: 2 })).toEqual(
        whole.slice(2, 4),
      )
    },
  )

  it('goes on after its cursor when repositories come and go', async () => {
    await using node = await populated()
    const first = await node.catalogue.list(request({ limit: 2 }))
    await node.database.write((tx) => tx.deleteFrom('repository').where('id', '=', 'A/Two').execute())
    await node.add({ id: 'a/first' })
    expect(await ids(node.catalogue, { cursor: first.next ?? undefined })).toEqual([
      'b/data',
      'b/empty',
      'b/three',
    ])
  })

  it.each(['', '!', 'e30', btoa('{"sort":"likes","direction":"ascending","value":0,"id":"x"}'), btoa('[')])(
    'refuses the cursor %j',
    async (cursor) => {
      await using node = await populated()
      await expect(node.catalogue.list(request({ cursor }))).rejects.toThrow('invalidField')
    },
  )

  it('shows what is private only to who may read it', async () => {
    await using node = await populated()
    const limited = {
      userId: 'u',
      namespaces: [],
      repositories: [{ kind: 'model', id: 'B/Hidden' }],
    } as const
    for (const search of [undefined, 'title', 'hidden'])
      expect(await ids(node.catalogue, { search })).not.toContain('b/hidden')
    expect(await ids(node.catalogue, { viewer: { userId: 'u', namespaces: ['B'] } })).toContain('b/hidden')
    expect(await ids(node.catalogue, { viewer: z.any().parse(limited) })).toContain('b/hidden')
    const facets = await node.catalogue.facets({ viewer: STRANGER })
    expect(facets.total).toBe(5)
    const arrivals = await node.catalogue.arrivals({ since: 0, limit: 10, viewer: STRANGER })
    expect(arrivals.map(({ entry }) => entry.fullName)).not.toContain('b/hidden')
  })

  it('counts what it can be narrowed by', async () => {
    await using node = await populated()
    const sizes = [
      { from: 0, below: 400 },
      { from: 400, below: Infinity },
    ]
    expect(
      await node.catalogue.facets({ viewer: STRANGER, kind: 'model', pipelineTag: 'translation' }, sizes),
    ).toEqual({
      tasks: [
        { value: 'translation', count: 2 },
        { value: 'text-generation', count: 1 },
      ],
      libraries: [{ value: 'transformers', count: 1 }],
      licences: [
        { value: 'apache-2.0', count: 1 },
        { value: 'mit', count: 1 },
      ],
      languages: [
        { value: 'fr', count: 1 },
        { value: 'sw', count: 1 },
      ],
      sizes: [1, 1],
      total: 2,
    })
  })

  it('of arrivals tells the new from the changed, latest first', async () => {
    await using node = await populated()
    const arrivals = await node.catalogue.arrivals({ since: 30, limit: 3, viewer: STRANGER })
    expect(arrivals.map(({ entry, what, at }) => [entry.fullName, what, at])).toEqual([
      ['b/data', 'new', 60],
      ['a/one', 'changed', 50],
      ['A/Two', 'changed', 40],
    ])
  })

  it('of tags is sorted by what they say', async () => {
    await using node = await populated()
    const models = await node.catalogue.tagsByType('model', STRANGER)
    expect(models['language']).toContainEqual({ id: 'sw', label: 'Swahili', type: 'language' })
    expect(models['license']).toEqual([
      { id: 'license:mit', label: 'mit', type: 'license' },
      { id: 'license:apache-2.0', label: 'apache-2.0', type: 'license' },
    ])
    expect(models['library']?.map(({ id }) => id).toSorted()).toEqual(['keras', 'transformers'])
    expect(models['dataset']).toEqual([{ id: 'dataset:d/set', label: 'd/set', type: 'dataset' }])
    expect(models['other']).toEqual([{ id: 'safetensors', label: 'safetensors', type: 'other' }])
    const datasets = await node.catalogue.tagsByType('dataset', STRANGER)
    expect(datasets['language']).toEqual([{ id: 'language:sw', label: 'Swahili', type: 'language' }])
    expect(datasets['other']).toEqual([{ id: 'radio', label: 'radio', type: 'other' }])
  })
})

const order = (id: string) => ({ 'a/one': 50, 'A/Two': 40, 'b/three': 30, 'b/empty': 51 })[id] ?? 0

const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../test/vectors/search/${name}`, import.meta.url), 'utf8'))
const CARDS = z
  .array(z.object({ id: z.string(), kind: RepositoryKind, readme: z.string() }))
  .parse(vectors('cards.json'))
const QUERIES = z
  .array(
    z.object({
      query: z.string(),
      finds: z.array(z.string()),
      findsNot: z.array(z.string()).default([]),
      first: z.string().optional(),
      because: z.string().optional(),
    }),
  )
  .parse(vectors('queries.json'))

async function library(): Promise<World> {
  const node = await world()
  for (const { id, kind, readme } of CARDS) await node.add({ id, kind, files: { 'README.md': readme } })
  return node
}

describe('search', () => {
  it('finds what each of the fixture queries names, and nothing that it excludes', async () => {
    await using node = await library()
    const wrong: unknown[] = []
    for (const { query, finds, findsNot, first } of QUERIES) {
      const found = await ids(node.catalogue, { search: query, sort: 'relevance', direction: 'descending' })
      const missing = finds.filter((id) => !found.includes(id))
      const excess = findsNot.filter((id) => found.includes(id))
      const isFirst = first === undefined || found[0] === first
      if (missing.length > 0 || excess.length > 0 || !isFirst) wrong.push({ query, missing, excess, found })
    }
    expect(wrong).toEqual([])
    expect(QUERIES.length).toBeGreaterThanOrEqual(60)
    expect(QUERIES.filter(({ findsNot }) => findsNot.length > 0).length).toBeGreaterThanOrEqual(20)
  })

  it('names only cards that exist in its fixtures', () => {
    const known = new Set(CARDS.map(({ id }) => id))
    const named = QUERIES.flatMap(({ finds, findsNot, first }) => [
      ...finds,
      ...findsNot,
      first ?? CARDS[0]?.id ?? '',
    ])
    expect(named.filter((id) => !known.has(id))).toEqual([])
  })
})

it('is the same after a rebuild as it was live', async () => {
  await using node = await library()
  const before = await everything(node.database)
  await node.catalogue.projection.refold(new AbortController().signal)
  expect(await everything(node.database)).toEqual(before)
  expect(before.cards).toHaveLength(CARDS.length)
})

async function everything(database: Database) {
  const cards = await database.read.selectFrom('card').selectAll().orderBy('repository_id').execute()
  const tags = await database.read.selectFrom('card_tag').selectAll().execute()
  const found = []
  for (const { query } of QUERIES) {
    const words = query.toLowerCase().split(' ')
    found.push(
      await database.search.match(
        database.read,
        words.map((word) => [word, `${word}*`]),
        100,
      ),
    )
  }
  return { cards, tags, found }
}
