import { equalBytes } from '../../kernel/bytes.ts'
import { type MemberId, type Origin, originOf } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { beginKeys, currentKeys, foldKeys, type LogKeys } from '../identity/keys.ts'
import {
  FalseTree,
  leafHash,
  type LogFiles,
  openSignedTree,
  readEntries,
  type SignedTree,
  TILE_WIDTH,
} from '../tlog/index.ts'
import { fetchBundles, foldFresh, readClaim, signedPart } from './sync.ts'

/** What is known of a log before it is held. */
export interface CheckedLog {
  readonly size: number
  /** Names on the checkpoint besides the log's own. Not verified: their keys are not known. */
  readonly witnesses: readonly string[]
  readonly genesis: Uint8Array
  /** As far as somebody said where new ones are named. */
  readonly keys: LogKeys
}

/**
 * Whether what is served is the log of this member: its first leaf has the member's id, that leaf's key signed the
 * checkpoint, and the leaf is in the tree. `keysAt` are the entries that named new keys since, as far as somebody said: the
 * recovery quorum of the first leaf must have signed each. Fails with the path of what is not so.
 */
export async function checkCandidate(
  files: LogFiles,
  memberId: MemberId,
  keysAt: readonly number[] = [],
): Promise<Result<CheckedLog, string>> {
  const origin = originOf(memberId, 0)
  const learnt = await learnKeys(files, origin, { keysAt })
  if (!learnt.ok) return learnt
  const { size, signers, keys } = learnt.value
  const genesis = await firstLeaf(files, size)
  if (!genesis) return fail(FIRST_BUNDLE)
  return succeed({ size, witnesses: signers.filter((name) => name !== origin), genesis, keys })
}

/** Who speaks for a log, as its own files say. */
export interface LearntKeys {
  readonly keys: LogKeys
  /** Entries that the checkpoint covers. */
  readonly size: number
  /** Names under the checkpoint. */
  readonly signers: readonly string[]
}

/** How far a log's keys are known before its files are asked. */
export interface KnownKeys {
  readonly keys: LogKeys
  readonly size: number
}

/**
 * The keys of a log as somebody hands it, when the one in force in the end signed its checkpoint. Without `keysAt` every entry that is not
 * `known` is read, so that none that names keys is missed; else those alone. Fails with the path of what is not so.
 */
export async function learnKeys(
  files: LogFiles,
  origin: Origin,
  { known, keysAt }: { readonly known?: KnownKeys | null; readonly keysAt?: readonly number[] },
): Promise<Result<LearntKeys, string>> {
  const claim = await readClaim(origin, files)
  if (!claim || claim.checkpoint.size === 0) return fail('checkpoint')
  const { note, checkpoint } = claim
  try {
    const tree = await openSignedTree(files, checkpoint)
    const begun = known
      ? { keys: keysBelow(known.keys, checkpoint.size), size: known.size }
      : { keys: await firstKeys(tree, files, origin), size: 1 }
    const keys = keysAt ? await keysNamedAt(tree, begun.keys, keysAt) : await allKeys(tree, begun)
    if (!signedPart(note, keys, currentKeys(keys).log)) return fail('checkpoint')
    return succeed({ keys, size: checkpoint.size, signers: note.signatures.map(({ name }) => name) })
  } catch (cause) {
    if (cause instanceof FalseTree) return fail(cause.path)
    throw cause
  }
}

const FIRST_BUNDLE = 'tile/entries/000'

/** The keys that entry 0 names. Throws {@link FalseTree} where it is not that of this log, or not in the tree. */
async function firstKeys(tree: SignedTree, files: LogFiles, origin: Origin): Promise<LogKeys> {
  const leaf = await firstLeaf(files, tree.edge.size)
  const keys = leaf && beginKeys(origin, leaf)
  if (!leaf || !keys) throw new FalseTree(FIRST_BUNDLE)
  const hash = await tree.read({ level: 0, index: 0, width: 1 })
  if (!equalBytes(hash, leafHash(leaf))) throw new FalseTree('tile/0/000')
  return keys
}

/** The keys as they were when a log had so many entries. */
function keysBelow(keys: LogKeys, size: number): LogKeys {
  const [first, ...later] = keys.generations
  return { ...keys, generations: [first, ...later.filter(({ position }) => position < size)] }
}

async function allKeys(tree: SignedTree, { keys: known, size }: KnownKeys): Promise<LogKeys> {
  let keys = known
  for await (const { index, leaves } of fetchBundles(tree, size, tree.edge.size))
    keys = foldFresh(keys, size, index * TILE_WIDTH, leaves)
  return keys
}

/** The keys after those entries of a tree that are said to name new ones. */
async function keysNamedAt(tree: SignedTree, first: LogKeys, keysAt: readonly number[]): Promise<LogKeys> {
  let keys = first
  for (const position of keysAt.filter((each) => each < tree.edge.size)) {
    const leaves = await tree.leaves(Math.floor(position / TILE_WIDTH))
    keys = foldKeys(keys, position, leaves[position % TILE_WIDTH] ?? new Uint8Array())
  }
  return keys
}

/** Entry 0 as a source serves it; null when it serves none. */
export async function firstLeaf(files: LogFiles, size: number): Promise<Uint8Array | null> {
  const entries = await readEntries(files, 0, Math.min(size, TILE_WIDTH))
  return entries?.[0] ?? null
}
