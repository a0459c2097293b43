import type { Reader } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { MemberId, Origin, Sha256 } from '../../../kernel/names.ts'
import { readLeaf } from '../../../records/index.ts'
import { isKept } from './projection.ts'
import type { KeptType, Statement } from './types.ts'

/** Everything of these types that is known to have been said, by log and place: what was taken back too, and said to be. */
export async function statementsOf<Type extends KeptType>(
  reader: Reader,
  types: readonly Type[],
): Promise<readonly Statement<Type>[]> {
  const rows = await selectStatements(reader)
    .where('statement.type', 'in', types)
    .orderBy('statement.origin')
    .orderBy('statement.position')
    .execute()
  return rows.flatMap((row) => statementIn(row, types) ?? [])
}

/** What has this leaf hash, if it is of one of these types; null where it is not known here. Of equal leaves, the first. */
export async function findStatement<Type extends KeptType>(
  reader: Reader,
  types: readonly Type[],
  id: string,
): Promise<Statement<Type> | null> {
  const row = await selectStatements(reader)
    .where('statement.leaf_hash', '=', id)
    .orderBy('statement.origin')
    .orderBy('statement.position')
    .limit(1)
    .executeTakeFirst()
  return row ? statementIn(row, types) : null
}

function selectStatements(reader: Reader) {
  return reader
    .selectFrom('statement')
    .leftJoin('retraction', (join) =>
      join
        .onRef('retraction.origin', '=', 'statement.origin')
        .onRef('retraction.position', '=', 'statement.position'),
    )
    .select([
      'statement.origin',
      'statement.position',
      'statement.leaf_hash',
      'statement.member_id',
      'statement.time',
      'statement.json',
      'retraction.by_origin',
      'retraction.by_position',
    ])
}

type Row = Awaited<ReturnType<ReturnType<typeof selectStatements>['execute']>>[number]

function statementIn<Type extends KeptType>(row: Row, types: readonly Type[]): Statement<Type> | null {
  const read = readLeaf(utf8(`${row.json}\n`))
  if (read.kind === 'inert' || !isKept(read.record)) return null
  const { record } = read
  if (!isOneOf(record, types)) return null
  const id = Sha256.parse(row.leaf_hash)
  const { by_origin, by_position } = row
  return {
    id,
    memberId: MemberId.parse(row.member_id),
    place: { origin: Origin.parse(row.origin), index: row.position, leaf: id },
    time: row.time,
    record,
    retracted:
      by_origin === null || by_position === null
        ? null
        : { origin: Origin.parse(by_origin), index: by_position },
  }
}

function isOneOf<Type extends KeptType>(
  record: Statement['record'],
  types: readonly Type[],
): record is Statement<Type>['record'] {
  return types.some((type) => type === record.type)
}
