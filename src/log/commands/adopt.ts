import type { Database, LogTable } from '../../database/index.ts'
import { equalBytes, utf8 } from '../../kernel/bytes.ts'
import { MemberId, originOf } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { beginKeys, readSuccession } from '../identity/keys.ts'
import { type TileDeps, tileReader } from '../queries/tiles.ts'
import {
  type Checkpoint,
  edgeFromTiles,
  FalseTree,
  leafHash,
  type LogFiles,
  MAX_NOTE_BYTES,
  openSignedTree,
  rootOf,
  type TileReader,
} from '../tlog/index.ts'
import { firstLeaf } from './check-candidate.ts'
import { openLog } from './found.ts'
import { endLog } from './succeed.ts'
import { parseClaim } from './sync.ts'

/** A log that is held from now on because it continues one that was. */
export interface Adopted {
  readonly log: LogTable
  /** Whether the copy of the log before has entries that do not count any more. */
  readonly hasDropped: boolean
}

/** A file that is no continuation of this log. */
export interface NotAdopted {
  readonly path: string
}

/**
 * Begins to hold the log that continues `held`, when a source has one that the recovery quorum opened; null when it has
 * none. The log before is ended at the checkpoint that was named: of two branches the quorum has chosen one, and a copy of the
 * other counts as far as both agree. Nothing else of the new log is taken here: following it does. `next` are the new log's
 * files, `same` are those of the log before at the same source.
 */
export async function adoptSuccessor(
  deps: TileDeps,
  held: LogTable,
  next: LogFiles,
  same: LogFiles,
): Promise<Result<Adopted | null, NotAdopted>> {
  const memberId = MemberId.parse(held.member_id)
  const number = held.number + 1
  try {
    const first = await readFirst(next, memberId, number)
    if (first === null) return succeed(null)
    const { leaf, previous } = first
    const claim = parseClaim(held.origin, utf8(previous))
    if (!claim) return fail({ path: 'checkpoint' })
    const cut = await lastCommon(deps, held, same, claim.checkpoint)
    const log = await begin(deps.database, held, { memberId, number, leaf, cut })
    return succeed({ log, hasDropped: held.size > cut })
  } catch (cause) {
    if (cause instanceof FalseTree) return fail({ path: cause.path })
    throw cause
  }
}

/**
 * How many entries of the copy are those that the quorum has named: all that it named, where the copy has nothing else. Two trees
 * that differ after some entry differ at every size from there on, so that halving finds it. Throws {@link FalseTree}.
 */
async function lastCommon(
  deps: TileDeps,
  held: LogTable,
  same: LogFiles,
  named: Checkpoint,
): Promise<number> {
  const ours = tileReader(deps, held)
  const rootAt = async (tree: TileReader, size: number) => rootOf(await edgeFromTiles(tree, size))
  if (held.size >= named.size && equalBytes(await rootAt(ours, named.size), named.root)) return named.size
  const theirs = await openSignedTree(same, named)
  const agree = async (size: number) => equalBytes(await rootAt(ours, size), await rootAt(theirs, size))
  const most = Math.min(held.size, named.size)
  if (held.size < named.size && (await agree(most))) return named.size
  let [common, differing] = [0, most]
  while (differing - common > 1) {
    const middle = Math.floor((common + differing) / 2)
    if (await agree(middle)) common = middle
    else differing = middle
  }
  return common
}

/** The first entry of a later log, held against the root that its source claims. Throws {@link FalseTree}. */
async function readFirst(files: LogFiles, memberId: MemberId, number: number) {
  const origin = originOf(memberId, number)
  const bytes = await files.read('checkpoint', MAX_NOTE_BYTES)
  if (!bytes) return null
  const claim = parseClaim(origin, bytes)
  const leaf = claim && claim.checkpoint.size > 0 ? await firstLeaf(files, claim.checkpoint.size) : null
  const keys = leaf && beginKeys(origin, leaf)
  const body = keys && readSuccession(origin, leaf, keys.recovery)
  if (!claim || !body) throw new FalseTree('tile/entries/000')
  const tree = await openSignedTree(files, claim.checkpoint)
  const hash = await tree.read({ level: 0, index: 0, width: 1 })
  if (!equalBytes(hash, leafHash(leaf))) throw new FalseTree('tile/0/000')
  return { leaf, previous: body.previous.checkpoint }
}

function begin(
  database: Database,
  held: LogTable,
  next: {
    readonly memberId: MemberId
    readonly number: number
    readonly leaf: Uint8Array
    readonly cut: number
  },
): Promise<LogTable> {
  const { cut, ...log } = next
  return database.write(async (tx) => {
    await endLog(tx, held, cut)
    return openLog(tx, { ...log, role: 'held' })
  })
}
