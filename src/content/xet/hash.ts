import { Sha256, XetHash } from '../../kernel/names.ts'

/** BLAKE3 in keyed mode: 32 bytes from a 32-byte key and up to 256 KiB of input. */
export type KeyedHash = (key: Uint8Array, bytes: Uint8Array) => Uint8Array<ArrayBuffer>

/** Bytes in every hash here. */
export const HASH_BYTES = 32

// The four keys of the Xet specification, hashing.md.

/** Key of a chunk's hash: BLAKE3 over the chunk's raw bytes. */
export const CHUNK_KEY = Uint8Array.fromHex(
  '6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229',
)

/** Key of a tree node's hash: BLAKE3 over one line of text per child. */
export const NODE_KEY = Uint8Array.fromHex('017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f')

/** Key of a term's verification hash: BLAKE3 over its chunks' hashes. */
export const VERIFICATION_KEY = Uint8Array.fromHex(
  '7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3',
)

/** Key that turns a tree's root into a file's hash. */
export const FILE_KEY = new Uint8Array(HASH_BYTES)

/** The string form of 32 bytes: four little-endian u64, each as 16 hex digits. */
export function xetHashOf(bytes: Uint8Array): XetHash {
  return XetHash.parse(swapWords(bytes).toHex())
}

/** The 32 bytes behind a hash's string form. */
export function xetHashBytes(hash: XetHash): Uint8Array<ArrayBuffer> {
  return swapWords(Uint8Array.fromHex(hash))
}

/** Reads the SHA-256 of a shard: there its bytes are swapped as if its hex were a Xet hash. */
export function sha256InShard(bytes: Uint8Array): Sha256 {
  return Sha256.parse(swapWords(bytes).toHex())
}

/** Reverses each group of eight bytes. Its own inverse. */
function swapWords(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length !== HASH_BYTES) throw new RangeError(`a hash has ${HASH_BYTES} bytes, not ${bytes.length}`)
  return Uint8Array.from(bytes, (_, index) => bytes[index ^ 7] ?? 0)
}
