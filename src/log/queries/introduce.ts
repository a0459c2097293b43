import type { Reader } from '../../database/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import type { MemberId } from '../../kernel/names.ts'
import { proveEntry, readLeafAt } from './entries.ts'
import type { Introduction, NamingEntry } from './introduction.ts'
import { readKeys } from './keys.ts'
import type { TileDeps } from './tiles.ts'

/** Shows who speaks for a member hosted here; null before it has a log. */
export async function introduce(deps: TileDeps, memberId: MemberId): Promise<Introduction | null> {
  const { read } = deps.database
  const logs = await read
    .selectFrom('log')
    .selectAll()
    .where('member_id', '=', memberId)
    .where('role', '=', 'own')
    .orderBy('number')
    .execute()
  const named: NamingEntry[][] = []
  for (const log of logs) {
    const entries: NamingEntry[] = []
    for (const { position } of (await readKeys(read, log)).generations) {
      const leaf = await readLeafAt(deps, log, position)
      if (leaf) entries.push({ position, leaf })
    }
    named.push(entries)
  }
  return named.length === 0 ? null : { logs: named, profile: await proveProfile(deps, memberId) }
}

/** What a member says last of its name, of what a checkpoint covers. */
async function proveProfile(deps: TileDeps, memberId: MemberId): Promise<Uint8Array | null> {
  const newest = await findProfile(deps.database.read, memberId)
  const text = newest && (await proveEntry(deps, newest, newest.position, 0))
  return text ? utf8(text) : null
}

async function findProfile(reader: Reader, memberId: MemberId) {
  return reader
    .selectFrom('log')
    .innerJoin('log_entry', 'log_entry.origin', 'log.origin')
    .selectAll('log')
    .select('log_entry.position')
    .where('log.member_id', '=', memberId)
    .where('log.role', '=', 'own')
    .where('log_entry.type', '=', 'member-profile/1')
    .where('log_entry.inert', 'is', null)
    .whereRef('log_entry.position', '<', 'log.signed_size')
    .orderBy('log.number', 'desc')
    .orderBy('log_entry.position', 'desc')
    .executeTakeFirst()
}
