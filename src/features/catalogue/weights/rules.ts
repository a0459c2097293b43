/** Which files of a revision are loaded together, what their headers sum to, and what memory that takes. Pure. */
import type { GgufHeader } from '../gguf/rules.ts'
import type { Problem, RevisionFile, Tensor, Weights } from '../types.ts'

/** Shards of one set, and sets of GGUF, whose headers are read. Real models stay far below. */
const MOST_SHARDS = 1000
const MOST_GGUF = 64

/** Files whose headers are to be read and summed. `index` names a file that lists further paths. */
export interface WeightsPlan {
  readonly format: 'safetensors' | 'gguf'
  readonly paths: readonly string[]
  readonly index: string | null
}

/** What to read, and what is missing. */
export interface WeightsPlans {
  readonly plans: readonly WeightsPlan[]
  readonly problems: readonly Problem[]
}

/** Chooses the weights of a revision: the main safetensors first, then every GGUF from small to large. */
export function planWeights(files: readonly RevisionFile[]): WeightsPlans {
  const main = mainSafetensors(files)
  const gguf = setsOf(files, 'gguf').toSorted((left, right) => left.size - right.size)
  const complete = [...main, ...gguf.slice(0, MOST_GGUF)].filter(isComplete)
  const safetensors = complete.filter(({ format }) => format === 'safetensors')
  const plans = [
    ...(safetensors.length > 0 ? [planOf('safetensors', safetensors)] : []),
    ...complete.filter(({ format }) => format === 'gguf').map((set) => planOf('gguf', [set])),
  ]
  return { plans, problems: [...main, ...gguf].flatMap(problemsOf).concat(surplus(gguf)) }
}

function planOf(format: WeightsPlan['format'], sets: readonly FileSet[]): WeightsPlan {
  const index = sets.find((set) => set.index !== null)?.index ?? null
  return { format, paths: sets.flatMap(({ paths }) => paths), index }
}

function problemsOf(set: FileSet): readonly Problem[] {
  const [path = ''] = set.paths
  if (set.paths.length > MOST_SHARDS)
    return [{ path, reason: 'tooManyWeightFiles', detail: String(set.paths.length) }]
  if (isComplete(set)) return []
  return [{ path, reason: 'missingShard', detail: `${set.paths.length} of ${set.expected}` }]
}

function surplus(gguf: readonly FileSet[]): readonly Problem[] {
  const path = gguf[MOST_GGUF]?.paths[0]
  return path === undefined ? [] : [{ path, reason: 'tooManyWeightFiles', detail: String(gguf.length) }]
}

/** A file, all shards of one, or the index of shards whose names say nothing. */
interface FileSet {
  readonly format: WeightsPlan['format']
  /** `''` or `a/b/`. */
  readonly folder: string
  /** Name without shard number and ending. */
  readonly base: string
  readonly paths: readonly string[]
  readonly index: string | null
  readonly expected: number
  readonly size: number
}

function isComplete(set: FileSet): boolean {
  return set.paths.length === set.expected && set.paths.length <= MOST_SHARDS
}

const NAME = /^(?<folder>(?:.*\/)?)(?<name>[^/]+)\.(?<format>safetensors|gguf)(?<index>\.index\.json)?$/
const SHARD = /^(?<base>.*?)[-_](?<number>\d{5,6})-of-(?<total>\d{5,6})$/

function setsOf(files: readonly RevisionFile[], format: WeightsPlan['format']): readonly FileSet[] {
  const sets = new Map<string, FileSet & { paths: string[]; size: number }>()
  for (const file of files) {
    const set = setOfFile(file)
    if (set?.format !== format) continue
    const key = `${placeOf(set)}/${set.expected}/${set.index ?? ''}`
    const joined = sets.getOrInsert(key, { ...set, paths: [], size: 0 })
    joined.paths.push(...set.paths)
    joined.size += set.size
  }
  const all = Array.from(sets.values(), (set) => ({ ...set, paths: set.paths.sort() }))
  return withoutNeedlessIndexes(all)
}

function setOfFile({ path, size }: RevisionFile): FileSet | null {
  const { folder = '', name = '', format, index } = NAME.exec(path)?.groups ?? {}
  if (format === 'safetensors' && index !== undefined) {
    return { format, folder, base: name, paths: [], index: path, expected: 0, size }
  }
  if ((format !== 'safetensors' && format !== 'gguf') || index !== undefined) return null
  const { base = name, total = '1' } = SHARD.exec(name)?.groups ?? {}
  return { format, folder, base, paths: [path], index: null, expected: Number(total), size }
}

function placeOf({ folder, base }: FileSet): string {
  return folder + base
}

/** Numbered shards say themselves what belongs together; an index is read only where they do not stand. */
function withoutNeedlessIndexes(sets: readonly FileSet[]): readonly FileSet[] {
  const numbered = new Set(sets.filter(({ index }) => index === null).map(placeOf))
  return sets.filter((set) => set.index === null || !numbered.has(placeOf(set)))
}

/** Base names that libraries look for, in the order in which the first found is the model (transformers, diffusers, peft). */
const USUAL_BASES = ['model', 'diffusion_pytorch_model', 'pytorch_model', 'adapter_model']

/** The sets that make up the model: one at the root; in a diffusers pipeline one of each folder; else the largest anywhere. */
function mainSafetensors(files: readonly RevisionFile[]): readonly FileSet[] {
  const sets = setsOf(files, 'safetensors')
  const byFolder = Map.groupBy(sets, ({ folder }) => folder)
  const atRoot = byFolder.get('')
  if (atRoot) return preferred(atRoot)
  if (files.some(({ path }) => path === 'model_index.json')) return [...byFolder.values()].flatMap(preferred)
  return preferred(sets)
}

function preferred(sets: readonly FileSet[]): readonly FileSet[] {
  const usual = USUAL_BASES.flatMap((base) => sets.filter((set) => set.base === base))[0]
  const largest = sets.toSorted((left, right) => right.size - left.size)[0]
  const chosen = usual ?? largest
  return chosen ? [chosen] : []
}

/** Sums tensors of all shards. `gguf` is the header of the first shard, which describes the whole model. */
export function sumWeights(plan: WeightsPlan, tensors: readonly Tensor[], gguf: GgufHeader | null): Weights {
  const precisions = new Map<string, number>()
  for (const { precision, parameterCount } of tensors)
    precisions.set(precision, (precisions.get(precision) ?? 0) + parameterCount)
  return {
    format: plan.format,
    paths: [...plan.paths],
    tensorBytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    tensorCount: tensors.length,
    parameterCount: tensors.reduce((sum, { parameterCount }) => sum + parameterCount, 0),
    precisions: Object.fromEntries(precisions),
    gguf: gguf && {
      architecture: gguf.architecture,
      role: gguf.role,
      quantisation: gguf.quantisation,
      contextLength: gguf.contextLength,
      hasChatTemplate: gguf.hasChatTemplate,
    },
  }
}

/** Whether weights are a model by themselves, not a projector, an adapter or a vocabulary. */
export function isModel(weights: Weights): boolean {
  return weights.gguf === null || (weights.gguf.role === 'model' && weights.gguf.architecture !== 'clip')
}

/** The parameters of the model: of its safetensors, else of its largest GGUF; null when no header says. */
export function parameterCountOf(all: readonly Weights[]): number | null {
  const models = all.filter(isModel)
  const main = models.find(({ format }) => format === 'safetensors')
  if (main) return main.parameterCount
  return models.length === 0 ? null : Math.max(...models.map(({ parameterCount }) => parameterCount))
}

/** The program itself: a Python or llama.cpp process with its libraries, in bytes. */
const RUNTIME_BYTES = 500e6
/** Room to work in, as a share of the weights: buffers, and what attention keeps of a conversation of some thousand tokens. */
const WORKING_SHARE = 0.2

/**
 * Bytes of memory that loading these weights as they are and using them once takes: the weights, exact from the header,
 * {@link WORKING_SHARE} of them to work in, and {@link RUNTIME_BYTES}. Errs on the large side: llama.cpp allocates about
 * a sixth less at 4096 tokens. Long inputs need more.
 */
export function memoryNeeded({ tensorBytes }: Pick<Weights, 'tensorBytes'>): number {
  return tensorBytes + Math.ceil(tensorBytes * WORKING_SHARE) + RUNTIME_BYTES
}

/** Whether a model can be used within some memory. */
export type Fit =
  /** The largest weights that fit. */
  | { readonly kind: 'fits'; readonly weights: Weights; readonly neededBytes: number }
  /** Not even the smallest do. */
  | { readonly kind: 'tooLarge'; readonly weights: Weights; readonly neededBytes: number }
  /** No header says how large the model is. */
  | { readonly kind: 'unknown' }

/** Whether any of a card's weights can be used within `memoryBytes`. */
export function fitIn(all: readonly Weights[], memoryBytes: number): Fit {
  const needs = all
    .filter(isModel)
    .map((weights) => ({ weights, neededBytes: memoryNeeded(weights) }))
    .toSorted((left, right) => left.neededBytes - right.neededBytes)
  const [smallest] = needs
  if (!smallest) return { kind: 'unknown' }
  const largest = needs.findLast(({ neededBytes }) => neededBytes <= memoryBytes)
  return largest ? { kind: 'fits', ...largest } : { kind: 'tooLarge', ...smallest }
}
