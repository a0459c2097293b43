import type { Reader } from '../../database/index.ts'
import { MemberId, Origin } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { witnessName } from '../rules.ts'

/** That a member held a log: its newest cosignature that was checked here. */
export interface Cosigner {
  readonly origin: Origin
  readonly memberId: MemberId
  /** Entries that it vouches for. */
  readonly size: number
  readonly time: Millis
}

/** Who holds which of the logs that are here, as far as cosignatures show. */
export async function listCosigners(reader: Reader): Promise<readonly Cosigner[]> {
  const rows = await reader.selectFrom('cosignature').select(['origin', 'signer', 'size', 'time']).execute()
  return rows.flatMap(({ origin, signer, size, time }) => {
    const memberId = MemberId.safeParse(signer.split('/')[1]).data
    const isWitness = memberId !== undefined && witnessName(memberId) === signer
    return isWitness ? [{ origin: Origin.parse(origin), memberId, size, time }] : []
  })
}
