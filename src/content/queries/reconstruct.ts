import type { Database, Reader } from '../../database/index.ts'
import type { ByteRange } from '../../kernel/byte-range.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import type { XetHash } from '../../kernel/names.ts'
import { fail, type Result } from '../../kernel/result.ts'
import { fileErased } from '../rules.ts'
import { DamagedContent } from '../types.ts'
import { planReconstruction, type Reconstruction } from '../xet/index.ts'
import { erasureOfXet } from './erasures.ts'
import type { FileIndex } from './file-index.ts'
import type { XorbIndex } from './xorb-index.ts'

/** Xorbs at most in one plan: 128 GiB of full ones. Clients that want more ask for ranges. */
const MAX_XORBS = 2048

export interface ReconstructDeps {
  readonly database: Database
  readonly files: FileIndex
  readonly index: XorbIndex
}

/** See `Content.reconstruct`. */
export async function reconstruct(
  { database, files, index }: ReconstructDeps,
  repositoryId: string,
  xetHash: XetHash,
  range?: ByteRange,
): Promise<Result<Reconstruction>> {
  const file = await files.usableByXetHash(repositoryId, xetHash)
  const layout = file && (await files.layout(xetHash))
  if (!layout) return fail(await absence(database.read, repositoryId, xetHash))
  const wanted = { start: range?.start ?? 0, end: Math.min(range?.end ?? file.size, file.size) }
  if (file.size === 0) return planReconstruction([], () => absent(xetHash))
  if (wanted.start >= wanted.end) return fail(failure('rangeNotSatisfiable', { size: file.size }))

  const { terms, start } = layout.termsIn(wanted)
  const hashes = new Set(terms.map((term) => term.xorb))
  if (hashes.size > MAX_XORBS) return fail(failure('tooLarge', { limit: MAX_XORBS * 64 * 1024 * 1024 }))
  const xorbs = await index.findAll(hashes)
  return planReconstruction(terms, (hash) => xorbs.get(hash)?.table ?? absent(hash), {
    start: wanted.start - start,
    end: wanted.end - start,
  })
}

async function absence(reader: Reader, repositoryId: string, xetHash: XetHash): Promise<Failure> {
  const erasure = await erasureOfXet(reader, repositoryId, xetHash)
  return erasure ? fileErased(erasure) : failure('contentNotFound')
}

function absent(xorb: XetHash): never {
  throw new DamagedContent(xorb, 'it is not stored')
}
