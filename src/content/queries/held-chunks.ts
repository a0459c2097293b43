import { sql } from 'kysely'

import type { Reader } from '../../database/index.ts'
import type { XetHash } from '../../kernel/names.ts'
import { type ChunkRange, decodeTerms, type Recipe, xetHashBytes } from '../xet/index.ts'
import { DedupLookup } from './dedup-lookup.ts'
import type { Hit } from './recent-chunks.ts'
import type { XorbIndex } from './xorb-index.ts'

/**
 * Where chunks of a recipe are stored here already; undefined for those that are not. Whoever serves the rest learns which
 * these are, so only chunks count that are part of a file which this node shows to everybody.
 */
export async function findHeldChunks(
  reader: Reader,
  index: XorbIndex,
  recipe: Recipe,
): Promise<readonly (Hit | undefined)[]> {
  const held = Array.from<Hit | undefined>({ length: recipe.count })
  const shown = new Map<XetHash, readonly ChunkRange[]>()
  for (const { at, xorb: hash, chunks } of await new DedupLookup(reader, index).find(recipe.hashes())) {
    const xorb = await index.find(hash)
    if (!xorb) continue
    const ranges = shown.get(hash) ?? (await shownChunks(reader, hash))
    shown.set(hash, ranges)
    for (let chunk = chunks.start; chunk < chunks.end; chunk++) {
      const isShown = ranges.some(({ start, end }) => start <= chunk && chunk < end)
      if (isShown) held[at + chunk - chunks.start] = { xorb, index: chunk }
    }
  }
  return held
}

/** Which chunks of a xorb are part of files that anybody may fetch here. */
async function shownChunks(reader: Reader, xorb: XetHash): Promise<readonly ChunkRange[]> {
  const rows = await reader
    .selectFrom('repository_xorb')
    .innerJoin('repository', 'repository.id', 'repository_xorb.repository_id')
    .innerJoin('repository_file', 'repository_file.repository_id', 'repository.id')
    .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
    .select('file.terms')
    .distinct()
    .where('repository_xorb.xorb_hash', '=', xorb)
    .where('repository.visibility', '=', 'public')
    .where('repository.gated', '=', 'no')
    .where('repository.disabled', '=', 0)
    .where(sql<boolean>`instr(file.terms, ${xetHashBytes(xorb)}) > 0`)
    .execute()
  return rows
    .flatMap(({ terms }) => decodeTerms(terms))
    .filter((term) => term.xorb === xorb)
    .map((term) => term.chunks)
}
