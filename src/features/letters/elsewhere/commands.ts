import { type Database, ReadCache } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { failure } from '../../../kernel/failure.ts'
import {
  explainFetch,
  type FetchedResponse,
  type Fetcher,
  type FetchRequest,
} from '../../../kernel/fetcher.ts'
import type { RepositoryKind } from '../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import { hostedMembers, type UserActor } from '../../accounts/index.ts'
import type { Assertions } from '../assertions/index.ts'
import { type PersonRole, speakerOf } from '../messages/index.ts'
import { permissionOf } from './queries.ts'
import { rangeIn } from './rules.ts'
import type { Permission, Question } from './types.ts'

export interface ElsewhereDeps {
  readonly database: Database
  readonly fetcher: Fetcher
  readonly assertions: Pick<Assertions, 'make'>
}

/** People whose permissions are remembered between writes. */
const MOST_REMEMBERED = 10_000

/** Reading repositories of other members on behalf of people of this node. */
export type Elsewhere = ReturnType<typeof createElsewhere>

export function createElsewhere({ database, fetcher, assertions }: ElsewhereDeps) {
  const known = new ReadCache<{ readonly permission: Permission | null }>(database, MOST_REMEMBERED)

  return {
    /** What a person may read by that id; null when nothing. */
    async permissionOf(accountId: string, kind: RepositoryKind, id: string): Promise<Permission | null> {
      const look = async () => ({ permission: await permissionOf(database.read, accountId, kind, id) })
      return (await known.get(`${accountId} ${kind} ${id.toLowerCase()}`, look)).permission
    },

    /** Asks the repository's home what a client asked us, with an assertion that is good for this once. */
    async ask(
      { isOperator }: UserActor,
      permission: Permission,
      question: Question,
    ): Promise<Result<FetchedResponse>> {
      const issuer = speakerOf(await hostedMembers(database.read))
      const { memberId: audience, person, repository, kind } = permission
      const role: PersonRole = isOperator ? 'operator' : 'person'
      const assertion =
        issuer && (await assertions.make({ issuer, audience, person, role, repository, kind }))
      if (!assertion) return fail(failure('notSetUp'))
      const answer = await fetcher.fetch(requestOf(permission, question, assertion))
      return answer.ok ? succeed(answer.value) : fail(explainFetch(answer.failure))
    },
  }
}

function requestOf({ url, allow }: Permission, question: Question, assertion: string): FetchRequest {
  const { method, path, body, headers, wanted, signal } = question
  const range = rangeIn(headers.range)
  const common = {
    url: `${url}${path}`,
    allow,
    signal,
    wanted,
    maxBytes: Number.MAX_SAFE_INTEGER, // it passes through, and is kept nowhere
    headers: {
      authorization: `Ayni ${assertion}`,
      ...(headers.ifNoneMatch !== undefined && { 'if-none-match': headers.ifNoneMatch }),
      ...(headers.ifRange !== undefined && range && { 'if-range': headers.ifRange }),
      ...(method === 'POST' && { 'content-type': headers.contentType ?? 'application/json' }),
    },
  }
  if (method === 'POST') return { ...common, method, body: utf8(body) }
  if (method === 'HEAD') return { ...common, method }
  return { ...common, ...(range && { range }) }
}
