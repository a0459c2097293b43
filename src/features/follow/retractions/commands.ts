import type { Database } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import { Origin, Sha256 } from '../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import { type Clock, isoTime } from '../../../kernel/time.ts'
import { queueRecord } from '../../../log/index.ts'
import type { RecordRetraction, RetractionReason } from '../../../records/index.ts'
import { hostedMembers } from '../../accounts/index.ts'
import { isRetractable } from './rules.ts'

/** Which record is to be taken back, and why. */
export interface RetractionRequest {
  /** A hosted member; null where there is one alone. */
  readonly member: string | null
  /** One of the member's logs; null means the one that it writes now. */
  readonly origin: Origin | null
  readonly position: number
  readonly reason: RetractionReason
}

/**
 * Takes back, in a hosted member's name, what it said before. The caller has decided that whoever asks may. Refused with
 * `memberNotFound`, `recordNotFound`, `notRetractable`, `alreadySaid`.
 */
export function retract(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  { member, origin, position, reason }: RetractionRequest,
): Promise<Result<{ readonly origin: Origin; readonly type: string }>> {
  return database.write(async (tx) => {
    const hosted = (await hostedMembers(tx)).filter(({ handle }) => member === null || handle === member)
    const [speaker, another] = hosted
    if (!speaker || another) return fail(failure('memberNotFound'))
    const entry = await tx
      .selectFrom('log_entry')
      .innerJoin('log', 'log.origin', 'log_entry.origin')
      .select(['log_entry.origin', 'leaf_hash', 'type', 'inert'])
      .where('log.member_id', '=', speaker.id)
      .where('position', '=', position)
      .$if(origin !== null, (which) => which.where('log.origin', '=', origin))
      .orderBy('log.number', 'desc')
      .executeTakeFirst()
    if (!entry) return fail(failure('recordNotFound', { position }))
    const { type, inert } = entry
    if (type === null || inert !== null || !isRetractable(type))
      return fail(failure('notRetractable', { type: type ?? '?' }))
    const known = await tx
      .selectFrom('retraction')
      .select('position')
      .where('origin', '=', entry.origin)
      .where('position', '=', position)
      .executeTakeFirst()
    if (known) return fail(failure('alreadySaid'))
    const named = Origin.parse(entry.origin)
    const record: RecordRetraction = {
      type: 'record-retraction/1',
      time: isoTime(clock()),
      body: { record: { origin: named, index: position, leaf: Sha256.parse(entry.leaf_hash) }, reason },
    }
    await queueRecord(tx, speaker.id, record)
    return succeed({ origin: named, type })
  })
}
