import { crc32 } from 'node:zlib'

import type { Database } from '../../database/index.ts'
import { failure } from '../../kernel/failure.ts'
import { Sha256 } from '../../kernel/names.ts'
import type { Random } from '../../kernel/random.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import type { PartStore, XorbStore } from '../ports.ts'
import type { FileIndex } from '../queries/file-index.ts'
import { lengthOfPart, partSizeOf } from '../rules.ts'
import type { Body, ExpectedFile, MultipartUpload, SentPart, StoredFile } from '../types.ts'
import { ingest, type IngestDeps } from './ingest.ts'
import { settle } from './refusals.ts'
import { StagedFile } from './staged-file.ts'

export interface MultipartDeps extends IngestDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly parts: PartStore
  readonly files: FileIndex
  readonly clock: Clock
  readonly random: Random
}

/** An upload under way as it was begun. */
interface Upload extends MultipartUpload, Required<ExpectedFile> {
  readonly repositoryId: string
}

/** See `Content.beginMultipart`. */
export async function beginMultipart(
  { database, clock, random }: MultipartDeps,
  repositoryId: string,
  { sha256, size }: Required<ExpectedFile>,
): Promise<MultipartUpload> {
  const partSize = partSizeOf(size)
  const fresh = Buffer.from(random(16)).toString('hex')
  const id = await database.write(async (tx) => {
    const underWay = await tx
      .selectFrom('multipart_upload')
      .select('id')
      .where('repository_id', '=', repositoryId)
      .where('sha256', '=', sha256)
      .where('size', '=', size)
      .where('part_size', '=', partSize)
      .executeTakeFirst()
    if (underWay) return underWay.id
    const row = {
      id: fresh,
      repository_id: repositoryId,
      sha256,
      size,
      part_size: partSize,
      created_at: clock(),
    }
    await tx.insertInto('multipart_upload').values(row).execute()
    return fresh
  })
  return { id, partSize, partCount: Math.ceil(size / partSize) }
}

/** See `Content.storePart`. */
export function storePart(
  deps: MultipartDeps,
  uploadId: string,
  number: number,
  body: Body,
): Promise<Result<{ readonly etag: string }>> {
  return settle(async () => {
    const upload = await findUpload(deps.database, uploadId)
    const length = upload && lengthOfPart(number, upload.size, upload.partSize)
    if (length === null) return fail(failure('contentNotFound'))
    // If we stop in here, a staged file is left, swept at the next start; after the put, the part is kept.
    await using staged = new StagedFile(deps.xorbs)
    const checksum = new Checksum(body)
    const received = await staged.receive(checksum, length)
    if (!received.ok) return received.failure.reason === 'tooLarge' ? fail(failure('sizeMismatch')) : received
    if (received.value.size < length) return fail(failure('sizeMismatch'))
    const etag = checksum.text
    await deps.parts.put(uploadId, partName({ number, etag }), staged.path)
    return succeed({ etag })
  })
}

/** See `Content.completeMultipart`. */
export async function completeMultipart(
  deps: MultipartDeps,
  uploadId: string,
  sent: readonly SentPart[],
  signal?: AbortSignal,
): Promise<Result<StoredFile>> {
  const upload = await findUpload(deps.database, uploadId)
  if (!upload) return fail(failure('contentNotFound'))
  const names = sent.toSorted((left, right) => left.number - right.number).map(partName)
  const held = new Set(await deps.parts.names(uploadId))
  const isComplete =
    names.length === upload.partCount &&
    names.every((name, index) => held.has(name) && name.startsWith(`${index + 1}-`))
  if (!isComplete) return fail(failure('invalidField', { field: 'parts' }, 'parts'))

  const stored = await ingest(deps, upload.repositoryId, joined(deps.parts, uploadId, names), upload, signal)
  // If we stop before the file counts, the parts are still there and its sender completes again; after it, they are
  // removed here or by `recover`. Parts that make another file than announced are of no use.
  if (stored.ok || stored.failure.reason === 'hashMismatch') await forget(deps, uploadId)
  return stored
}

async function* joined(
  parts: PartStore,
  uploadId: string,
  names: readonly string[],
): AsyncGenerator<Uint8Array> {
  for (const name of names) yield* parts.read(uploadId, name)
}

async function forget({ database, parts }: MultipartDeps, uploadId: string): Promise<void> {
  await database.write((tx) => tx.deleteFrom('multipart_upload').where('id', '=', uploadId).execute())
  await parts.delete(uploadId)
}

async function findUpload(database: Database, id: string): Promise<Upload | null> {
  const row = await database.read
    .selectFrom('multipart_upload')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  const { size, part_size: partSize, repository_id: repositoryId } = row
  return {
    id,
    repositoryId,
    sha256: Sha256.parse(row.sha256),
    size,
    partSize,
    partCount: Math.ceil(size / partSize),
  }
}

/** A part is stored under its number and checksum, so that a part sent twice is completed as its sender says. */
function partName({ number, etag }: SentPart): string {
  return `${number}-${etag}`
}

/** Passes a body on and sums up its CRC-32 on the way; the SHA-256 of the whole is checked in the end. */
class Checksum implements AsyncIterable<Uint8Array> {
  readonly #body: Body
  #crc = 0

  constructor(body: Body) {
    this.#body = body
  }

  /** Eight hex digits. */
  get text(): string {
    return this.#crc.toString(16).padStart(8, '0')
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#body) {
      this.#crc = crc32(piece, this.#crc)
      yield piece
    }
  }
}
