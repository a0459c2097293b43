import type { Database, Reader } from '../../../../database/index.ts'
import { failure } from '../../../../kernel/failure.ts'
import { MemberId, RepositoryId, type RepositoryKind } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { type Clock, isoTime } from '../../../../kernel/time.ts'
import { queueRecord } from '../../../../log/index.ts'
import { PublicGood as PublicGoodRecord } from '../../../../records/index.ts'
import { hostedMembers, isOfMember } from '../../../accounts/index.ts'
import { findRepository, type Repository } from '../../../share/index.ts'
import { copiesOf, listPublicGoods, publicGoodOf } from '../queries.ts'
import { isSame, refusalOfTerms } from '../rules.ts'
import type { Copy, PublicGood, Terms } from '../types.ts'

/** A promise, and the copies there really are. */
export interface KeptGood {
  readonly good: PublicGood
  /** None where the repository does not stand here. */
  readonly copies: readonly Copy[]
}

/** Promising repositories to everybody. The caller has decided that whoever asks may. */
export type PublicGoodCommands = ReturnType<typeof createPublicGoodCommands>

export function createPublicGoodCommands({
  database,
  clock,
}: {
  readonly database: Database
  readonly clock: Clock
}) {
  return {
    /** Every promise that still runs, of all members known here. */
    list: () => listKept(database.read),

    /**
     * Says in the member's name that a repository is a public good; what was said before no longer stands. Saying the same again
     * says nothing. Refused with `repositoryNotFound`, `readOnlyCopy`, `notPublic`, `localNamespace`, `invalidField`.
     */
    async promise(
      { kind, id }: { readonly kind: RepositoryKind; readonly id: string },
      terms: Terms,
    ): Promise<Result<void>> {
      const named = RepositoryId.safeParse(id)
      const found = named.success ? await findRepository(database.read, kind, named.data) : null
      if (found?.kind !== 'found') return fail(failure('repositoryNotFound'))
      const refusal = refusalOfTerms(terms, clock())
      return refusal ? fail(refusal) : say(database, clock, found.repository, terms)
    },
  }
}

async function listKept(reader: Reader): Promise<readonly KeptGood[]> {
  const kept: KeptGood[] = []
  for (const good of await listPublicGoods(reader)) {
    const found = await findRepository(reader, good.kind, good.repository)
    const isIts = found.kind === 'found' && found.repository.memberId === good.memberId
    kept.push({ good, copies: isIts ? await copiesOf(reader, found.repository) : [] })
  }
  return kept
}

async function say(
  database: Database,
  clock: Clock,
  repository: Repository,
  { licence, holders, until }: Terms,
): Promise<Result<void>> {
  const { memberId, kind, fullName, namespace, visibility, gated } = repository
  if (repository.home !== null) return fail(failure('readOnlyCopy', { home: repository.home }))
  if (visibility !== 'public' || gated !== 'no') return fail(failure('notPublic'))
  return database.write(async (tx) => {
    const member = (await hostedMembers(tx)).find(({ id }) => id === memberId)
    const maintainer = MemberId.safeParse(memberId)
    if (!member || !maintainer.success || !isOfMember(member.handle, namespace))
      return fail(failure('localNamespace', { namespace }))
    const said = await publicGoodOf(tx, repository)
    if (said && isSame(said, { licence, holders, until })) return succeed(undefined)
    const body = { repository: fullName, kind, licence, maintainer: maintainer.data, holders, until }
    const record = PublicGoodRecord.parse({ type: 'public-good/1', time: isoTime(clock()), body })
    await queueRecord(tx, memberId, record)
    return succeed(undefined)
  })
}
