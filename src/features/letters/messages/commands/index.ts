import type { Database } from '../../../../database/index.ts'
import { failure } from '../../../../kernel/failure.ts'
import { MemberId } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { hostedMembers } from '../../../accounts/index.ts'
import { listMessages } from '../queries.ts'
import type { Envelope, MessageEntry } from '../types.ts'
import type { DeliverDeps } from './deliver.ts'
import { renewKeys } from './keys.ts'
import { receive, type ReceiveDeps } from './receive.ts'

const MOST_LISTED = 1000

/** Messages between members, as the surfaces and the operator use them. */
export type MessageCommands = ReturnType<typeof createMessageCommands>

export function createMessageCommands(deps: ReceiveDeps & DeliverDeps) {
  const { database, clock } = deps
  return {
    receive: (envelope: Envelope): Promise<Result<void>> => receive(deps, envelope),

    list: (): Promise<readonly MessageEntry[]> => listMessages(database.read, MOST_LISTED),

    /** Sends a message again at once, or all that were not delivered; how many. Refused with `messageNotFound`. */
    async retry(id: string | null): Promise<Result<number>> {
      const { numUpdatedRows } = await database.write((tx) =>
        tx
          .updateTable('message_out')
          .set({ state: 'waiting', next_at: clock() })
          .where('body', 'is not', null)
          .$if(id !== null, (query) => query.where('id', '=', id ?? ''))
          .executeTakeFirst(),
      )
      const isNone = id !== null && numUpdatedRows === 0n
      return isNone ? fail(failure('messageNotFound')) : succeed(Number(numUpdatedRows))
    },

    /** New keys for the messages of a member hosted here, by its handle. */
    async renewKeys(handle: string): Promise<Result<MemberId>> {
      const member = (await hostedMembers(database.read)).find((each) => each.handle === handle)
      const memberId = MemberId.safeParse(member?.id)
      if (!memberId.success) return fail(failure('memberNotFound'))
      await renewKeys(deps, memberId.data)
      return succeed(memberId.data)
    },
  }
}

/** Forgets what is remembered no longer than it must be. */
export async function forgetOld(database: Database, before: number): Promise<void> {
  await database.write(async (tx) => {
    await tx.deleteFrom('message_in').where('received_at', '<', before).execute()
    await tx
      .deleteFrom('message_out')
      .where('state', '!=', 'waiting')
      .where('created_at', '<', before)
      .execute()
  })
}
