/** Checks what a shard claims against our own chunk tables. Nothing of it is believed before. */
import { scheduler } from 'node:timers/promises'

import { equalBytes } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { StoredXorb, XorbIndex } from '../queries/xorb-index.ts'
import { MAX_FILE_BYTES } from '../rules.ts'
import {
  fileHashOf,
  HashTree,
  type KeyedHash,
  type Shard,
  type ShardFile,
  type ShardXorb,
  type Term,
  verificationHash,
  xetHashOf,
} from '../xet/index.ts'

/** Chunks checked between two pauses for other requests: a few milliseconds. */
const CHUNKS_BETWEEN_PAUSES = 8192

export interface CheckDeps {
  readonly index: XorbIndex
  readonly keyedHash: KeyedHash
  readonly signal?: AbortSignal | undefined
}

/** Every xorb that the shard describes is stored and is exactly as described. */
export async function checkXorbs(deps: CheckDeps, shard: Shard): Promise<Result<null>> {
  const pause = pauses(deps.signal)
  for (const claimed of shard.xorbs) {
    const xorb = await deps.index.find(claimed.hash)
    if (!xorb) return fail(failure('missingXorb', { xorb: claimed.hash }))
    if (!isAsClaimed(xorb, claimed)) return invalid(`xorb ${claimed.hash} has other chunks`)
    await pause(claimed.count)
  }
  return succeed(null)
}

function isAsClaimed({ table }: StoredXorb, claimed: ShardXorb): boolean {
  if (table.count !== claimed.count) return false
  for (let index = 0; index < table.count; index++) {
    const { start, end } = table.rawRange(index)
    if (end - start !== claimed.chunkLength(index)) return false
    if (!equalBytes(table.hash(index), claimed.chunkHash(index))) return false
  }
  return true
}

/**
 * A file's terms name chunks that are stored, whoever sent them knows the hash of every one of these chunks, and
 * together they make the file's hash. Knowing them is the proof of possession: chunk hashes are told to nobody.
 * Returns the file's size in bytes.
 */
export async function checkFile(
  deps: CheckDeps,
  file: ShardFile,
): Promise<Result<{ readonly size: number }>> {
  const pause = pauses(deps.signal)
  const tree = new HashTree(deps.keyedHash)
  let size = 0
  for (const [index, term] of file.terms.entries()) {
    const xorb = await deps.index.find(term.xorb)
    if (!xorb) return fail(failure('missingXorb', { xorb: term.xorb }))
    size += term.rawLength
    if (size > MAX_FILE_BYTES) return fail(failure('tooLarge', { limit: MAX_FILE_BYTES }))
    const proof = file.verification[index]
    if (!proof || !isProven(deps.keyedHash, xorb, term, proof))
      return invalid(`term ${index} of file ${file.hash}`)
    addChunks(tree, xorb, term)
    await pause(term.chunks.end - term.chunks.start)
  }
  const hash = xetHashOf(fileHashOf(tree.root(), deps.keyedHash))
  return hash === file.hash ? succeed({ size }) : invalid(`its chunks do not make file ${file.hash}`)
}

function isProven(keyedHash: KeyedHash, { table }: StoredXorb, term: Term, proof: Uint8Array): boolean {
  const { start, end } = term.chunks
  if (end > table.count) return false
  const raw = table.rawSpan(term.chunks)
  if (raw.end - raw.start !== term.rawLength) return false
  const hashes = Array.from({ length: end - start }, (_, index) => table.hash(start + index))
  return equalBytes(verificationHash(hashes, keyedHash), proof)
}

function addChunks(tree: HashTree, { table }: StoredXorb, { chunks }: Term): void {
  for (let index = chunks.start; index < chunks.end; index++) {
    const { start, end } = table.rawRange(index)
    tree.add(table.hash(index), end - start)
  }
}

function invalid(problem: string): Result<never> {
  return fail(failure('invalidShard', { problem }))
}

/** Lets other requests in after every few thousand chunks; throws the signal's reason. */
function pauses(signal: AbortSignal | undefined): (chunks: number) => Promise<void> {
  let since = 0
  return async (chunks) => {
    since += chunks
    if (since < CHUNKS_BETWEEN_PAUSES) return
    since = 0
    await scheduler.yield()
    signal?.throwIfAborted()
  }
}
