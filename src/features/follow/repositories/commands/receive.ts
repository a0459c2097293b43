import {
  BrokenObjectStream,
  isDirectory,
  linksOf,
  readObjects,
  type ErasedBlob,
  type GitLink,
  type ObjectStreamLimits,
  type ReceivedObject,
  type TreeEntry,
} from '../../../../content/git/index.ts'
import type { Database } from '../../../../database/index.ts'
import type { GitOid, Sha256 } from '../../../../kernel/names.ts'
import { type Delivery, forgetBatch, heldObjects, keepArriving, type Share } from '../../../share/index.ts'
import { extentOf, isCommit, readTree } from '../rules.ts'
import type { Known, Lie, TreeExtent } from '../types.ts'

/** Objects written in one transaction, and bytes of them. */
const BATCH_OBJECTS = 2000
const BATCH_BYTES = 8 * 1024 * 1024

/** Carries a {@link Lie} out of the reading of a source. */
export class CaughtLie extends Error {
  readonly lie: Lie
  constructor(lie: Lie) {
    super(lie)
    this.name = 'CaughtLie'
    this.lie = lie
  }
}

/** What is sent for one wanted object. */
export interface Parcel {
  readonly want: GitOid
  readonly batch: string
  readonly chunks: AsyncIterable<Uint8Array>
  readonly limits: ObjectStreamLimits
}

/** Takes in what sources send for one repository. */
export interface Intake {
  /** Whether the object and all it leads to is held or was verified. */
  has(oid: GitOid): Promise<boolean>
  /**
   * Verifies a stream as it comes and keeps its objects aside. All of it counts, or nothing: throws {@link CaughtLie}, and whatever
   * `chunks` throws. Memory: the ids of the objects and one batch of bodies.
   */
  receive(parcel: Parcel): Promise<Delivery & { readonly bytes: number }>
}

/** `repositoryId` is null while there is no copy. */
export function createIntake(deps: {
  readonly database: Database
  readonly share: Pick<Share, 'queries'>
  readonly repositoryId: string | null
  /** Whether it is known here that a file was erased: then its bytes need not come. */
  readonly isErased: (sha256: Sha256) => Promise<boolean>
}): Intake {
  const { database, share, repositoryId, isErased } = deps
  const verified = new Map<GitOid, Known>()
  const extents = new Map<GitOid, TreeExtent>()

  async function held(oids: readonly GitOid[]): Promise<ReadonlyMap<GitOid, Known>> {
    if (repositoryId === null || oids.length === 0) return new Map()
    const known = new Map<GitOid, Known>()
    for (const { oid, type } of await heldObjects(database.read, repositoryId, oids))
      known.set(oid, type === 'tree' ? { type, extent: await heldExtent(oid) } : { type })
    return known
  }

  /** Opens what the copy holds already; each tree once. */
  async function heldExtent(oid: GitOid): Promise<TreeExtent> {
    const before = extents.get(oid)
    if (before) return before
    const entries = [...(await share.queries.tree(database.read, oid)).values()]
    for (const entry of entries.filter(isDirectory)) await heldExtent(entry.oid)
    const extent = demand(extentOf(entries, (entry) => extents.get(entry.oid) ?? EMPTY))
    extents.set(oid, extent)
    return extent
  }

  async function receive({ want, batch, chunks, limits }: Parcel) {
    const fresh = new Map<GitOid, Known>()
    /** Sent, and named by nothing yet. */
    const unnamed = new Set<GitOid>()
    const keep = keeping(database, batch)
    let bytes = 0
    try {
      for await (const object of readObjects(chunks, limits)) {
        bytes += object.type === 'erased' ? 0 : object.body.length
        if (fresh.has(object.oid) || verified.has(object.oid)) continue
        fresh.set(object.oid, await admit(object, fresh, unnamed))
        unnamed.add(object.oid)
        await keep.add(object)
      }
      if (!fresh.has(want)) throw new CaughtLie('missingObject')
      unnamed.delete(want)
      if (unnamed.size > 0) throw new CaughtLie('unaskedObject')
      await keep.flush()
    } catch (cause) {
      await database.write((tx) => forgetBatch(tx, batch))
      if (cause instanceof BrokenObjectStream) throw new CaughtLie(cause.problem)
      throw cause
    }
    for (const [oid, known] of fresh) verified.set(oid, known)
    return { batch, objects: fresh.size, bytes }
  }

  /** Whatever an object names came before it or is held, so that nothing it leads to is missing. */
  async function admit(
    object: ReceivedObject | ErasedBlob,
    fresh: ReadonlyMap<GitOid, Known>,
    unnamed: Set<GitOid>,
  ): Promise<Known> {
    if (object.type === 'erased') {
      if (!(await isErased(object.sha256))) throw new CaughtLie('missingObject')
      return { type: 'blob' }
    }
    const entries = object.type === 'tree' ? demand(readTree(object.body)) : []
    if (object.type === 'commit' && !isCommit(object.body)) throw new CaughtLie('malformedObject')
    const links = linksIn(object)
    const sent = (oid: GitOid) => fresh.get(oid) ?? verified.get(oid)
    const others = await held(links.map(({ oid }) => oid).filter((oid) => !sent(oid)))
    const known = (oid: GitOid) => sent(oid) ?? others.get(oid)
    for (const { oid, type } of links) {
      const target = known(oid)
      if (!target) throw new CaughtLie('missingObject')
      if (target.type !== type) throw new CaughtLie('otherType')
      unnamed.delete(oid)
    }
    if (object.type !== 'tree') return { type: object.type }
    return { type: 'tree', extent: demand(extentOf(entries, (entry) => extentIn(entry, known))) }
  }

  return {
    has: async (oid) => verified.has(oid) || (await held([oid])).has(oid),
    receive,
  }
}

const EMPTY: TreeExtent = { entries: 0, pathBytes: 0 }

function extentIn(entry: TreeEntry, known: (oid: GitOid) => Known | undefined): TreeExtent {
  const target = known(entry.oid)
  return target?.type === 'tree' ? target.extent : EMPTY
}

function linksIn({ type, body }: ReceivedObject): readonly GitLink[] {
  try {
    return linksOf(type, body)
  } catch {
    throw new CaughtLie('malformedObject') // the decoders' only way to say no
  }
}

function demand<Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: Lie },
): Value {
  if (result.ok) return result.value
  throw new CaughtLie(result.failure)
}

/** Writes objects aside, many in one transaction. */
function keeping(database: Database, batch: string) {
  let kept: (ReceivedObject | ErasedBlob)[] = []
  let bytes = 0
  async function flush(): Promise<void> {
    const objects = kept
    kept = []
    bytes = 0
    if (objects.length > 0) await database.write((tx) => keepArriving(tx, batch, objects))
  }
  return {
    async add(object: ReceivedObject | ErasedBlob): Promise<void> {
      kept.push(object)
      bytes += object.type === 'erased' ? 0 : object.body.length
      if (kept.length >= BATCH_OBJECTS || bytes >= BATCH_BYTES) await flush()
    },
    flush,
  }
}
