import type { Database } from '../database/index.ts'
import type { Random } from '../kernel/random.ts'
import type { Clock } from '../kernel/time.ts'
import { loadCodec } from './codec/index.ts'
import { Arrivals } from './commands/arrivals.ts'
import { discardChunks, erase } from './commands/erase.ts'
import { forbid } from './commands/forbid.ts'
import { arrivalName, gather } from './commands/gather.ts'
import { grant } from './commands/grant.ts'
import { ingest } from './commands/ingest.ts'
import { beginMultipart, completeMultipart, storePart } from './commands/multipart.ts'
import { recover } from './commands/recover.ts'
import { registerShard } from './commands/register-shard.ts'
import { storeXorb } from './commands/store-xorb.ts'
import { Turns } from './commands/turns.ts'
import type { ContentEvents } from './events.ts'
import type { ArrivalStore, PartStore, XorbStore } from './ports.ts'
import { readFileContent, readXorbContent } from './queries/content-reader.ts'
import { dedupAnswer } from './queries/dedup-answer.ts'
import { doctor } from './queries/doctor.ts'
import { erasureIn } from './queries/erasures.ts'
import { readChunks, readRecipe } from './queries/file-chunks.ts'
import { FileIndex } from './queries/file-index.ts'
import { reconstruct } from './queries/reconstruct.ts'
import { usage, usedBy } from './queries/usage.ts'
import { XorbIndex } from './queries/xorb-index.ts'
import { createCasEpoch, createSigner } from './settings.ts'
import type { Content } from './types.ts'
import type { WorkerPool } from './work/index.ts'
import { recipeHash, type Term } from './xet/index.ts'

/** Shards at most in memory at once: 64 MiB each, and as many threads hash their files. */
const SHARDS_AT_ONCE = 2

export interface ContentDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly parts: PartStore
  readonly arrivalFiles: ArrivalStore
  readonly work: WorkerPool
  readonly clock: Clock
  readonly random: Random
  readonly events: ContentEvents
}

/** Wires the content store. It owns nothing that must be closed: its parts belong to whoever made them. */
export function createContent(given: ContentDeps): Content {
  const { database, xorbs } = given
  const codec = loadCodec()
  const index = new XorbIndex(database.read)
  const files = new FileIndex(database.read)
  const deps = {
    ...given,
    codec,
    index,
    files,
    keyedHash: codec.keyedHash,
    arrivals: new Arrivals(database, xorbs),
    turns: new Turns(SHARDS_AT_ONCE),
    signer: createSigner(given),
    epoch: createCasEpoch(given),
  }
  const erasing = new Turns(1)
  const discard = (terms: readonly Term[]) => erasing.run(() => discardChunks(deps, terms))
  return Object.freeze({
    ingest: (repositoryId, body, expected, signal) => ingest(deps, repositoryId, body, expected, signal),
    storeXorb: (hash, body, signal) => storeXorb(deps, hash, body, signal),
    registerShard: (repositoryId, body, options) =>
      registerShard({ ...deps, discard }, repositoryId, body, options),

    beginMultipart: (repositoryId, file) => beginMultipart(deps, repositoryId, file),
    storePart: (uploadId, number, body) => storePart(deps, uploadId, number, body),
    completeMultipart: (uploadId, parts, signal) => completeMultipart(deps, uploadId, parts, signal),

    fileOf: async (repositoryId, sha256) => (await files.usable(repositoryId, [sha256])).get(sha256) ?? null,
    filesOf: (repositoryId, hashes) => files.usable(repositoryId, hashes),
    usedBy: (repositoryId) => usedBy(database.read, repositoryId),
    grant,
    forbid,
    erasureOf: (repositoryId, sha256) => erasureIn(database.read, repositoryId, sha256),
    erase: () => erasing.run(() => erase(deps)),

    openFile: async (xetHash) => {
      const layout = await files.layout(xetHash)
      return layout && readFileContent(deps, layout)
    },
    openXorb: async (hash) => {
      const xorb = await index.find(hash)
      return xorb && readXorbContent(deps, xorb)
    },
    reconstruct: (repositoryId, xetHash, range) => reconstruct(deps, repositoryId, xetHash, range),
    fileSize: async (repositoryId, xetHash) =>
      (await files.usableByXetHash(repositoryId, xetHash))?.size ?? null,
    xorbSize: async (repositoryId, hash) =>
      (await files.usesXorb(repositoryId, hash))
        ? ((await index.find(hash))?.table.storedBytes ?? null)
        : null,
    dedupAnswer: (chunk, scope) => dedupAnswer(deps, chunk, scope),

    recipe: async (repositoryId, sha256) => {
      const file = (await files.usable(repositoryId, [sha256])).get(sha256)
      const layout = file && (await files.layout(file.xetHash))
      return layout ? { xetHash: layout.file.xetHash, ...readRecipe(deps, layout) } : null
    },
    openChunks: async (repositoryId, xetHash, chunks) => {
      const file = await files.usableByXetHash(repositoryId, xetHash)
      const layout = file && (await files.layout(xetHash))
      return layout && readChunks(deps, layout, chunks)
    },
    gather: (file, section, recipe) => gather(deps, file, section, recipe),
    hashOf: (recipe) => recipeHash(recipe, codec.keyedHash),
    forgetGathered: (file) => given.arrivalFiles.delete(arrivalName(file)),

    casEpoch: () => deps.epoch.current(),
    doctor: (signal) => doctor(deps, signal),
    usage: () => usage(database.read),
    recover: () => recover(deps),
  } satisfies Content)
}
