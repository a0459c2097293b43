import { equalBytes } from '../../kernel/bytes.ts'
import { type MemberId, originOf } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { beginKeys, currentKeys, foldKeys, type LogKeys } from '../identity/keys.ts'
import {
  FalseTree,
  leafHash,
  type LogFiles,
  MAX_NOTE_BYTES,
  openSignedTree,
  readEntries,
  type SignedTree,
  TILE_WIDTH,
} from '../tlog/index.ts'
import { parseClaim, signedPart } from './sync.ts'

/** What is known of a log before it is held. */
export interface CheckedLog {
  readonly size: number
  /** Names on the checkpoint besides the log's own. Not verified: their keys are not known. */
  readonly witnesses: readonly string[]
  readonly genesis: Uint8Array
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
  const bytes = await files.read('checkpoint', MAX_NOTE_BYTES)
  const claim = bytes && parseClaim(origin, bytes)
  if (!claim || claim.checkpoint.size === 0) return fail('checkpoint')
  const { note, checkpoint } = claim
  try {
    const genesis = await firstLeaf(files, checkpoint.size)
    const first = genesis && beginKeys(origin, genesis)
    if (!genesis || !first) return fail('tile/entries/000')
    const tree = await openSignedTree(files, checkpoint)
    const hash = await tree.read({ level: 0, index: 0, width: 1 })
    if (!equalBytes(hash, leafHash(genesis))) return fail('tile/0/000')
    const keys = await laterKeys(tree, first, keysAt)
    if (!signedPart(note, keys, currentKeys(keys).log)) return fail('checkpoint')
    const witnesses = note.signatures.map(({ name }) => name).filter((name) => name !== origin)
    return succeed({ size: checkpoint.size, witnesses, genesis })
  } catch (cause) {
    if (cause instanceof FalseTree) return fail(cause.path)
    throw cause
  }
}

/** The keys after those entries of a tree that are said to name new ones. */
async function laterKeys(tree: SignedTree, first: LogKeys, keysAt: readonly number[]): Promise<LogKeys> {
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
