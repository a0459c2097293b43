/** The contents that make.py describes, made again: see there. */
import { readFileSync } from 'node:fs'

export interface Recipe {
  readonly kind: 'random' | 'constant' | 'text' | 'weights'
  readonly seed: number
  readonly size: number
}

/** A recipe and the file hash that the reference client gives its content. */
export interface HashedRecipe extends Recipe {
  readonly hash: string
}

/** Contents of many sizes around every limit of the chunker. */
export function fileVectors(): readonly HashedRecipe[] {
  return JSON.parse(readVector('files.json').toString())
}

/** A xorb that the reference client made of three files, footer included, and the shard about it. */
export function referenceUpload() {
  const { xorb, files }: { xorb: string; files: readonly HashedRecipe[] } = JSON.parse(
    readVector('reference.json').toString(),
  )
  return { hash: xorb, files, xorb: readVector('reference.xorb'), shard: readVector('reference.shard') }
}

export function contentOf({ kind, seed, size }: Recipe): Uint8Array<ArrayBuffer> {
  if (kind === 'constant') return new Uint8Array(size).fill(seed)
  const next = splitmix64(BigInt(seed))
  if (kind === 'random')
    return new Uint8Array(BigUint64Array.from({ length: Math.ceil(size / 8) }, next).buffer, 0, size)
  if (kind === 'text') return textOf(next, size)
  const bytes = new Uint8Array(size + 1)
  for (let at = 0; at < size; at += 2) {
    const word = next()
    bytes[at] = Number(word & 255n)
    bytes[at + 1] = 0x3a + Number((word >> 8n) % 5n)
  }
  return bytes.slice(0, size)
}

function textOf(next: () => bigint, size: number): Uint8Array<ArrayBuffer> {
  const lines = Array.from(
    { length: Math.floor(size / 16) + 1 },
    (_, number) => `line ${number}: ${next() % 1000n} of 1000\n`,
  )
  return new TextEncoder().encode(lines.join('')).slice(0, size)
}

function splitmix64(seed: bigint): () => bigint {
  let state = seed
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let word = state
    word = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n)
    word = BigInt.asUintN(64, (word ^ (word >> 27n)) * 0x94d049bb133111ebn)
    return word ^ (word >> 31n)
  }
}

function readVector(name: string): Buffer {
  return readFileSync(new URL(name, import.meta.url))
}
