import type { Database } from '../../../../database/index.ts'
import { failure } from '../../../../kernel/failure.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { addUsage, findFollow, spentQuota, usageOf } from '../../members/index.ts'
import { findOwner } from '../queries.ts'
import type { Allowance } from '../types.ts'

/** What the terms of following a member allow to be fetched of its large files in a day. */
export function dailyAllowance({
  database,
  clock,
}: {
  readonly database: Database
  readonly clock: Clock
}): Allowance {
  return {
    async refusal(repositoryId) {
      const owner = await findOwner(database.read, repositoryId)
      const follow = owner && (await findFollow(database.read, owner))
      if (!follow) return null
      const used = await usageOf(database.read, follow.memberId, clock())
      const spent = spentQuota(used, follow.quota, ['content'])
      return spent && failure('overQuota', { what: spent })
    },
    async spend(repositoryId, content) {
      await database.write(async (tx) => {
        const owner = await findOwner(tx, repositoryId)
        if (owner && (await findFollow(tx, owner))) await addUsage(tx, owner, clock(), { content })
      })
    },
  }
}
