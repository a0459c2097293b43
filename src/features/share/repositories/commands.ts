import { sql } from 'kysely'

import type { Database, SearchIndex, Writer } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { GitOid, RepositoryId, repositoryKey } from '../../../kernel/names.ts'
import type { Random } from '../../../kernel/random.ts'
import { fail, succeed, type Result } from '../../../kernel/result.ts'
import type { Clock } from '../../../kernel/time.ts'
import { hostedMembers, memberOfNamespace } from '../../accounts/index.ts'
import { queueErasures, queueRevision, queueWithdrawal } from '../outgoing/index.ts'
import { INITIAL_GITATTRIBUTES, type RevisionCommands, type RevisionQueries } from '../revisions/index.ts'
import { refuseCopy } from '../rules.ts'
import type { Author, Repository } from '../types.ts'
import { findRepository, repositoryById } from './queries.ts'
import type { NewRepository, SettingsChange } from './types.ts'

export interface RepositoryCommandDeps {
  readonly database: Database
  readonly revisions: RevisionCommands
  readonly queries: RevisionQueries
  readonly clock: Clock
  readonly random: Random
}

/** Writes to repositories as a whole. The caller has already decided that the actor may. */
export function createRepositoryCommands(deps: RepositoryCommandDeps) {
  const { database, revisions, queries, clock, random } = deps

  /** Creates a repository with its first commit. `repositoryExists` when the id is taken, also by a former id. */
  async function create(author: Author, wanted: NewRepository): Promise<Result<Repository>> {
    return taken(wanted, () =>
      database.write(async (tx) => {
        await refuseTaken(tx, wanted.kind, wanted.fullName)
        const repository = await insert(tx, wanted)
        const files = new Map([['.gitattributes', utf8(INITIAL_GITATTRIBUTES)], ...(wanted.files ?? [])])
        await revisions.begin(tx, repository, author, files)
        return repository
      }),
    )
  }

  async function insert(tx: Writer, wanted: NewRepository): Promise<Repository> {
    const [namespace = '', name = ''] = wanted.fullName.split('/')
    const member = memberOfNamespace(await hostedMembers(tx), namespace)
    if (!member) throw new Refusal(failure('notSetUp'))
    const at = clock()
    const row = {
      id: random(12).toHex(),
      member_id: member.id,
      kind: wanted.kind,
      namespace,
      name,
      key: repositoryKey(wanted.fullName),
      visibility: wanted.visibility,
      gated: 'no' as const,
      created_at: at,
      modified_at: at,
    }
    await tx.insertInto('repository').values(row).execute()
    const made = await repositoryById(tx, row.id)
    if (!made) throw new Error('a repository vanished inside its own transaction')
    return made
  }

  /** Removes a repository with everything only it holds rights to. Its content is collected later. */
  async function remove(repository: Repository): Promise<void> {
    refuseCopy(repository)
    await database.write(async (tx) => {
      await dropRepository(tx, database.search, repository.id)
      await queueWithdrawal(tx, repository, clock())
    })
  }

  /** Gives a repository another id; the former one keeps leading to it. */
  async function move(repository: Repository, to: RepositoryId): Promise<Result<Repository>> {
    return taken({ kind: repository.kind, fullName: to }, () =>
      database.write(async (tx) => {
        refuseCopy(repository)
        await refuseTaken(tx, repository.kind, to, repository.id)
        await rename(tx, repository, to)
        const moved = await repositoryById(tx, repository.id)
        if (!moved) throw new Error('a repository vanished inside its own transaction')
        await queueWithdrawal(tx, repository, clock(), to)
        await queueRefs(tx, moved)
        return moved
      }),
    )
  }

  async function rename(tx: Writer, repository: Repository, to: RepositoryId): Promise<void> {
    const [namespace = '', name = ''] = to.split('/')
    const { kind, id } = repository
    await tx
      .deleteFrom('repository_alias')
      .where('kind', '=', kind)
      .where('key', '=', repositoryKey(to))
      .execute()
    const owner = memberOfNamespace(await hostedMembers(tx), namespace)
    await tx
      .updateTable('repository')
      .set({ namespace, name, key: repositoryKey(to), ...(owner && { member_id: owner.id }) })
      .where('id', '=', id)
      .execute()
    const former = repositoryKey(repository.fullName)
    if (former === repositoryKey(to)) return
    await tx.insertInto('repository_alias').values({ kind, key: former, repository_id: id }).execute()
  }

  /** Changes visibility or the gate. Making public queues what is public from now; making private withdraws. */
  async function changeSettings(repository: Repository, change: SettingsChange): Promise<Result<Repository>> {
    refuseCopy(repository)
    return taken(repository, () =>
      database.write(async (tx) => {
        const changed = { ...repository, ...change }
        const { visibility, gated } = changed
        await tx
          .updateTable('repository')
          .set({ visibility, gated })
          .where('id', '=', repository.id)
          .execute()
        if (repository.visibility === 'public' && visibility === 'private')
          await queueWithdrawal(tx, repository, clock())
        if (repository.visibility === 'private' && visibility === 'public') {
          await queueErasures(tx, changed, clock())
          await queueRefs(tx, changed)
        }
        return changed
      }),
    )
  }

  async function queueRefs(tx: Writer, repository: Repository): Promise<void> {
    const refs = await tx
      .selectFrom('ref')
      .selectAll()
      .where('repository_id', '=', repository.id)
      .orderBy('name')
      .execute()
    for (const { name, oid } of refs)
      await queueRevision(tx, queries, repository, { ref: name, commit: GitOid.parse(oid), at: clock() })
  }

  return { create, remove, move, changeSettings }
}

export type RepositoryCommands = ReturnType<typeof createRepositoryCommands>

/** Removes a repository, its refs and its rights inside the caller's transaction, and tells nobody. */
export async function dropRepository(tx: Writer, search: SearchIndex, repositoryId: string): Promise<void> {
  await search.remove(tx, repositoryId)
  await tx.deleteFrom('repository').where('id', '=', repositoryId).execute()
}

async function refuseTaken(
  tx: Writer,
  kind: Repository['kind'],
  id: RepositoryId,
  except?: string,
): Promise<void> {
  const found = await findRepository(tx, kind, id)
  if (found.kind !== 'unknown' && found.repository.id !== except) {
    throw new Refusal(failure('repositoryExists', { kind, name: id }))
  }
}

async function taken(
  wanted: Pick<NewRepository, 'kind' | 'fullName'>,
  work: () => Promise<Repository>,
): Promise<Result<Repository>> {
  try {
    return succeed(await work())
  } catch (error) {
    if (error instanceof Refusal) return fail(error.failure)
    throw new Error(`${wanted.kind} ${wanted.fullName} could not be written`, { cause: error })
  }
}

/** Counts downloads in memory; {@link flush} writes them. What a crash loses is a count, never a file. */
export function createDownloadCounter(database: Database) {
  let pending = new Map<string, number>()
  return {
    count(repositoryId: string): void {
      pending.set(repositoryId, (pending.get(repositoryId) ?? 0) + 1)
    },
    async flush(): Promise<void> {
      if (pending.size === 0) return
      const counted = pending
      pending = new Map()
      try {
        await database.write(async (tx) => {
          for (const [id, count] of counted) {
            const more = { downloads: sql<number>`downloads + ${count}` }
            await tx.updateTable('repository').set(more).where('id', '=', id).execute()
          }
        })
      } catch (error) {
        for (const [id, count] of counted) pending.set(id, (pending.get(id) ?? 0) + count) // kept for the next time
        throw error
      }
    },
  }
}

export type DownloadCounter = ReturnType<typeof createDownloadCounter>
