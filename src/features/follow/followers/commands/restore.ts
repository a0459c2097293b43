import { setTimeout as delay } from 'node:timers/promises'

import { type LogTable, readSetting, type Writer, writeSetting } from '../../../../database/index.ts'
import { Origin, partsOfOrigin, RepositoryId, repositoryKey } from '../../../../kernel/names.ts'
import type { NewEntry } from '../../../../log/index.ts'
import { readLeaf } from '../../../../records/index.ts'
import { hideRepository } from '../../../share/index.ts'
import type { Source } from '../../content/index.ts'
import { pauseAfter } from '../../members/rules.ts'
import type { Follower } from '../types.ts'
import type { FollowerDeps } from './index.ts'

/** Names the setting that says that not everything that recovered entries name is here yet. */
export function lostOf({ member_id }: LogTable): string {
  return `lost.${member_id}`
}

/** What was withdrawn after the backup was made is shown no more; its files stay. */
export async function hideWithdrawn(
  tx: Writer,
  memberId: string,
  entries: readonly NewEntry[],
): Promise<void> {
  for (const { leaf } of entries) {
    const read = readLeaf(leaf)
    if (read.kind !== 'record' || read.record.type !== 'repository-withdrawal/1') continue
    const { repository, kind } = read.record.body
    const again = await tx
      .selectFrom('announced_ref')
      .select('ref')
      .where('member_id', '=', memberId)
      .where('kind', '=', kind)
      .where('key', '=', repositoryKey(repository))
      .executeTakeFirst()
    if (!again) await hideRepository(tx, { memberId, kind, fullName: RepositoryId.parse(repository) })
  }
}

/**
 * Brings back what the entries that came back from followers name. Signing does not wait for it: large files may take days. If we
 * stop anywhere, the setting is still there and the next start goes on.
 */
export async function restoreLost(
  deps: FollowerDeps,
  log: LogTable,
  followers: readonly Follower[],
  signal: AbortSignal,
): Promise<void> {
  try {
    const { database } = deps
    const name = lostOf(log)
    if ((await readSetting(database.read, name)) === null) return
    const sources = followers.flatMap(({ url, allowPrivate }): Source[] =>
      url === null ? [] : [{ url, allow: allowPrivate ? 'private' : 'public' }],
    )
    const { member } = partsOfOrigin(Origin.parse(log.origin))
    for (let failures = 1; !(await deps.restore(member, sources, signal)); failures++)
      await delay(pauseAfter({ failures: failures, isHearing: false }, 0.5), undefined, {
        signal,
        ref: false,
      })
    await database.write((tx) => writeSetting(tx, name, null))
    deps.events.restored(log.origin)
  } catch (cause) {
    if (!signal.aborted) deps.events.notRestored(log.origin, cause)
  }
}
