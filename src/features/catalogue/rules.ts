/** What a revision says of itself, pure: from the parts that were read to one card, its tags and its words. */
import type { RepositoryKind } from '../../kernel/names.ts'
import { readFrontMatter } from './front-matter/rules.ts'
import {
  baseModelsOf,
  canonicalLanguage,
  complaintsAbout,
  DATASET_TAG_FIELDS,
  evaluationsOf,
  gateOf,
  languageWords,
  licenceOf,
  type Metadata,
  words,
} from './metadata/rules.ts'
import { readProse } from './prose/rules.ts'
import type { Card, Problem, RevisionFile, Weights } from './types.ts'
import { parameterCountOf } from './weights/rules.ts'
import { indexedName, indexedText } from './words/rules.ts'

/** The card's file. */
export const CARD_PATH = 'README.md'

/** What a client shows who checks a card before uploading it: errors make it refuse, warnings do not. */
export interface CardCheck {
  readonly errors: readonly { readonly message: string }[]
  readonly warnings: readonly { readonly message: string }[]
}

/** Checks the text of a card, in the form of `POST /api/validate-yaml` (hub contract §1.5). */
export function validateCard(text: string): CardCheck {
  const { errors, warnings, metadata } = readFrontMatter(text)
  const results = metadata?.['model-index']
  const shape =
    results === undefined || Array.isArray(results) ? [] : [{ message: '"model-index" must be a list' }]
  return { errors: [...errors, ...shape], warnings: [...warnings, ...complaintsAbout(metadata ?? {})] }
}

/** Everything that was read of a revision. */
export interface RevisionParts {
  readonly kind: RepositoryKind
  /** `namespace/name`. */
  readonly fullName: string
  readonly files: readonly RevisionFile[]
  /** Text of the card; null when there is none or it was too large to read. */
  readonly cardText: string | null
  /** `architectures` and `model_type` of `config.json`. */
  readonly architectures: readonly string[]
  readonly modelType: string | null
  readonly weights: readonly Weights[]
  readonly problems: readonly Problem[]
}

/** A card, and the words of its text, which are indexed but not kept. */
export interface Description {
  readonly card: Card
  readonly text: string
}

/** Puts the parts together. The same parts give the same card, byte for byte. */
export function describeRevision(parts: RevisionParts): Description {
  const { kind, fullName, files, cardText } = parts
  const matter = readFrontMatter(cardText ?? '')
  const metadata = matter.metadata ?? {}
  const prose = readProse(matter.body)
  const tasks = words(metadata['task_categories'])
  const weights = [...parts.weights]
  const card: Omit<Card, 'tags'> = {
    title: words(metadata['pretty_name'])[0] ?? prose.title ?? fullName.slice(fullName.indexOf('/') + 1),
    summary: prose.summary,
    licence: licenceOf(metadata),
    languages: [...new Set(languageWords(metadata).flatMap((code) => canonicalLanguage(code) ?? []))],
    pipelineTag: (kind === 'model' ? words(metadata['pipeline_tag'])[0] : tasks[0]) ?? null,
    libraryName: words(metadata['library_name'])[0] ?? null,
    baseModels: baseModelsOf(metadata, {
      isAdapter: files.some(({ path }) => path === 'adapter_config.json'),
      isQuantised: weights.length > 0 && weights.every(({ format }) => format === 'gguf'),
    }),
    datasets: [...words(metadata['datasets'])],
    metrics: [...words(metadata['metrics'])],
    evaluations: evaluationsOf(metadata),
    gate: gateOf(metadata),
    metadata: matter.metadata,
    architectures: [...parts.architectures],
    modelType: parts.modelType,
    weights,
    parameterCount: parameterCountOf(weights),
    sizeBytes: files.reduce((sum, { size }) => sum + size, 0),
    fileCount: files.length,
    problems: [...parts.problems, ...cardProblems(matter)],
  }
  const tags = kind === 'model' ? modelTags(card, metadata, parts) : datasetTags(card, metadata)
  return { card: { ...card, tags: [...new Set([...tags, ...arxivTags(matter.body)])] }, text: prose.text }
}

function cardProblems(matter: {
  isTooLong: boolean
  errors: readonly { message: string }[]
}): readonly Problem[] {
  if (matter.isTooLong) return [{ path: CARD_PATH, reason: 'cardTooLarge', detail: '' }]
  return matter.errors
    .slice(0, 5)
    .map(({ message }) => ({ path: CARD_PATH, reason: 'invalidMetadata', detail: message }))
}

/** Formats that show in a model's tags when a file has the ending. */
const FORMAT_ENDINGS: readonly (readonly [tag: string, ending: RegExp])[] = [
  ['safetensors', /\.safetensors$/],
  ['gguf', /\.gguf$/],
  ['onnx', /\.onnx$/],
  ['pytorch', /(?:^|\/)pytorch_model[^/]*\.bin$/],
  ['tflite', /\.tflite$/],
  ['openvino', /(?:^|\/)openvino_model\.xml$/],
]

type Untagged = Omit<Card, 'tags'>

function modelTags(
  card: Untagged,
  metadata: Metadata,
  { files, modelType }: RevisionParts,
): readonly string[] {
  const formats = FORMAT_ENDINGS.filter(([, ending]) => files.some(({ path }) => ending.test(path)))
  return [
    ...present(card.libraryName),
    ...formats.map(([tag]) => tag),
    ...present(modelType),
    ...present(card.pipelineTag),
    ...words(metadata['tags']),
    ...languageWords(metadata),
    ...card.datasets.map((dataset) => `dataset:${dataset}`),
    ...card.baseModels.flatMap(({ id, relation }) => [`base_model:${id}`, `base_model:${relation}:${id}`]),
    ...licenceTags(card),
  ]
}

function datasetTags(card: Untagged, metadata: Metadata): readonly string[] {
  return [
    ...DATASET_TAG_FIELDS.flatMap((field) => words(metadata[field]).map((value) => `${field}:${value}`)),
    ...languageWords(metadata).map((language) => `language:${language}`),
    ...licenceTags(card),
    ...words(metadata['tags']),
  ]
}

function present(value: string | null): readonly string[] {
  return value === null ? [] : [value]
}

function licenceTags({ licence }: Untagged): readonly string[] {
  return licence ? [`license:${licence.id}`] : []
}

const MOST_PAPERS = 20

/** Papers the text links to, as clients filter by them: `arxiv:1810.04805`. */
function arxivTags(body: string): readonly string[] {
  const links = body.matchAll(/arxiv\.org\/(?:abs|pdf|html)\/(\d{4}\.\d{4,5})/gi)
  return [...new Set(Array.from(links.take(10 * MOST_PAPERS), ([, id]) => `arxiv:${id}`))].slice(
    0,
    MOST_PAPERS,
  )
}

/**
 * Every tag by which a list may be narrowed, lower case: the card's own, languages both plain and as `language:…` in the
 * written and the canonical form, task and library both plain and with their field.
 */
export function filterTags(card: Card): readonly string[] {
  const written = languageWords(card.metadata ?? {})
  const languages = [...card.languages, ...written].flatMap((code) => [code, `language:${code}`])
  const task = present(card.pipelineTag).flatMap((tag) => [
    tag,
    `pipeline_tag:${tag}`,
    `task_categories:${tag}`,
  ])
  const library = present(card.libraryName).flatMap((name) => [name, `library:${name}`])
  const plain = card.tags.flatMap((tag) => tag.match(/^task_(?:categories|ids):(.*)$/)?.[1] ?? [])
  return [
    ...new Set([...card.tags, ...languages, ...task, ...library, ...plain].map((tag) => tag.toLowerCase())),
  ].sort()
}

/** The languages in which people search: the six of the pages. */
const SEARCH_LANGUAGES = ['ar', 'en', 'es', 'fr', 'ru', 'zh']
const MOST_NAMED_LANGUAGES = 40

/** The words of a card for the index, analysed: its name and title weigh more than its text. */
export function searchFields(fullName: string, { card, text }: Description): { name: string; text: string } {
  const related = [...card.baseModels.map(({ id }) => id), ...card.datasets, ...card.tags]
  const languages = languageNames(card.languages)
  return {
    name: [indexedName(fullName), indexedText(card.title)].join(' '),
    text: [indexedText(`${languages.join(' ')} ${card.summary} ${text}`), ...related.map(indexedName)].join(
      ' ',
    ),
  }
}

/** What languages are called in the six languages and in themselves: `sw` is Swahili, суахили, 斯瓦希里语, Kiswahili, … */
function languageNames(codes: readonly string[]): readonly string[] {
  const namers = SEARCH_LANGUAGES.map(namerIn)
  const named = codes
    .filter((code) => code !== 'code' && code !== 'multilingual')
    .slice(0, MOST_NAMED_LANGUAGES)
  return named.flatMap((code) => [...namers, namerIn(code)].flatMap((namer) => namer.of(code) ?? []))
}

function namerIn(language: string): Intl.DisplayNames {
  return new Intl.DisplayNames([language], { type: 'language', fallback: 'none' })
}
