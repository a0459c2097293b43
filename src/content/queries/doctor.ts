import { ZodError } from 'zod'

import type { Database } from '../../database/index.ts'
import { equalBytes } from '../../kernel/bytes.ts'
import { Sha256, XetHash } from '../../kernel/names.ts'
import { type Arrivals, unnamedAmong } from '../commands/arrivals.ts'
import { batches } from '../commands/recover.ts'
import type { PartStore, XorbStore } from '../ports.ts'
import type { Problem } from '../types.ts'
import type { FilePart, HashFileJob, HashedFile, WorkerPool } from '../work/index.ts'
import {
  buildFooter,
  ChunkTable,
  decodeTerms,
  FILE_KEY,
  footerLength,
  type KeyedHash,
  type Term,
  xetHashBytes,
  xetHashOf,
} from '../xet/index.ts'
import type { StoredXorb, XorbIndex } from './xorb-index.ts'

/** Rows read at once: their long columns are 360 KB at most each. */
const PAGE = 32
const SAMPLE_PAGE = 1000

export interface DoctorDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly arrivals: Arrivals
  readonly parts: PartStore
  readonly index: XorbIndex
  readonly work: Pick<WorkerPool, 'hashFile'>
  readonly keyedHash: KeyedHash
}

/** See `Content.doctor`. */
export async function* doctor(deps: DoctorDeps, signal?: AbortSignal): AsyncGenerator<Problem> {
  for (const fault of await deps.database.faults())
    yield { kind: 'databaseDamaged', subject: 'database', detail: fault }
  yield* asFarAsReadable('xorbs', examineXorbs(deps, signal), signal)
  yield* asFarAsReadable('files', examineFiles(deps, signal), signal)
  yield* asFarAsReadable('references', examineReferences(deps.database), signal)
  yield* asFarAsReadable('deduplication', examineSample(deps, signal), signal)
  yield* asFarAsReadable('store', findUnlisted(deps), signal)
  yield* asFarAsReadable('uploads', findForgottenUploads(deps), signal)
}

/** An examination that ends with one more problem where the tables hold what cannot be read. */
export async function* asFarAsReadable(
  subject: string,
  problems: AsyncIterable<Problem>,
  signal?: AbortSignal,
): AsyncGenerator<Problem> {
  try {
    yield* problems
  } catch (cause) {
    signal?.throwIfAborted()
    // The doctor's finding: this part ends here, the others are still examined.
    yield { kind: 'databaseDamaged', subject, detail: sentenceOf(cause) }
  }
}

function sentenceOf(cause: unknown): string {
  if (cause instanceof ZodError) return cause.issues.map((issue) => issue.message).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}

/** Every xorb: there, as long as it was, each chunk's CRC and hash, the tree above them, the footer. */
async function* examineXorbs(deps: DoctorDeps, signal?: AbortSignal): AsyncGenerator<Problem> {
  for (let after = ''; ;) {
    const rows = await deps.database.read
      .selectFrom('xorb')
      .select(['hash', 'location', 'chunks', 'stored_bytes', 'raw_bytes', 'chunk_count'])
      .where('hash', '>', after)
      .orderBy('hash')
      .limit(PAGE)
      .execute()
    for (const row of rows) {
      signal?.throwIfAborted()
      const table = new ChunkTable(row.chunks)
      const xorb = { hash: XetHash.parse(row.hash), location: row.location, table }
      const isConsistent =
        table.count === row.chunk_count &&
        table.rawBytes === row.raw_bytes &&
        table.storedBytes + footerLength(table.count) === row.stored_bytes
      const detail = isConsistent
        ? await faultOfXorb(deps, xorb, signal)
        : 'its row does not agree with its chunk table'
      if (detail !== null) yield await xorbProblem(deps, xorb, detail)
      after = row.hash
    }
    if (rows.length < PAGE) return
  }
}

async function xorbProblem({ xorbs }: DoctorDeps, xorb: StoredXorb, detail: string): Promise<Problem> {
  const isMissing = (await xorbs.size(xorb.location)) === null
  return { kind: isMissing ? 'xorbMissing' : 'xorbDamaged', subject: xorb.hash, detail }
}

async function faultOfXorb(deps: DoctorDeps, xorb: StoredXorb, signal?: AbortSignal): Promise<string | null> {
  const { hash, location, table } = xorb
  const expected = table.storedBytes + footerLength(table.count)
  const size = await deps.xorbs.size(location)
  if (size === null) return `nothing is stored at ${location}`
  if (size !== expected) return `it has ${size} bytes instead of ${expected}`
  const footer = new Uint8Array(footerLength(table.count))
  await deps.xorbs.read(location, table.storedBytes, footer)
  if (!equalBytes(footer, buildFooter(hash, table))) return 'its footer is not the one that was written'
  const whole = { path: deps.xorbs.path(location), table, chunks: { start: 0, end: table.count } }
  const hashed = await rehash(deps, [whole], signal)
  if (!hashed.ok) return hashed.detail
  // A file made of exactly this xorb would have its tree's root, keyed once more.
  const tree = xetHashOf(deps.keyedHash(FILE_KEY, xetHashBytes(hash)))
  return hashed.file.hash === tree ? null : 'its chunks do not make its hash'
}

type Rehashed =
  | { readonly ok: true; readonly file: HashedFile }
  | { readonly ok: false; readonly detail: string }

async function rehash(
  { work }: DoctorDeps,
  parts: HashFileJob['parts'],
  signal?: AbortSignal,
): Promise<Rehashed> {
  try {
    const hashed = await work.hashFile({ parts, ...(signal && { signal }) })
    if (hashed.ok) return { ok: true, file: hashed.value }
    return { ok: false, detail: `${hashed.failure.reason} ${JSON.stringify(hashed.failure.detail ?? {})}` }
  } catch (cause) {
    signal?.throwIfAborted()
    // The doctor's finding: what cannot be read is reported, and the examination goes on.
    return { ok: false, detail: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** Every file: its terms name chunks that are stored, and their bytes have its size, its hash and its SHA-256. */
async function* examineFiles(deps: DoctorDeps, signal?: AbortSignal): AsyncGenerator<Problem> {
  for (let after = ''; ;) {
    const rows = await deps.database.read
      .selectFrom('file')
      .selectAll()
      .where('xet_hash', '>', after)
      .orderBy('xet_hash')
      .limit(PAGE)
      .execute()
    for (const row of rows) {
      signal?.throwIfAborted()
      const expected = { sha256: Sha256.parse(row.sha256), hash: XetHash.parse(row.xet_hash), size: row.size }
      const detail = await faultOfFile(deps, expected, decodeTerms(row.terms), signal)
      if (detail !== null) yield { kind: 'fileDamaged', subject: row.xet_hash, detail }
      after = row.xet_hash
    }
    if (rows.length < PAGE) return
  }
}

async function faultOfFile(
  deps: DoctorDeps,
  expected: HashedFile,
  terms: readonly Term[],
  signal?: AbortSignal,
): Promise<string | null> {
  const fault = await faultOfTerms(deps.index, terms)
  if (fault !== null) return fault
  const hashed = await rehash(deps, partsOf(deps, terms), signal)
  if (!hashed.ok) return hashed.detail
  const { file } = hashed
  if (file.size !== expected.size) return `it has ${file.size} bytes instead of ${expected.size}`
  if (file.hash !== expected.hash) return `its chunks make file ${file.hash}`
  return file.sha256 === expected.sha256
    ? null
    : `its SHA-256 is ${file.sha256} instead of ${expected.sha256}`
}

async function faultOfTerms(index: XorbIndex, terms: readonly Term[]): Promise<string | null> {
  for (const [number, { xorb: hash, chunks, rawLength }] of terms.entries()) {
    const xorb = await index.find(hash)
    if (!xorb) return `term ${number} names xorb ${hash}, which is not stored`
    if (chunks.start >= chunks.end || chunks.end > xorb.table.count)
      return `term ${number} names chunks that do not exist`
    const raw = xorb.table.rawSpan(chunks)
    if (raw.end - raw.start !== rawLength) return `term ${number} has another length than its chunks`
  }
  return null
}

async function* partsOf({ index, xorbs }: DoctorDeps, terms: readonly Term[]): AsyncGenerator<FilePart> {
  for (const { xorb: hash, chunks } of terms) {
    const xorb = await index.find(hash)
    if (!xorb) throw new Error(`xorb ${hash} went away while it was examined`)
    yield { path: xorbs.path(xorb.location), table: xorb.table, chunks }
  }
}

/** Every right and every use: of something that is there. */
async function* examineReferences({ read }: Database): AsyncGenerator<Problem> {
  const rights = await read
    .selectFrom('repository_file')
    .leftJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
    .select(['repository_file.repository_id', 'repository_file.sha256', 'repository_file.xet_hash'])
    .where((is) =>
      is.or([is('file.xet_hash', 'is', null), is('file.sha256', '!=', is.ref('repository_file.sha256'))]),
    )
    .execute()
  for (const { repository_id, sha256, xet_hash } of rights) {
    const detail = `it may use ${sha256}, whose file ${xet_hash} is missing or another`
    yield { kind: 'referenceBroken', subject: `repository ${repository_id}`, detail }
  }
  const uses = await read
    .selectFrom('repository_xorb')
    .leftJoin('xorb', 'xorb.hash', 'repository_xorb.xorb_hash')
    .select(['repository_xorb.repository_id', 'repository_xorb.xorb_hash'])
    .where('xorb.hash', 'is', null)
    .execute()
  for (const { repository_id, xorb_hash } of uses) {
    const detail = `it uses xorb ${xorb_hash}, which is not stored`
    yield { kind: 'referenceBroken', subject: `repository ${repository_id}`, detail }
  }
}

/** Every chunk that deduplication remembers is where it says. */
async function* examineSample(
  { database, index }: DoctorDeps,
  signal?: AbortSignal,
): AsyncGenerator<Problem> {
  for (let after = ''; ;) {
    const rows = await database.read
      .selectFrom('dedup')
      .selectAll()
      .where('chunk_hash', '>', after)
      .orderBy('chunk_hash')
      .limit(SAMPLE_PAGE)
      .execute()
    for (const { chunk_hash, xorb_hash, chunk_index } of rows) {
      signal?.throwIfAborted()
      const table = (await index.find(XetHash.parse(xorb_hash)))?.table
      const isRight = table && chunk_index < table.count && xetHashOf(table.hash(chunk_index)) === chunk_hash
      const detail = `chunk ${chunk_hash} is not number ${chunk_index} of xorb ${xorb_hash}`
      if (!isRight) yield { kind: 'referenceBroken', subject: 'deduplication', detail }
      after = chunk_hash
    }
    if (rows.length < SAMPLE_PAGE) return
  }
}

/** Objects in the store that no table names and that are not just arriving. */
async function* findUnlisted({ database, xorbs, arrivals }: DoctorDeps): AsyncGenerator<Problem> {
  for await (const locations of batches(xorbs.list())) {
    const settled = locations.filter((location) => !arrivals.has(location))
    for (const location of await unnamedAmong(database, settled)) {
      // Listed while it was being put, it may be known by now, or gone.
      if (arrivals.has(location) || (await unnamedAmong(database, [location])).length === 0) continue
      if ((await xorbs.size(location)) === null) continue
      yield { kind: 'xorbUnlisted', subject: location, detail: 'no table names this object' }
    }
  }
}

/** Parts of uploads that nobody can complete. */
async function* findForgottenUploads({ database, parts }: DoctorDeps): AsyncGenerator<Problem> {
  for await (const id of parts.list()) {
    const row = await database.read
      .selectFrom('multipart_upload')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) yield { kind: 'uploadForgotten', subject: id, detail: 'no upload of this name is under way' }
  }
}
