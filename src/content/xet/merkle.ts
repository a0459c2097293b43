import { concatBytes } from '../../kernel/bytes.ts'
import { FILE_KEY, HASH_BYTES, NODE_KEY, VERIFICATION_KEY, type KeyedHash } from './hash.ts'

/** A chunk as the tree sees it: 32 bytes of hash and its raw length in bytes. */
export interface HashedChunk {
  readonly hash: Uint8Array
  readonly length: number
}

// xet-core, merklehash/aggregated_hashes.rs: mean branching factor 4, at most 2 * 4 + 1 children.
const MEAN_CHILDREN = 4
const MIN_CHILDREN = 3
const MAX_CHILDREN = 9
/** `64 hex digits + " : " + up to 16 decimal digits + "\n"`. */
const MAX_LINE = 64 + 3 + 16 + 1

/**
 * The tree over a sequence of chunks, built as they come: memory grows with the logarithm of their
 * number. A level's children are grouped from the left; a group ends after its third or later child
 * whose hash's last u64 is a multiple of four, at nine children, or at the end of the level.
 */
export class HashTree {
  readonly #keyedHash: KeyedHash
  readonly #levels: Level[] = []

  constructor(keyedHash: KeyedHash) {
    this.#keyedHash = keyedHash
  }

  /** Appends a chunk. `hash` is copied. */
  add(hash: Uint8Array, length: number): void {
    this.#addTo(0, hash, length)
  }

  /** The root: all zero over no chunk, the chunk's own hash over one. Adding afterwards is a mistake. */
  root(): Uint8Array<ArrayBuffer> {
    for (let depth = 0; depth < this.#levels.length; depth++) {
      const level = this.#levelAt(depth)
      if (level.nodes === 1) return level.lastHash.slice()
      if (level.children > 0) this.#closeGroup(depth)
    }
    return new Uint8Array(HASH_BYTES)
  }

  #addTo(depth: number, hash: Uint8Array, length: number): void {
    const level = this.#levelAt(depth)
    level.append(hash, length)
    if (level.isGroupFull()) this.#closeGroup(depth)
  }

  #closeGroup(depth: number): void {
    const level = this.#levelAt(depth)
    const { text, length } = level.takeGroup()
    this.#addTo(depth + 1, this.#keyedHash(NODE_KEY, text), length)
  }

  #levelAt(depth: number): Level {
    const level = this.#levels[depth] ?? new Level()
    this.#levels[depth] = level
    return level
  }
}

/** One level's unfinished group, kept as the text that its parent's hash covers. */
class Level {
  /** Children ever appended to this level. */
  nodes = 0
  /** Children of the unfinished group. */
  children = 0
  readonly lastHash = new Uint8Array(HASH_BYTES)
  readonly #text = new Uint8Array(MAX_CHILDREN * MAX_LINE)
  #textLength = 0
  #bytes = 0

  append(hash: Uint8Array, length: number): void {
    this.nodes++
    this.children++
    this.#bytes += length
    this.lastHash.set(hash)
    this.#textLength = writeLine(this.#text, this.#textLength, hash, length)
  }

  isGroupFull(): boolean {
    if (this.children < MIN_CHILDREN) return false
    return this.children === MAX_CHILDREN || (this.lastHash[24] ?? 0) % MEAN_CHILDREN === 0
  }

  takeGroup(): { text: Uint8Array; length: number } {
    const group = { text: this.#text.subarray(0, this.#textLength), length: this.#bytes }
    this.children = 0
    this.#textLength = 0
    this.#bytes = 0
    return group
  }
}

const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef')
const SPACE = 0x20
const COLON = 0x3a
const NEWLINE = 0x0a
const ZERO = 0x30

/** Writes `"{hash} : {length}\n"` at `at` and returns where the line ends. */
function writeLine(text: Uint8Array, at: number, hash: Uint8Array, length: number): number {
  let end = at
  for (let index = 0; index < HASH_BYTES; index++) {
    const byte = hash[index ^ 7] ?? 0
    text[end++] = HEX_DIGITS[byte >> 4] ?? 0
    text[end++] = HEX_DIGITS[byte & 15] ?? 0
  }
  text[end++] = SPACE
  text[end++] = COLON
  text[end++] = SPACE
  end = writeDecimal(text, end, length)
  text[end++] = NEWLINE
  return end
}

function writeDecimal(text: Uint8Array, at: number, value: number): number {
  const digits = String(value)
  for (let index = 0; index < digits.length; index++) text[at + index] = ZERO + Number(digits[index])
  return at + digits.length
}

/** Hash of a xorb: the root over its chunks, whatever their compression. */
export function xorbHash(chunks: Iterable<HashedChunk>, keyedHash: KeyedHash): Uint8Array<ArrayBuffer> {
  return treeOver(chunks, keyedHash).root()
}

/** Hash of a file: the root over its chunks, keyed once more; all zero for an empty file. */
export function fileHash(chunks: Iterable<HashedChunk>, keyedHash: KeyedHash): Uint8Array<ArrayBuffer> {
  return fileHashOf(treeOver(chunks, keyedHash).root(), keyedHash)
}

/** Turns the root over a file's chunks into the file's hash. */
export function fileHashOf(root: Uint8Array<ArrayBuffer>, keyedHash: KeyedHash): Uint8Array<ArrayBuffer> {
  return root.every((byte) => byte === 0) ? root : keyedHash(FILE_KEY, root)
}

/** What an uploader must present for a term: proof of knowing every chunk hash (32 bytes each, at most 8192). */
export function verificationHash(
  chunkHashes: readonly Uint8Array[],
  keyedHash: KeyedHash,
): Uint8Array<ArrayBuffer> {
  return keyedHash(VERIFICATION_KEY, concatBytes(chunkHashes))
}

/** A hash as shown in a deduplication answer: it can be recognised but not learnt. */
export function hmacHash(hash: Uint8Array, key: Uint8Array, keyedHash: KeyedHash): Uint8Array<ArrayBuffer> {
  return keyedHash(key, hash)
}

function treeOver(chunks: Iterable<HashedChunk>, keyedHash: KeyedHash): HashTree {
  const tree = new HashTree(keyedHash)
  for (const { hash, length } of chunks) tree.add(hash, length)
  return tree
}
