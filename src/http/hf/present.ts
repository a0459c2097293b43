import type { Card, CatalogueEntry, Weights } from '../../features/catalogue/index.ts'
import type { FileEntry } from '../../features/share/index.ts'
import { failure } from '../../kernel/failure.ts'
import type { GitOid, RepositoryKind } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { isoTime } from '../../kernel/time.ts'

/** What an info answer is made of. `commit` may be older than the entry's head; `card` is the commit's own. */
export interface InfoSource {
  readonly entry: CatalogueEntry
  readonly commit: GitOid | null
  readonly card: Card | null
  readonly usedStorage: number | null
  /** Null: not asked for. */
  readonly files: readonly FileEntry[] | null
  /** Whether each file says its size and ids. */
  readonly withBlobs: boolean
}

type Property = (source: InfoSource) => unknown

const COMMON: Readonly<Record<string, Property>> = {
  author: ({ entry }) => entry.namespace,
  cardData: ({ card }) => card?.metadata ?? undefined,
  createdAt: ({ entry }) => isoTime(entry.createdAt),
  disabled: ({ entry }) => entry.disabled,
  downloads: ({ entry }) => entry.downloads,
  downloadsAllTime: ({ entry }) => entry.downloads,
  gated: ({ entry }) => (entry.gated === 'no' ? false : entry.gated),
  lastModified: ({ entry }) => isoTime(entry.modifiedAt),
  likes: () => 0,
  private: ({ entry }) => entry.visibility === 'private',
  resourceGroup: () => undefined,
  sha: ({ commit }) => commit ?? undefined,
  siblings: ({ files, withBlobs }) => files?.map((file) => presentSibling(file, withBlobs)),
  tags: ({ card }) => card?.tags ?? [],
  trendingScore: () => 0,
  usedStorage: ({ usedStorage }) => usedStorage ?? undefined,
}

const MODEL: Readonly<Record<string, Property>> = {
  ...COMMON,
  baseModels: ({ card }) => presentBaseModels(card),
  childrenModelCount: () => undefined,
  config: ({ card }) => presentConfig(card),
  evalResults: () => undefined,
  gguf: ({ card }) => presentGguf(card),
  inference: () => undefined,
  inferenceProviderMapping: () => undefined,
  library_name: ({ card }) => card?.libraryName ?? undefined,
  mask_token: () => undefined,
  'model-index': ({ card }) => card?.metadata?.['model-index'] ?? undefined,
  pipeline_tag: ({ card }) => card?.pipelineTag ?? undefined,
  safetensors: ({ card }) => presentSafetensors(card),
  spaces: () => [],
  transformersInfo: () => undefined,
  widgetData: ({ card }) => card?.metadata?.['widget'] ?? undefined,
}

const DATASET: Readonly<Record<string, Property>> = {
  ...COMMON,
  citation: () => undefined,
  description: ({ card }) => card?.summary ?? undefined,
  mainSize: ({ card }) => card?.sizeBytes,
  paperswithcode_id: ({ card }) => card?.metadata?.['paperswithcode_id'] ?? undefined,
}

/** What `expand` may name for a kind of repository. */
export function propertiesOf(kind: RepositoryKind): Readonly<Record<string, Property>> {
  return kind === 'model' ? MODEL : DATASET
}

/** What an answer holds when nothing is asked for. */
const INFO = [
  'author',
  'sha',
  'lastModified',
  'createdAt',
  'private',
  'disabled',
  'gated',
  'downloads',
  'likes',
  'tags',
]
const FULL = [...INFO, 'cardData', 'siblings', 'usedStorage', 'pipeline_tag', 'library_name', 'model-index']
const INFO_OF: Readonly<Record<'listed' | 'full' | 'single', readonly string[]>> = {
  listed: [
    'author',
    'createdAt',
    'private',
    'gated',
    'downloads',
    'likes',
    'tags',
    'trendingScore',
    'pipeline_tag',
    'library_name',
    'lastModified',
    'sha',
  ],
  full: FULL,
  single: [...FULL, 'config', 'safetensors', 'gguf', 'spaces', 'description', 'widgetData'],
}

/** Which properties to present; an unknown one is refused in the words a client parses. */
export function chooseProperties(
  kind: RepositoryKind,
  expand: readonly string[],
  shape: keyof typeof INFO_OF,
): Result<readonly string[]> {
  const known = propertiesOf(kind)
  const unknown = expand.find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) {
    return fail(failure('invalidExpand', { allowed: Object.keys(known).join(', ') }, unknown))
  }
  return succeed(expand.length > 0 ? expand : INFO_OF[shape].filter((name) => Object.hasOwn(known, name)))
}

/** The JSON object clients read as ModelInfo or DatasetInfo: its ids, then the chosen properties that have a value. */
export function presentInfo(source: InfoSource, properties: readonly string[]): Record<string, unknown> {
  const { entry } = source
  const known = propertiesOf(entry.kind)
  const info: Record<string, unknown> = { _id: entry.id, id: entry.fullName }
  if (entry.kind === 'model') info['modelId'] = entry.fullName
  for (const name of properties) {
    const value = known[name]?.(source)
    if (value !== undefined) info[name] = value
  }
  return info
}

function presentSibling(file: FileEntry, withBlobs: boolean) {
  if (!withBlobs) return { rfilename: file.path }
  const { path, size, oid, large } = file
  const lfs = large && { lfs: { sha256: large.sha256, size: large.size, pointerSize: large.pointerSize } }
  return { rfilename: path, size, blobId: oid, ...lfs }
}

function presentSafetensors(card: Card | null) {
  const weights = card?.weights.find(({ format }) => format === 'safetensors')
  return weights && { parameters: weights.precisions, total: weights.parameterCount }
}

function presentGguf(card: Card | null) {
  const weights = card?.weights.find(
    (candidate): candidate is Weights & { gguf: object } => candidate.gguf !== null,
  )
  if (!weights) return undefined
  const { architecture, contextLength } = weights.gguf
  return {
    total: weights.parameterCount,
    ...(architecture !== null && { architecture }),
    ...(contextLength !== null && { context_length: contextLength }),
  }
}

function presentConfig(card: Card | null) {
  if (!card || (card.architectures.length === 0 && card.modelType === null)) return undefined
  return { architectures: card.architectures, ...(card.modelType !== null && { model_type: card.modelType }) }
}

function presentBaseModels(card: Card | null) {
  if (!card || card.baseModels.length === 0) return undefined
  return { relation: card.baseModels[0]?.relation, models: card.baseModels.map(({ id }) => ({ id })) }
}
