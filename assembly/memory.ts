/**
 * Where everything lies in the module's memory. Nothing is ever allocated: each function works in
 * fixed areas, which the host fills and reads. A vector load or store may pass the end of what it
 * works on by less than SLACK bytes, so every area that one may run through ends with that much.
 */

const KIB: usize = 1024
const SLACK: usize = 64

/** Raw bytes at most in a chunk; see src/content/xet/xorb-format.ts. */
export const MAX_CHUNK_RAW: usize = 128 * KIB
/** Stored bytes at most in a chunk, and bytes at most of one keyed hash. */
export const MAX_INPUT: usize = 256 * KIB

/** Static data (the gear table, shuffle masks) ends below this. */
const STATIC_END: usize = 64 * KIB

/** 32 bytes: the key of the next hash. */
export const KEY: usize = STATIC_END
/** 32 bytes: the last hash. */
export const DIGEST: usize = KEY + 32
/** 1 KiB: an incomplete BLAKE3 chunk, padded with zeros to whole blocks. */
export const PARTIAL: usize = STATIC_END + 64
/** 8 KiB and room for four more: chaining values of the BLAKE3 chunks of one input. */
export const CHAIN: usize = PARTIAL + KIB
const CHAIN_BYTES: usize = (MAX_INPUT / KIB) * 32 + 4 * 32
/** 32 KiB: where byte sequences were last seen by the LZ4 encoder, as u16 offsets into the block. */
export const SEEN: usize = CHAIN + CHAIN_BYTES
export const SEEN_BYTES: usize = 32 * KIB
/** What the host hands over: a stored chunk, a raw chunk, bytes to hash. */
export const INPUT: usize = SEEN + SEEN_BYTES
/** A chunk as byte planes, on the way to or from LZ4. */
export const PLANES: usize = INPUT + MAX_INPUT + SLACK
/** What the host takes back: a raw chunk, or a frame, which is at most 32 bytes longer than its raw bytes. */
export const OUTPUT: usize = PLANES + MAX_CHUNK_RAW + SLACK
/** 4 MiB + 256 KiB that only the host writes: long input that is cut, hashed and encoded in place. */
export const WINDOW: usize = OUTPUT + MAX_CHUNK_RAW + 32 + SLACK
export const WINDOW_BYTES: usize = (4096 + 256) * KIB

const PAGE: usize = 64 * KIB
const PAGES_NEEDED: usize = (WINDOW + WINDOW_BYTES + SLACK + PAGE - 1) / PAGE

if (__heap_base > STATIC_END) unreachable()
if (<usize>memory.size() < PAGES_NEEDED) memory.grow(<i32>(PAGES_NEEDED - memory.size()))
