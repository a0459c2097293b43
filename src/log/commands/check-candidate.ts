import { equalBytes } from '../../kernel/bytes.ts'
import { type MemberId, originOf } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { memberIdOf } from '../../records/index.ts'
import { readGenesis } from '../identity/genesis.ts'
import {
  bundlePath,
  decodeBundle,
  FalseTree,
  leafHash,
  type LogFiles,
  MAX_BUNDLE_BYTES,
  MAX_NOTE_BYTES,
  openSignedTree,
  TILE_WIDTH,
} from '../tlog/index.ts'
import { openCheckpoint } from './sync.ts'

/** What is known of a log before it is held. */
export interface CheckedLog {
  readonly size: number
  /** Names on the checkpoint besides the log's own. Not verified: their keys are not known. */
  readonly witnesses: readonly string[]
  readonly genesis: Uint8Array
}

/**
 * Whether what is served is the log of this member: its first leaf has the member's id, that leaf's key signed the
 * checkpoint, and the leaf is in the tree. Fails with the path of what is not so.
 */
export async function checkCandidate(
  files: LogFiles,
  memberId: MemberId,
): Promise<Result<CheckedLog, string>> {
  const bytes = await files.read('checkpoint', MAX_NOTE_BYTES)
  const claimed = bytes && Number(Buffer.from(bytes).toString('utf8').split('\n')[1])
  if (!bytes || !Number.isSafeInteger(claimed) || !claimed) return fail('checkpoint')
  try {
    const genesis = await firstLeaf(files, claimed)
    const keys = genesis && readGenesis(genesis)
    if (!genesis || !keys || memberIdOf(genesis) !== memberId) return fail('tile/entries/000')
    const origin = originOf(memberId, 0)
    const opened = openCheckpoint({ origin, public_key: keys.log }, bytes)
    if (!opened) return fail('checkpoint')
    const tree = await openSignedTree(files, opened.checkpoint)
    const first = await tree.read({ level: 0, index: 0, width: 1 })
    if (!equalBytes(first, leafHash(genesis))) return fail('tile/0/000')
    const witnesses = opened.note.signatures.map(({ name }) => name).filter((name) => name !== origin)
    return succeed({ size: opened.checkpoint.size, witnesses, genesis })
  } catch (cause) {
    if (cause instanceof FalseTree) return fail(cause.path)
    throw cause
  }
}

async function firstLeaf(files: LogFiles, size: number): Promise<Uint8Array | null> {
  const width = Math.min(size, TILE_WIDTH)
  const bytes = await files.read(bundlePath(0, width), MAX_BUNDLE_BYTES)
  return (bytes && decodeBundle(bytes, width)?.[0]) ?? null
}
