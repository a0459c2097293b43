import { z } from 'zod'

import type { Json } from '../../kernel/canonical-json.ts'
import type { GitOid, RepositoryId, RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'

/** Why something of a revision could not be read. The sentence is the catalogue entry `problem.<reason>`. */
export const ProblemReason = z.enum([
  'cardTooLarge',
  'invalidMetadata',
  'malformedHeader',
  'headerTooLarge',
  'missingShard',
  'tooManyWeightFiles',
  'unreadableFile',
])
export type ProblemReason = z.infer<typeof ProblemReason>

/** Something of a revision that could not be read. It never stops a commit; the card says it instead. */
export const Problem = z.object({
  path: z.string(),
  reason: ProblemReason,
  /** What the parser said, in English; empty when the reason says it all. */
  detail: z.string(),
})
export type Problem = z.infer<typeof Problem>

/** The terms of use: a licence identifier as Hugging Face lists them, lower case; `other` comes with a name or a link. */
export const Licence = z.object({ id: z.string(), name: z.string().nullable(), link: z.string().nullable() })
export type Licence = z.infer<typeof Licence>

/** How a model was made from another. */
export const BaseModelRelation = z.enum(['adapter', 'finetune', 'merge', 'quantized'])
export type BaseModelRelation = z.infer<typeof BaseModelRelation>

/** One number of the card's `model-index`: what was measured, on which data, and the result as its author wrote it. */
export const Evaluation = z.object({
  task: z.string().nullable(),
  dataset: z.string().nullable(),
  metric: z.string(),
  value: z.union([z.number(), z.string()]),
})
export type Evaluation = z.infer<typeof Evaluation>

/** What a reader is asked before they get the files of a gated repository, in the owner's words. */
export const Gate = z.object({
  heading: z.string().nullable(),
  description: z.string().nullable(),
  prompt: z.string().nullable(),
  button: z.string().nullable(),
  /** Questions in their order: the label, and the kind of answer (`text`, `checkbox`, `country`, …). */
  fields: z.array(z.object({ label: z.string(), kind: z.string(), options: z.array(z.string()) })),
})
export type Gate = z.infer<typeof Gate>

/** Weights that are loaded together: one file, or all shards of one. From headers only. */
export const Weights = z.object({
  format: z.enum(['safetensors', 'gguf']),
  /** In the order of the shards. */
  paths: z.array(z.string()),
  /** Bytes that the tensors take: in the file, and in memory when loaded as they are. */
  tensorBytes: z.number(),
  tensorCount: z.number(),
  parameterCount: z.number(),
  /** Parameters by precision: `F32`, `BF16`, `Q4_K`, … */
  precisions: z.record(z.string(), z.number()),
  /** GGUF only: what the file says of the whole model. */
  gguf: z
    .object({
      architecture: z.string().nullable(),
      /** `model`, `adapter`, `mmproj`, … */
      role: z.string(),
      /** The file's own name for its mix of precisions: `Q4_K_M`. */
      quantisation: z.string().nullable(),
      /** Tokens. */
      contextLength: z.number().nullable(),
      hasChatTemplate: z.boolean(),
    })
    .nullable(),
})
export type Weights = z.infer<typeof Weights>

/** A value as JSON carries it. */
const JsonValue: z.ZodType<Json> = z.json()

/** What a revision says of itself: its card's front matter and text, and the headers of its weights. */
export const Card = z.object({
  /** `pretty_name`, else the first heading, else the repository's name. Plain text. */
  title: z.string(),
  /** First paragraph of the card, plain text of at most 300 characters; empty when there is none. */
  summary: z.string(),
  licence: Licence.nullable(),
  /** BCP 47, canonical, in the card's order; also `code` and `multilingual`, which Hugging Face allows. */
  languages: z.array(z.string()),
  /** A model's task; a data set's first one. */
  pipelineTag: z.string().nullable(),
  libraryName: z.string().nullable(),
  baseModels: z.array(z.object({ id: z.string(), relation: BaseModelRelation })),
  datasets: z.array(z.string()),
  metrics: z.array(z.string()),
  /** As Hugging Face lists them for clients: library, formats, task, plain tags, languages, `dataset:x`, `license:x`, … */
  tags: z.array(z.string()),
  evaluations: z.array(Evaluation),
  gate: Gate.nullable(),
  /** The front matter as written; null when there is none that can be read. */
  metadata: z.record(z.string(), JsonValue).nullable(),
  /** From `config.json`. */
  architectures: z.array(z.string()),
  modelType: z.string().nullable(),
  /** What can be loaded: the main safetensors first, then each GGUF. */
  weights: z.array(Weights),
  /** Parameters of the main weights; null when no header says. */
  parameterCount: z.number().nullable(),
  /** Bytes and number of all files. */
  sizeBytes: z.number(),
  fileCount: z.number(),
  problems: z.array(Problem),
})
export type Card = z.infer<typeof Card>

/** A tensor as a header announces it. */
export interface Tensor {
  readonly name: string
  /** `F32`, `BF16`, `Q4_K`, … */
  readonly precision: string
  /** Outermost dimension first. */
  readonly shape: readonly number[]
  readonly parameterCount: number
  readonly bytes: number
}

/**
 * What the first bytes of a file give: the header; or how long the prefix must at least be (in bytes, from the start)
 * to say more; or what is wrong with it, in English.
 */
export type HeaderReading<Header> =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'more'; readonly needed: number }
  | { readonly kind: 'malformed'; readonly message: string }

/** A file of a revision. `size` is what a reader gets, in bytes. */
export interface RevisionFile {
  readonly path: string
  readonly size: number
}

/** Where the catalogue reads revisions from. */
export interface RevisionSource {
  /** Every file of a commit of this repository. */
  listFiles(repositoryId: string, commit: GitOid): Promise<readonly RevisionFile[]>
  /**
   * The first `length` bytes of a file of that commit, or all of it when it is shorter; null when this node does not have the bytes
   * yet. Throws when there is no such file.
   */
  readPrefix(repositoryId: string, commit: GitOid, path: string, length: number): Promise<Uint8Array | null>
}

/** Whose eyes: decides which private repositories are listed. */
export interface Viewer {
  /** Null for a stranger. */
  readonly userId: string | null
  /** Namespaces whose private repositories they may read: their own, and those of organisations where they have a role. */
  readonly namespaces: readonly string[]
  /** Private repositories they may read beside those: what a limited token names. */
  readonly repositories?: readonly { readonly kind: RepositoryKind; readonly id: RepositoryId }[]
}

/** Orders of a list. `relevance` needs a search. This node counts neither likes nor trends: `likes` orders by id, `trendingScore` by what changed last. */
export const Sort = z.enum([
  'relevance',
  'lastModified',
  'createdAt',
  'downloads',
  'likes',
  'trendingScore',
  'num_parameters',
  'mainSize',
  'id',
])
export type Sort = z.infer<typeof Sort>

/** A value, or several of which any will do; none at all means whatever. */
export type OneOf = string | readonly string[]

/** Sizes in bytes: `[from, below)`. */
export interface SizeClass {
  readonly from: number
  readonly below: number
}

/** What a list is narrowed to. Absent means: whatever. All comparisons ignore case. */
export interface Criteria {
  readonly kind?: RepositoryKind | undefined
  /** Words of any of the six languages, all of which must be found, or a part of an id. */
  readonly search?: string | undefined
  /** A namespace. */
  readonly author?: string | undefined
  /** The id of the member that writes it. */
  readonly member?: string | undefined
  /** Tags, all of which must be there, as clients write them: `license:mit`, `en`, `language:en`, `dataset:x`, `transformers`. */
  readonly filters?: readonly string[] | undefined
  readonly pipelineTag?: OneOf | undefined
  readonly library?: OneOf | undefined
  readonly licence?: OneOf | undefined
  readonly language?: OneOf | undefined
  /** Classes of total size in bytes, of which it must be in one. */
  readonly sizes?: readonly SizeClass[] | undefined
  readonly gated?: boolean | undefined
  /** Bounds of the parameter count, both included. */
  readonly parameters?: { readonly min?: number | undefined; readonly max?: number | undefined } | undefined
  readonly viewer: Viewer
}

/** One page of a list. */
export interface ListRequest extends Criteria {
  readonly sort: Sort
  readonly direction: 'ascending' | 'descending'
  readonly limit: number
  /** What the page before gave as `next`, for the same criteria and order. */
  readonly cursor?: string | undefined
  /** How many to pass over, for numbered pages; a cursor costs less. */
  readonly offset?: number | undefined
}

/** A repository in a list. */
export interface CatalogueEntry {
  /** The node's own id of it; clients call it `_id`. */
  readonly id: string
  /** The member that writes it: one hosted here, or another whose repository is copied here. */
  readonly memberId: string
  readonly kind: RepositoryKind
  readonly fullName: RepositoryId
  readonly namespace: string
  readonly name: string
  readonly visibility: 'public' | 'private'
  readonly gated: 'no' | 'auto' | 'manual'
  readonly disabled: boolean
  readonly downloads: number
  readonly createdAt: Millis
  readonly modifiedAt: Millis
  /** The commit that `main` points to; null in an empty repository. */
  readonly head: GitOid | null
  /** Null until the first commit was read. */
  readonly card: Card | null
}

/** A page of a list; `next` is null at its end. */
export interface CataloguePage {
  readonly entries: readonly CatalogueEntry[]
  readonly next: string | null
}

/** A value to narrow by and how many repositories have it. */
export interface FacetValue {
  readonly value: string
  readonly count: number
}

/** What a list can be narrowed by, each most frequent first. */
export interface Facets {
  readonly tasks: readonly FacetValue[]
  readonly libraries: readonly FacetValue[]
  readonly licences: readonly FacetValue[]
  readonly languages: readonly FacetValue[]
  /** How many are in each of the size classes that were asked for, in their order. */
  readonly sizes: readonly number[]
  /** How many meet all criteria. */
  readonly total: number
}

/** Something that came or changed: for sentences on the home page. */
export interface Arrival {
  readonly entry: CatalogueEntry
  /** `new` when it was created in the span, else `changed`. */
  readonly what: 'new' | 'changed'
  readonly at: Millis
}
