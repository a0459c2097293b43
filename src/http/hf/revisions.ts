import { Hono } from 'hono'
import { z } from 'zod'

import type { StoredFile } from '../../content/index.ts'
import type { UserActor } from '../../features/accounts/index.ts'
import {
  erasureOf,
  ignoreRule,
  largeFileRule,
  uploadMode,
  type CommitSummary,
  type Entry,
  type Repository,
} from '../../features/share/index.ts'
import { fromUtf8 } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import type { GitOid, Sha256 } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { isoTime } from '../../kernel/time.ts'
import { access } from '../access.ts'
import { addressOf, kindOf, rawPath, readRevisionAddress } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import { matchSchema, readJson, readText } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { isTrue } from './commit.ts'
import type { HuggingFaceDeps } from './deps.ts'
import { nextLink } from './pagination.ts'

const TREE_PAGE = 1000
const EXPANDED_TREE_PAGE = 100
const COMMITS_PAGE = 50
const MOST_PATHS = 1000
const MOST_PREUPLOAD = 1000

const PathsInfo = z.object({
  paths: z.array(z.string()).or(z.string().transform((path) => [path])),
  expand: z.unknown(),
})
const Preupload = z.object({
  files: z
    .array(
      z.object({
        path: z.string(),
        size: z.int().min(0),
        sample: z
          .string()
          .max(64 * 1024)
          .default(''),
      }),
    )
    .max(MOST_PREUPLOAD),
  gitAttributes: z
    .string()
    .max(1024 * 1024)
    .nullish(),
  gitIgnore: z
    .string()
    .max(1024 * 1024)
    .nullish(),
})
const Branch = z.object({
  startingPoint: z.string().nullish(),
  emptyBranch: z.boolean().nullish(),
  overwrite: z.boolean().nullish(),
})
const Tag = z.object({ tag: z.string(), message: z.string().nullish() })
const Squash = z.object({ message: z.string().nullish() })

/** Trees, paths, refs, commits, branches, tags, and the question before an upload (contract §1.6, §1.8). */
export function revisionRoutes(deps: HuggingFaceDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  const { database, share } = deps
  const base = '/api/:kind{(?:models|datasets)}/:namespace/:name'

  app.get(`${base}/tree/*`, async (c) => {
    const at = await revisionOf(c, 'tree', 'read')
    if (!at.ok) return refuse(c, at.failure)
    const { commit, path } = at.value
    const expand = isTrue(c.req.query('expand'))
    const cursor = readCursor(c.req.query('cursor'))
    const pinned = cursor
      ? await share.queries.resolve(database.read, at.value.repository.id, cursor.commit)
      : succeed(commit)
    if (!pinned.ok) return refuse(c, pinned.failure)
    const limit = pageSize(c.req.query('limit'), expand ? EXPANDED_TREE_PAGE : TREE_PAGE)
    const recursive = isTrue(c.req.query('recursive'))
    const after = cursor && { after: cursor.path }
    const listed = await share.queries.list(database.read, pinned.value, path, {
      recursive,
      limit: limit + 1,
      ...after,
    })
    if (!listed.ok) return refuse(c, listed.failure, { 'X-Repo-Commit': commit })
    const page = listed.value.slice(0, limit)
    const last = page.at(-1)
    if (last && listed.value.length > limit) {
      nextLink(c, baseUrl(c), { cursor: writeCursor({ commit: pinned.value, path: last.path }) })
    }
    return c.json(await presentEntries(c, { ...at.value, commit: pinned.value }, page, expand))
  })

  app.post(`${base}/paths-info/*`, async (c) => {
    const at = await revisionOf(c, 'paths-info', 'read')
    if (!at.ok) return refuse(c, at.failure)
    const body = await readPaths(c)
    if (!body.ok) return refuse(c, body.failure)
    if (body.value.paths.length > MOST_PATHS)
      return refuse(c, failure('tooManyFiles', { limit: MOST_PATHS }, 'paths'))
    const entries: Entry[] = []
    for (const path of body.value.paths) {
      const entry = await share.queries.describe(database.read, at.value.commit, path.replace(/\/+$/, ''))
      if (entry) entries.push(entry)
    }
    return c.json(await presentEntries(c, at.value, entries, body.value.expand))
  })

  app.get(`${base}/refs`, async (c) => {
    const found = await access(deps, c, addressOf(c, kindOf(c.req.param('kind'))), 'read')
    if (!found.ok) return refuse(c, found.failure)
    const { id } = found.value.repository
    const refs = await share.queries.refs(database.read, id)
    const present = async (prefix: string) => {
      const matching = refs.filter(({ name }) => name.startsWith(prefix))
      return Promise.all(
        matching.map(async ({ name: ref }) => {
          const target = await share.queries.resolve(database.read, id, ref)
          return { name: ref.slice(prefix.length), ref, targetCommit: target.ok ? target.value : null }
        }),
      )
    }
    const pullRequests = isTrue(c.req.query('include_prs')) && { pullRequests: await present('refs/pr/') }
    const converts = await present('refs/convert/')
    return c.json({
      branches: await present('refs/heads/'),
      converts,
      tags: await present('refs/tags/'),
      ...pullRequests,
    })
  })

  app.get(`${base}/commits/*`, async (c) => {
    const at = await revisionOf(c, 'commits', 'read')
    if (!at.ok) return refuse(c, at.failure)
    const limit = pageSize(c.req.query('limit'), COMMITS_PAGE)
    const page = Math.max(0, Number(c.req.query('p') ?? 0) || 0)
    const total = await share.queries.countHistory(database.read, at.value.commit)
    const commits = await share.queries.history(database.read, at.value.commit, { skip: page * limit, limit })
    c.header('X-Total-Count', String(total))
    if ((page + 1) * limit < total) nextLink(c, baseUrl(c), { p: String(page + 1) })
    const formatted = expandsOf(c).includes('formatted')
    return c.json(commits.map((commit) => presentCommit(commit, formatted)))
  })

  app.post(`${base}/super-squash/*`, async (c) => {
    const at = await writing(c, 'super-squash')
    if (!at.ok) return refuse(c, at.failure)
    const body = await readJson(c, Squash)
    if (!body.ok) return refuse(c, body.failure)
    const { repository, actor, revision } = at.value
    const message = body.value.message || `Super-squash branch '${revision}'`
    const squashed = await share.revisions.squash(repository, actor, revision, message)
    if (!squashed.ok) return refuse(c, squashed.failure)
    if (revision === 'main') await deps.catalogue.refreshCard(repository.id)
    return c.json({ commitOid: squashed.value })
  })

  app.post(`${base}/preupload/*`, async (c) => {
    const at = await writing(c, 'preupload')
    if (!at.ok) return refuse(c, at.failure)
    const body = await readJson(c, Preupload)
    if (!body.ok) return refuse(c, body.failure)
    const { repository, revision } = at.value
    const { id } = repository
    const commit = await share.queries.resolve(database.read, id, revision)
    if (!commit.ok) return refuse(c, commit.failure)
    const isLarge = largeFileRule(
      body.value.gitAttributes ?? (await textAt(id, commit.value, '.gitattributes')),
    )
    const isIgnored = ignoreRule(body.value.gitIgnore ?? (await textAt(id, commit.value, '.gitignore')))
    const files = await Promise.all(
      body.value.files.map(async ({ path, size, sample }) => {
        const entry = await share.queries.describe(database.read, commit.value, path)
        const oid = entry?.type === 'file' ? (entry.large?.sha256 ?? entry.oid) : undefined
        const mode = uploadMode({ path, size, sample: Buffer.from(sample, 'base64') }, isLarge)
        return { path, uploadMode: mode, shouldIgnore: isIgnored(path), ...(oid && { oid }) }
      }),
    )
    return c.json({ files, commitOid: commit.value })
  })

  app.post(`${base}/branch/*`, async (c) => {
    const at = await writing(c, 'branch')
    if (!at.ok) return refuse(c, at.failure)
    const body = await readJson(c, Branch)
    if (!body.ok) return refuse(c, body.failure)
    const { repository, actor, revision } = at.value
    if (revision.startsWith('refs/')) return refuse(c, failure('invalidName', { name: revision }, 'branch'))
    const { startingPoint, emptyBranch, overwrite } = body.value
    const made = await share.revisions.createBranch(repository, actor, revision, {
      ...(startingPoint && { startingPoint }),
      empty: emptyBranch === true,
      overwrite: overwrite === true,
    })
    return made.ok ? c.json({ targetCommit: made.value }) : refuse(c, made.failure)
  })

  app.delete(`${base}/branch/*`, async (c) => {
    const at = await writing(c, 'branch')
    if (!at.ok) return refuse(c, at.failure)
    const gone = await share.revisions.deleteBranch(at.value.repository, at.value.revision)
    return gone.ok ? c.json({}) : refuse(c, gone.failure)
  })

  app.post(`${base}/tag/*`, async (c) => {
    const at = await writing(c, 'tag')
    if (!at.ok) return refuse(c, at.failure)
    const body = await readJson(c, Tag)
    if (!body.ok) return refuse(c, body.failure)
    const { repository, actor, revision } = at.value
    const { tag: name, message } = body.value
    const made = await share.revisions.createTag(repository, actor, {
      name,
      revision,
      ...(message && { message }),
    })
    return made.ok ? c.json({ targetCommit: made.value }) : refuse(c, made.failure)
  })

  app.delete(`${base}/tag/*`, async (c) => {
    const at = await writing(c, 'tag')
    if (!at.ok) return refuse(c, at.failure)
    const gone = await share.revisions.deleteTag(at.value.repository, at.value.revision)
    return gone.ok ? c.json({}) : refuse(c, gone.failure)
  })

  interface At {
    readonly repository: Repository
    readonly commit: GitOid
    readonly path: string
  }

  async function revisionOf(
    c: RequestContext,
    marker: string,
    needed: 'read' | 'write',
  ): Promise<Result<At>> {
    const found = await access(deps, c, addressOf(c, kindOf(c.req.param('kind') ?? '')), needed)
    if (!found.ok) return found
    const address = readRevisionAddress(rawPath(c), marker)
    if (!address) return fail(failure('badRequest', { problem: 'path' }))
    const { repository } = found.value
    const commit = await share.queries.resolve(database.read, repository.id, address.revision)
    return commit.ok ? succeed({ repository, commit: commit.value, path: address.path }) : commit
  }

  interface Writing {
    readonly repository: Repository
    readonly actor: UserActor
    readonly revision: string
  }

  async function writing(c: RequestContext, marker: string): Promise<Result<Writing>> {
    const found = await access(deps, c, addressOf(c, kindOf(c.req.param('kind') ?? '')), 'write')
    if (!found.ok) return found
    const address = readRevisionAddress(rawPath(c), marker)
    if (!address) return fail(failure('badRequest', { problem: 'path' }))
    const actor = c.get('actor')
    if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
    const revision = address.path === '' ? address.revision : `${address.revision}/${address.path}`
    return succeed({ repository: found.value.repository, actor, revision })
  }

  async function textAt(repositoryId: string, commit: GitOid, path: string): Promise<string> {
    const entry = await share.queries.describe(database.read, commit, path)
    if (entry?.type !== 'file' || entry.large) return ''
    if (await erasureOf(database.read, repositoryId, entry)) return ''
    return fromUtf8(await share.queries.blob(database.read, entry.oid))
  }

  /** Without the way to a file's blocks for whoever may fetch none of them: see `authorise` of the surfaces. */
  async function presentEntries(
    c: RequestContext,
    { repository, commit }: Pick<At, 'repository' | 'commit'>,
    entries: readonly Entry[],
    expand: boolean,
  ) {
    const paths = entries.map(({ path }) => path)
    const changes = expand ? await share.queries.lastChanges(database.read, commit, paths) : null
    const large = entries.flatMap((entry) =>
      entry.type === 'file' && entry.large ? [entry.large.sha256] : [],
    )
    const stored = await deps.content.filesOf(repository.id, c.get('guest') ? [] : large)
    return entries.map((entry) => presentEntry(entry, stored, changes?.get(entry.path)))
  }

  return app
}

function presentEntry(
  entry: Entry,
  stored: ReadonlyMap<Sha256, StoredFile>,
  change: CommitSummary | undefined,
) {
  const lastCommit = change && {
    lastCommit: { id: change.oid, title: change.title, date: isoTime(change.seconds * 1000) },
  }
  if (entry.type === 'directory')
    return { type: entry.type, oid: entry.oid, size: 0, path: entry.path, ...lastCommit }
  const { type, oid, size, path, large } = entry
  if (!large) return { type, oid, size, path, ...lastCommit }
  const xetHash = stored.get(large.sha256)?.xetHash
  const lfs = { oid: large.sha256, size: large.size, pointerSize: large.pointerSize }
  return { type, oid, size, path, lfs, ...(xetHash && { xetHash }), ...lastCommit }
}

function presentCommit(commit: CommitSummary, formatted: boolean) {
  const { oid, title, description, author, seconds } = commit
  return {
    id: oid,
    title,
    message: description,
    authors: [{ user: author, avatar: '' }],
    date: isoTime(seconds * 1000),
    ...(formatted && { formatted: { title: escapeHtml(title), message: escapeHtml(description) } }),
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Values of `expand` and `expand[]`, both spellings that clients use. */
export function expandsOf(c: RequestContext): string[] {
  return [...(c.req.queries('expand') ?? []), ...(c.req.queries('expand[]') ?? [])]
}

function pageSize(asked: string | undefined, most: number): number {
  const wanted = Number(asked)
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, most) : most
}

interface Cursor {
  readonly commit: string
  readonly path: string
}

/** A page goes on in the commit where it began, whatever the branch does meanwhile. */
function writeCursor({ commit, path }: Cursor): string {
  return Buffer.from(`${commit}:${path}`).toString('base64url')
}

function readCursor(cursor: string | undefined): Cursor | null {
  if (!cursor) return null
  const [commit = '', ...path] = Buffer.from(cursor, 'base64url').toString('utf8').split(':')
  return { commit, path: path.join(':') }
}

/** Python posts a form, JavaScript JSON. */
async function readPaths(c: RequestContext): Promise<Result<{ paths: string[]; expand: boolean }>> {
  if (!c.req.header('content-type')?.startsWith('application/json')) {
    const text = await readText(c, 4 * 1024 * 1024)
    if (!text.ok) return text
    const form = new URLSearchParams(text.value)
    return succeed({ paths: form.getAll('paths'), expand: isTrue(form.get('expand') ?? undefined) })
  }
  const body = await readJson(c, PathsInfo)
  if (!body.ok) return body
  return matchSchema(
    { paths: body.value.paths, expand: body.value.expand === true },
    PathsInfo.extend({ expand: z.boolean() }),
  )
}
