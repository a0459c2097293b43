import { createHash } from 'node:crypto'

import type { ObjectStreamLimits } from '../../../../content/git/index.ts'
import { type Failure, failure } from '../../../../kernel/failure.ts'
import { BrokenFetch, explainFetch, type FetchedResponse, readAll } from '../../../../kernel/fetcher.ts'
import { type GitOid, repositoryKey, type Sha256 } from '../../../../kernel/names.ts'
import { fail, succeed, type Result } from '../../../../kernel/result.ts'
import { MINUTE } from '../../../../kernel/time.ts'
import { MAX_MANIFEST_BYTES, readManifest } from '../../../../records/index.ts'
import type { Delivery, ExpectedFiles } from '../../../share/index.ts'
import { blobPath } from '../../carry/rules.ts'
import type { Source } from '../../content/index.ts'
import { MIRROR_LIMITS } from '../rules.ts'
import type { AnnouncedRef, MirrorDeps, MirrorRequest } from '../types.ts'
import { CaughtLie, type Intake } from './receive.ts'

/** Objects that we say we have: enough for every branch of most, short enough for a URL. */
const MOST_HAVES = 100
/** How much longer than its objects a stream may be: headers, and what does not compress. */
const STREAM_OVERHEAD = 1.1
/** A source looks through all that we have before it begins. */
const LONGEST_SILENCE = 2 * MINUTE

/** A delivery and the bytes of its objects. */
type SizedDelivery = Delivery & { readonly bytes: number }

/** Finds the announced objects that are not here, at whichever source sends them as they were announced. */
export async function fetchObjects(
  deps: MirrorDeps,
  request: MirrorRequest,
  intake: Intake,
  wanted: { readonly refs: readonly AnnouncedRef[]; readonly held: readonly GitOid[] },
): Promise<Result<readonly SizedDelivery[]>> {
  const deliveries: SizedDelivery[] = []
  const haves = [...wanted.held]
  let { totalBytes, objects } = MIRROR_LIMITS
  for (const { oid } of wanted.refs) {
    if (await intake.has(oid)) continue
    const limits = { ...MIRROR_LIMITS, totalBytes, objects }
    const batch = `${subjectOf(request)}#${deliveries.length}`
    const asked = { kind: 'objects', want: oid, haves: haves.slice(-MOST_HAVES) } as const
    const received = await fromAny(deps, request, asked, mostBytes(limits), async ({ body }) =>
      succeed(await intake.receive({ want: oid, batch, chunks: body, limits })),
    )
    if (!received.ok) return received
    deliveries.push(received.value)
    haves.push(oid)
    totalBytes -= received.value.bytes
    objects -= received.value.objects
  }
  return succeed(deliveries)
}

function mostBytes({ totalBytes }: ObjectStreamLimits): number {
  return Math.ceil(totalBytes * STREAM_OVERHEAD) + 1024 * 1024
}

/** Where what arrives for a repository is kept until it stands. */
export function subjectOf({ memberId, kind, repository }: MirrorRequest): string {
  return `${memberId} ${kind} ${repositoryKey(repository)}`
}

/** Finds what the files of the refs have to be; each commit once, and none where nothing was announced of them. */
export async function fetchManifests(
  deps: MirrorDeps,
  request: MirrorRequest,
  refs: readonly AnnouncedRef[],
): Promise<Result<readonly ExpectedFiles[]>> {
  const announced = new Map<string, AnnouncedRef>()
  for (const ref of refs) if (ref.manifest !== null) announced.set(`${ref.oid} ${ref.manifest}`, ref)
  const expected: ExpectedFiles[] = []
  for (const { oid, manifest } of announced.values()) {
    if (manifest === null) continue
    const asked = { kind: 'manifest', at: oid, sha256: manifest } as const
    const bytes = await fromAny(deps, request, asked, MAX_MANIFEST_BYTES, async (response) => {
      const read = await readAll(response)
      if (!read.ok) return fail(explainFetch(read.failure))
      if (createHash('sha256').update(read.value).digest('hex') !== manifest)
        throw new CaughtLie('otherManifest')
      return read
    })
    if (!bytes.ok) return bytes
    const read = readManifest(bytes.value)
    if (!read.ok) return contradiction(deps, request, '')
    expected.push({ at: oid, files: read.value.files })
  }
  return succeed(expected)
}

/** The member's own words do not fit together: no other source could help. */
export function contradiction({ events }: MirrorDeps, request: MirrorRequest, path: string): Result<never> {
  events.contradicted(request, path)
  return fail(failure('manifestMismatch', { name: request.repository }))
}

/** What is asked of a source. */
type Asked =
  | { readonly kind: 'objects'; readonly want: GitOid; readonly haves: readonly GitOid[] }
  | { readonly kind: 'manifest'; readonly at: GitOid; readonly sha256: Sha256 }

function urlOf({ url, layout }: Source, { kind, repository }: MirrorRequest, what: Asked): string {
  const base = url.replace(/\/+$/, '')
  const node = `${base}/api/ayni/v1/repositories/${kind}s/${repository}`
  if (what.kind === 'manifest')
    return layout === 'carry' ? `${base}/${blobPath(what.sha256)}` : `${node}/manifest/${what.at}`
  const query = new URLSearchParams([
    ['want', what.want],
    ...what.haves.map((have): [string, string] => ['have', have]),
  ])
  if (layout !== 'carry') return `${node}/objects?${query}`
  query.set('repository', `${kind} ${repositoryKey(repository)}`)
  return `${base}/objects?${query}`
}

/** Asks one source after the other until one of them answers well; else the first one's failure. */
async function fromAny<Value>(
  deps: MirrorDeps,
  request: MirrorRequest,
  what: Asked,
  maxBytes: number,
  take: (response: FetchedResponse) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  let first: Failure | null = null
  const thing = what.kind === 'objects' ? what.want : what.sha256
  for (const source of deps.sources) {
    if (deps.doubts?.isAsked(source, request, thing) === false) continue
    const taken = await from(deps, request, source, what, maxBytes, take)
    if (taken.ok) return taken
    first ??= taken.failure
  }
  return fail(first ?? failure('sourceLacks', { host: request.repository }))
}

async function from<Value>(
  { fetcher, events, signal, doubts }: MirrorDeps,
  request: MirrorRequest,
  source: Source,
  what: Asked,
  maxBytes: number,
  take: (response: FetchedResponse) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const { url, allow } = source
  const firstByteMs = LONGEST_SILENCE
  const fetched = await fetcher.fetch({
    url: urlOf(source, request, what),
    allow,
    signal,
    maxBytes,
    firstByteMs,
  })
  if (!fetched.ok) return fail(explainFetch(fetched.failure))
  using response = fetched.value
  const host = hostOf(url)
  if (response.status !== 200) {
    doubts?.lacked(source, request, what.kind === 'objects' ? what.want : what.sha256)
    return fail(failure('sourceLacks', { host }))
  }
  try {
    return await take(response)
  } catch (cause) {
    if (cause instanceof BrokenFetch) return fail(explainFetch(cause.failure))
    if (!(cause instanceof CaughtLie)) throw cause
    events.lied(url, request, cause.lie)
    doubts?.lied(source, request)
    return fail(failure('sourceLied', { host }))
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}
