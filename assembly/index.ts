/** What the host calls; src/content/codec/codec.ts is its only caller. Addresses are bytes of this module's memory. */
import { joinPlanes, splitPlanes } from './bg4'
import { decodeFrame, encodeFrame } from './lz4'
import { MAX_CHUNK_RAW, OUTPUT, PLANES } from './memory'

export { hashKeyed } from './blake3'
export { nextCut } from './gear'
export { DIGEST, INPUT, KEY, OUTPUT, WINDOW, WINDOW_BYTES } from './memory'

/** Decodes an LZ4 frame to OUTPUT; whether it decodes to exactly `rawLength` bytes. */
export function decodeLz4(stored: usize, length: usize, rawLength: usize): bool {
  return rawLength <= MAX_CHUNK_RAW && decodeFrame(stored, length, OUTPUT, rawLength) == <i32>rawLength
}

/** Decodes an LZ4 frame of byte planes to OUTPUT; whether it decodes to exactly `rawLength` bytes. */
export function decodePlanes(stored: usize, length: usize, rawLength: usize): bool {
  if (rawLength > MAX_CHUNK_RAW) return false
  if (decodeFrame(stored, length, PLANES, rawLength) != <i32>rawLength) return false
  joinPlanes(PLANES, rawLength, OUTPUT)
  return true
}

/** Encodes at most 128 KiB as an LZ4 frame at OUTPUT; returns its length. */
export function encodeLz4(raw: usize, length: usize): u32 {
  return encodeFrame(raw, length, OUTPUT)
}

/** Encodes at most 128 KiB as an LZ4 frame of byte planes at OUTPUT; returns its length. */
export function encodePlanes(raw: usize, length: usize): u32 {
  splitPlanes(raw, length, PLANES)
  return encodeFrame(PLANES, length, OUTPUT)
}
