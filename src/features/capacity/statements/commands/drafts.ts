import type { Database, Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { Random } from '../../../../kernel/random.ts'
import type { Result } from '../../../../kernel/result.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { attempt, hostedNamed } from '../../../follow/index.ts'
import type { DraftFields, Noun } from '../types.ts'

export interface DraftDeps {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}

/** Most forms that wait for one member. */
export const MAX_DRAFTS = 100
/** Most characters of one. */
const MAX_DRAFT_LENGTH = 64 * 1024

/** Keeps a form as it is, right or wrong, on this node alone; its id. Refused with `tooManyStatementDrafts`, `tooLarge`, `statementDraftNotFound`. */
export function saveDraft(
  { database, clock, random }: DraftDeps,
  speaker: string,
  noun: Noun,
  known: string | null,
  typed: DraftFields,
): Promise<Result<string>> {
  const fields = JSON.stringify(typed)
  return attempt(database, async (tx) => {
    if (fields.length > MAX_DRAFT_LENGTH) throw new Refusal(failure('tooLarge', { limit: MAX_DRAFT_LENGTH }))
    const { id: memberId } = await hostedNamed(tx, speaker)
    if (known !== null) return keepDraft(tx, memberId, { id: known, noun, fields, updated_at: clock() })
    const { count } = await tx
      .selectFrom('capacity_draft')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('member_id', '=', memberId)
      .executeTakeFirstOrThrow()
    if (count >= MAX_DRAFTS) throw new Refusal(failure('tooManyStatementDrafts', { limit: MAX_DRAFTS }))
    const id = random(16).toHex()
    await tx
      .insertInto('capacity_draft')
      .values({ id, member_id: memberId, noun, fields, updated_at: clock() })
      .execute()
    return id
  })
}

async function keepDraft(
  tx: Writer,
  memberId: string,
  { id, noun, ...kept }: { id: string; noun: Noun; fields: string; updated_at: number },
): Promise<string> {
  const { numUpdatedRows } = await tx
    .updateTable('capacity_draft')
    .set({ ...kept, member_id: memberId })
    .where('id', '=', id)
    .where('noun', '=', noun)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new Refusal(failure('statementDraftNotFound'))
  return id
}

/** Throws a form away. One that is not there is gone already. */
export async function dropDraft(tx: Writer, id: string): Promise<void> {
  await tx.deleteFrom('capacity_draft').where('id', '=', id).execute()
}
