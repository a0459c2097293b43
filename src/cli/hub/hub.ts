import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'

import { z } from 'zod'

import type { RepositoryId, RepositoryKind } from '../../kernel/names.ts'
import { CommandFailure } from '../failures.ts'
import { FIRST_CONTACT, type HubRequest, send } from './http.ts'

/** A repository on a node, and who asks. */
export interface HubTarget {
  /** `http://host:port`, without a trailing slash. */
  readonly node: string
  readonly id: RepositoryId
  readonly kind: RepositoryKind
  readonly token: string | undefined
  readonly signal: AbortSignal
}

const CreatedRepository = z.object({ url: z.string() })
const Revision = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) })
const TreeEntry = z.object({
  type: z.enum(['file', 'directory']),
  path: z.string(),
  oid: z.string(),
  size: z.int().min(0),
  lfs: z.object({ oid: z.string() }).nullish(),
})
const Preupload = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      uploadMode: z.enum(['lfs', 'regular']),
      shouldIgnore: z.boolean().nullish(),
      oid: z.string().nullish(),
    }),
  ),
})
const Committed = z.object({ commitOid: z.string(), commitUrl: z.string() })

/** A file of a revision, as the node lists it. `hash` is that of its bytes. */
export interface RemoteFile {
  readonly path: string
  readonly size: number
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly hex: string }
}

/** What the node wants to know of a file before it says how to send it. */
export interface FileSample {
  readonly path: string
  readonly size: number
  /** Base64 of its first 512 bytes. */
  readonly sample: string
}

export type UploadPlan = z.infer<typeof Preupload>['files'][number]

/** The Hugging Face API of a node, as far as publishing and fetching need it. */
export function createHub({ node, id, kind, token, signal }: HubTarget) {
  const api = `${node}/api/${kind}s/${id}`
  const page = `${node}/${kind === 'dataset' ? 'datasets/' : ''}${id}`
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }

  function ask(request: Omit<HubRequest, 'signal'>): Promise<IncomingMessage> {
    return send({ ...request, headers: { ...headers, ...request.headers }, signal })
  }

  async function post<Answer extends z.ZodType>(
    url: string,
    answer: Answer,
    body: unknown,
    options: Partial<HubRequest> = {},
  ): Promise<z.infer<Answer>> {
    const text = JSON.stringify(body)
    const headers = { 'content-type': 'application/json', ...options.headers }
    return answer.parse(await json(await ask({ ...options, method: 'POST', url, headers, body: () => text })))
  }

  return {
    page,

    /** Creates the repository unless it is there; true when it was not. */
    async create(isPrivate: boolean): Promise<boolean> {
      const [organization, name] = id.split('/')
      const body = {
        type: kind,
        name,
        organization,
        private: isPrivate,
        visibility: isPrivate ? 'private' : 'public',
      }
      try {
        await post(`${node}/api/repos/create`, CreatedRepository, body, FIRST_CONTACT)
        return true
      } catch (error) {
        if (error instanceof CommandFailure && 'status' in error && error.status === 409) return false
        throw error
      }
    },

    /** The commit that a branch, a tag or the beginning of a commit's id stands for. */
    async commitOf(revision: string): Promise<string> {
      const url = `${api}/revision/${encodeURIComponent(revision)}`
      return Revision.parse(await json(await ask({ method: 'GET', url, ...FIRST_CONTACT }))).sha
    },

    /** Every file of a commit, in pages as the node gives them. */
    async *files(commit: string): AsyncGenerator<RemoteFile> {
      for (let url: string | null = `${api}/tree/${commit}?recursive=true`; url !== null;) {
        const answer: IncomingMessage = await ask({ method: 'GET', url })
        const entries = z.array(TreeEntry).parse(await json(answer))
        yield* entries.filter(({ type }) => type === 'file').map(remoteFile)
        url = nextPage(node, answer.headers['link'])
      }
    },

    /** The bytes of a file from `start` on; status 206 when the node goes on there, 200 when it begins anew. */
    read(commit: string, path: string, start: number, etag: string): Promise<IncomingMessage> {
      const range = start > 0 ? { range: `bytes=${start}-`, 'if-range': `"${etag}"` } : {}
      const url = `${page}/resolve/${commit}/${encodePath(path)}`
      return ask({ method: 'GET', url, headers: { 'accept-encoding': 'identity', ...range } })
    },

    /** How each file is to be sent, and which the branch has already. */
    async preupload(
      revision: string,
      files: readonly FileSample[],
      rules: { readonly gitAttributes?: string; readonly gitIgnore?: string },
    ): Promise<readonly UploadPlan[]> {
      const url = `${api}/preupload/${encodeURIComponent(revision)}`
      return (await post(url, Preupload, { files, ...rules })).files
    },

    /** Asks for the places to which a large file is sent. */
    batch(oid: string, size: number) {
      const body = {
        operation: 'upload',
        transfers: ['basic', 'multipart'],
        hash_algo: 'sha256',
        objects: [{ oid, size }],
      }
      const mediaType = 'application/vnd.git-lfs+json'
      const types = { accept: mediaType, 'content-type': mediaType }
      return post(`${page}.git/info/lfs/objects/batch`, Batch, body, { headers: types })
    },

    /** Tells the node that a large file has been sent. */
    async verify(href: string, oid: string, size: number): Promise<void> {
      const mediaType = 'application/vnd.git-lfs+json'
      const own = href.startsWith(`${node}/`) ? headers : {}
      const types = { accept: mediaType, 'content-type': mediaType, ...own }
      const body = JSON.stringify({ oid, size })
      ;(await send({ method: 'POST', url: href, headers: types, body: () => body, signal })).resume()
    },

    /** Makes one commit of newline-delimited operations. `lines` is called for each attempt. */
    async commit(revision: string, lines: () => Readable): Promise<z.infer<typeof Committed>> {
      const url = `${api}/commit/${encodeURIComponent(revision)}`
      const types = { 'content-type': 'application/x-ndjson' }
      return Committed.parse(await json(await ask({ method: 'POST', url, headers: types, body: lines })))
    },
  }
}

export type Hub = ReturnType<typeof createHub>

const Headers = z.record(z.string(), z.coerce.string())
const Action = z.object({ href: z.url(), header: Headers.nullish() })
const Batch = z.object({
  transfer: z.string().nullish(),
  objects: z
    .array(
      z.object({
        oid: z.string(),
        actions: z.object({ upload: Action.optional(), verify: Action.optional() }).nullish(),
        error: z.object({ code: z.int(), message: z.string() }).nullish(),
      }),
    )
    .length(1),
})

/** Where to send a large file: null when the node has it. */
export type UploadActions = z.infer<typeof Batch>

function remoteFile({ path, size, oid, lfs }: z.infer<typeof TreeEntry>): RemoteFile {
  return { path, size, hash: lfs ? { kind: 'sha256', hex: lfs.oid } : { kind: 'git', hex: oid } }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** The next page at this node: whatever host its link names, the token goes to the one it is for. */
function nextPage(node: string, link: string | string[] | undefined): string | null {
  const href = /<([^>]+)>;\s*rel="next"/.exec(String(link ?? ''))?.[1]
  if (href === undefined) return null
  const { pathname, search } = new URL(href, node)
  const prefix = new URL(node).pathname.replace(/\/$/, '')
  return `${new URL(node).origin}${pathname.startsWith(prefix) ? '' : prefix}${pathname}${search}`
}
