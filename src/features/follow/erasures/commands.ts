import { type Content, COPIES } from '../../../content/index.ts'
import type { Database, Reader, Writer } from '../../../database/index.ts'
import { failure } from '../../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import type { Clock } from '../../../kernel/time.ts'
import { hostedMembers } from '../../accounts/index.ts'
import {
  digestAll,
  eraseBlobs,
  forbidFile,
  type Naming,
  queueTombstone,
  repositoriesNaming,
} from '../../share/index.ts'
import { listAssociations } from '../associations/index.ts'
import { listErased } from './queries.ts'
import type { ErasureScope, ErasurePlan, ErasureRequest, NamingRepository } from './types.ts'

export interface ErasureDeps {
  readonly database: Database
  readonly content: Pick<Content, 'erase'>
  /** Makes anew what was made of a repository's files. */
  readonly refreshCard: (repositoryId: string) => Promise<void>
  readonly clock: Clock
}

/** Erasing files. The caller has decided that whoever asks may. */
export type ErasureCommands = ReturnType<typeof createErasureCommands>

export function createErasureCommands(deps: ErasureDeps) {
  const { database } = deps
  let turn: Promise<unknown> = Promise.resolve()

  /** One after the other: each looks at what the one before left. */
  function carryOut(): Promise<void> {
    const next = turn.then(() => carryOutOnce(deps))
    turn = next.catch(() => undefined) // whoever asked is told
    return next
  }

  return {
    /** What {@link erase} would come to. Refused with `memberNotFound`, and `fileNotNamed` where no repository of the scope has the file. */
    async plan(request: Omit<ErasureRequest, 'reason'>): Promise<Result<ErasurePlan>> {
      await digestAll(database)
      return plan(database.read, request)
    },

    /** {@link plan} for a file of which it is known which repositories name it. */
    foresee: (request: Omit<ErasureRequest, 'reason'>) => plan(database.read, request),

    /**
     * Erases a file: says so where a public repository of the member names it, refuses it from then on, and deletes its bytes unless
     * another repository here gives them out. Resolves when they are gone. Asked again, it finishes what was interrupted and says nothing twice.
     */
    async erase(request: ErasureRequest): Promise<Result<ErasurePlan>> {
      await digestAll(database)
      const planned = await database.write(async (tx) => {
        const planned = await plan(tx, request)
        if (planned.ok) await decide(deps, tx, request, planned.value)
        return planned
      })
      // If we stop here, the decision stands and the world is told: the next start does the rest.
      if (planned.ok) await carryOut()
      return planned
    },

    /** Deletes the bytes of whatever was erased here or by members that are followed. May be called at any time. */
    carryOut,

    list: () => listErased(database.read),
  }
}

async function carryOutOnce({ database, content, refreshCard }: ErasureDeps): Promise<void> {
  // Each of these looks at what is left to do: stopped anywhere, they go on when called again.
  await content.erase()
  await eraseBlobs(database, refreshCard)
}

/** Whose repositories are meant, as erasures name it; null for a member that is not hosted here. */
async function scopeOf(reader: Reader, from: ErasureScope): Promise<string | null> {
  if (from.kind === 'copies') return COPIES
  const hosted = (await hostedMembers(reader)).filter(
    ({ handle }) => from.member === null || handle === from.member,
  )
  const [speaker, another] = hosted
  return speaker && !another ? speaker.id : null
}

async function plan(
  reader: Reader,
  { sha256, from }: Omit<ErasureRequest, 'reason'>,
): Promise<Result<ErasurePlan>> {
  const scope = await scopeOf(reader, from)
  if (scope === null) return fail(failure('memberNotFound'))
  const naming = await repositoriesNaming(reader, sha256)
  const isMeant = (each: (typeof naming)[number]) =>
    scope === COPIES ? each.isCopy : each.memberId === scope
  const meant = naming.filter(isMeant)
  const [first] = meant
  if (!first) return fail(failure('fileNotNamed'))
  const erased = await reader.selectFrom('erasure').select('scope').where('sha256', '=', sha256).execute()
  const scopes = new Set(erased.map((row) => row.scope))
  const isErased = (each: (typeof naming)[number]) =>
    scopes.has(each.memberId) || (each.isCopy && scopes.has(COPIES))
  const isStated = scope !== COPIES && meant.some(({ visibility }) => visibility === 'public')
  return succeed({
    sha256,
    size: first.size,
    from,
    repositories: meant.map(presentNaming),
    isStated,
    keptBy: naming.filter((each) => !isMeant(each) && !isErased(each)).map(presentNaming),
    deadlines: isStated ? await deadlinesOf(reader, scope) : [],
  })
}

function presentNaming({ kind, fullName: id, visibility }: Naming): NamingRepository {
  return { kind, id, isPublic: visibility === 'public' }
}

async function deadlinesOf(reader: Reader, memberId: string): Promise<ErasurePlan['deadlines']> {
  const all = await listAssociations(reader)
  return all.flatMap(({ charter: { name, deletionDays }, members }) =>
    deletionDays !== undefined && Object.hasOwn(members, memberId)
      ? [{ association: name, days: deletionDays }]
      : [],
  )
}

async function decide(
  { clock }: ErasureDeps,
  tx: Writer,
  { sha256, from, reason }: ErasureRequest,
  { size, isStated }: ErasurePlan,
): Promise<void> {
  const scope = await scopeOf(tx, from)
  if (scope === null) return
  const time = clock()
  await forbidFile(tx, { scope, sha256, size, reason, time })
  if (isStated) await queueTombstone(tx, scope, { sha256, size, reason }, time)
}
