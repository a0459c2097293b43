import type { Actor } from '../../features/accounts/index.ts'
import {
  copiesOf,
  counts,
  endOf,
  isPromiseWaiting,
  type KeptGood,
  originOfPublicGood,
  publicGoodOf,
  standing,
} from '../../features/follow/index.ts'
import { accessOf } from '../../http/access.ts'
import { succeed } from '../../kernel/result.ts'
import type { PublicGoodVisit, RepositoryVisit } from '../deps.ts'
import type { Promised } from '../pages/public-good.tsx'
import type { VisitDeps } from './deps.ts'

/** What is promised to everybody, through one actor's eyes. */
export function visitPublicGoods(
  deps: VisitDeps,
  actor: Actor,
  repositories: Pick<RepositoryVisit, 'head'>,
): PublicGoodVisit {
  const { database, clock, publicGoods } = deps

  async function present({ good, copies }: KeptGood): Promise<Promised> {
    const now = clock()
    const member = await database.read
      .selectFrom('member')
      .select('display_name')
      .where('id', '=', good.memberId)
      .executeTakeFirst()
    return {
      repository: { kind: good.kind, id: good.repository },
      member: member?.display_name ?? good.memberId,
      licence: good.licence,
      holders: good.holders,
      until: endOf(good),
      verified: copies.filter((copy) => counts(copy, now)).length,
      standing: standing(good, copies, now),
      statement: { origin: await originOfPublicGood(database.read, good), position: good.position },
      copies,
    }
  }

  return {
    async list() {
      return Promise.all((await publicGoods.list()).map(present))
    },
    async show(reference) {
      const head = await repositories.head(reference)
      if (!head.ok) return head
      const found = await accessOf(deps, actor, reference, 'read')
      if (!found.ok) return found
      const { repository } = found.value
      const good = await publicGoodOf(database.read, repository)
      const copies = good ? await copiesOf(database.read, repository) : []
      const licence = (await deps.catalogue.entry(repository.id))?.card?.licence?.id ?? ''
      return succeed({
        head: head.value,
        promised: good && (await present({ good, copies })),
        isWaiting: await isPromiseWaiting(database.read, repository),
        mayPromise: (await accessOf(deps, actor, reference, 'admin')).ok,
        licence,
      })
    },
    async promise(reference, terms) {
      const permitted = await accessOf(deps, actor, reference, 'admin')
      return permitted.ok ? publicGoods.promise(reference, terms) : permitted
    },
  }
}
