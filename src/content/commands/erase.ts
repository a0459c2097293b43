import { type FileHandle, open } from 'node:fs/promises'

import type { Database, Reader, Writer } from '../../database/index.ts'
import { Sha256, XetHash } from '../../kernel/names.ts'
import type { Clock, Millis } from '../../kernel/time.ts'
import type { ContentEvents } from '../events.ts'
import type { ArrivalStore, PartStore, XorbStore } from '../ports.ts'
import { COPIES, unusedErased } from '../queries/erasures.ts'
import type { FileIndex } from '../queries/file-index.ts'
import type { StoredXorb, XorbIndex } from '../queries/xorb-index.ts'
import type { CasEpoch } from '../settings.ts'
import {
  buildFooter,
  ChunkTable,
  decodeTerms,
  encodeChunkTable,
  encodeTerms,
  type KeyedHash,
  type Term,
  xetHashOf,
  xorbHash,
} from '../xet/index.ts'
import type { Arrivals } from './arrivals.ts'
import { deleteLostParts } from './recover.ts'
import { firstChunkOf, registerXorb, rememberChunks } from './register.ts'
import { StagedFile } from './staged-file.ts'

/** Rows read at once: their long columns are 360 KB at most each. */
const PAGE = 32

export interface EraseDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly parts: PartStore
  readonly arrivalFiles: ArrivalStore
  readonly arrivals: Arrivals
  readonly index: XorbIndex
  readonly files: FileIndex
  readonly keyedHash: KeyedHash
  readonly epoch: CasEpoch
  readonly clock: Clock
  readonly events: ContentEvents
}

/** See `Content.erase`. One call at a time. */
export async function erase(deps: EraseDeps): Promise<number> {
  const unused = await unusedErased(deps.database.read)
  let erased = 0
  for (const sha256 of unused) if (await eraseFile(deps, sha256)) erased++
  await forgetArrivals(deps)
  await deleteLostParts(deps)
  return erased
}

/** A xorb that holds chunks of the file, and the chunks of it that other files need. */
interface Holder {
  readonly xorb: StoredXorb
  readonly kept: readonly number[]
}

/** What takes a holder's place: a xorb of the chunks that stay; null where none does. */
interface Replaced extends Holder {
  readonly by: StoredXorb | null
}

/** Erases a file that no repository may use. False where it came to be used again meanwhile. */
async function eraseFile(deps: EraseDeps, sha256: Sha256): Promise<boolean> {
  const { read } = deps.database
  const rows = await read.selectFrom('file').select('terms').where('sha256', '=', sha256).execute()
  const terms = rows.flatMap((row) => decodeTerms(row.terms))
  const xorbs = await eraseChunks(deps, terms, sha256)
  if (xorbs !== null) deps.events.fileErased({ sha256, xorbs })
  return xorbs !== null
}

/** Erases chunks that were uploaded for a file which was then refused, as far as no file has them. */
export async function discardChunks(deps: EraseDeps, terms: readonly Term[]): Promise<void> {
  await eraseChunks(deps, terms, null)
}

/**
 * Erases chunks that only `gone`, or no file, has: where a xorb has chunks of other files too, these move to another xorb. Returns
 * how many xorbs there were; null where they came to be used meanwhile.
 */
async function eraseChunks(
  deps: EraseDeps,
  terms: readonly Term[],
  gone: Sha256 | null,
): Promise<number | null> {
  const holders = await holdersOf(deps, terms, gone)
  const replaced: Replaced[] = []
  try {
    // If we stop in here, what is left are objects that no table names, removed by `recover`; the next start begins anew.
    for (const holder of holders)
      replaced.push({ ...holder, by: holder.kept.length > 0 ? await moved(deps, holder) : null })
    const isErased = await deps.database.write((tx) => replaceAll(deps, tx, gone, replaced))
    if (!isErased) return null
    forgetCaches(deps)
    // If we stop here, no table names the former objects any more: `recover` removes them.
    for (const { xorb } of replaced) await deps.xorbs.delete(xorb.location)
  } finally {
    await deps.arrivals.settle(replaced.flatMap(({ by }) => (by ? [by.location] : [])))
  }
  return replaced.length
}

/** What clients and we remember of xorbs is not so any more. */
function forgetCaches({ index, files, epoch }: EraseDeps): void {
  index.forgetAll()
  files.forgetAll()
  epoch.forget()
}

/** Every xorb that holds one of these chunks and anything that other files do not need: whoever uploaded it. */
async function holdersOf(
  deps: EraseDeps,
  terms: readonly Term[],
  gone: Sha256 | null,
): Promise<readonly Holder[]> {
  const { read } = deps.database
  const own = await chunksOf(deps, terms)
  const found = new Map<XetHash, StoredXorb>()
  for await (const xorb of allXorbs(read)) if (holdsAny(xorb.table, own)) found.set(xorb.hash, xorb)
  const kept = await keptChunks(read, gone, [...found.values()])
  return [...found.values()].flatMap((xorb) => {
    const left = kept.get(xorb.hash) ?? []
    return left.length < xorb.table.count ? [{ xorb, kept: left }] : []
  })
}

async function chunksOf({ index }: EraseDeps, terms: readonly Term[]): Promise<ReadonlySet<string>> {
  const chunks = new Set<string>()
  for (const { xorb: hash, chunks: run } of terms) {
    const table = (await index.find(hash))?.table
    if (table) for (let at = run.start; at < run.end; at++) chunks.add(keyOf(table.hash(at)))
  }
  return chunks
}

function holdsAny(table: ChunkTable, chunks: ReadonlySet<string>): boolean {
  for (let at = 0; at < table.count; at++) if (chunks.has(keyOf(table.hash(at)))) return true
  return false
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')
}

async function* allXorbs(reader: Reader): AsyncGenerator<StoredXorb> {
  for (let after = ''; ;) {
    const rows = await reader
      .selectFrom('xorb')
      .select(['hash', 'location', 'chunks'])
      .where('hash', '>', after)
      .orderBy('hash')
      .limit(PAGE)
      .execute()
    for (const { hash, location, chunks } of rows)
      yield { hash: XetHash.parse(hash), location, table: new ChunkTable(chunks) }
    after = rows.at(-1)?.hash ?? after
    if (rows.length < PAGE) return
  }
}

interface OtherFile {
  readonly xetHash: string
  readonly terms: readonly Term[]
}

async function* otherFiles(reader: Reader, gone: Sha256 | null): AsyncGenerator<OtherFile> {
  for (let after = ''; ;) {
    const rows = await reader
      .selectFrom('file')
      .select(['xet_hash', 'terms'])
      .where('xet_hash', '>', after)
      .$if(gone !== null, (query) => query.where('sha256', '!=', gone))
      .orderBy('xet_hash')
      .limit(PAGE)
      .execute()
    for (const { xet_hash, terms } of rows) yield { xetHash: xet_hash, terms: decodeTerms(terms) }
    after = rows.at(-1)?.xet_hash ?? after
    if (rows.length < PAGE) return
  }
}

/** Chunks of some xorbs that other files are made of, ascending. */
async function keptChunks(
  reader: Reader,
  gone: Sha256 | null,
  xorbs: readonly StoredXorb[],
): Promise<ReadonlyMap<XetHash, readonly number[]>> {
  const kept = new Map(xorbs.map(({ hash }) => [hash, new Set<number>()]))
  for await (const { terms } of otherFiles(reader, gone)) {
    for (const { xorb, chunks } of terms)
      for (let at = chunks.start; at < chunks.end; at++) kept.get(xorb)?.add(at)
  }
  return new Map([...kept].map(([hash, chunks]) => [hash, [...chunks].toSorted((a, b) => a - b)]))
}

/** Writes the chunks that stay into a xorb of their own; durable once resolved. They are moved as they are, damaged ones too. */
async function moved(deps: EraseDeps, { xorb, kept }: Holder): Promise<StoredXorb> {
  await using staged = new StagedFile(deps.xorbs)
  const rows = kept.map((at) => xorb.table.row(at))
  const table = encodeChunkTable(rows)
  const lengths = rows.map(({ hash, rawLength: length }) => ({ hash, length }))
  const hash = xetHashOf(xorbHash(lengths, deps.keyedHash))
  const file = await open(staged.path, 'wx')
  try {
    for (const at of kept) await copyChunk(deps, xorb, at, file)
    await file.writeFile(buildFooter(hash, table))
  } finally {
    await file.close()
  }
  return { hash, table, location: await deps.arrivals.put(hash, staged.path) }
}

async function copyChunk(
  { xorbs }: EraseDeps,
  xorb: StoredXorb,
  at: number,
  into: FileHandle,
): Promise<void> {
  const { start, end } = xorb.table.storedRange(at)
  const bytes = new Uint8Array(end - start)
  // Of a file that is cut short zeros are kept: the chunk stays as unreadable as it is.
  await xorbs.read(xorb.location, start, bytes)
  await into.writeFile(bytes)
}

/** One transaction: other files are made of what was moved, and nothing names the former xorbs. False where what was planned is not so. */
async function replaceAll(
  deps: EraseDeps,
  tx: Writer,
  gone: Sha256 | null,
  replaced: readonly Replaced[],
): Promise<boolean> {
  const xorbs = replaced.map(({ xorb }) => xorb)
  const kept = await keptChunks(tx, gone, xorbs)
  const isPlanned = replaced.every(
    ({ xorb, kept: planned }) => kept.get(xorb.hash)?.join() === planned.join(),
  )
  if (!isPlanned || (gone !== null && (await isUsed(tx, gone)))) return false
  // Where a chunk is looked for first is written down once: for where it is from now on.
  for (const { hash } of xorbs) await tx.deleteFrom('dedup').where('xorb_hash', '=', hash).execute()
  await rewriteFiles(tx, gone, replaced, deps.clock())
  if (gone !== null) await forgetFile(tx, gone)
  for (const { hash } of xorbs) {
    await tx.deleteFrom('repository_xorb').where('xorb_hash', '=', hash).execute()
    await tx.deleteFrom('xorb').where('hash', '=', hash).execute()
  }
  if (xorbs.length > 0) await deps.epoch.renew(tx)
  return true
}

async function isUsed(reader: Reader, sha256: Sha256): Promise<boolean> {
  const right = await reader
    .selectFrom('repository_file')
    .select('sha256')
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return right !== undefined
}

async function rewriteFiles(
  tx: Writer,
  gone: Sha256 | null,
  replaced: readonly Replaced[],
  now: Millis,
): Promise<void> {
  const moves = new Map<XetHash, Move>()
  for (const { xorb, kept, by } of replaced) {
    if (!by) continue
    await registerXorb(tx, by, now)
    await shareInstead(tx, xorb.hash, by.hash)
    moves.set(xorb.hash, { by, places: new Map(kept.map((from, to) => [from, to])) })
  }
  const tables = new Map([...moves.values()].map(({ by }) => [by.hash, by.table]))
  for await (const { xetHash, terms } of otherFiles(tx, gone)) {
    if (!terms.some(({ xorb }) => moves.has(xorb))) continue
    const rewritten = terms.map((term) => movedTerm(term, moves))
    await tx
      .updateTable('file')
      .set({ terms: encodeTerms(rewritten) })
      .where('xet_hash', '=', xetHash)
      .execute()
    const [first] = rewritten
    const table = first && tables.get(first.xorb)
    const chunk = table && firstChunkOf(rewritten, () => table)
    if (chunk) await rememberChunks(tx, [chunk])
  }
}

/** Where the chunks of a xorb are now. */
interface Move {
  readonly by: StoredXorb
  readonly places: ReadonlyMap<number, number>
}

/** A run stays a run: whatever lies in it is kept, and in the same order. */
function movedTerm(term: Term, moves: ReadonlyMap<XetHash, Move>): Term {
  const move = moves.get(term.xorb)
  const start = move?.places.get(term.chunks.start)
  if (!move || start === undefined) return term
  const end = start + term.chunks.end - term.chunks.start
  return { ...term, xorb: move.by.hash, chunks: { start, end } }
}

/** Whoever used a xorb uses the one that takes its place. */
async function shareInstead(tx: Writer, former: XetHash, now: XetHash): Promise<void> {
  await tx
    .insertInto('repository_xorb')
    .columns(['repository_id', 'xorb_hash'])
    .expression(
      tx
        .selectFrom('repository_xorb')
        .select((row) => ['repository_id', row.val<string>(now).as('xorb_hash')])
        .where('xorb_hash', '=', former),
    )
    .onConflict((known) => known.doNothing())
    .execute()
}

/** What it was called stays known, so that whoever asks is told what became of it. */
async function forgetFile(tx: Writer, sha256: Sha256): Promise<void> {
  await tx
    .insertInto('erased_file')
    .columns(['xet_hash', 'sha256'])
    .expression(tx.selectFrom('file').select(['xet_hash', 'sha256']).where('sha256', '=', sha256))
    .onConflict((known) => known.doNothing())
    .execute()
  await tx.deleteFrom('file').where('sha256', '=', sha256).execute()
}

/** What was on its way here of files that nothing here points to but what may not use them. */
async function forgetArrivals({ database, arrivalFiles }: EraseDeps): Promise<void> {
  for (const name of await arrivalFiles.list()) {
    const sha256 = Sha256.safeParse(name.slice(0, 64))
    if (!sha256.success || !(await isForbiddenToAll(database.read, sha256.data))) continue
    await arrivalFiles.delete(name)
  }
}

async function isForbiddenToAll(reader: Reader, sha256: Sha256): Promise<boolean> {
  const erasures = await reader.selectFrom('erasure').select('scope').where('sha256', '=', sha256).execute()
  if (erasures.length === 0) return false
  const scopes = new Set(erasures.map(({ scope }) => scope))
  const pointing = await reader
    .selectFrom('git_object')
    .innerJoin('repository_object', 'repository_object.oid', 'git_object.oid')
    .innerJoin('repository', 'repository.id', 'repository_object.repository_id')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .select(['repository.member_id', 'member.hosted'])
    .distinct()
    .where('git_object.lfs_sha256', '=', sha256)
    .execute()
  return pointing.every(
    ({ member_id, hosted }) => scopes.has(member_id) || (hosted === 0 && scopes.has(COPIES)),
  )
}
