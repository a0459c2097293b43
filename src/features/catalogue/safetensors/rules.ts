/** The header of a safetensors file, pure. Format: https://github.com/huggingface/safetensors#format */
import { z } from 'zod'

import { fromUtf8 } from '../../../kernel/bytes.ts'
import type { HeaderReading, Tensor } from '../types.ts'

/** Bytes of JSON that the reference loader accepts (`MAX_HEADER_SIZE`, safetensors/src/tensor.rs). */
const LARGEST_SAFETENSORS_HEADER = 100_000_000

/** Before the JSON stands its length: an unsigned 64-bit integer, little-endian. */
const LENGTH_BYTES = 8

/** Bits per element (`Dtype`, safetensors/src/tensor.rs). */
const BITS: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ...['F6_E2M3', 'F6_E3M2'].map((name) => [name, 6] as const),
  ...['BOOL', 'U8', 'I8', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'].map(
    (name) => [name, 8] as const,
  ),
  ...['I16', 'U16', 'F16', 'BF16'].map((name) => [name, 16] as const),
  ...['I32', 'U32', 'F32'].map((name) => [name, 32] as const),
  ...['I64', 'U64', 'F64', 'C64'].map((name) => [name, 64] as const),
])

const Size = z.int().nonnegative()
const TensorEntry = z.object({
  dtype: z.string(),
  shape: z.array(Size).max(64),
  data_offsets: z.tuple([Size, Size]),
})

const FreeMetadata = z.record(z.string(), z.string())

/** What a safetensors file announces. */
export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: readonly Tensor[]
  /** The free `__metadata__` of the file. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Reads the header from the first bytes of a file of `fileSize` bytes. Refuses what the reference loader refuses. */
export function readSafetensorsHeader(
  prefix: Uint8Array,
  fileSize: number,
): HeaderReading<SafetensorsHeader> {
  if (fileSize < LENGTH_BYTES) return malformed('shorter than its length field')
  if (prefix.length < LENGTH_BYTES) return { kind: 'more', needed: LENGTH_BYTES }
  const announced = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (announced > LARGEST_SAFETENSORS_HEADER) return malformed('header longer than 100 MB')
  const end = LENGTH_BYTES + Number(announced)
  if (end > fileSize) return malformed('header reaches past the end of the file')
  if (prefix.length < end) return { kind: 'more', needed: end }
  return readJson(fromUtf8(prefix.subarray(LENGTH_BYTES, end)), fileSize - end)
}

function malformed(message: string): { kind: 'malformed'; message: string } {
  return { kind: 'malformed', message }
}

function readJson(json: string, dataBytes: number): HeaderReading<SafetensorsHeader> {
  const entries = parseObject(json)
  if (!entries) return malformed('header is not a JSON object')
  const metadata = FreeMetadata.safeParse(entries.get('__metadata__') ?? {})
  if (!metadata.success) return malformed('__metadata__ holds more than text')
  entries.delete('__metadata__')
  const placed: PlacedTensor[] = []
  for (const [name, entry] of entries) {
    const tensor = readEntry(name, entry)
    if (typeof tensor === 'string') return malformed(`tensor "${name.slice(0, 100)}": ${tensor}`)
    placed.push(tensor)
  }
  placed.sort((left, right) => left.start - right.start || left.end - right.end)
  const fault = faultOfLayout(placed, dataBytes)
  if (fault) return malformed(fault)
  return { kind: 'header', header: { tensors: placed.map(({ tensor }) => tensor), metadata: metadata.data } }
}

/** Members of a JSON object, null for anything else. A map, because a name may be `__proto__`. */
function parseObject(json: string): Map<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new Map(Object.entries(value))
      : null
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}

interface PlacedTensor {
  readonly tensor: Tensor
  /** `[start, end)` in bytes after the header. */
  readonly start: number
  readonly end: number
}

function readEntry(name: string, value: unknown): PlacedTensor | string {
  const entry = TensorEntry.safeParse(value)
  if (!entry.success) return 'not a tensor entry'
  const { dtype, shape, data_offsets } = entry.data
  const [start, end] = data_offsets
  const bits = BITS.get(dtype)
  if (bits === undefined) return `unknown type ${dtype.slice(0, 20)}`
  const parameterCount = shape.reduce((product, length) => product * length, 1)
  if (!Number.isSafeInteger(parameterCount * bits)) return 'too many elements'
  if ((parameterCount * bits) % 8 !== 0 || end - start !== (parameterCount * bits) / 8)
    return 'length does not match its shape'
  return { tensor: { name, precision: dtype, shape, parameterCount, bytes: end - start }, start, end }
}

/** Tensors must fill the rest of the file without hole or overlap. */
function faultOfLayout(placed: readonly PlacedTensor[], dataBytes: number): string | null {
  let at = 0
  for (const { start, end } of placed) {
    if (start !== at) return start < at ? 'tensors overlap' : 'bytes between tensors'
    at = end
  }
  return at === dataBytes ? null : 'tensors do not end where the file ends'
}

const WeightMap = z.record(z.string(), z.string())

/**
 * The shards that a `….safetensors.index.json` names, each once, as paths of the repository: names are relative to the
 * index's `folder` (`''` or `a/b/`). Null when the text is no such index.
 */
export function readSafetensorsIndex(json: string, folder: string): readonly string[] | null {
  const weightMap = WeightMap.safeParse(parseObject(json)?.get('weight_map'))
  if (!weightMap.success) return null
  return [...new Set(Object.values(weightMap.data))].sort().map((name) => folder + name)
}
