import type { LogTable, Reader } from '../../../database/index.ts'
import { MemberId, Origin, partsOfOrigin } from '../../../kernel/names.ts'
import type { Logs } from '../../../log/index.ts'
import { readLeaf, TreeHashText } from '../../../records/index.ts'
import { byPlace } from './rules/index.ts'
import type { Cut, LackingLog } from './types.ts'

export interface CutDeps {
  readonly reader: Reader
  readonly logs: Pick<Logs, 'find' | 'counted' | 'rootAt' | 'leaf'>
}

/** The logs of these members whose statements are read here, each up to the checkpoint that was verified last. */
export async function presentCut({ reader, logs }: CutDeps, members: ReadonlySet<MemberId>): Promise<Cut> {
  const cut: Cut = []
  for (const log of await readLogs(reader)) {
    if (!members.has(MemberId.parse(log.member_id))) continue
    const counted = await logs.counted(log)
    if (!counted || counted.signed_size === 0) continue
    const size = counted.signed_size
    cut.push({
      origin: Origin.parse(log.origin),
      size,
      root: TreeHashText.parse(await logs.rootAt(log, size)),
    })
  }
  return cut
}

/** The logs of a cut that cannot be used here, and why. */
export async function lackingLogs({ reader, logs }: CutDeps, cut: Cut): Promise<readonly LackingLog[]> {
  const read = new Set((await readLogs(reader)).map(({ origin }) => origin))
  const lacking: LackingLog[] = []
  for (const { origin, size, root } of cut) {
    const log = await logs.find(origin)
    const has = Math.min(log?.signed_size ?? 0, log?.cut ?? Infinity)
    const wrong = (lack: LackingLog['lack']) => lacking.push({ origin, lack, has, size })
    if (!log) wrong('unknown')
    else if (has < size) wrong('short')
    else if (!read.has(origin)) wrong('notRead')
    else if ((await logs.rootAt(log, size)) !== root) wrong('otherRoot')
  }
  return lacking
}

/** Logs of our own, and of those whose word counts here or did when something was read. */
function readLogs(reader: Reader): Promise<LogTable[]> {
  return reader
    .selectFrom('log')
    .leftJoin('follow', 'follow.member_id', 'log.member_id')
    .selectAll('log')
    .where((is) =>
      is.or([
        is('log.role', '=', 'own'),
        is('follow.trust', '=', 'full'),
        is.exists(
          is
            .selectFrom('statement')
            .select('statement.origin')
            .whereRef('statement.origin', '=', 'log.origin'),
        ),
      ]),
    )
    .orderBy('log.origin')
    .execute()
}

/** Where each member of a cut is, as the last profile within it says; those that do not say are missing. */
export async function countriesIn(
  { reader, logs }: CutDeps,
  cut: Cut,
): Promise<ReadonlyMap<MemberId, string>> {
  const countries = new Map<MemberId, string>()
  const inOrder = cut
    .map(({ origin, size }) => ({ origin, index: 0, size }))
    .toSorted((left, right) => byPlace(left, right))
  for (const { origin, size } of inOrder) {
    const log = await logs.find(origin)
    const position = log && (await lastProfile(reader, origin, size))
    const leaf = log && position !== null && (await logs.leaf(log, position))
    const read = leaf && readLeaf(leaf)
    if (!read || read.kind !== 'record' || read.record.type !== 'member-profile/1') continue
    const { member } = partsOfOrigin(origin)
    const { country } = read.record.body
    if (country === undefined) countries.delete(member)
    else countries.set(member, country)
  }
  return countries
}

async function lastProfile(reader: Reader, origin: Origin, size: number): Promise<number | null> {
  const row = await reader
    .selectFrom('log_entry')
    .select('position')
    .where('origin', '=', origin)
    .where('type', '=', 'member-profile/1')
    .where('inert', 'is', null)
    .where('position', '<', size)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.position ?? null
}

/** How many entries of a cut were erased here: what they said is not known any more. */
export async function erasedIn(reader: Reader, cut: Cut): Promise<number> {
  let count = 0
  for (const { origin, size } of cut) {
    const row = await reader
      .selectFrom('redaction')
      .select((is) => is.fn.countAll<number>().as('count'))
      .where('origin', '=', origin)
      .where('position', '<', size)
      .executeTakeFirstOrThrow()
    count += row.count
  }
  return count
}

/** What members are called, by id. */
export async function handlesOf(reader: Reader): Promise<ReadonlyMap<MemberId, string>> {
  const rows = await reader.selectFrom('member').select(['id', 'handle']).execute()
  return new Map(
    rows.flatMap(({ id, handle }) => {
      const memberId = MemberId.safeParse(id)
      return memberId.success ? [[memberId.data, handle] as const] : []
    }),
  )
}
