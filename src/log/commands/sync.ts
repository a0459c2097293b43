import type { LogTable, Writer } from '../../database/index.ts'
import { equalBytes } from '../../kernel/bytes.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { PublicKey } from '../../records/index.ts'
import { currentKeys, foldKeys, keyAt, type LogKeys, logVerifier } from '../identity/keys.ts'
import { readKeys } from '../queries/keys.ts'
import { type TileDeps, tileReader } from '../queries/tiles.ts'
import { readWitnessed, type Witnessed } from '../queries/witnessed.ts'
import {
  type Checkpoint,
  edgeFromTiles,
  FalseTree,
  type Fork,
  inOrder,
  type LogFiles,
  MAX_NOTE_BYTES,
  type Note,
  noteFile,
  onlySignedBy,
  openNote,
  openSignedTree,
  parseCheckpoint,
  parseNote,
  proveFork,
  rootOf,
  type SignedTree,
  TILE_WIDTH,
  type TileReader,
} from '../tlog/index.ts'
import { extendLog, hex } from './extend.ts'
import { fileBundles, fileVerified, writeTilesAbove } from './file-bundles.ts'
import { keepCosignatures } from './keep-cosignatures.ts'

/** Bundles applied in one transaction: 8,192 entries. */
const BUNDLES_AT_ONCE = 32
/** Bundles fetched at once. */
const AHEAD = 4

/** An entry that is verified and about to count. */
export interface NewEntry {
  readonly origin: string
  readonly position: number
  readonly leaf: Uint8Array
}

/** Makes entries count, in the transaction in which the log grows by them. */
export type Apply = (tx: Writer, entries: readonly NewEntry[]) => Promise<void>

/** What following a log brought. */
export type Synced =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'grown'; readonly from: number; readonly to: number }
  /** An older checkpoint than ours, consistent with it: a stale copy. */
  | { readonly kind: 'stale'; readonly size: number }

export type SyncFailure =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'falseFile'; readonly path: string }
  | { readonly kind: 'fork'; readonly fork: Fork }

export interface SyncRequest {
  /** Where the log's files come from: its home, another follower, a disk. */
  readonly files: LogFiles
  readonly apply: Apply
  readonly signal: AbortSignal
  /** Told after each transaction. */
  readonly onProgress?: (size: number, of: number) => void
}

/**
 * Brings a held log up to a source's checkpoint. Nothing is believed that does not lead to the signed root; entries,
 * what they mean and the log's size move together, so that it may stop anywhere. Rejects when the source cannot be had.
 */
export async function syncLog(
  deps: TileDeps,
  held: LogTable,
  request: SyncRequest,
): Promise<Result<Synced, SyncFailure>> {
  const keys = await readKeys(deps.database.read, held)
  const claim = await readClaim(held.origin, request.files)
  if (!claim) return fail({ kind: 'unsigned' })
  const { checkpoint } = claim
  try {
    const note = await requireSignature(held, keys, claim, request.files)
    const witnessed = await readWitnessed(deps.database.read, held.origin)
    const fork = await findFork(deps, held, witnessed, { note, ...checkpoint }, request.files)
    // A key that was given up proves nothing against its member: whoever has it now may have signed.
    if (fork && keyAt(keys, checkpoint.size) !== currentKeys(keys).log) throw new Unsigned()
    if (fork) return fail({ kind: 'fork', fork })
    if (checkpoint.size < Math.max(held.size, witnessed?.size ?? 0))
      return succeed({ kind: 'stale', size: checkpoint.size })
    if (checkpoint.size > held.size) await grow(deps, held, keys, claim, request)
    const isNew = held.signed_size !== checkpoint.size || held.checkpoint === null
    if (isNew)
      await keepCheckpoint(deps, held.origin, checkpoint, noteFile(await signedNow(deps, held, claim, note)))
    if (held.role === 'held') await keepCosignatures(deps.database, held, claim.note, checkpoint.size)
    if (checkpoint.size === held.size) return succeed({ kind: 'unchanged' })
    return succeed({ kind: 'grown', from: held.size, to: checkpoint.size })
  } catch (cause) {
    if (cause instanceof FalseTree) return fail({ kind: 'falseFile', path: cause.path })
    if (cause instanceof Unsigned) return fail({ kind: 'unsigned' })
    throw cause
  }
}

/** The key in force has not signed the checkpoint; caught in {@link syncLog}. */
class Unsigned extends Error {}

/** A checkpoint as a source sent it: nothing says yet that the log's key signed it. */
interface Claim {
  readonly note: Note
  readonly checkpoint: Checkpoint
}

/** A checkpoint that a log signed. */
export interface OpenedCheckpoint {
  /** As it came. */
  readonly note: Note
  /** The same with the signatures of the log's keys alone: other lines were not checked, and are not kept. */
  readonly signed: Note
  readonly checkpoint: Checkpoint
}

/** A checkpoint that the key in force at its size has signed; null when that key did not. */
export function openCheckpoint(keys: LogKeys, bytes: Uint8Array): OpenedCheckpoint | null {
  const claim = parseClaim(keys.origin, bytes)
  const signed = claim && signedPart(claim.note, keys, keyAt(keys, claim.checkpoint.size))
  return claim && signed && { ...claim, signed }
}

/** What a source says is the log's checkpoint; null when it is none. */
export async function readClaim(origin: string, files: LogFiles): Promise<Claim | null> {
  const bytes = await files.read('checkpoint', MAX_NOTE_BYTES)
  return bytes && parseClaim(origin, bytes)
}

/** A checkpoint of this log by whatever key. */
export function parseClaim(origin: string, bytes: Uint8Array): Claim | null {
  const note = parseNote(bytes)
  const checkpoint = note && parseCheckpoint(note.text)
  return note && checkpoint?.origin === origin ? { note, checkpoint } : null
}

/** The note with the signatures of the log's keys alone, when `needed` is one of them; else null. */
export function signedPart(note: Note, keys: LogKeys, needed: PublicKey): Note | null {
  const verifiers = [...new Set(keys.generations.map(({ log }) => log))].map((key) =>
    logVerifier(keys.origin, key),
  )
  const opened = openNote(note, verifiers)
  const isSigned = opened.ok && openNote(note, [logVerifier(keys.origin, needed)]).ok
  return isSigned ? onlySignedBy(note, verifiers) : null
}

/** The note with the signatures of the keys that the log has named by now: the entries may have brought another. */
async function signedNow({ database }: TileDeps, held: LogTable, claim: Claim, before: Note): Promise<Note> {
  const keys = await readKeys(database.read, held)
  return signedPart(claim.note, keys, keyAt(keys, claim.checkpoint.size)) ?? before
}

/**
 * Goes on when the key in force at the checkpoint's size signed it, as far as that can be told before the entries are here: a
 * checkpoint by a key that we do not know is believed for the sake of the quorum that named the key in the entries that it
 * covers. Resolves to what the log's keys signed. Throws {@link Unsigned}.
 */
async function requireSignature(
  held: LogTable,
  keys: LogKeys,
  { note, checkpoint }: Claim,
  files: LogFiles,
): Promise<Note> {
  const signed = signedPart(note, keys, keyAt(keys, checkpoint.size))
  if (signed) return signed
  if (checkpoint.size <= held.size) throw new Unsigned()
  const kept = keptCheckpoint(held)
  const tree = await openSignedTree(files, checkpoint)
  if (!(await continues(tree, held)) || (kept && !(await begins(tree, kept)))) throw new Unsigned()
  return requireNewestKey(tree, keys, held.size, note)
}

/** Reads what is to come for the keys that it names, before any of it counts. Throws {@link Unsigned}. */
async function requireNewestKey(tree: SignedTree, keys: LogKeys, from: number, note: Note): Promise<Note> {
  let folded = keys
  for await (const { index, leaves } of fetchBundles(tree, from, tree.edge.size))
    folded = foldFresh(folded, from, index * TILE_WIDTH, leaves)
  const signed = signedPart(note, folded, currentKeys(folded).log)
  if (!signed) throw new Unsigned()
  return signed
}

/** The keys after the leaves that begin at `start`, of which those below `from` have been folded before. */
export function foldFresh(
  keys: LogKeys,
  from: number,
  start: number,
  leaves: readonly Uint8Array[],
): LogKeys {
  return leaves.reduce(
    (folded, leaf, at) => (start + at < from ? folded : foldKeys(folded, start + at, leaf)),
    keys,
  )
}

/** A checkpoint with the note that its log signed. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note
}

/** What shows that the log signed another history than the one known here, as a copy or as a witness; null when it did not. */
async function findFork(
  deps: TileDeps,
  held: LogTable,
  witnessed: Witnessed | null,
  found: SignedCheckpoint,
  files: LogFiles,
): Promise<Fork | null> {
  const fork = await forkOfHeld(deps, held, found)
  if (fork) return fork
  const known = [keptCheckpoint(held), witnessed].filter((each) => each !== null)
  const older = known.filter(({ size }) => size > 0 && size < found.size)
  if (older.length > 0) {
    const tree = await openSignedTree(files, found)
    for (const each of older) if (!(await begins(tree, each))) return forkIn(tree, each, found)
  }
  const same = known.find(({ size, root }) => size === found.size && !equalBytes(root, found.root))
  return same ? { first: same.note, second: found.note, proof: [] } : null
}

/** Whether a checkpoint over no more than what is held here is of another history: what shows that, or null. */
export async function forkOfHeld(
  deps: TileDeps,
  held: LogTable,
  found: SignedCheckpoint,
): Promise<Fork | null> {
  const ours = keptCheckpoint(held)
  if (!ours || found.size === 0 || found.size > ours.size) return null
  const tree = tileReader(deps, held)
  return (await begins(tree, found)) ? null : forkIn(tree, found, ours)
}

/** Whether a tree begins with what a checkpoint covers. */
async function begins(tree: TileReader, { size, root }: Checkpoint): Promise<boolean> {
  return equalBytes(rootOf(await edgeFromTiles(tree, size)), root)
}

/** `tree` is that of `second`. */
async function forkIn(tree: TileReader, first: SignedCheckpoint, second: SignedCheckpoint): Promise<Fork> {
  const proof = first.size === second.size ? [] : await proveFork(tree, first.size, second.size)
  return { first: first.note, second: second.note, proof }
}

/** The checkpoint that is kept of a log; null before the first. */
export function keptCheckpoint({ checkpoint }: LogTable): SignedCheckpoint | null {
  const note = checkpoint && parseNote(checkpoint)
  const kept = note && parseCheckpoint(note.text)
  return note && kept && { note, ...kept }
}

/**
 * Fetches, verifies and applies all that is missing. What we hold beyond our last checkpoint was verified against a later
 * one of the same log; should this one not continue it, the end is not its root and nothing of it is signed for.
 */
async function grow(
  deps: TileDeps,
  held: LogTable,
  known: LogKeys,
  { note, checkpoint }: Claim,
  request: SyncRequest,
): Promise<void> {
  const tree = await openSignedTree(request.files, checkpoint)
  if (!(await continues(tree, held))) throw new FalseTree('the beginning')
  let log = held
  let keys = known
  for await (const bundles of inGroups(fetchBundles(tree, log.size, checkpoint.size))) {
    request.signal.throwIfAborted()
    const before = currentKeys(keys)
    for (const { index, leaves } of bundles) keys = foldFresh(keys, log.size, index * TILE_WIDTH, leaves)
    const next = ((bundles.at(-1)?.index ?? 0) + 1) * TILE_WIDTH
    if (currentKeys(keys) !== before) await requireNewestKey(tree, keys, next, note)
    log = await applyBundles(deps, log, bundles, request)
    request.onProgress?.(log.size, checkpoint.size)
  }
  if (hex(checkpoint.root) !== log.root) throw new FalseTree('checkpoint')
}

/** Whether a tree begins with all that we hold. */
async function continues(tree: TileReader, held: LogTable): Promise<boolean> {
  return hex(rootOf(await edgeFromTiles(tree, held.size))) === held.root
}

interface Bundle {
  readonly index: number
  readonly leaves: readonly Uint8Array[]
}

/** The bundles in which the entries from `from` to `to` lie, in order, some ahead. */
export function fetchBundles(tree: SignedTree, from: number, to: number): AsyncGenerator<Bundle> {
  const first = Math.floor(from / TILE_WIDTH)
  const indexes = Array.from({ length: Math.ceil(to / TILE_WIDTH) - first }, (_, at) => first + at)
  return inOrder(indexes, AHEAD, async (index) => ({ index, leaves: await tree.leaves(index) }))
}

async function* inGroups(bundles: AsyncIterable<Bundle>): AsyncGenerator<readonly Bundle[]> {
  let group: Bundle[] = []
  for await (const bundle of bundles) {
    group.push(bundle)
    if (group.length < BUNDLES_AT_ONCE) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

async function applyBundles(
  deps: TileDeps,
  log: LogTable,
  bundles: readonly Bundle[],
  { apply }: SyncRequest,
): Promise<LogTable> {
  const fresh = bundles.flatMap(({ index, leaves }) =>
    leaves.slice(Math.max(0, log.size - index * TILE_WIDTH)),
  )
  const full = bundles.filter(({ leaves }) => leaves.length === TILE_WIDTH)
  // Bundles go to their files first, where they begin where files end: what is verified is written once.
  const isAligned = log.filed === log.size
  const filed = isAligned
    ? await fileVerified(
        deps,
        log,
        full.map(({ leaves }) => leaves),
      )
    : log.filed
  // If we stop here, files are left that no row speaks of; the same bytes are written again.
  const grown = await deps.database.write(async (tx) => {
    const next = await extendLog(tx, log, fresh, filed)
    await apply(
      tx,
      fresh.map((leaf, index) => ({ origin: log.origin, position: log.size + index, leaf })),
    )
    return next
  })
  if (isAligned) await writeTilesAbove(deps, grown, log.filed)
  return fileBundles(deps, grown)
}

async function keepCheckpoint(
  { database }: TileDeps,
  origin: string,
  { size, root }: Checkpoint,
  bytes: Uint8Array,
): Promise<void> {
  await database.write((tx) =>
    tx
      .updateTable('log')
      .set({ checkpoint: bytes, signed_size: size })
      .where('origin', '=', origin)
      .where('root', '=', hex(root))
      .where('frozen', 'is', null)
      .execute(),
  )
}
