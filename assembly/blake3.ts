/**
 * BLAKE3 in keyed mode, four BLAKE3 chunks at a time in the lanes of a vector. Source: the BLAKE3 paper
 * (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), section 2.
 */
import { compressLanes } from './blake3-lanes'
import { CHAIN, DIGEST, KEY, PARTIAL } from './memory'

const CHUNK: usize = 1024
const CHUNK_SHIFT: usize = 10
const BLOCK: usize = 64
const BLOCKS_PER_CHUNK: u32 = 16
const VALUE: usize = 32

// Domain flags, table 3.
const CHUNK_START: u32 = 1
const CHUNK_END: u32 = 2
const PARENT: u32 = 4
const ROOT: u32 = 8
const KEYED_HASH: u32 = 16

/** Hashes `length` bytes, at most 256 KiB, under the key at KEY; the hash appears at DIGEST. */
export function hashKeyed(source: usize, length: usize): void {
  if (length <= CHUNK) {
    hashPartial(source, length, 0, ROOT, DIGEST)
    return
  }
  let values = hashChunks(source, length)
  while (values > 2) values = joinPairs(values)
  compressParents(CHAIN, CHAIN, CHAIN, CHAIN, ROOT, CHAIN)
  memory.copy(DIGEST, CHAIN, VALUE)
}

/** Fills CHAIN with one chaining value per BLAKE3 chunk and returns their number. */
function hashChunks(source: usize, length: usize): u32 {
  const whole = <u32>(length >> CHUNK_SHIFT)
  let chunk: u32 = 0
  for (; chunk < whole; chunk += 4) {
    const lane0 = source + (<usize>chunk << CHUNK_SHIFT)
    // Where fewer than four are left, idle lanes repeat the first; what they write is overwritten or unused.
    const left = whole - chunk
    const lane1 = left > 1 ? lane0 + CHUNK : lane0
    const lane2 = left > 2 ? lane0 + 2 * CHUNK : lane0
    const lane3 = left > 3 ? lane0 + 3 * CHUNK : lane0
    const to = CHAIN + <usize>chunk * VALUE
    compressLanes(
      lane0, lane1, lane2, lane3, BLOCKS_PER_CHUNK, <u32>BLOCK, chunk, 1,
      KEYED_HASH | CHUNK_START, KEYED_HASH, KEYED_HASH | CHUNK_END, to,
    )
  }
  const rest = length & (CHUNK - 1)
  if (rest == 0) return whole
  hashPartial(source + length - rest, rest, whole, 0, CHAIN + <usize>whole * VALUE)
  return whole + 1
}

/** Hashes one BLAKE3 chunk of at most 1024 bytes, which need not be whole blocks. */
function hashPartial(source: usize, length: usize, counter: u32, lastFlag: u32, target: usize): void {
  const blocks: u32 = length == 0 ? 1 : <u32>((length + BLOCK - 1) / BLOCK)
  memory.copy(PARTIAL, source, length)
  memory.fill(PARTIAL + length, 0, <usize>blocks * BLOCK - length)
  const lastLength = <u32>(length - (<usize>blocks - 1) * BLOCK)
  const onlyFlags = blocks == 1 ? CHUNK_END | lastFlag : 0
  compressLanes(
    PARTIAL, PARTIAL, PARTIAL, PARTIAL, blocks, lastLength, counter, 0,
    KEYED_HASH | CHUNK_START | onlyFlags, KEYED_HASH, KEYED_HASH | CHUNK_END | lastFlag, target,
  )
}

/** Replaces each pair of chaining values by their parent, an odd last one by itself; returns how many are left. */
function joinPairs(values: u32): u32 {
  const pairs = values >> 1
  // Taken out first: the last four lanes may write over it.
  const odd = CHAIN + <usize>(values - 1) * VALUE
  const oddLow = v128.load(odd)
  const oddHigh = v128.load(odd, 16)
  for (let pair: u32 = 0; pair < pairs; pair += 4) {
    const from = CHAIN + <usize>pair * BLOCK
    compressParents(from, from + BLOCK, from + 2 * BLOCK, from + 3 * BLOCK, 0, CHAIN + <usize>pair * VALUE)
  }
  if ((values & 1) == 0) return pairs
  v128.store(CHAIN + <usize>pairs * VALUE, oddLow)
  v128.store(CHAIN + <usize>pairs * VALUE, oddHigh, 16)
  return pairs + 1
}

// @ts-ignore: decorator
@inline
function compressParents(lane0: usize, lane1: usize, lane2: usize, lane3: usize, flag: u32, target: usize): void {
  const flags = KEYED_HASH | PARENT | flag
  compressLanes(lane0, lane1, lane2, lane3, 1, <u32>BLOCK, 0, 0, flags, flags, flags, target)
}
