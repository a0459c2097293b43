import type { Database } from '../../database/index.ts'
import { MemberId } from '../../kernel/names.ts'
import { type Clock, SECOND } from '../../kernel/time.ts'
import type { KeyStore } from '../ports.ts'
import { cosign, formatSignature, parseNote, signingKey } from '../tlog/index.ts'

export interface CosignDeps {
  readonly database: Database
  readonly keys: KeyStore
  readonly clock: Clock
}

/** The name under which a member cosigns logs of others. */
export function witnessName(member: string): string {
  return `ayni/${member}/witness`
}

/**
 * Says for each member hosted here that the checkpoint held of a log is the newest, and consistent with all before it:
 * it was verified when it was kept. A checkpoint is cosigned once; one of a frozen log never.
 */
export async function cosignHeld({ database, keys, clock }: CosignDeps, origin: string): Promise<void> {
  const log = await database.read
    .selectFrom('log')
    .selectAll()
    .where('origin', '=', origin)
    .executeTakeFirst()
  const note = log?.checkpoint && parseNote(log.checkpoint)
  if (!log || !note || log.frozen !== null || log.size !== log.signed_size) return
  const hosted = await database.read.selectFrom('member').select('id').where('hosted', '=', 1).execute()
  for (const { id } of hosted) {
    const member = MemberId.safeParse(id)
    const secrets = member.success ? await keys.get(member.data) : null
    if (!secrets) continue
    const signer = witnessName(id)
    const time = clock()
    const key = signingKey(signer, 4, secrets.witness)
    const line = formatSignature(cosign(note.text, key, Math.floor(time / SECOND))).trimEnd()
    const row = { origin, signer, size: log.signed_size, time, line }
    // A time that goes back would contradict what was signed before: the older statement stands.
    await database.write((tx) =>
      tx
        .insertInto('cosignature')
        .values(row)
        .onConflict((same) =>
          same
            .columns(['origin', 'signer'])
            .doUpdateSet(row)
            .where('cosignature.size', '<', row.size)
            .where('cosignature.time', '<=', time),
        )
        .execute(),
    )
  }
}
