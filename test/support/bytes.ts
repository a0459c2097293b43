import { createCipheriv, createHash } from 'node:crypto'

/** Incompressible bytes, always the same for a seed: AES-128-CTR over zeros. */
export function randomBytesOf(seed: string, length: number): Buffer<ArrayBuffer> {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16)
  return Buffer.from(createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length)))
}

/** Bytes that look like bfloat16 weights around zero: random mantissas, few exponents. `length` is rounded down to even. */
export function weightsOf(seed: string, length: number): Buffer<ArrayBuffer> {
  const bytes = randomBytesOf(seed, length & ~1)
  for (let at = 1; at < bytes.length; at += 2) bytes[at] = 0x3a + ((bytes[at] ?? 0) & 0x83) // sign and low exponent bits
  return bytes
}

/** Lines of words, always the same for a seed, as compressible as prose. */
export function textOf(seed: string, length: number): Buffer<ArrayBuffer> {
  const words =
    'share follow protect agree build learn model data river mountain market letter voice field'.split(' ')
  const source = randomBytesOf(seed, Math.ceil(length / 4) + 64)
  const parts: string[] = []
  let total = 0
  for (let at = 0; total < length; at++) {
    const byte = source[at % source.length] ?? 0
    const word = `${words[byte % words.length]}${byte > 240 ? `${byte}${at}\n` : ' '}`
    parts.push(word)
    total += word.length
  }
  return Buffer.from(parts.join('').slice(0, length))
}

/** Hex SHA-256, the identity of a large file. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
