import { END_OF_OBJECTS } from '../../../../content/git/index.ts'
import type { ByteRange } from '../../../../kernel/byte-range.ts'
import {
  BrokenFetch,
  type FetchedResponse,
  type Fetcher,
  type FetchRequest,
} from '../../../../kernel/fetcher.ts'
import { GitOid, type Origin } from '../../../../kernel/names.ts'
import { fail, succeed } from '../../../../kernel/result.ts'
import type { LogFiles } from '../../../../log/index.ts'
import type { CarriedFiles } from '../../members/index.ts'
import { nameOf } from '../queries.ts'
import { logFolder, objectsPath, piecePath } from '../rules.ts'
import type { Carry, CarriedSource, CarryFolder, CutFile } from '../types.ts'

/** A scheme of our own: nothing else takes such an address, and no name in it is looked up. */
const DISK = 'carry://disk'

/** The files of a log in the first folder that has them. */
export function carriedLog(folders: readonly CarryFolder[], origin: Origin): LogFiles {
  return {
    async read(path, maxBytes) {
      for (const each of folders) {
        const bytes = await each.read(`${logFolder(origin)}/${path}`, maxBytes)
        if (bytes) return bytes
      }
      return null
    },
  }
}

/** The logs that a carry speaks of. */
export function carriedFiles({ folders, index, time, isDated }: Carry): CarriedFiles {
  const there = new Set(index.logs.map(({ origin }) => origin))
  return {
    filesOf: (origin) => (there.has(origin) ? carriedLog(folders, origin) : null),
    asOf: isDated ? time : null,
  }
}

/**
 * Carries as a source like another node: the code that fetches, checks and applies is the same. Files are looked for in every
 * folder; a stream that builds on one in an earlier carry comes together with it.
 */
export function carriedSource(carries: readonly Carry[]): CarriedSource {
  const folders = carries.flatMap((carry) => carry.folders)
  const cut = Map.groupBy(
    carries.flatMap(({ index }) => index.pieces),
    ({ path }) => path,
  )
  const disk = { folders, cut }
  const streams = streamsOf(carries)
  const fetcher: Fetcher = {
    async fetch(request) {
      request.signal.throwIfAborted()
      const url = URL.parse(request.url)
      if (!url || !request.url.startsWith(`${DISK}/`)) return fail({ reason: 'hostNotFound', host: 'disk' })
      const want = GitOid.safeParse(url.searchParams.get('want'))
      if (!want.success) return succeed(await answer(disk, url.pathname.slice(1), request))
      const haves = new Set(url.searchParams.getAll('have'))
      const paths = chain(streams.get(url.searchParams.get('repository') ?? ''), want.data, haves)
      return succeed(
        paths ? { ...NOTHING, ...reply(request, 200), body: joined(disk, paths) } : missing(request),
      )
    },
  }
  return { fetcher, url: DISK, layout: 'carry' }
}

/** What each stream of a repository builds on, by its commit. */
type Streams = ReadonlyMap<string, readonly GitOid[]>

function streamsOf(carries: readonly Carry[]): ReadonlyMap<string, Streams> {
  const repositories = new Map<string, Map<string, readonly GitOid[]>>()
  for (const { index } of carries)
    for (const repository of index.repositories) {
      const streams = repositories.get(nameOf(repository)) ?? new Map<string, readonly GitOid[]>()
      for (const { commit, base } of repository.refs) if (base) streams.set(commit, base)
      repositories.set(nameOf(repository), streams)
    }
  return repositories
}

/** The streams that lead from what the asker has to what it wants, the oldest first; null when there is none for it. */
function chain(
  streams: Streams | undefined,
  want: GitOid,
  haves: ReadonlySet<string>,
): readonly string[] | null {
  const paths: string[] = []
  const seen = new Set<string>()
  const visit = (oid: GitOid): boolean => {
    const base = streams?.get(oid)
    if (!base || seen.has(oid)) return base !== undefined
    seen.add(oid)
    for (const each of base) if (!haves.has(each)) visit(each) // not there: whether it is held, the asker finds out
    paths.push(objectsPath(oid, base))
    return true
  }
  return visit(want) ? paths : null
}

/** Streams one after the other, with one end. */
async function* joined(disk: Disk, paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) {
    const found = await find(disk, path)
    if (!found || found.size === 0) throw broken(path)
    yield* found.read({ start: 0, end: found.size - END_OF_OBJECTS.length })
  }
  yield END_OF_OBJECTS
}

async function answer(disk: Disk, path: string, request: FetchRequest): Promise<FetchedResponse> {
  const found = await find(disk, path)
  if (!found || found.size > request.maxBytes) return missing(request)
  const asked = 'range' in request ? request.range : undefined
  const range = asked ? { start: asked.start, end: Math.min(asked.end, found.size) } : whole(found.size)
  if (range.start >= range.end && found.size > 0) return { ...NOTHING, ...reply(request, 416) }
  return {
    ...NOTHING,
    ...reply(request, asked ? 206 : 200),
    headers: { 'content-length': String(range.end - range.start) },
    ...(asked && { part: { range, size: found.size } }),
    body: found.read(range),
  }
}

/** Folders, and which files lie in pieces there. */
interface Disk {
  readonly folders: readonly CarryFolder[]
  readonly cut: ReadonlyMap<string, readonly CutFile[]>
}

/** A file, in whatever folders its pieces are. */
interface FoundFile {
  readonly size: number
  read(range: ByteRange): AsyncGenerator<Uint8Array>
}

async function find({ folders, cut }: Disk, path: string): Promise<FoundFile | null> {
  const there = await findIn(folders, path)
  if (there) return { size: there.size, read: (range) => read(there.folder, path, range) }
  for (const file of cut.get(path) ?? []) {
    const whole = await findPieces(folders, file)
    if (whole) return whole
  }
  return null
}

/** A file whose pieces are all here; null where one is not, or is of another length. */
async function findPieces(folders: readonly CarryFolder[], file: CutFile): Promise<FoundFile | null> {
  const { size, piece } = file
  const places: CarryFolder[] = []
  for (let start = 0; start < size; start += piece) {
    const there = await findIn(folders, piecePath(file, start))
    if (there?.size !== Math.min(piece, size - start)) return null
    places.push(there.folder)
  }
  return {
    size,
    async *read(range) {
      for (let at = range.start; at < range.end;) {
        const start = at - (at % piece)
        const end = Math.min(range.end, start + piece)
        const folder = places[start / piece]
        if (!folder) throw broken(file.path)
        yield* read(folder, piecePath(file, start), { start: at - start, end: end - start })
        at = end
      }
    },
  }
}

async function findIn(folders: readonly CarryFolder[], path: string) {
  for (const folder of folders) {
    const size = await folder.size(path)
    if (size !== null) return { folder, size }
  }
  return null
}

/** A disk that fails while it is read, or a file that is shorter than it was, breaks this answer and nothing else. */
async function* read(folder: CarryFolder, path: string, range: ByteRange): AsyncGenerator<Uint8Array> {
  let at = range.start
  try {
    for await (const part of folder.stream(path, range.start, range.end)) {
      at += part.length
      yield part
    }
  } catch {
    throw broken(path)
  }
  if (at !== range.end) throw broken(path)
}

function broken(path: string): BrokenFetch {
  return new BrokenFetch({ reason: 'hostAnswerBroken', host: path, problem: 'cutShort' })
}

function whole(size: number): ByteRange {
  return { start: 0, end: size }
}

const NOTHING = { headers: {}, body: empty(), [Symbol.dispose]: () => {} }

async function* empty(): AsyncGenerator<Uint8Array> {}

function reply({ url }: FetchRequest, status: number) {
  return { url, status }
}

function missing(request: FetchRequest): FetchedResponse {
  return { ...NOTHING, ...reply(request, 404) }
}
