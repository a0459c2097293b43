import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

import { encodeErased, type GitLink, linksOf, type StreamedType } from '../../../content/git/index.ts'
import type { Reader } from '../../../database/index.ts'
import { GitOid, type Sha256 } from '../../../kernel/names.ts'
import { erasedBlobs } from '../erasures/index.ts'

const inflateAsync = promisify(inflate)
/** SQLite takes at most 32,766 parameters; lists are asked for in pieces. */
const ASK_AT_ONCE = 500
/** Bytes of bodies read at once. */
const BATCH_BYTES = 4 * 1024 * 1024

/** A git object as it is stored. `size` in bytes of the body. Of an erased blob, what is said in place of its bytes. */
export interface StoredObject {
  readonly oid: GitOid
  readonly type: StreamedType
  readonly size: number
  /** zlib stream of the body. */
  readonly compressed: Uint8Array
}

/**
 * Every object that is reachable from `want` and from none of `haves`, each once; what is named comes before what names it. Null
 * when `want` is no commit or tag of the repository; of the `haves`, those it does not hold are ignored. Memory: the ids of all
 * objects reachable, and one batch of bodies.
 */
export async function objectsBetween(
  reader: Reader,
  repositoryId: string,
  want: GitOid,
  haves: readonly GitOid[],
): Promise<AsyncGenerator<StoredObject> | null> {
  const [wanted] = await heldRoots(reader, repositoryId, [want])
  if (!wanted) return null
  const seen = new Set<GitOid>()
  const known = await heldRoots(reader, repositoryId, haves)
  const erased = await erasedBlobs(reader, repositoryId)
  return (async function* () {
    for (const root of known) for await (const _ of walk(reader, root, seen, false)); // marks all of it as seen
    for await (const object of walk(reader, wanted, seen, true)) yield without(erased, object)
  })()
}

function without(erased: ReadonlyMap<GitOid, Sha256>, object: StoredObject): StoredObject {
  const sha256 = erased.get(object.oid)
  if (sha256 === undefined) return object
  const { oid, size } = object
  return { oid, type: 'erased', size, compressed: encodeErased({ oid, sha256 }) }
}

async function heldRoots(
  reader: Reader,
  repositoryId: string,
  oids: readonly GitOid[],
): Promise<readonly GitLink[]> {
  if (oids.length === 0) return []
  const rows = await reader
    .selectFrom('repository_object')
    .innerJoin('git_object', 'git_object.oid', 'repository_object.oid')
    .select(['git_object.oid', 'git_object.type'])
    .where('repository_object.repository_id', '=', repositoryId)
    .where('repository_object.oid', 'in', oids)
    .where('git_object.type', 'in', ['commit', 'tag'])
    .execute()
  return rows.map(({ oid, type }) => ({ oid: GitOid.parse(oid), type }))
}

/** An object on the way down: yielded once everything it names was. */
interface Step {
  readonly object: StoredObject
  readonly links: readonly GitLink[]
  at: number
}

/** Depth first without recursion: histories are long. `seen` grows by all that is passed; blobs are read only if `isWanted`. */
async function* walk(
  reader: Reader,
  root: GitLink,
  seen: Set<GitOid>,
  isWanted: boolean,
): AsyncGenerator<StoredObject> {
  if (seen.has(root.oid)) return
  seen.add(root.oid)
  const stack: Step[] = [await stepTo(reader, root.oid)]
  for (let step = stack.at(-1); step; step = stack.at(-1)) {
    if (step.at === 0) yield* blobsIn(reader, step, seen, isWanted)
    const link = step.links[step.at++]
    if (link === undefined) {
      yield step.object
      stack.pop()
    } else if (link.type !== 'blob' && !seen.has(link.oid)) {
      seen.add(link.oid)
      stack.push(await stepTo(reader, link.oid))
    }
  }
}

async function stepTo(reader: Reader, oid: GitOid): Promise<Step> {
  const { type, size, data } = await reader
    .selectFrom('git_object')
    .selectAll()
    .where('oid', '=', oid)
    .executeTakeFirstOrThrow()
  // Parents before the tree: what a commit changed stands near it.
  const links = linksOf(type, await inflateAsync(data)).toReversed()
  return { object: { oid, type, size, compressed: data }, links, at: 0 }
}

async function* blobsIn(
  reader: Reader,
  { links }: Step,
  seen: Set<GitOid>,
  isWanted: boolean,
): AsyncGenerator<StoredObject> {
  const fresh = links.filter(({ oid, type }) => type === 'blob' && !seen.has(oid)).map(({ oid }) => oid)
  const oids = [...new Set(fresh)]
  for (const oid of oids) seen.add(oid)
  if (!isWanted) return
  for (let start = 0; start < oids.length; start += ASK_AT_ONCE)
    for (const batch of await batches(reader, oids.slice(start, start + ASK_AT_ONCE))) {
      const rows = await reader.selectFrom('git_object').selectAll().where('oid', 'in', batch).execute()
      if (rows.length !== batch.length) throw new Error('git objects that a tree names are not held')
      for (const { oid, type, size, data } of rows)
        yield { oid: GitOid.parse(oid), type, size, compressed: data }
    }
}

/** Splits ids into lists whose bodies fit into {@link BATCH_BYTES}; a larger body is alone. */
async function batches(reader: Reader, oids: readonly GitOid[]): Promise<readonly GitOid[][]> {
  const rows = await reader
    .selectFrom('git_object')
    .select(['oid', 'size'])
    .where('oid', 'in', oids)
    .execute()
  const sizes = new Map(rows.map(({ oid, size }) => [oid, size]))
  const found: GitOid[][] = []
  let room = 0
  for (const oid of oids) {
    const size = sizes.get(oid) ?? 0
    if (size > room || found.length === 0) {
      found.push([])
      room = BATCH_BYTES
    }
    found.at(-1)?.push(oid)
    room -= size
  }
  return found
}
