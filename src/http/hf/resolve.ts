import { pipeline } from 'node:stream/promises'

import { Hono } from 'hono'

import { type Body, type Erasure, fileErased, type StoredFile } from '../../content/index.ts'
import { ReadCache } from '../../database/index.ts'
import type { RemoteFile } from '../../features/follow/index.ts'
import { erasureOf, type FileEntry, type Repository } from '../../features/share/index.ts'
import { failure, type Failure, Refusal } from '../../kernel/failure.ts'
import type { GitOid, RepositoryKind } from '../../kernel/names.ts'
import { accessToFiles } from '../access.ts'
import {
  addressOf,
  pathInRepository,
  rawPath,
  readRevisionAddress,
  repositoryPath,
  type RevisionAddress,
} from '../address.ts'
import { baseUrl } from '../base-url.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { type ContentSource, sendContent } from '../send-content.ts'
import { mediaTypeOf, UPLOAD_HEADERS } from '../uploaded-file.ts'
import { casUrl } from '../xet/index.ts'
import type { HuggingFaceDeps } from './deps.ts'

const FILE_INFO = 'application/vnd.xet-fileinfo+json'

/** `resolve` gives a file's bytes, `raw` what git holds: of a large file, the pointer. */
type Form = 'resolve' | 'raw'

/** What a revision and a path lead to in a repository. */
type Place =
  | { readonly kind: 'noRevision'; readonly failure: Failure }
  | { readonly kind: 'noFile'; readonly commit: GitOid }
  | {
      readonly kind: 'file'
      readonly commit: GitOid
      readonly entry: FileEntry
      readonly stored: StoredFile | null
      /** A large file of another member, not held here. */
      readonly remote: RemoteFile | null
      /** Why its bytes are given out no more. */
      readonly erasure: Erasure | null
    }

/** Plain HTTP reading of files, and the headers by which clients find the Xet way (contract §1.7). */
export function resolveRoutes(deps: HuggingFaceDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  const places = new ReadCache<Place>(deps.database, 50_000)
  app.get('/datasets/:namespace/:name/:form{resolve|raw}/*', (c) => resolve(c, 'dataset', formOf(c)))
  app.get('/:namespace/:name/:form{resolve|raw}/*', (c) => resolve(c, 'model', formOf(c)))

  async function resolve(c: RequestContext, kind: RepositoryKind, form: Form): Promise<Response> {
    const found = await accessToFiles(deps, c, addressOf(c, kind))
    if (!found.ok) return refuse(c, found.failure)
    const { repository, moved } = found.value
    if (moved) return redirectTo(c, repository, form)
    const address = readRevisionAddress(rawPath(c), form)
    if (!address) return refuse(c, failure('badRequest', { problem: 'path' }))
    const { id } = repository
    const key = `${id} ${address.revision} ${address.path}`
    const located = await places.get(key, () => locate(id, address))
    if (located.kind === 'noRevision') return refuse(c, located.failure)
    const { commit } = located
    if (located.kind === 'noFile') return missing(c, commit, address.path)
    const { entry, stored, remote, erasure } = located
    const isPointer = form === 'raw' && entry.large !== undefined
    if (erasure && !isPointer) return refuse(c, fileErased(erasure), { 'X-Repo-Commit': commit })
    if (form === 'raw') return sendSmall(c, commit, entry)
    if (stored) return sendLarge(c, repository, commit, entry, stored)
    return remote ? sendRemote(c, repository, commit, entry, remote) : sendSmall(c, commit, entry)
  }

  async function locate(repositoryId: string, address: RevisionAddress): Promise<Place> {
    const resolved = await deps.share.queries.resolve(deps.database.read, repositoryId, address.revision)
    if (!resolved.ok) return { kind: 'noRevision', failure: resolved.failure }
    const commit = resolved.value
    const path = pathInRepository(address.path)
    const entry = path.ok ? await deps.share.queries.describe(deps.database.read, commit, path.value) : null
    if (entry?.type !== 'file') return { kind: 'noFile', commit }
    const place = { kind: 'file', commit, entry, stored: null, remote: null, erasure: null } as const
    const stored = entry.large ? await deps.content.fileOf(repositoryId, entry.large.sha256) : null
    if (stored) return { ...place, stored }
    const erasure = await erasureOf(deps.database.read, repositoryId, entry)
    if (erasure || !entry.large) return { ...place, erasure }
    const { sha256, size } = entry.large
    const remote = await deps.remoteContent.find(repositoryId, { sha256, size, commit, path: entry.path })
    return remote ? { ...place, remote } : { kind: 'noFile', commit }
  }

  async function sendSmall(c: RequestContext, commit: GitOid, entry: FileEntry): Promise<Response> {
    return sendContent(c, {
      size: entry.large?.pointerSize ?? entry.size,
      etag: entry.oid,
      contentType: mediaTypeOf(entry.path),
      headers: { ...UPLOAD_HEADERS, 'X-Repo-Commit': commit, 'Content-Disposition': disposition(entry.path) },
      open: async () => inMemory(await deps.share.queries.blob(deps.database.read, entry.oid)),
    })
  }

  async function sendLarge(
    c: RequestContext,
    repository: Repository,
    commit: GitOid,
    entry: FileEntry,
    stored: StoredFile,
  ): Promise<Response> {
    const links = xetLinks(c, repository, commit, stored, await deps.content.casEpoch())
    const headers = { ...UPLOAD_HEADERS, ...links.headers, 'X-Repo-Commit': commit }
    if (c.req.header('accept')?.includes(FILE_INFO)) return fileInfo(c, stored, links, headers)
    if (c.req.method !== 'HEAD' && startsAtZero(c)) deps.share.downloads.count(repository.id)
    return sendContent(c, {
      size: stored.size,
      etag: stored.sha256,
      contentType: mediaTypeOf(entry.path),
      headers: { ...headers, 'Content-Disposition': disposition(entry.path) },
      ignoresRange: beginsAnew(c, entry),
      open: async () => {
        const reader = await deps.content.openFile(stored.xetHash)
        if (!reader) throw new Error(`file ${stored.xetHash} is listed but cannot be opened`)
        return reader
      },
    })
  }

  /** No Xet headers: what is not held cannot be rebuilt from blocks. Clients then read it as plain HTTP. */
  async function sendRemote(
    c: RequestContext,
    repository: Repository,
    commit: GitOid,
    entry: FileEntry,
    remote: RemoteFile,
  ): Promise<Response> {
    const etag = entry.large?.sha256 ?? entry.oid
    const linked = { 'X-Linked-Size': String(entry.size), 'X-Linked-Etag': `"${etag}"` }
    if (c.req.method !== 'HEAD' && startsAtZero(c)) deps.share.downloads.count(repository.id)
    return sendContent(c, {
      size: entry.size,
      etag,
      contentType: mediaTypeOf(entry.path),
      headers: {
        ...UPLOAD_HEADERS,
        ...linked,
        'X-Repo-Commit': commit,
        'Content-Disposition': disposition(entry.path),
      },
      ignoresRange: beginsAnew(c, entry),
      isSlow: true,
      open: async (range) => {
        const gone = new AbortController()
        const opened = await remote.open(range, AbortSignal.any([c.req.raw.signal, gone.signal]))
        if (!opened.ok) throw new Refusal(opened.failure)
        return comingIn(opened.value, gone)
      },
    })
  }

  /**
   * Whether a client that goes on after the bytes it has is given the whole: they may be wrong ones, and clients take
   * the whole for a reason to begin again.
   */
  function beginsAnew(c: RequestContext, { large }: FileEntry): boolean {
    const goesOn = /^bytes=[1-9]\d*-$/.test(c.req.header('range')?.trim() ?? '')
    return goesOn && large !== undefined && deps.remoteContent.mustBeginAnew(large.sha256)
  }

  return app
}

/** Bytes on their way here from another node. */
function comingIn(body: Body, gone: AbortController): ContentSource {
  return {
    read: () => body,
    async pipe(_range, into, signal) {
      const onGone = () => gone.abort(signal?.reason)
      if (signal?.aborted) onGone()
      signal?.addEventListener('abort', onGone, { once: true })
      await pipeline(body, into, { end: false })
    },
  }
}

function formOf(c: RequestContext): Form {
  return c.req.param('form') === 'raw' ? 'raw' : 'resolve'
}

/** Relative, because clients keep only the path. */
function redirectTo(c: RequestContext, repository: Repository, form: Form): Response {
  const tail = rawPath(c).slice(rawPath(c).indexOf(`/${form}/`))
  return c.body(null, 307, { Location: `${repositoryPath(repository)}${tail}` })
}

/** The commit goes along, so that clients remember that this revision has no such file. */
function missing(c: RequestContext, commit: GitOid, path: string): Response {
  return refuse(c, failure('entryNotFound', { path }, path), { 'X-Repo-Commit': commit })
}

interface XetLinks {
  readonly refreshUrl: string
  readonly reconstructionUrl: string
  readonly headers: Readonly<Record<string, string>>
}

function xetLinks(
  c: RequestContext,
  repository: Repository,
  commit: GitOid,
  stored: StoredFile,
  casEpoch: string,
): XetLinks {
  const base = baseUrl(c)
  const refreshUrl = `${base}/api/${repository.kind}s/${repository.fullName}/xet-read-token/${commit}`
  const reconstructionUrl = `${casUrl(base, casEpoch)}/v1/reconstructions/${stored.xetHash}`
  const headers = {
    'X-Linked-Size': String(stored.size),
    'X-Linked-Etag': `"${stored.sha256}"`,
    'X-Xet-Hash': stored.xetHash,
    Link: `<${refreshUrl}>; rel="xet-auth", <${reconstructionUrl}>; rel="xet-reconstruction-info"`,
  }
  return { refreshUrl, reconstructionUrl, headers }
}

function fileInfo(
  c: RequestContext,
  stored: StoredFile,
  links: XetLinks,
  headers: Readonly<Record<string, string>>,
): Response {
  const { refreshUrl, reconstructionUrl } = links
  const info = {
    hash: stored.xetHash,
    size: stored.size,
    etag: `"${stored.sha256}"`,
    refreshUrl,
    reconstructionUrl,
  }
  const all = { ...headers, ETag: `"${stored.sha256}"`, 'Content-Type': `${FILE_INFO}; charset=utf-8` }
  return c.body(JSON.stringify(info), 200, all)
}

function startsAtZero(c: RequestContext): boolean {
  const range = c.req.header('range')
  return range === undefined || range.trim() === 'bytes=0-'
}

function disposition(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const ascii = name.replaceAll(/[^\u0020-\u007e]|["\\%]/g, '_')
  return `inline; filename*=UTF-8''${encodeURIComponent(name)}; filename="${ascii}"`
}

function inMemory(bytes: Uint8Array) {
  return {
    size: bytes.length,
    async *read(range: { readonly start: number; readonly end: number }) {
      yield bytes.subarray(range.start, range.end)
    },
  }
}
