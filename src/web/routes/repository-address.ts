import type { RepositoryReference, RevisionPage } from '../paths.ts'

/** Which page of which repository an address names. */
export interface RepositoryAddress {
  readonly repository: RepositoryReference
  readonly page: RevisionPage
  /** A branch, tag or commit. */
  readonly revision: string
  /** Below the revision; empty at the root. */
  readonly path: string
}

/**
 * Reads `/{namespace}/{name}/{page}/{revision}[/{path}]`, with `/datasets` before it for a data set. `pathname` is
 * as the browser sent it: each segment is decoded on its own, so that an encoded slash stays part of a name.
 * `refs/pr/1` may stand with its slashes as they are. Null when it is malformed.
 */
export function readRepositoryAddress(pathname: string): RepositoryAddress | null {
  const segments = decodeAll(pathname.split('/').slice(1))
  if (segments === null) return null
  const kind = segments[0] === 'datasets' ? 'dataset' : 'model'
  const [namespace = '', name = '', page = '', ...rest] = kind === 'dataset' ? segments.slice(1) : segments
  const length = rest[0] === 'refs' ? 3 : 1
  const revision = rest.slice(0, length).join('/')
  if (!isPage(page) || revision === '') return null
  const path = rest.slice(length).filter((segment, index, all) => segment !== '' || index < all.length - 1)
  return { repository: { kind, id: `${namespace}/${name}` }, page, revision, path: path.join('/') }
}

function decodeAll(segments: readonly string[]): readonly string[] | null {
  try {
    return segments.map(decodeURIComponent)
  } catch (error) {
    if (error instanceof URIError) return null // not percent-encoding: nothing could stand there
    throw error
  }
}

const PAGES = [
  'tree',
  'blob',
  'resolve',
  'tensors',
  'commits',
  'commit',
] as const satisfies readonly RevisionPage[]

function isPage(segment: string): segment is RevisionPage {
  return PAGES.some((page) => page === segment)
}
