import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import { Sha256 } from '../../kernel/names.ts'

/** What stands in a git tree for a large file (git-lfs specification, docs/spec.md version 1). */
export interface LfsPointer {
  readonly sha256: Sha256
  /** Bytes of the large file. */
  readonly size: number
}

const LONGEST_POINTER = 1024
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,16})\n$/

/** Writes the pointer blob's body. */
export function encodePointer(pointer: LfsPointer): Uint8Array {
  return utf8(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${pointer.sha256}\nsize ${pointer.size}\n`,
  )
}

/** Reads a blob's body as a pointer, or null when it is something else. */
export function decodePointer(body: Uint8Array): LfsPointer | null {
  if (body.length > LONGEST_POINTER) return null
  const match = POINTER.exec(fromUtf8(body))
  const size = Number(match?.[2])
  return match && Number.isSafeInteger(size) ? { sha256: Sha256.parse(match[1]), size } : null
}
