import { Hono } from 'hono'
import { z } from 'zod'

import { gitObject } from '../../content/git/index.ts'
import {
  LARGEST_REGULAR_FILE,
  LARGEST_REGULAR_TOTAL,
  MOST_OPERATIONS,
  packObject,
  type CommitRequest,
  type Operation,
} from '../../features/share/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import { RepositoryPath, Sha256 } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { access } from '../access.ts'
import { addressOf, kindOf, rawPath, readRevisionAddress, repositoryPath } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import { bodyStream, matchSchema, parseJson, readLines } from '../body.ts'
import type { HttpEnvironment } from '../context.ts'
import { refuse } from '../refuse.ts'
import type { HuggingFaceDeps } from './deps.ts'

/** Base64 of the largest regular file, and room for its path. */
const LONGEST_LINE = Math.ceil((LARGEST_REGULAR_FILE * 4) / 3) + 16 * 1024

const Header = z.object({
  summary: z.string().default(''),
  description: z.string().nullish(),
  parentCommit: z.string().nullish(),
})
const Line = z.object({ key: z.string(), value: z.looseObject({}) })
const Placed = z.object({ path: z.string() })
const File = Placed.extend({ content: z.string(), encoding: z.enum(['base64', 'utf-8']).default('utf-8') })
const LargeFileLine = Placed.extend({
  algo: z.literal('sha256').default('sha256'),
  oid: Sha256,
  size: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
})
const Copy = Placed.extend({ srcPath: z.string(), srcRevision: z.string().nullish() })

/** Committing (contract §1.8): newline-delimited JSON, one operation a line. */
export function commitRoutes(deps: HuggingFaceDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()

  app.post('/api/:kind{(?:models|datasets)}/:namespace/:name/commit/*', async (c) => {
    const found = await access(deps, c, addressOf(c, kindOf(c.req.param('kind'))), 'write')
    if (!found.ok) return refuse(c, found.failure)
    const address = readRevisionAddress(rawPath(c), 'commit')
    if (!address) return refuse(c, failure('badRequest', { problem: 'revision' }))
    if (isTrue(c.req.query('create_pr')))
      return refuse(c, failure('notBuilt', { feature: 'pull requests' }, 'create_pr'))
    const { repository } = found.value
    const actor = c.get('actor')
    if (actor.kind === 'anonymous') return refuse(c, failure('signInRequired'))
    const request = await readCommit(bodyStream(c), address.revision)
    if (!request.ok) return refuse(c, request.failure)
    const committed = await deps.share.revisions.commit(repository, actor, request.value)
    if (!committed.ok) return refuse(c, committed.failure, { Connection: 'close' })
    const { oid, isNew } = committed.value
    if (isNew && address.revision === 'main') await deps.catalogue.refreshCard(repository.id)
    const commitUrl = `${baseUrl(c)}${repositoryPath(repository)}/commit/${oid}`
    return c.json({ success: true, commitOid: oid, commitUrl, hookOutput: '', pullRequestUrl: null })
  })

  return app
}

/** Query booleans come as `1`, `true` or `True`, by client and age. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['1', 'true'].includes(value.toLowerCase())
}

/** Reads the lines of a commit, packing each file as it arrives; limits are counted, an unknown operation is refused. */
export async function readCommit(
  body: AsyncIterable<Uint8Array>,
  branch: string,
): Promise<Result<CommitRequest>> {
  try {
    return succeed(await collect(readLines(body, LONGEST_LINE), branch))
  } catch (error) {
    if (error instanceof Refusal) return fail(error.failure)
    throw error
  }
}

async function collect(lines: AsyncIterable<string>, branch: string): Promise<CommitRequest> {
  let header: z.infer<typeof Header> | null = null
  const operations: Operation[] = []
  let packedBytes = 0
  for await (const text of lines) {
    const { key, value } = demand(matchSchema(demand(parseJson(text)), Line))
    if (key === 'header') {
      header = demand(matchSchema(value, Header))
      continue
    }
    const operation = await readOperation(key, value)
    if (operation.kind === 'file') packedBytes += operation.blob.compressed.length
    if (packedBytes > LARGEST_REGULAR_TOTAL)
      throw new Refusal(failure('tooLarge', { limit: LARGEST_REGULAR_TOTAL }))
    if (operations.push(operation) > MOST_OPERATIONS)
      throw new Refusal(failure('tooManyFiles', { limit: MOST_OPERATIONS }))
  }
  if (!header) throw new Refusal(failure('invalidField', { field: 'header', problem: 'missing' }, 'header'))
  const { summary, description, parentCommit } = header
  return {
    branch,
    summary,
    description: description ?? '',
    operations,
    ...(parentCommit && { parentCommit }),
  }
}

async function readOperation(key: string, value: unknown): Promise<Operation> {
  switch (key) {
    case 'file': {
      const { path, content, encoding } = demand(matchSchema(value, File))
      const bytes = Buffer.from(content, encoding)
      if (bytes.length > LARGEST_REGULAR_FILE)
        throw new Refusal(failure('tooLarge', { limit: LARGEST_REGULAR_FILE }, path))
      return { kind: 'file', path: placed(path), blob: await packObject(gitObject('blob', bytes)) }
    }
    case 'lfsFile': {
      const { path, oid, size } = demand(matchSchema(value, LargeFileLine))
      return { kind: 'lfsFile', path: placed(path), sha256: oid, ...(size !== undefined && { size }) }
    }
    case 'deletedFile':
    case 'deletedEntry':
      return { kind: 'deletedFile', path: placed(demand(matchSchema(value, Placed)).path) }
    case 'deletedFolder':
      return {
        kind: 'deletedFolder',
        path: placed(demand(matchSchema(value, Placed)).path.replace(/\/$/, '')),
      }
    case 'copyFile': {
      const { path, srcPath, srcRevision } = demand(matchSchema(value, Copy))
      const copy = { kind: 'copyFile', path: placed(path), sourcePath: placed(srcPath) } as const
      return srcRevision ? { ...copy, sourceRevision: srcRevision } : copy
    }
    default:
      throw new Refusal(failure('unknownOperation', { operation: key }, key))
  }
}

function placed(path: string): RepositoryPath {
  const parsed = RepositoryPath.safeParse(path)
  if (!parsed.success) throw new Refusal(failure('invalidPath', { path }, path))
  return parsed.data
}

function demand<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value
  throw new Refusal(result.failure)
}
