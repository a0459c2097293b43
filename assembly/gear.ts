/**
 * Content-defined chunking by the gear hash. Source: the Xet specification, chunking.md, and xet-core,
 * deduplication/src/chunking.rs.
 */
import { GEAR_TABLE } from './gear-table'

const MIN_CHUNK: u32 = 8 * 1024
const MAX_CHUNK: u32 = 128 * 1024
/** The hash forgets a byte after 64 more; shifted left once a byte, its 64 bits are then gone. */
const HASH_SPAN: u32 = 64
/** A chunk ends where the hash's 16 highest bits are zero: once in 64 KiB. */
const CUT_BELOW: u64 = <u64>1 << 48

// @ts-ignore: decorator
@inline
function roll(hash: u64, position: usize): u64 {
  return (hash << 1) + load<u64>(GEAR_TABLE + (<usize>load<u8>(position) << 3))
}

/**
 * Length of the chunk that begins at `start`, or 0 when it depends on bytes past `end`. A match that would
 * make the chunk shorter than the minimum is no cut, and the hash rolls on through it.
 */
export function nextCut(start: usize, end: usize): u32 {
  const limit = min(end, start + MAX_CHUNK)
  const firstCut = start + MIN_CHUNK - 1
  if (limit <= firstCut) return 0

  let hash: u64 = 0
  let position = firstCut - HASH_SPAN
  while (position < firstCut) hash = roll(hash, position++)

  while (position + 4 <= limit) {
    hash = roll(hash, position)
    if (hash < CUT_BELOW) return <u32>(position - start + 1)
    hash = roll(hash, position + 1)
    if (hash < CUT_BELOW) return <u32>(position - start + 2)
    hash = roll(hash, position + 2)
    if (hash < CUT_BELOW) return <u32>(position - start + 3)
    hash = roll(hash, position + 3)
    if (hash < CUT_BELOW) return <u32>(position - start + 4)
    position += 4
  }
  while (position < limit) {
    hash = roll(hash, position++)
    if (hash < CUT_BELOW) return <u32>(position - start)
  }
  return limit - start == MAX_CHUNK ? MAX_CHUNK : 0
}
