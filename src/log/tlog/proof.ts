/**
 * Proofs that a tree holds an entry (inclusion), that a tree is the beginning of another (consistency), and that two signed
 * trees are not (a fork). RFC 6962 section 2.1, read from tiles. Sizes and indexes are whole numbers below 2^53.
 */
import { equalBytes } from '../../kernel/bytes.ts'
import { type Tile, TILE_WIDTH, widthOf } from './tile.ts'
import { HASH_BYTES, isTreeHash, nodeHash, rootOver, type TreeHash } from './tree-hash.ts'
import type { TreeEdge } from './tree.ts'

/** Hashes at most in a proof: a tree below 2^63 leaves is no higher. C2SP tlog-witness. */
export const MAX_PROOF_HASHES = 63
/** A tile spans eight levels of the binary tree. */
const TILE_HEIGHT = 8

/** Where proofs get their hashes. */
export interface TileReader {
  /** The tile's hashes, joined: `width * 32` bytes. Rejects when it cannot be had. */
  read(tile: Tile): Promise<Uint8Array>
}

/** Leaves `[start, end)` whose subtree's root is wanted. */
interface Span {
  readonly start: number
  readonly end: number
}

/** The largest power of two below `leaves`, which is above 1: where RFC 6962 splits a tree. */
function splitOf(leaves: number): number {
  let split = 1
  while (split * 2 < leaves) split *= 2
  return split
}

/** The neighbours of a leaf's path, from the leaf to the root. */
function inclusionSpans(index: number, size: number): readonly Span[] {
  const spans: Span[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    const isLeft = index < middle
    spans.push(isLeft ? { start: middle, end } : { start, end: middle })
    if (isLeft) end = middle
    else start = middle
  }
  return spans.toReversed()
}

/** Like {@link inclusionSpans} for the boundary after leaf `from`; first the span that ends there, whatever its size. */
function consistencySpans(from: number, to: number): readonly [Span, ...Span[]] {
  const spans: Span[] = []
  let [start, end] = [0, to]
  while (end > from) {
    const middle = start + splitOf(end - start)
    const isLeft = from <= middle
    spans.push(isLeft ? { start: middle, end } : { start, end: middle })
    if (isLeft) end = middle
    else start = middle
  }
  return [{ start, end }, ...spans.toReversed()]
}

/** The hashes that lead from entry `index` to the root of the tree of `size` leaves, from the leaf's neighbour up. */
export async function proveInclusion(
  reader: TileReader,
  index: number,
  size: number,
): Promise<readonly TreeHash[]> {
  if (!isIndex(index, size)) throw new RangeError(`no entry ${index} in a tree of ${size}`)
  return hashesOf(reader, size, inclusionSpans(index, size))
}

/** The RFC 6962 proof that the tree of `from` leaves is the beginning of the tree of `to`; `1 <= from <= to`. */
export async function proveConsistency(
  reader: TileReader,
  from: number,
  to: number,
): Promise<readonly TreeHash[]> {
  if (from === to) return []
  const proof = await proveFork(reader, from, to)
  return isPowerOfTwo(from) ? proof.slice(1) : proof
}

/**
 * The same proof with its first hash always there, even where that is the root of the first `from` leaves itself, so that it
 * can be read without knowing either root; `1 <= from < to`.
 */
export async function proveFork(reader: TileReader, from: number, to: number): Promise<readonly TreeHash[]> {
  if (from < 1 || !isIndex(from, to)) throw new RangeError(`nothing leads from ${from} to ${to} leaves`)
  return hashesOf(reader, to, consistencySpans(from, to))
}

/** The right edge of a tree of `size` leaves, from its partial tiles alone. It is as true as they are: compare its root. */
export async function edgeFromTiles(reader: TileReader, size: number): Promise<TreeEdge> {
  const levels: Promise<Uint8Array>[] = []
  for (let level = 0; widthOf(level, 0, size) > 0; level++) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1))
    const width = widthOf(level, index, size)
    levels.push(width > 0 ? readTile(reader, { level, index, width }) : Promise.resolve(new Uint8Array()))
  }
  return { size, levels: await Promise.all(levels) }
}

async function hashesOf(
  reader: TileReader,
  size: number,
  spans: readonly Span[],
): Promise<readonly TreeHash[]> {
  const once = readingOnce(reader)
  return Promise.all(spans.map((span) => hashOf(once, size, span)))
}

/** Neighbouring hashes of a proof often lie in one tile. */
function readingOnce(reader: TileReader): TileReader {
  const tiles = new Map<string, Promise<Uint8Array>>()
  return {
    read(tile) {
      const name = `${tile.level}/${tile.index}`
      const known = tiles.get(name) ?? readTile(reader, tile)
      tiles.set(name, known)
      return known
    },
  }
}

async function hashOf(reader: TileReader, size: number, { start, end }: Span): Promise<TreeHash> {
  if (isPowerOfTwo(end - start)) return fullHash(reader, size, { start, end })
  const middle = start + splitOf(end - start)
  const halves = [
    { start, end: middle },
    { start: middle, end },
  ].map((half) => hashOf(reader, size, half))
  const [left, right] = await Promise.all(halves)
  if (!left || !right) throw new Error('a span has two halves')
  return nodeHash(left, right)
}

/** Root of a subtree of `2^k` leaves: some neighbours in the tile whose level is just below it. */
async function fullHash(reader: TileReader, size: number, { start, end }: Span): Promise<TreeHash> {
  const level = Math.floor(Math.log2(end - start) / TILE_HEIGHT)
  const first = start / TILE_WIDTH ** level
  const count = (end - start) / TILE_WIDTH ** level
  const index = Math.floor(first / TILE_WIDTH)
  const tile = await reader.read({ level, index, width: widthOf(level, index, size) })
  const at = (first % TILE_WIDTH) * HASH_BYTES
  return rootOver(tile.subarray(at, at + count * HASH_BYTES))
}

async function readTile(reader: TileReader, tile: Tile): Promise<Uint8Array> {
  const hashes = await reader.read(tile)
  if (hashes.length === tile.width * HASH_BYTES) return hashes
  throw new RangeError(`tile ${tile.level}/${tile.index} has ${hashes.length} bytes`)
}

/** What an inclusion proof is checked against. */
export interface InclusionClaim {
  readonly index: number
  readonly size: number
  /** Hash of the entry as a leaf. */
  readonly leaf: Uint8Array
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Whether the proof shows that the tree of `size` leaves and this root holds this leaf at `index`. Never throws. */
export function verifyInclusion({ index, size, leaf, root, proof }: InclusionClaim): boolean {
  if (!isIndex(index, size) || !isTreeHash(leaf) || !isTreeHash(root) || !areProofHashes(proof)) return false
  const climb = climbFrom(index, size - 1, leaf, proof)
  return climb !== null && equalBytes(climb.whole, root)
}

/** What a consistency proof is checked against; `1 <= from <= to`, for the empty tree begins every tree and proves nothing. */
export interface ConsistencyClaim {
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Whether the proof shows that the first tree is the beginning of the second. Never throws. */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: ConsistencyClaim): boolean {
  if (!isTreeHash(fromRoot) || !isTreeHash(toRoot)) return false
  if (from === to) return from >= 1 && isSize(to) && proof.length === 0 && equalBytes(fromRoot, toRoot)
  if (proof.length === 0) return false
  const roots = rootsOf(from, to, isPowerOfTwo(from) ? [fromRoot, ...proof] : proof)
  return roots !== null && equalBytes(roots.fromRoot, fromRoot) && equalBytes(roots.toRoot, toRoot)
}

/**
 * The roots that a proof of {@link proveFork} leads to: that of `to` leaves, and that of the first `from` among them. When
 * `toRoot` is what was signed for `to` and `fromRoot` is not what was signed for `from`, the log has forked. Null when it is
 * no such proof.
 */
export function readForkProof({
  from,
  to,
  proof,
}: {
  readonly from: number
  readonly to: number
  readonly proof: readonly Uint8Array[]
}): { readonly fromRoot: TreeHash; readonly toRoot: TreeHash } | null {
  return rootsOf(from, to, proof)
}

function rootsOf(from: number, to: number, proof: readonly Uint8Array[]) {
  const [seed, ...rest] = proof
  if (from < 1 || !isIndex(from, to) || !areProofHashes(proof) || !seed || !isTreeHash(seed)) return null
  let [index, last] = [from - 1, to - 1]
  while (index % 2 === 1) [index, last] = [half(index), half(last)]
  const climb = climbFrom(index, last, seed, rest)
  return climb && { fromRoot: climb.begin, toRoot: climb.whole }
}

/**
 * Climbs from node `index` of a row that ends with node `last` to the root. `whole` joins the neighbours of both sides, `begin`
 * those to the left alone. Null when the proof is too long or too short. RFC 9162 sections 2.1.3.2 and 2.1.4.2.
 */
function climbFrom(index: number, last: number, seed: TreeHash, proof: readonly Uint8Array[]) {
  let [begin, whole] = [seed, seed]
  for (const neighbour of proof) {
    if (last === 0) return null
    if (index % 2 === 1 || index === last) {
      begin = nodeHash(neighbour, begin)
      whole = nodeHash(neighbour, whole)
      while (index % 2 === 0 && index > 0) [index, last] = [half(index), half(last)]
    } else {
      whole = nodeHash(whole, neighbour)
    }
    ;[index, last] = [half(index), half(last)]
  }
  return last === 0 ? { begin, whole } : null
}

function half(number: number): number {
  return Math.floor(number / 2)
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0
}

function isIndex(index: number, size: number): boolean {
  return isSize(index) && isSize(size) && index < size
}

function isPowerOfTwo(number: number): boolean {
  return number >= 1 && 2 ** Math.floor(Math.log2(number)) === number
}

function areProofHashes(proof: readonly Uint8Array[]): boolean {
  return proof.length <= MAX_PROOF_HASHES && proof.every(isTreeHash)
}
