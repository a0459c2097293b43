import type { LogTable, Reader } from '../../database/index.ts'
import { Origin } from '../../kernel/names.ts'
import { MemberGenesis, PublicKey } from '../../records/index.ts'
import type { Generation, LogKeys } from '../identity/keys.ts'

const Recovery = MemberGenesis.shape.body.shape.recovery

/** Every key that a log has had, as its entries say. */
export async function readKeys(reader: Reader, log: Pick<LogTable, 'origin' | 'recovery'>): Promise<LogKeys> {
  const rows = await reader
    .selectFrom('log_key')
    .selectAll()
    .where('origin', '=', log.origin)
    .orderBy('position')
    .execute()
  const [first, ...later] = rows.map(generationOf)
  if (!first) throw new Error(`${log.origin} has no keys`)
  const recovery = Recovery.parse(JSON.parse(log.recovery))
  return { origin: Origin.parse(log.origin), recovery, generations: [first, ...later] }
}

function generationOf(row: {
  readonly position: number
  readonly public_key: string
  readonly witness_key: string
  readonly time: number
}): Generation {
  const { position, public_key, witness_key, time } = row
  return { position, log: PublicKey.parse(public_key), witness: PublicKey.parse(witness_key), time }
}
