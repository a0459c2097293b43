import { failure } from '../kernel/failure.ts'
import { RepositoryId, RepositoryPath, type RepositoryKind } from '../kernel/names.ts'
import { fail, succeed, type Result } from '../kernel/result.ts'
import type { RequestContext } from './context.ts'

/** Which repository a URL speaks of. */
export interface RepositoryAddress {
  readonly kind: RepositoryKind
  /** As written; not yet known to exist. */
  readonly id: string
}

/** `models` in API paths means the kind `model`. */
export function kindOf(plural: string): RepositoryKind {
  return plural === 'datasets' ? 'dataset' : 'model'
}

/** The address in `:namespace/:name` parameters. */
export function addressOf(c: RequestContext, kind: RepositoryKind): RepositoryAddress {
  return { kind, id: `${c.req.param('namespace') ?? ''}/${c.req.param('name') ?? ''}` }
}

/** Whether an id could name a repository at all. */
export function isRepositoryId(id: string): boolean {
  return RepositoryId.safeParse(id).success
}

/** The web path of a repository: models stand at the root, data sets under `/datasets`. */
export function repositoryPath(repository: {
  readonly kind: RepositoryKind
  readonly fullName: string
}): string {
  return repository.kind === 'dataset' ? `/datasets/${repository.fullName}` : `/${repository.fullName}`
}

/** The request's path as it was sent, percent-encoding untouched, without query. */
export function rawPath(c: RequestContext): string {
  const url = c.req.url
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const query = url.indexOf('?', start)
  return url.slice(start, query < 0 ? undefined : query)
}

/** A revision and what follows it in a URL. */
export interface RevisionAddress {
  readonly revision: string
  /** Decoded path below; empty at the root. */
  readonly path: string
}

/**
 * Reads `…/{marker}/{revision}[/{path}]` from the raw path. Clients encode a revision's slashes or not:
 * `refs%2Fpr%2F1` and `refs/pr/1` mean the same; every segment is decoded on its own, so `..%2f` never becomes a separator
 * that routes see. Returns null when a segment is not valid percent-encoding.
 */
export function readRevisionAddress(rawPathname: string, marker: string): RevisionAddress | null {
  const at = rawPathname.indexOf(`/${marker}/`)
  if (at < 0) return null
  const raw = rawPathname
    .slice(at + marker.length + 2)
    .replace(/\/$/, '')
    .split('/')
  const revisionLength = raw[0] === 'refs' ? 3 : 1
  const decoded = decodeAll([raw.slice(0, revisionLength).join('/'), ...raw.slice(revisionLength)])
  if (!decoded) return null
  const [revision = '', ...rest] = decoded
  return { revision, path: rest.join('/') }
}

function decodeAll(segments: readonly string[]): string[] | null {
  try {
    return segments.map(decodeURIComponent)
  } catch (error) {
    if (error instanceof URIError) return null // malformed percent-encoding: the caller refuses it
    throw error
  }
}

/** A path inside a repository as a URL gave it: refused as missing, since nothing could stand there. */
export function pathInRepository(path: string): Result<RepositoryPath> {
  const parsed = RepositoryPath.safeParse(path)
  return parsed.success ? succeed(parsed.data) : fail(failure('entryNotFound', { path }, path))
}
