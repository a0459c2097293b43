/** Checks a log from its first entry to its signed root, by whatever hands its files came. C2SP tlog-tiles. */
import { concatBytes, equalBytes } from '../../kernel/bytes.ts'
import { isRedacted } from '../../kernel/redacted-leaf.ts'
import { decodeBundle, MAX_BUNDLE_BYTES } from './bundle.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'
import { inOrder } from './in-order.ts'
import { MAX_NOTE_BYTES, type Note, openNote, parseNote } from './note.ts'
import { readRedacted } from './served-entries.ts'
import { bundlePath, type Tile, TILE_WIDTH, tilePath, widthOf } from './tile.ts'
import { HASH_BYTES, leafHash } from './tree-hash.ts'
import { appendLeaves, emptyEdge, partialTile, rootOf, type TreeEdge } from './tree.ts'
import type { VerifierKey } from './verifier-key.ts'

const CHECKPOINT = 'checkpoint'
const MAX_TILE_BYTES = TILE_WIDTH * HASH_BYTES

/** The static files of one log. */
export interface LogFiles {
  /**
   * The whole file at a path below the log's prefix; null when there is none. Rejects when it cannot be had or has more
   * than `maxBytes`.
   */
  read(path: string, maxBytes: number): Promise<Uint8Array | null>
}

/** What is wrong, and in which file. `differs`: a tile does not hold what the entries below it say. */
export interface LogProblem {
  readonly reason:
    | 'missing'
    | 'malformed'
    | 'unverified'
    | 'badSignature'
    | 'wrongOrigin'
    | 'differs'
    | 'wrongRoot'
  readonly path: string
}

/** What was found: the checkpoint, null when none can be trusted, and the first problem, null when the log is whole. */
export interface LogReport {
  readonly checkpoint: Checkpoint | null
  readonly problem: LogProblem | null
  /** Entries of which the source had only the hash. */
  readonly redacted: number
}

/** Finds the key of a log in its entries, which are given to it in order. */
export interface EntryKeys {
  take(position: number, entry: Uint8Array): void
  /** The key in force over all entries that were given. */
  current(): VerifierKey
}

/** A log, and what it is held against. */
export interface LogUnderCheck {
  readonly files: LogFiles
  /** One of these must have signed the checkpoint; or the key that the log itself names in its entries. */
  readonly keys: readonly VerifierKey[] | EntryKeys
  /** Whose log it is to be; null takes any. */
  readonly origin: string | null
  /** Bundles read ahead of the one being checked. */
  readonly ahead: number
  /** Called after each bundle: how many entries were looked at, of how many. */
  readonly onProgress?: (entries: number, size: number) => void
}

/**
 * Reads every bundle and every tile once and holds them against the signed root. Memory is bounded by `ahead` bundles,
 * whatever the size of the log. Stops at the first problem; rejects only when a file cannot be had.
 */
export async function verifyLog(log: LogUnderCheck): Promise<LogReport> {
  let checkpoint: Checkpoint | null = null
  let redacted = 0
  const onRedacted = (count: number) => void (redacted += count)
  try {
    const { note, ...claimed } = await readCheckpoint(log)
    if (isList(log.keys)) checkpoint = signed(note, claimed.checkpoint, log.keys)
    const edge = await checkEntries(log, claimed.checkpoint.size, onRedacted)
    await checkEdge(log.files, edge)
    if (!equalBytes(rootOf(edge), claimed.checkpoint.root)) throw new FoundProblem('wrongRoot', CHECKPOINT)
    checkpoint ??= signed(note, claimed.checkpoint, isList(log.keys) ? log.keys : [log.keys.current()])
    return { checkpoint, problem: null, redacted }
  } catch (error) {
    if (error instanceof FoundProblem) return { checkpoint, problem: error.problem, redacted }
    throw error
  }
}

/** Ends the check from wherever it is; caught in {@link verifyLog}. */
class FoundProblem extends Error {
  readonly problem: LogProblem
  constructor(reason: LogProblem['reason'], path: string) {
    super(`${path}: ${reason}`)
    this.problem = { reason, path }
  }
}

function isList(keys: LogUnderCheck['keys']): keys is readonly VerifierKey[] {
  return Array.isArray(keys)
}

async function readCheckpoint({ files, origin }: LogUnderCheck) {
  const bytes = await files.read(CHECKPOINT, MAX_NOTE_BYTES)
  if (!bytes) throw new FoundProblem('missing', CHECKPOINT)
  const note = parseNote(bytes)
  const checkpoint = note && parseCheckpoint(note.text)
  if (!note || !checkpoint) throw new FoundProblem('malformed', CHECKPOINT)
  if (origin !== null && origin !== checkpoint.origin) throw new FoundProblem('wrongOrigin', CHECKPOINT)
  return { note, checkpoint }
}

function signed(note: Note, checkpoint: Checkpoint, keys: readonly VerifierKey[]): Checkpoint {
  const opened = openNote(note, keys)
  if (!opened.ok) throw new FoundProblem(opened.reason, CHECKPOINT)
  return checkpoint
}

/** Checks bundles and all full tiles; resolves to the edge that the entries lead to. */
async function checkEntries(
  { files, keys, ahead, onProgress }: LogUnderCheck,
  size: number,
  onRedacted: (count: number) => void,
): Promise<TreeEdge> {
  let edge = emptyEdge()
  const read = async (tile: Tile) => ({
    tile,
    entries: await readEntries(files, tile),
    hashes: await readTile(files, tile),
  })
  for await (const { tile, entries, hashes } of inOrder(bottomTiles(size), ahead, read)) {
    if (!isList(keys)) entries.forEach((entry, at) => keys.take(tile.index * TILE_WIDTH + at, entry))
    onRedacted(entries.filter(isRedacted).length)
    const leaves = entries.map(leafHash)
    requireSame(tile, hashes, concatBytes(leaves))
    const grown = appendLeaves(edge, leaves)
    edge = grown.edge
    for (const full of grown.full) if (full.level > 0) await checkTile(files, full.hashes, full)
    onProgress?.(edge.size, size)
  }
  return edge
}

function* bottomTiles(size: number): Generator<Tile> {
  for (let index = 0; index * TILE_WIDTH < size; index++)
    yield { level: 0, index, width: widthOf(0, index, size) }
}

/** Checks the partial tiles above the entries. */
async function checkEdge(files: LogFiles, edge: TreeEdge): Promise<void> {
  for (let level = 1; level < edge.levels.length; level++) {
    const index = Math.floor(edge.size / TILE_WIDTH ** (level + 1))
    await checkTile(files, partialTile(edge, level), { level, index })
  }
}

async function checkTile(
  files: LogFiles,
  computed: Uint8Array,
  { level, index }: { readonly level: number; readonly index: number },
): Promise<void> {
  if (computed.length === 0) return
  const tile = { level, index, width: computed.length / HASH_BYTES }
  requireSame(tile, await readTile(files, tile), computed)
}

function requireSame(tile: Tile, served: Uint8Array, computed: Uint8Array): void {
  if (!equalBytes(served, computed)) throw new FoundProblem('differs', tilePath(tile))
}

/** A tile's hashes. Where a partial one is gone, the full one that replaced it begins with them. */
async function readTile(files: LogFiles, tile: Tile): Promise<Uint8Array> {
  const path = tilePath(tile)
  const bytes =
    (await files.read(path, MAX_TILE_BYTES)) ??
    (await readFull(files, tile, tilePath({ ...tile, width: TILE_WIDTH }), MAX_TILE_BYTES))
  const length = tile.width * HASH_BYTES
  if (!bytes) throw new FoundProblem('missing', path)
  if (bytes.length !== length && bytes.length !== MAX_TILE_BYTES) throw new FoundProblem('malformed', path)
  return bytes.subarray(0, length)
}

/** The entries below a tile of level 0, likewise. */
async function readEntries(files: LogFiles, tile: Tile): Promise<readonly Uint8Array[]> {
  const path = bundlePath(tile.index, tile.width)
  const bundle = await files.read(path, MAX_BUNDLE_BYTES)
  const full = bundle
    ? null
    : await readFull(files, tile, bundlePath(tile.index, TILE_WIDTH), MAX_BUNDLE_BYTES)
  const redacted = bundle || full ? null : await readRedacted(files, tile.index, tile.width)
  if (redacted) return redacted
  if (!bundle && !full) throw new FoundProblem('missing', path)
  const entries = bundle ? decodeBundle(bundle, tile.width) : full && decodeBundle(full, TILE_WIDTH)
  if (!entries) throw new FoundProblem('malformed', path)
  return entries.slice(0, tile.width)
}

async function readFull(
  files: LogFiles,
  { width }: Tile,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | null> {
  return width < TILE_WIDTH ? files.read(path, maxBytes) : null
}
