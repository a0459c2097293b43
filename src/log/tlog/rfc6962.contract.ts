/** RFC 6962 section 2.1 word for word, slow and over whole lists: what the fast code is held against. */
import { createHash } from 'node:crypto'

import { concatBytes } from '../../kernel/bytes.ts'
import { type Tile, widthOf } from './tile.ts'

type Hashes = readonly Uint8Array[]

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return new Uint8Array(digest.digest())
}

/** `H(0x00 ‖ entry)` */
export function plainLeaf(entry: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(0), entry)
}

/** MTH, over leaf hashes. */
export function plainRoot(leaves: Hashes): Uint8Array {
  const [only, ...more] = leaves
  if (!only) return sha256()
  if (more.length === 0) return only
  const k = split(leaves.length)
  return sha256(Uint8Array.of(1), plainRoot(leaves.slice(0, k)), plainRoot(leaves.slice(k)))
}

/** PATH(m, D[n]) */
export function plainPath(m: number, leaves: Hashes): Hashes {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m < k ? [...plainPath(m, left), plainRoot(right)] : [...plainPath(m - k, right), plainRoot(left)]
}

/** PROOF(m, D[n]) */
export function plainProof(m: number, leaves: Hashes): Hashes {
  return subproof(m, leaves, true)
}

function subproof(m: number, leaves: Hashes, isWhole: boolean): Hashes {
  if (m === leaves.length) return isWhole ? [] : [plainRoot(leaves)]
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m <= k
    ? [...subproof(m, left, isWhole), plainRoot(right)]
    : [...subproof(m - k, right, false), plainRoot(left)]
}

/** A tile as tlog-tiles defines it, straight from the leaves. */
export function plainTile({ level, index }: Tile, leaves: Hashes): Uint8Array {
  const span = 256 ** level
  const hashes = Array.from({ length: widthOf(level, index, leaves.length) }, (_, i) => {
    const start = (index * 256 + i) * span
    return plainRoot(leaves.slice(start, start + span))
  })
  return concatBytes(hashes)
}

function split(leaves: number): number {
  let k = 1
  while (k * 2 < leaves) k *= 2
  return k
}
