import type { Database } from '../../database/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import { type Sha256, XetHash } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import type { ContentEvents } from '../events.ts'
import type { XorbStore } from '../ports.ts'
import type { FileIndex } from '../queries/file-index.ts'
import type { XorbIndex } from '../queries/xorb-index.ts'
import type { Body, RegisteredShard, ShardOptions, StoredFile } from '../types.ts'
import type { FilePart, WorkerPool } from '../work/index.ts'
import {
  type KeyedHash,
  MAX_SHARD_BYTES,
  parseShard,
  type Shard,
  type ShardFile,
  type Term,
} from '../xet/index.ts'
import { checkFile, checkXorbs } from './check-shard.ts'
import { settle } from './refusals.ts'
import { firstChunkOf, registerFile, type VerifiedFile } from './register.ts'
import { StagedFile } from './staged-file.ts'
import type { Turns } from './turns.ts'

export interface RegisterShardDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly index: XorbIndex
  readonly files: FileIndex
  readonly work: Pick<WorkerPool, 'hashFile'>
  readonly keyedHash: KeyedHash
  /** Erases chunks that no file has. */
  readonly discard: (terms: readonly Term[]) => Promise<void>
  /** Bounds how many shards are in memory at once. */
  readonly turns: Turns
  readonly clock: Clock
  readonly events: ContentEvents
}

/** See `Content.registerShard`. */
export function registerShard(
  deps: RegisterShardDeps,
  repositoryId: string,
  body: Body,
  options: ShardOptions = {},
): Promise<Result<RegisteredShard>> {
  return settle(async () => {
    // A slow sender fills a file, not our memory. If we stop in here, it is swept at the next start.
    await using staged = new StagedFile(deps.xorbs)
    const received = await staged.receive(body, MAX_SHARD_BYTES)
    if (!received.ok) return received
    return await deps.turns.run(async () => {
      options.signal?.throwIfAborted()
      const shard = parseShard(await staged.read())
      return shard.ok ? register(deps, repositoryId, shard.value, options) : shard
    })
  })
}

async function register(
  deps: RegisterShardDeps,
  repositoryId: string,
  shard: Shard,
  options: ShardOptions,
): Promise<Result<RegisteredShard>> {
  const verified = await verify(deps, shard, options)
  if (!verified.ok) return verified
  const firstXorbs = await deps.index.findAll(
    verified.value.flatMap((file) => file.terms.slice(0, 1).map(xorbOf)),
  )
  const tableOf = (hash: XetHash) => {
    const xorb = firstXorbs.get(hash)
    if (!xorb) throw new Error(`xorb ${hash} was checked and is gone`)
    return xorb.table
  }
  try {
    // If we stop before this transaction, nothing of the shard counts; after it, all of it does.
    await deps.database.write(async (tx) => {
      const now = deps.clock()
      for (const file of verified.value) {
        await registerFile(tx, repositoryId, file, firstChunkOf(file.terms, tableOf), now)
      }
    })
  } catch (cause) {
    // What was erased does not stay on the disk because somebody uploads it again.
    if (cause instanceof Refusal && cause.failure.reason === 'fileErased')
      await deps.discard(verified.value.flatMap((file) => file.terms))
    throw cause
  }
  for (const { xetHash, size } of verified.value) {
    deps.events.fileStored({ repositoryId, xetHash, size, storedBytes: 0 })
  }
  return succeed({ files: verified.value.map(({ sha256, xetHash, size }) => ({ sha256, xetHash, size })) })
}

function xorbOf(term: Term): XetHash {
  return term.xorb
}

/** First everything that costs no reading, for all files; then the bytes. */
async function verify(
  deps: RegisterShardDeps,
  shard: Shard,
  { onProgress, signal }: ShardOptions,
): Promise<Result<readonly VerifiedFile[]>> {
  const check = { index: deps.index, keyedHash: deps.keyedHash, signal }
  const xorbs = await checkXorbs(check, shard)
  if (!xorbs.ok) return xorbs
  let total = 0
  for (const file of shard.files) {
    const checked = await checkFile(check, file)
    if (!checked.ok) return checked
    total += checked.value.size
  }
  const verified: VerifiedFile[] = []
  let done = 0
  for (const file of shard.files) {
    const report = (bytes: number) => onProgress?.(done + bytes, total)
    const identity = await identify(deps, file, report, signal)
    if (!identity.ok) return identity
    if (file.sha256 !== null && file.sha256 !== identity.value.sha256) return mismatch(file.sha256)
    done += identity.value.size
    report(0)
    verified.push({ ...identity.value, terms: file.terms })
  }
  return succeed(verified)
}

function mismatch(announced: Sha256): Result<never> {
  return fail(failure('hashMismatch', { announced }))
}

/** The SHA-256 of a checked file: known when the same chunks were hashed before, else computed from the bytes. */
async function identify(
  deps: RegisterShardDeps,
  file: ShardFile,
  onProgress: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Result<StoredFile>> {
  const known = await deps.files.find(file.hash)
  if (known) return succeed(known)
  const hashed = await deps.work.hashFile({
    parts: partsOf(deps, file.terms),
    onProgress,
    ...(signal && { signal }),
  })
  if (!hashed.ok) return hashed
  return succeed({ sha256: hashed.value.sha256, xetHash: file.hash, size: hashed.value.size })
}

async function* partsOf(
  { index, xorbs }: RegisterShardDeps,
  terms: readonly Term[],
): AsyncGenerator<FilePart> {
  for (const { xorb: hash, chunks } of terms) {
    const xorb = await index.find(hash)
    if (!xorb) throw new Error(`xorb ${hash} was checked and is gone`)
    yield { path: xorbs.path(xorb.location), table: xorb.table, chunks }
  }
}
