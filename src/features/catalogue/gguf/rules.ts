/** The header of a GGUF file, versions 2 and 3, pure. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
import { fromUtf8 } from '../../../kernel/bytes.ts'
import type { HeaderReading, Tensor } from '../types.ts'
import { FILE_TYPES, TENSOR_TYPES } from './types.ts'

// Generous for real files, small enough that a hostile header costs little.
const MOST_VALUES = 100_000
const MOST_TENSORS = 1_000_000
const LONGEST_NAME = 65_535
const LONGEST_STRING = 16 * 1024 * 1024
const LONGEST_KEPT_STRING = 4096
const MOST_DIMENSIONS = 8
const DEEPEST_ARRAY = 4
const DEFAULT_ALIGNMENT = 32

/** What a GGUF file announces. */
export interface GgufHeader {
  readonly version: number
  readonly architecture: string | null
  /** `general.type`: `model` unless the file says otherwise. */
  readonly role: string
  /** The file's mix of precisions: `Q4_K_M`; null when it does not say. */
  readonly quantisation: string | null
  /** Tokens. */
  readonly contextLength: number | null
  readonly hasChatTemplate: boolean
  readonly tensors: readonly Tensor[]
}

/**
 * Reads the header from the first bytes of a file of `fileSize` bytes. How long a header is shows only while walking it
 * (vocabularies are inside), so `needed` grows from call to call: ask for at least twice what you had.
 */
export function readGgufHeader(prefix: Uint8Array, fileSize: number): HeaderReading<GgufHeader> {
  try {
    return { kind: 'header', header: readHeader(new Cursor(prefix, fileSize)) }
  } catch (stop) {
    if (stop instanceof Short) return { kind: 'more', needed: stop.needed }
    if (stop instanceof Malformed) return { kind: 'malformed', message: stop.message }
    throw stop
  }
}

/** Stops the walk where the prefix ends. Never leaves this file. */
class Short extends Error {
  readonly needed: number
  constructor(needed: number) {
    super()
    this.needed = needed
  }
}

/** Stops the walk at something no reader should accept. Never leaves this file. */
class Malformed extends Error {}

function readHeader(cursor: Cursor): GgufHeader {
  if (cursor.text(4) !== 'GGUF') throw new Malformed('does not begin with GGUF')
  const version = cursor.u32()
  if (version !== 2 && version !== 3) throw new Malformed(versionFault(version))
  const tensorCount = cursor.count(MOST_TENSORS, 'tensors')
  const values = readValues(cursor)
  const tensors = readTensors(cursor, tensorCount, alignmentOf(values))
  const architecture = text(values, 'general.architecture')
  return {
    version,
    architecture,
    role: text(values, 'general.type') ?? 'model',
    quantisation: FILE_TYPES.get(number(values, 'general.file_type') ?? -1) ?? null,
    contextLength: number(values, `${architecture}.context_length`),
    hasChatTemplate: [...values.keys()].some((key) => key.startsWith('tokenizer.chat_template')),
    tensors,
  }
}

function versionFault(version: number): string {
  const isSwapped = (version & 0xffff) === 0 && version !== 0
  return isSwapped ? 'big-endian files are not read' : `version ${version} is not read`
}

/** Values by key; null for what is skipped: arrays and long strings. */
type Values = ReadonlyMap<string, Value>
type Value = string | number | boolean | null

function text(values: Values, key: string): string | null {
  const value = values.get(key)
  return typeof value === 'string' ? value : null
}

function number(values: Values, key: string): number | null {
  const value = values.get(key)
  return typeof value === 'number' ? value : null
}

function alignmentOf(values: Values): number {
  const alignment = number(values, 'general.alignment') ?? DEFAULT_ALIGNMENT
  const isPowerOfTwo = Number.isInteger(Math.log2(alignment))
  if (!isPowerOfTwo || alignment > 1024 * 1024) throw new Malformed('alignment is not a power of two')
  return alignment
}

function readValues(cursor: Cursor): Values {
  const values = new Map<string, Value>()
  for (let left = cursor.count(MOST_VALUES, 'values'); left > 0; left--) {
    const key = cursor.string(LONGEST_NAME)
    values.set(key ?? '', readValue(cursor, cursor.u32()))
  }
  return values
}

// gguf_metadata_value_type of the specification
const STRING = 8
const ARRAY = 9
const FIXED: ReadonlyMap<number, { bytes: number; read: (view: DataView, at: number) => number | boolean }> =
  new Map([
    [0, { bytes: 1, read: (view: DataView, at: number) => view.getUint8(at) }],
    [1, { bytes: 1, read: (view: DataView, at: number) => view.getInt8(at) }],
    [2, { bytes: 2, read: (view: DataView, at: number) => view.getUint16(at, true) }],
    [3, { bytes: 2, read: (view: DataView, at: number) => view.getInt16(at, true) }],
    [4, { bytes: 4, read: (view: DataView, at: number) => view.getUint32(at, true) }],
    [5, { bytes: 4, read: (view: DataView, at: number) => view.getInt32(at, true) }],
    [6, { bytes: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) }],
    [7, { bytes: 1, read: (view: DataView, at: number) => view.getUint8(at) !== 0 }],
    [10, { bytes: 8, read: (view: DataView, at: number) => Number(view.getBigUint64(at, true)) }],
    [11, { bytes: 8, read: (view: DataView, at: number) => Number(view.getBigInt64(at, true)) }],
    [12, { bytes: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) }],
  ])

function readValue(cursor: Cursor, type: number): Value {
  if (type === STRING) return cursor.string(LONGEST_STRING)
  if (type === ARRAY) return skipArray(cursor, 1)
  const fixed = FIXED.get(type)
  if (!fixed) throw new Malformed(`unknown value type ${type}`)
  return cursor.fixed(fixed)
}

/** Walks over an array: vocabularies, mostly. */
function skipArray(cursor: Cursor, depth: number): null {
  if (depth > DEEPEST_ARRAY) throw new Malformed('arrays nested too deep')
  const type = cursor.u32()
  const count = cursor.count(cursor.fileSize, 'array elements')
  const fixed = FIXED.get(type)
  if (fixed) cursor.skip(count * fixed.bytes)
  else if (type === STRING)
    for (let left = count; left > 0; left--) cursor.skip(cursor.length(LONGEST_STRING))
  else if (type === ARRAY) for (let left = count; left > 0; left--) skipArray(cursor, depth + 1)
  else throw new Malformed(`unknown array type ${type}`)
  return null
}

function readTensors(cursor: Cursor, count: number, alignment: number): Tensor[] {
  const placed = Array.from({ length: count }, () => readTensor(cursor))
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment
  const ends = placed.map(({ tensor, offset }) => dataStart + offset + tensor.bytes)
  if (ends.some((end) => end > cursor.fileSize)) throw new Malformed('tensors reach past the end of the file')
  return placed.map(({ tensor }) => tensor)
}

function readTensor(cursor: Cursor): { tensor: Tensor; offset: number } {
  const name = cursor.string(LONGEST_NAME) ?? ''
  const dimensions = cursor.u32()
  if (dimensions > MOST_DIMENSIONS) throw new Malformed('a tensor has too many dimensions')
  const innermostFirst = Array.from({ length: dimensions }, () => cursor.u64())
  const type = cursor.u32()
  const known = TENSOR_TYPES.get(type)
  if (!known) throw new Malformed(`unknown tensor type ${type}`)
  const parameterCount = innermostFirst.reduce((product, length) => product * length, 1)
  const bytes = Math.ceil(parameterCount / known.blockElements) * known.blockBytes
  if (!Number.isSafeInteger(bytes)) throw new Malformed('a tensor is too large')
  const offset = cursor.u64()
  const shape = innermostFirst.toReversed()
  return { tensor: { name, precision: known.name, shape, parameterCount, bytes }, offset }
}

/** Walks a prefix; throws {@link Short} at its end and {@link Malformed} past the file's. Little-endian. */
class Cursor {
  readonly fileSize: number
  offset = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array, fileSize: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.fileSize = fileSize
  }

  /** Moves over `length` bytes and returns where they start. */
  skip(length: number): number {
    const start = this.offset
    const end = start + length
    if (end > this.fileSize) throw new Malformed('header reaches past the end of the file')
    if (end > this.#bytes.length) throw new Short(end)
    this.offset = end
    return start
  }

  fixed({
    bytes,
    read,
  }: {
    bytes: number
    read: (view: DataView, at: number) => number | boolean
  }): number | boolean {
    const at = this.skip(bytes)
    return read(this.#view, at)
  }

  u32(): number {
    const at = this.skip(4)
    return this.#view.getUint32(at, true)
  }

  u64(): number {
    const at = this.skip(8)
    const value = this.#view.getBigUint64(at, true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed('a length is too large')
    return Number(value)
  }

  count(most: number, what: string): number {
    const value = this.u64()
    if (value > most) throw new Malformed(`more than ${most} ${what}`)
    return value
  }

  length(longest: number): number {
    const length = this.u64()
    if (length > longest) throw new Malformed('a text is too long')
    return length
  }

  /** Text of that many bytes, whatever they are. */
  text(length: number): string {
    const start = this.skip(length)
    return fromUtf8(this.#bytes.subarray(start, start + length))
  }

  /** A string with its length before it; null when it is too long to keep. */
  string(longest: number): string | null {
    const length = this.length(longest)
    if (length <= LONGEST_KEPT_STRING) return this.text(length)
    this.skip(length)
    return null
  }
}
