import type { Database, Reader } from '../../database/index.ts'
import { XetHash } from '../../kernel/names.ts'
import { type Clock, MINUTE, unixSeconds } from '../../kernel/time.ts'
import { announceXorbs } from '../commands/register.ts'
import { DEDUP_ANSWER_KEPT } from '../rules.ts'
import type { Signer } from '../settings.ts'
import type { DedupScope } from '../types.ts'
import { buildDedupAnswer, type KeyedHash } from '../xet/index.ts'
import type { StoredXorb, XorbIndex } from './xorb-index.ts'

/**
 * Full xorbs hold 64 MiB, about 1024 chunks, and a client asks about one chunk in 1024 that it does not know: where an
 * answer ends it sends about one xorb again, a thirty-second of what the answer covered.
 */
const MOST_NEIGHBOURS = 31
/** 48 bytes each. */
const MOST_CHUNKS = 36_000
/** Xorbs of one file are sent several at once, so the next may have been stored a little earlier. */
const STORED_TOGETHER = MINUTE

export interface DedupAnswerDeps {
  readonly database: Database
  readonly index: XorbIndex
  readonly signer: Signer
  readonly keyedHash: KeyedHash
  readonly clock: Clock
}

/** See `Content.dedupAnswer`. */
export async function dedupAnswer(
  deps: DedupAnswerDeps,
  chunk: XetHash,
  scope: DedupScope,
): Promise<Uint8Array | null> {
  const use = await findUse(deps.database.read, chunk, scope)
  const holder = use && (await deps.index.find(use.xorb))
  if (!holder) return null
  const neighbours = await deps.index.findAll(await neighboursOf(deps.database.read, use))
  const xorbs = withinBounds([holder, ...neighbours.values()])
  const now = deps.clock()
  // Who is told of a xorb may build on it until the answer expires: that counts as a mention.
  const hashes = xorbs.map((xorb) => xorb.hash)
  await deps.database.write((tx) => announceXorbs(tx, hashes, now))
  const answer = {
    xorbs,
    hmacKey: await hmacKey(deps.signer, scope, now),
    created: unixSeconds(now),
    expires: unixSeconds(now + DEDUP_ANSWER_KEPT),
  }
  return buildDedupAnswer(answer, deps.keyedHash)
}

/** A repository in scope, and the xorb of its files that holds the chunk. */
interface Use {
  readonly repositoryId: string
  readonly xorb: XetHash
  readonly createdAt: number
}

/** Gated repositories tell nobody but themselves. */
async function findUse(
  reader: Reader,
  chunk: XetHash,
  { repositoryId, readable = [] }: DedupScope,
): Promise<Use | null> {
  const row = await reader
    .selectFrom('dedup')
    .innerJoin('repository_xorb', 'repository_xorb.xorb_hash', 'dedup.xorb_hash')
    .innerJoin('repository', 'repository.id', 'repository_xorb.repository_id')
    .innerJoin('xorb', 'xorb.hash', 'dedup.xorb_hash')
    .select(['dedup.xorb_hash', 'repository.id', 'xorb.created_at'])
    .where('dedup.chunk_hash', '=', chunk)
    .where((is) =>
      is.or([
        is('repository.id', 'in', [repositoryId, ...readable]),
        is.and([is('repository.visibility', '=', 'public'), is('repository.gated', '=', 'no')]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row ? { repositoryId: row.id, xorb: XetHash.parse(row.xorb_hash), createdAt: row.created_at } : null
}

/** The xorbs of the same repository that were stored next, then those before: most likely the rest of the file. */
async function neighboursOf(
  reader: Reader,
  { repositoryId, xorb, createdAt }: Use,
): Promise<readonly XetHash[]> {
  const rows = await reader
    .selectFrom('repository_xorb')
    .innerJoin('xorb', 'xorb.hash', 'repository_xorb.xorb_hash')
    .select('xorb.hash')
    .where('repository_xorb.repository_id', '=', repositoryId)
    .where('xorb.hash', '!=', xorb)
    .orderBy((is) => is('xorb.created_at', '<', createdAt - STORED_TOGETHER))
    .orderBy((is) => is.fn('abs', [is('xorb.created_at', '-', createdAt)]))
    .limit(MOST_NEIGHBOURS)
    .execute()
  return rows.map((row) => XetHash.parse(row.hash))
}

/** As many of the first as an answer may hold: clients read it while they wait. */
function withinBounds(xorbs: readonly StoredXorb[]): readonly StoredXorb[] {
  let chunks = 0
  return xorbs.filter(({ table }) => (chunks += table.count) <= MOST_CHUNKS)
}

/**
 * The key under which chunk hashes are shown: unpredictable, the same for one repository during one period so that
 * clients can merge answers, another one afterwards.
 */
function hmacKey(signer: Signer, { repositoryId }: DedupScope, now: number): Promise<Uint8Array> {
  return signer.sign('dedup-key', [repositoryId, Math.floor(now / DEDUP_ANSWER_KEPT)])
}
