import type { Database } from '../../database/index.ts'
import { XetHash } from '../../kernel/names.ts'
import { type Clock, unixSeconds } from '../../kernel/time.ts'
import { announceXorbs } from '../commands/register.ts'
import { DEDUP_ANSWER_KEPT } from '../rules.ts'
import type { Signer } from '../settings.ts'
import type { DedupScope } from '../types.ts'
import { buildDedupAnswer, type KeyedHash } from '../xet/index.ts'
import type { XorbIndex } from './xorb-index.ts'

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
  const hash = await xorbInScope(deps.database, chunk, scope)
  const xorb = hash && (await deps.index.find(hash))
  if (!xorb) return null
  const now = deps.clock()
  // Who is told of a xorb may build on it until the answer expires: that counts as a mention.
  await deps.database.write((tx) => announceXorbs(tx, [hash], now))
  const answer = {
    xorbs: [{ hash, table: xorb.table }],
    hmacKey: await hmacKey(deps.signer, scope, now),
    created: unixSeconds(now),
    expires: unixSeconds(now + DEDUP_ANSWER_KEPT),
  }
  return buildDedupAnswer(answer, deps.keyedHash)
}

/** The xorb that holds the chunk, if a repository in scope uses it. Gated repositories tell nobody but themselves. */
async function xorbInScope(
  { read }: Database,
  chunk: XetHash,
  { repositoryId, readable = [] }: DedupScope,
): Promise<XetHash | null> {
  const row = await read
    .selectFrom('dedup')
    .innerJoin('repository_xorb', 'repository_xorb.xorb_hash', 'dedup.xorb_hash')
    .innerJoin('repository', 'repository.id', 'repository_xorb.repository_id')
    .select('dedup.xorb_hash')
    .where('dedup.chunk_hash', '=', chunk)
    .where((is) =>
      is.or([
        is('repository.id', 'in', [repositoryId, ...readable]),
        is.and([is('repository.visibility', '=', 'public'), is('repository.gated', '=', 'no')]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row ? XetHash.parse(row.xorb_hash) : null
}

/**
 * The key under which chunk hashes are shown: unpredictable, the same for one repository during one period so that
 * clients can merge answers, another one afterwards.
 */
function hmacKey(signer: Signer, { repositoryId }: DedupScope, now: number): Promise<Uint8Array> {
  return signer.sign('dedup-key', [repositoryId, Math.floor(now / DEDUP_ANSWER_KEPT)])
}
