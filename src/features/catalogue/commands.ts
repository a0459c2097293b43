import { z } from 'zod'

import type { Database, Reader } from '../../database/index.ts'
import { fromUtf8 } from '../../kernel/bytes.ts'
import { GitOid, type RepositoryKind } from '../../kernel/names.ts'
import { type GgufHeader, readGgufHeader } from './gguf/rules.ts'
import { projectCard, removeCard } from './projection.ts'
import { CARD_PATH, describeRevision, type Description } from './rules.ts'
import { readSafetensorsHeader, readSafetensorsIndex } from './safetensors/rules.ts'
import type { HeaderReading, Problem, RevisionFile, RevisionSource, Tensor, Weights } from './types.ts'
import { planWeights, sumWeights, type WeightsPlan } from './weights/rules.ts'

const MEBIBYTE = 1024 * 1024
const LONGEST_CARD = MEBIBYTE
const LONGEST_CONFIG = MEBIBYTE
const LONGEST_INDEX = 16 * MEBIBYTE
/** Headers that are read; the safetensors loader would take 100 MB, but JSON of that size takes ten times it in memory. */
const LONGEST_HEADER = { safetensors: 16 * MEBIBYTE, gguf: 32 * MEBIBYTE } as const
/** Bytes of headers read of one revision in all. */
const HEADER_BUDGET = 256 * MEBIBYTE
const FIRST_PREFIX = 128 * 1024
const ATTEMPTS = 3

/** What the catalogue's commands use. */
export interface CatalogueDeps {
  readonly database: Database
  readonly source: RevisionSource
}

/** A revision of a repository. */
export interface RevisionAddress {
  readonly repositoryId: string
  readonly kind: RepositoryKind
  /** `namespace/name`. */
  readonly fullName: string
  readonly commit: GitOid
}

/** Weights of a revision with every tensor, in the order of the files. */
export interface WeightsWithTensors {
  readonly weights: Weights
  readonly tensors: readonly Tensor[]
}

/**
 * Reads what `main` points to and makes it the repository's card. Call it after `main` moved and after a repository
 * moved. What cannot be read becomes a problem of the card, never a failure of the commit. When `main` moves
 * meanwhile, the newer commit is read.
 */
export async function refreshCard({ database, source }: CatalogueDeps, repositoryId: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const address = await addressOf(database.read, repositoryId)
    if (address === null) return
    const description = address.commit
      ? await readRevision(source, { ...address, commit: address.commit })
      : null
    const isDone = await database.write(async (tx) => {
      const now = await addressOf(tx, repositoryId)
      if (now?.commit !== address.commit || now?.fullName !== address.fullName) return false
      if (address.commit === null || description === null) await removeCard(tx, database.search, repositoryId)
      else await projectCard(tx, database.search, { ...address, commit: address.commit, description })
      return true
    })
    if (isDone) return
  }
  // Whoever moved `main` refreshes after us; nothing older than what we found was written.
}

/** Drops and reads again every card, one repository after the other. Costs a read of every card and header. */
export async function rebuildCatalogue(deps: CatalogueDeps, signal: AbortSignal): Promise<void> {
  const rows = await deps.database.read.selectFrom('repository').select('id').orderBy('id').execute()
  for (const { id } of rows) {
    signal.throwIfAborted()
    await refreshCard(deps, id)
  }
}

async function addressOf(reader: Reader, repositoryId: string) {
  const row = await reader
    .selectFrom('repository')
    .leftJoin('ref', (join) =>
      join.onRef('ref.repository_id', '=', 'repository.id').on('ref.name', '=', 'refs/heads/main'),
    )
    .select(['repository.kind', 'repository.namespace', 'repository.name', 'ref.oid'])
    .where('repository.id', '=', repositoryId)
    .executeTakeFirst()
  if (!row) return null
  const commit = row.oid === null ? null : GitOid.parse(row.oid)
  return { repositoryId, kind: row.kind, fullName: `${row.namespace}/${row.name}`, commit }
}

/** Reads card, configuration and headers of a revision. */
export async function readRevision(source: RevisionSource, address: RevisionAddress): Promise<Description> {
  const { repositoryId, commit, kind, fullName } = address
  const files = await source.listFiles(repositoryId, commit)
  const reading = new RevisionReading(source, address, files)
  const cardText = await reading.text(CARD_PATH, LONGEST_CARD, 'cardTooLarge')
  const config = readConfig((await reading.text('config.json', LONGEST_CONFIG, null)) ?? '')
  const weights = (await reading.weights()).map((each) => each.weights)
  return describeRevision({ kind, fullName, files, cardText, ...config, weights, problems: reading.problems })
}

/** Reads the headers of a revision again, tensor by tensor: they are too many to keep. */
export async function readTensors(
  source: RevisionSource,
  address: RevisionAddress,
): Promise<readonly WeightsWithTensors[]> {
  const files = await source.listFiles(address.repositoryId, address.commit)
  return new RevisionReading(source, address, files).weights()
}

const Config = z.object({
  architectures: z.array(z.string()).catch([]),
  model_type: z.string().nullable().catch(null),
})

function readConfig(text: string): { architectures: string[]; modelType: string | null } {
  const nothing = { architectures: [], modelType: null }
  try {
    const config = Config.safeParse(JSON.parse(text))
    return config.success
      ? { architectures: config.data.architectures, modelType: config.data.model_type }
      : nothing
  } catch (cause) {
    if (cause instanceof SyntaxError) return nothing // a repository may hold any `config.json`
    throw cause
  }
}

/** One revision being read: collects problems, and stops reading headers when their budget is spent. */
class RevisionReading {
  readonly problems: Problem[] = []
  readonly #source: RevisionSource
  readonly #address: RevisionAddress
  readonly #sizes: ReadonlyMap<string, number>
  readonly #files: readonly RevisionFile[]
  #budget = HEADER_BUDGET

  constructor(source: RevisionSource, address: RevisionAddress, files: readonly RevisionFile[]) {
    this.#source = source
    this.#address = address
    this.#files = files
    this.#sizes = new Map(files.map(({ path, size }) => [path, size]))
  }

  /** The first `longest` bytes of a file as text; null when there is no such file, or it is not here, or cannot be read. */
  async text(path: string, longest: number, tooLong: Problem['reason'] | null): Promise<string | null> {
    const size = this.#sizes.get(path)
    if (size === undefined) return null
    if (size > longest && tooLong) this.#report(path, tooLong, '')
    const bytes = await this.#prefix(path, Math.min(size, longest))
    return bytes && fromUtf8(bytes)
  }

  async weights(): Promise<readonly WeightsWithTensors[]> {
    const { plans, problems } = planWeights(this.#files)
    this.problems.push(...problems)
    const found: WeightsWithTensors[] = []
    for (const plan of plans) {
      const summed = await this.#sum(await this.#withIndex(plan))
      if (summed) found.push(summed)
    }
    return found
  }

  async #withIndex(plan: WeightsPlan): Promise<WeightsPlan> {
    if (plan.index === null) return plan
    const folder = plan.index.slice(0, plan.index.lastIndexOf('/') + 1)
    const text = await this.text(plan.index, LONGEST_INDEX, 'headerTooLarge')
    if (text === null) return plan // not here yet, or unreadable, which was told
    const listed = readSafetensorsIndex(text, folder)
    if (listed === null) this.#report(plan.index, 'malformedHeader', 'not an index of shards')
    return { ...plan, paths: [...plan.paths, ...(listed ?? [])] }
  }

  async #sum(plan: WeightsPlan): Promise<WeightsWithTensors | null> {
    const tensors: Tensor[] = []
    let gguf: GgufHeader | null = null
    for (const path of plan.paths) {
      const header = await this.#header(plan.format, path)
      if (header === null) return null
      tensors.push(...header.tensors)
      if ('version' in header) gguf ??= header
    }
    return plan.paths.length === 0 ? null : { weights: sumWeights(plan, tensors, gguf), tensors }
  }

  async #header(format: WeightsPlan['format'], path: string) {
    const size = this.#sizes.get(path)
    if (size === undefined) return this.#report(path, 'missingShard', '')
    const read = format === 'gguf' ? readGgufHeader : readSafetensorsHeader
    for (let length = Math.min(size, FIRST_PREFIX); ;) {
      const prefix = await this.#prefix(path, length)
      if (prefix === null) return null
      if (prefix.length < length) return this.#report(path, 'unreadableFile', 'shorter than it is listed')
      const reading: HeaderReading<{ tensors: readonly Tensor[] } | GgufHeader> = read(prefix, size)
      if (reading.kind === 'header') return reading.header
      if (reading.kind === 'malformed') return this.#report(path, 'malformedHeader', reading.message)
      this.#budget -= length
      // A GGUF header shows its length only step by step, so at least double; a safetensors header is known at once.
      const next = Math.min(size, format === 'gguf' ? Math.max(reading.needed, 2 * length) : reading.needed)
      if (next > Math.min(LONGEST_HEADER[format], this.#budget))
        return this.#report(path, 'headerTooLarge', '')
      length = next
    }
  }

  async #prefix(path: string, length: number): Promise<Uint8Array | null> {
    const { repositoryId, commit } = this.#address
    try {
      return await this.#source.readPrefix(repositoryId, commit, path, length)
    } catch (cause) {
      // The commit stands and stays readable: bytes that cannot be read are found by the examination of the store.
      return this.#report(path, 'unreadableFile', cause instanceof Error ? cause.message : '')
    }
  }

  #report(path: string, reason: Problem['reason'], detail: string): null {
    this.problems.push({ path, reason, detail })
    return null
  }
}
