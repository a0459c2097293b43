import { createCipheriv, randomFillSync } from 'node:crypto'
import { open } from 'node:fs/promises'

const PIECE = 32 * 1024 * 1024

/** What the bytes of a file are like. */
export type Texture = 'random' | 'bf16' | 'text'
export const TEXTURES: readonly Texture[] = ['random', 'bf16', 'text']

/** Writes a file of `size` bytes, different each time, without ever holding more than a piece of it. */
export async function writeInput(path: string, texture: Texture, size: number): Promise<void> {
  await using file = await open(path, 'w')
  const make = MAKERS[texture]()
  for (let written = 0; written < size;) {
    const piece = make().subarray(0, size - written)
    await file.write(piece)
    written += piece.length
  }
}

const MAKERS: Readonly<Record<Texture, () => () => Uint8Array>> = {
  random: () => {
    const next = randomStream()
    return () => next(PIECE)
  },
  bf16: () => {
    const weights = gaussianWeights(PIECE / 2)
    const next = randomStream()
    return () => shuffleMantissas(weights, next(PIECE / 2))
  },
  text: () => {
    let line = 0
    return () => Buffer.from(Array.from({ length: PIECE / 64 }, () => sourceLine(line++)).join(''))
  },
}

function randomStream(): (length: number) => Buffer {
  const cipher = createCipheriv('aes-128-ctr', randomFillSync(Buffer.alloc(16)), Buffer.alloc(16))
  return (length) => cipher.update(Buffer.alloc(length))
}

/** Normally distributed weights around zero with deviation 0.02, as bfloat16, little-endian (Box–Muller). */
function gaussianWeights(count: number): Buffer {
  const floats = new Float32Array(count)
  const uniform = new Uint32Array(count)
  const random = randomStream()(count * 4)
  uniform.set(new Uint32Array(random.buffer, random.byteOffset, count))
  for (let at = 0; at + 1 < count; at += 2) {
    const radius = 0.02 * Math.sqrt(-2 * Math.log(((uniform[at] ?? 0) + 1) / 2 ** 32))
    const angle = (2 * Math.PI * (uniform[at + 1] ?? 0)) / 2 ** 32
    floats[at] = radius * Math.cos(angle)
    floats[at + 1] = radius * Math.sin(angle)
  }
  const words = new Uint32Array(floats.buffer)
  const weights = Buffer.alloc(count * 2)
  for (let at = 0; at < count; at++) weights.writeUInt16LE((words[at] ?? 0) >>> 16, at * 2)
  return weights
}

/** The same exponents with other mantissas: as compressible, and never the same bytes twice. */
function shuffleMantissas(weights: Buffer, mantissas: Buffer): Buffer {
  const out = Buffer.from(weights)
  for (let at = 0; at < mantissas.length; at++)
    out[at * 2] = ((out[at * 2] ?? 0) & 0x80) | ((mantissas[at] ?? 0) & 0x7f)
  return out
}

const WORDS =
  'function return const value index length table node member share verify publish fetch stream'.split(' ')

function sourceLine(line: number): string {
  const word = (step: number) => WORDS[(line * 7919 + step * 104_729) % WORDS.length] ?? ''
  const hash = Math.imul(line, 2_654_435_761) >>> 0
  return `  ${word(1)} ${word(2)}_${hash.toString(36)} = ${word(3)}(${word(5)}, ${hash % 1000}) // ${word(8)}\n`
}
