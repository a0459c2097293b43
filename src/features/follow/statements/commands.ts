import type { Database, Reader, Writer } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { canonicalJson } from '../../../kernel/canonical-json.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { Handle, MemberId } from '../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import { type Clock, isoTime } from '../../../kernel/time.ts'
import { queueRecord, refusalToSay } from '../../../log/index.ts'
import { MAX_WRITTEN_LEAF_BYTES, PublicRecord, type RecordType } from '../../../records/index.ts'

/** A member by the name that people here use for it. */
export interface NamedMember {
  readonly id: MemberId
  readonly handle: Handle
}

/** One transaction; a {@link Refusal} inside rolls it back and becomes the result. */
export async function attempt<Value>(
  database: Database,
  work: (tx: Writer) => Promise<Value>,
): Promise<Result<Value>> {
  try {
    return succeed(await database.write(work))
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    throw cause
  }
}

/** Queues a record after checking it as its readers will. */
export async function say(
  tx: Writer,
  deps: { readonly clock: Clock },
  speaker: MemberId,
  type: RecordType,
  body: object,
): Promise<void> {
  await queueRecord(tx, speaker, checked(deps, type, body))
}

/** A record as it would be said now. Throws `invalidField` with the field, `tooLarge`, `personalData`. */
export function checked({ clock }: { readonly clock: Clock }, type: RecordType, body: object): PublicRecord {
  const record = PublicRecord.safeParse({ type, time: isoTime(clock()), body })
  if (!record.success) {
    const field = String(record.error.issues[0]?.path[1] ?? '')
    throw new Refusal(failure('invalidField', { field }, field))
  }
  if (utf8(canonicalJson(record.data)).length >= MAX_WRITTEN_LEAF_BYTES)
    throw new Refusal(failure('tooLarge', { limit: MAX_WRITTEN_LEAF_BYTES }))
  const refused = refusalToSay(record.data)
  if (refused) throw new Refusal(refused)
  return record.data
}

/** A member hosted here with a log, by handle or id. Throws `memberNotFound`. */
export async function hostedNamed(reader: Reader, name: string): Promise<NamedMember> {
  return named(reader, name, true)
}

/** A member that is known here, hosted or not, by handle or id. Throws `memberUnknown`, too where two have the handle. */
export async function memberNamed(reader: Reader, name: string): Promise<NamedMember> {
  return named(reader, name, false)
}

async function named(reader: Reader, name: string, isHosted: boolean): Promise<NamedMember> {
  const rows = await reader
    .selectFrom('member')
    .select(['id', 'handle'])
    .where((is) => is.or([is('id', '=', name), is('handle', '=', name)]))
    .$if(isHosted, (query) => query.where('hosted', '=', 1))
    .execute()
  const [id, handle] = [MemberId.safeParse(rows[0]?.id), Handle.safeParse(rows[0]?.handle)]
  if (rows.length !== 1 || !id.success || !handle.success)
    throw new Refusal(failure(isHosted ? 'memberNotFound' : 'memberUnknown', { member: name }, 'member'))
  return { id: id.data, handle: handle.data }
}
