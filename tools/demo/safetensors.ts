/** Writes safetensors. Format: https://github.com/huggingface/safetensors#format */

/** A tensor to write: 32-bit floats, outermost dimension first. */
export interface FloatTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** The bytes of a file with these tensors, in their order; the header is padded so that values lie at a multiple of eight. */
export function writeSafetensors(
  tensors: readonly FloatTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let end = 0
  const entries = tensors.map(({ name, shape, values }) => {
    const start = end
    end += values.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const
  })
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const header = new TextEncoder().encode(
    json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)),
  )
  const file = new Uint8Array(8 + header.length + end)
  const view = new DataView(file.buffer)
  view.setBigUint64(0, BigInt(header.length), true)
  file.set(header, 8)
  let at = 8 + header.length
  for (const { values } of tensors) {
    for (const value of values) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return file
}
