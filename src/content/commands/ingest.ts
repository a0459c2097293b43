import type { Database } from '../../database/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import type { XetHash } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import type { ContentEvents } from '../events.ts'
import type { XorbStore } from '../ports.ts'
import { DedupLookup } from '../queries/dedup-lookup.ts'
import { erasureIn } from '../queries/erasures.ts'
import type { StoredXorb, XorbIndex } from '../queries/xorb-index.ts'
import { fileErased, MAX_FILE_BYTES } from '../rules.ts'
import type { Body, ExpectedBody, StoredFile } from '../types.ts'
import type { IngestedFile, WorkerPool } from '../work/index.ts'
import type { Arrivals } from './arrivals.ts'
import { settle } from './refusals.ts'
import { firstChunkOf, registerFile, registerXorb } from './register.ts'

export interface IngestDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly arrivals: Arrivals
  readonly index: XorbIndex
  readonly work: Pick<WorkerPool, 'ingest'>
  readonly clock: Clock
  readonly events: ContentEvents
}

/** See `Content.ingest`. */
export function ingest(
  deps: IngestDeps,
  repositoryId: string,
  body: Body,
  expected: ExpectedBody = {},
  signal?: AbortSignal,
): Promise<Result<StoredFile>> {
  return settle(async () => {
    const erasure = expected.sha256 && (await erasureIn(deps.database.read, repositoryId, expected.sha256))
    if (erasure) return fail(fileErased(erasure))
    const kept = new KeptXorbs()
    try {
      // If we stop in here, what is left are staged files, swept at the next start, and objects that no
      // table names, removed by `recover`. Nothing counts.
      const ingested = await packBody(
        deps,
        { body: limited(body, expected.size), isCut: expected.isCut === true },
        kept,
        signal,
      )
      const refusal = refusalOf(ingested, expected)
      if (refusal) return fail(failure(refusal))

      // The bytes are durable. If we stop before this transaction, see above; after it, the file counts.
      const file = { sha256: ingested.sha256, xetHash: ingested.hash, size: ingested.size }
      await confirm(deps, repositoryId, { ...file, terms: ingested.terms }, kept)
      deps.events.fileStored({
        repositoryId,
        xetHash: file.xetHash,
        size: file.size,
        storedBytes: kept.storedBytes,
      })
      return succeed(file)
    } finally {
      await deps.arrivals.settle(kept.locations)
    }
  })
}

/** Passes the body on and refuses it as soon as it is longer than announced, or at its end when it is shorter. */
async function* limited(body: Body, announced: number | undefined): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of body) {
    size += piece.length
    if (size > (announced ?? MAX_FILE_BYTES)) {
      throw new Refusal(
        announced === undefined ? failure('tooLarge', { limit: MAX_FILE_BYTES }) : failure('sizeMismatch'),
      )
    }
    yield piece
  }
  if (announced !== undefined && size < announced) throw new Refusal(failure('sizeMismatch'))
}

function refusalOf(ingested: IngestedFile, expected: ExpectedBody): 'hashMismatch' | null {
  return expected.sha256 !== undefined && ingested.sha256 !== expected.sha256 ? 'hashMismatch' : null
}

function packBody(
  { work, xorbs, arrivals, database, index }: IngestDeps,
  given: { readonly body: Body; readonly isCut: boolean },
  kept: KeptXorbs,
  signal: AbortSignal | undefined,
): Promise<IngestedFile> {
  const lookup = new DedupLookup(database.read, index)
  return work.ingest({
    ...given,
    lookup: (hashes) => lookup.find(hashes),
    stage: () => xorbs.stage(),
    async keep({ hash, path, table }) {
      const xorb = { hash, location: await arrivals.put(hash, path), table }
      kept.add(xorb)
      lookup.add(xorb)
    },
    ...(signal && { signal }),
  })
}

/** One transaction: the new xorbs, the file, and the repository's right to it. */
async function confirm(
  { database, index, clock }: IngestDeps,
  repositoryId: string,
  file: StoredFile & Pick<IngestedFile, 'terms'>,
  kept: KeptXorbs,
): Promise<void> {
  const known = await index.findAll(file.terms.slice(0, 1).map((term) => term.xorb))
  const tableOf = (hash: XetHash) => {
    const xorb = kept.find(hash) ?? known.get(hash)
    if (!xorb) throw new Refusal(failure('missingXorb'))
    return xorb.table
  }
  const confirmed = await database.write(async (tx) => {
    const now = clock()
    const inserted: StoredXorb[] = []
    for (const xorb of kept.all) {
      if (await registerXorb(tx, xorb, now)) inserted.push(xorb)
    }
    await registerFile(tx, repositoryId, file, firstChunkOf(file.terms, tableOf), now)
    return inserted
  })
  kept.confirm(confirmed)
}

/** Xorbs put into the store for a file that does not count yet. */
class KeptXorbs {
  readonly #xorbs: StoredXorb[] = []
  #inserted: readonly StoredXorb[] = []

  get all(): readonly StoredXorb[] {
    return this.#xorbs
  }

  /** Bytes of the chunks that the file added to the store. */
  get storedBytes(): number {
    return this.#inserted.reduce((total, xorb) => total + xorb.table.storedBytes, 0)
  }

  add(xorb: StoredXorb): void {
    this.#xorbs.push(xorb)
  }

  find(hash: XetHash): StoredXorb | undefined {
    return this.#xorbs.find((xorb) => xorb.hash === hash)
  }

  confirm(inserted: readonly StoredXorb[]): void {
    this.#inserted = inserted
  }

  get locations(): readonly string[] {
    return this.#xorbs.map((xorb) => xorb.location)
  }
}
