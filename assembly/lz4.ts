/**
 * LZ4 frames, decoded and encoded. Sources: lz4_Frame_format.md 1.6.3 and lz4_Block_format.md of the LZ4
 * project.
 */
import { SEEN, SEEN_BYTES } from './memory'

const MAGIC: u32 = 0x184d2204
const MAGIC_BYTES: usize = 4
/** A block's length stands before it; this bit says that its bytes are stored as they are. */
const STORED_RAW: u32 = 0x80000000

// The frame descriptor's flags.
const VERSION_SHIFT: u32 = 6
const VERSION: u32 = 1
const BLOCKS_INDEPENDENT: u32 = 0x20
const BLOCK_CHECKSUMS: u32 = 0x10
const CONTENT_SIZE: u32 = 0x08
const CONTENT_CHECKSUM: u32 = 0x04
const DICTIONARY: u32 = 0x01

/** A token's half that says "and more in the following bytes". */
const LENGTH_CONTINUES: u32 = 15
const MIN_MATCH: usize = 4

/**
 * Decodes the frame in [source, source + length) to `target` and returns the decoded length, or -1 when it
 * is no single whole frame or decodes to more than `capacity` bytes. Reads at most 16 bytes past the source
 * and writes at most 31 past the capacity. Checksums are skipped: every chunk is hashed afterwards.
 */
export function decodeFrame(source: usize, length: usize, target: usize, capacity: usize): i32 {
  const sourceEnd = source + length
  const targetEnd = target + capacity
  if (length < MAGIC_BYTES + 3 || load<u32>(source) != MAGIC) return -1
  const flags: u32 = load<u8>(source, MAGIC_BYTES)
  if (flags >> VERSION_SHIFT != VERSION || (flags & DICTIONARY) != 0) return -1
  let at = source + MAGIC_BYTES + 3
  if ((flags & CONTENT_SIZE) != 0) at += 8

  let to = target
  while (true) {
    if (at + 4 > sourceEnd) return -1
    const head = load<u32>(at)
    at += 4
    if (head == 0) break
    const blockEnd = at + (head & ~STORED_RAW)
    if (blockEnd > sourceEnd) return -1
    if ((head & STORED_RAW) != 0) {
      if (to + (blockEnd - at) > targetEnd) return -1
      memory.copy(to, at, blockEnd - at)
      to += blockEnd - at
    } else {
      const earliest = (flags & BLOCKS_INDEPENDENT) != 0 ? to : target
      to = decodeBlock(at, blockEnd, to, targetEnd, earliest)
      if (to == 0) return -1
    }
    at = blockEnd
    if ((flags & BLOCK_CHECKSUMS) != 0) at += 4
  }
  if ((flags & CONTENT_CHECKSUM) != 0) at += 4
  return at == sourceEnd ? <i32>(to - target) : -1
}

/** Where a block ends at `target` when decoded, or 0 when it is malformed; no match starts before `earliest`. */
function decodeBlock(source: usize, sourceEnd: usize, target: usize, targetEnd: usize, earliest: usize): usize {
  // Before both of these, a sequence of at most 14 literals and a match of at most 18 bytes is within bounds.
  const easySource = sourceEnd - min(sourceEnd, 18)
  const easyTarget = targetEnd - min(targetEnd, 32)
  while (source < sourceEnd) {
    const token: u32 = load<u8>(source++)
    let literals: usize = token >> 4
    let match: usize = token & 15

    if (literals < LENGTH_CONTINUES && match < LENGTH_CONTINUES && source < easySource && target < easyTarget) {
      v128.store(target, v128.load(source))
      source += literals
      target += literals
      const distance: usize = load<u16>(source)
      source += 2
      if (distance == 0 || target < earliest + distance) return 0
      match += MIN_MATCH
      if (distance >= 16) {
        v128.store(target, v128.load(target - distance))
        store<u16>(target, load<u16>(target - distance, 16), 16)
      } else {
        repeat(target, distance, match)
      }
      target += match
      continue
    }

    if (literals == LENGTH_CONTINUES) {
      let more: u32
      do {
        if (source >= sourceEnd) return 0
        more = load<u8>(source++)
        literals += more
      } while (more == 255)
    }
    if (source + literals > sourceEnd || target + literals > targetEnd) return 0
    copyBy16(target, source, literals)
    source += literals
    target += literals
    if (source == sourceEnd) return target

    if (source + 2 > sourceEnd) return 0
    const distance: usize = load<u16>(source)
    source += 2
    if (distance == 0 || target < earliest + distance) return 0
    if (match == LENGTH_CONTINUES) {
      let more: u32
      do {
        if (source >= sourceEnd) return 0
        more = load<u8>(source++)
        match += more
      } while (more == 255)
    }
    match += MIN_MATCH
    if (target + match > targetEnd) return 0
    if (distance >= 16) copyBy32(target, target - distance, match)
    else repeat(target, distance, match)
    target += match
  }
  return target
}

// @ts-ignore: decorator
@inline
function copyBy16(target: usize, source: usize, length: usize): void {
  const end = target + length
  do {
    v128.store(target, v128.load(source))
    target += 16
    source += 16
  } while (target < end)
}

/** For matches, most of which are done at once; the areas may overlap if they are 16 bytes apart. */
// @ts-ignore: decorator
@inline
function copyBy32(target: usize, source: usize, length: usize): void {
  const end = target + length
  do {
    v128.store(target, v128.load(source))
    v128.store(target, v128.load(source, 16), 16)
    target += 32
    source += 32
  } while (target < end)
}

/** For each distance below 16: the bytes 0, 1, .. distance - 1, over and over. */
const REPEATING = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
  0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
  0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
  0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0,
])

/** Writes `length` bytes that repeat the `distance` bytes before `target`; `distance` is below 16. */
function repeat(target: usize, distance: usize, length: usize): void {
  const pattern = v128.swizzle(v128.load(target - distance), v128.load(REPEATING + (distance << 4)))
  const step = 16 - (16 % distance)
  const end = target + length
  do {
    v128.store(target, pattern)
    target += step
  } while (target < end)
}

/** Bytes of a block before encoding: the smallest size a frame may declare, so that an offset fits a u16. */
const BLOCK_BYTES: usize = 64 * 1024
/** Version 1, independent blocks, no checksums; blocks of 64 KiB. */
const DESCRIPTOR: u32 = 0x4060
/** Second byte of xxh32 over the descriptor. */
const DESCRIPTOR_CHECKSUM: u32 = 0x82

/**
 * Encodes `length` bytes at `source` as a frame at `target` and returns the frame's length: at most
 * 15 + 4 per started block longer than the source.
 */
export function encodeFrame(source: usize, length: usize, target: usize): u32 {
  store<u32>(target, MAGIC)
  store<u32>(target, DESCRIPTOR | (DESCRIPTOR_CHECKSUM << 16), MAGIC_BYTES)
  let to = target + MAGIC_BYTES + 3
  const sourceEnd = source + length
  while (source < sourceEnd) {
    const block = min(BLOCK_BYTES, sourceEnd - source)
    const encoded = encodeBlock(source, block, to + 4)
    store<u32>(to, encoded != 0 ? encoded : <u32>block | STORED_RAW)
    if (encoded == 0) memory.copy(to + 4, source, block)
    to += 4 + (encoded != 0 ? encoded : block)
    source += block
  }
  store<u32>(to, 0)
  return <u32>(to + 4 - target)
}

/** Matches end at least this far from the block's end, and its last sequence is literals only. */
const LAST_LITERALS: usize = 5
/** No match starts nearer to the block's end than this. */
const MATCH_MARGIN: usize = 12
/** After each 2^5 positions without a match the search takes longer steps. */
const PATIENCE: u32 = 5
/** SEEN has 2^14 slots of two bytes. */
const SEEN_BITS: u64 = 14
/** Spreads five bytes over the slots; they compress better and faster than four. lz4.c, prime5bytes. */
const SPREAD: u64 = 889523592379
/** Bytes that a sequence adds to its literals and its lengths' extra bytes, rounded up generously. */
const SEQUENCE_MARGIN: usize = 16

/** The slot for the five bytes at `at`; eight are read. */
// @ts-ignore: decorator
@inline
function slotOf(at: usize): usize {
  return SEEN + (<usize>(((load<u64>(at) << 24) * SPREAD) >> (64 - SEEN_BITS)) << 1)
}

/** Encodes a block of at most 64 KiB and returns its length, or 0 when it would not become shorter. */
function encodeBlock(start: usize, length: usize, target: usize): u32 {
  const end = start + length
  const matchLimit = end - LAST_LITERALS
  const searchLimit = end - MATCH_MARGIN
  const targetStart = target
  const targetLimit = target + length - SEQUENCE_MARGIN
  if (length <= MATCH_MARGIN + SEQUENCE_MARGIN) return 0
  memory.fill(SEEN, 0, SEEN_BYTES)

  let anchor = start
  let at = start + 1
  let misses: u32 = 1 << PATIENCE
  while (at < searchLimit) {
    const slot = slotOf(at)
    let match = start + <usize>load<u16>(slot)
    store<u16>(slot, <u16>(at - start))
    if (match >= at || load<u32>(match) != load<u32>(at)) {
      at += misses++ >> PATIENCE
      continue
    }
    misses = 1 << PATIENCE
    while (at > anchor && match > start && load<u8>(at - 1) == load<u8>(match - 1)) {
      at--
      match--
    }
    const distance = at - match
    const literals = at - anchor
    const matched = matchLength(at + MIN_MATCH, match + MIN_MATCH, matchLimit)
    if (target + literals + literals / 255 + matched / 255 > targetLimit) return 0
    target = writeSequence(target, anchor, literals, distance, matched)
    at += MIN_MATCH + matched
    anchor = at
    if (at < searchLimit) store<u16>(slotOf(at - 2), <u16>(at - 2 - start))
  }

  const literals = end - anchor
  if (target + literals + literals / 255 > targetLimit) return 0
  target = writeLiterals(target, target + 1, anchor, literals)
  return <u32>(target - targetStart)
}

/** How many bytes from `at` on equal those from `match` on, up to `limit`. */
// @ts-ignore: decorator
@inline
function matchLength(at: usize, match: usize, limit: usize): usize {
  const start = at
  while (at + 8 <= limit) {
    const difference = load<u64>(at) ^ load<u64>(match)
    if (difference != 0) return at - start + <usize>(ctz(difference) >> 3)
    at += 8
    match += 8
  }
  while (at < limit && load<u8>(at) == load<u8>(match)) {
    at++
    match++
  }
  return at - start
}

/** Writes literals and a match of `matched` + 4 bytes; returns where the sequence ends. */
// @ts-ignore: decorator
@inline
function writeSequence(target: usize, source: usize, literals: usize, distance: usize, matched: usize): usize {
  let to = writeLiterals(target, target + 1, source, literals)
  store<u16>(to, <u16>distance)
  to += 2
  if (matched < LENGTH_CONTINUES) {
    store<u8>(target, load<u8>(target) | <u8>matched)
    return to
  }
  store<u8>(target, load<u8>(target) | <u8>LENGTH_CONTINUES)
  return writeRest(to, matched - LENGTH_CONTINUES)
}

/** Writes the token's literal half at `token`, more length bytes if needed, and the literals from `to` on. */
// @ts-ignore: decorator
@inline
function writeLiterals(token: usize, to: usize, source: usize, literals: usize): usize {
  if (literals < LENGTH_CONTINUES) {
    store<u8>(token, <u8>(literals << 4))
  } else {
    store<u8>(token, <u8>(LENGTH_CONTINUES << 4))
    to = writeRest(to, literals - LENGTH_CONTINUES)
  }
  copyBy16(to, source, literals)
  return to + literals
}

/** The rest of a length: bytes of 255, then one below. */
// @ts-ignore: decorator
@inline
function writeRest(to: usize, rest: usize): usize {
  while (rest >= 255) {
    store<u8>(to++, 255)
    rest -= 255
  }
  store<u8>(to, <u8>rest)
  return to + 1
}
