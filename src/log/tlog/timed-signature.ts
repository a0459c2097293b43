import { concatBytes } from '../../kernel/bytes.ts'

const TIME_BYTES = 8
const ED25519_BYTES = 64

/** An Ed25519 signature and the time, in whole seconds since 1970, that it covers. C2SP tlog-cosignature. */
export interface TimedSignature {
  readonly time: number
  readonly signature: Uint8Array
}

/** `u64 big-endian time ‖ signature`: 72 bytes. */
export function encodeTimed({ time, signature }: TimedSignature): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TIME_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time))
  return concatBytes([bytes, signature])
}

/** Reads that form; null when it is not 72 bytes or its time is 2^53 or later. */
export function readTimed(bytes: Uint8Array): TimedSignature | null {
  if (bytes.length !== TIME_BYTES + ED25519_BYTES) return null
  const time = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
  return Number.isSafeInteger(time) ? { time, signature: bytes.subarray(TIME_BYTES) } : null
}
