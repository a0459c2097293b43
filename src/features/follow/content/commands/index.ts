import { LRUCache } from 'lru-cache'

import { type Body, type Content, erasureIn, erasuresIn, type StoredFile } from '../../../../content/index.ts'
import type { Database } from '../../../../database/index.ts'
import type { ByteRange } from '../../../../kernel/byte-range.ts'
import { type Failure, failure, Refusal } from '../../../../kernel/failure.ts'
import type { Fetcher } from '../../../../kernel/fetcher.ts'
import type { MemberId, Sha256 } from '../../../../kernel/names.ts'
import { fail, succeed, type Result } from '../../../../kernel/result.ts'
import type { Clock, Millis } from '../../../../kernel/time.ts'
import type { Share } from '../../../share/index.ts'
import type { RemoteContentEvents } from '../events.ts'
import { findPublicHolder, findRemoteRepository } from '../queries.ts'
import { BLAMED_FOR, LACKS_FOR, TRANSFER_LIMITS } from '../rules.ts'
import type {
  Allowance,
  FetchedAll,
  MissedFile,
  PointedFile,
  RemoteContent,
  RemoteFile,
  RemoteRepository,
  Source,
  TransferLimits,
  WantedFiles,
} from '../types.ts'
import { dropHolder, noteHolders } from './holders.ts'
import { orAborted } from './interruption.ts'
import { Queue } from './queue.ts'
import type { WantedFile } from './source-body.ts'
import { type Settled, Transfer } from './transfer.ts'
import type { WindowReader } from './window.ts'

export interface RemoteContentDeps {
  readonly database: Database
  readonly content: Pick<
    Content,
    'ingest' | 'gather' | 'hashOf' | 'forgetGathered' | 'fileOf' | 'openFile' | 'grant'
  >
  readonly share: Pick<Share, 'queries'>
  readonly fetcher: Fetcher
  /** Nodes that may have a repository's large files, in the order in which they are asked: its home first. */
  readonly sources: (repositoryId: string) => Promise<readonly Source[]>
  /** Which repositories files are fetched for; by default copies of other members'. */
  readonly repository?: (repositoryId: string) => Promise<RemoteRepository | null>
  /** Bounds what is fetched in a day; where it is missing nothing does. */
  readonly allowance?: Allowance
  readonly clock: Clock
  readonly events: RemoteContentEvents
  readonly limits?: Partial<TransferLimits>
}

/** Somebody who waits for a transfer. */
interface Reading {
  readonly transfer: Transfer
  /** Null: waits for the end. */
  readonly along: WindowReader | null
  /** Waits no more. Once or more often. */
  readonly leave: () => void
}

/** Blames and spoilt files that are remembered; the one longest unused is forgotten first. */
const MOST_REMEMBERED = 10_000

/** Fetches from other nodes; nothing is asked before somebody asks. */
export function createRemoteContent(deps: RemoteContentDeps): RemoteContent {
  return new Fetching(deps)
}

class Fetching implements RemoteContent {
  readonly #deps: RemoteContentDeps
  readonly #limits: TransferLimits
  readonly #queue: Queue
  /** Those that may be joined, by SHA-256 and size. */
  readonly #open = new Map<string, Transfer>()
  /** All that have not ended. */
  readonly #unsettled = new Set<Transfer>()
  /** Until when a source is not asked for a file, by both. */
  readonly #blamed = new LRUCache<string, Millis>({ max: MOST_REMEMBERED })
  /** Until when a source that had not a file is not asked for it again, by both. */
  readonly #lacking = new LRUCache<string, Millis>({ max: MOST_REMEMBERED })
  readonly #spoilt = new LRUCache<Sha256, true>({ max: MOST_REMEMBERED })
  #isDisposed = false

  constructor(deps: RemoteContentDeps) {
    this.#deps = deps
    this.#limits = { ...TRANSFER_LIMITS, ...deps.limits }
    this.#queue = new Queue(this.#limits.atOnce)
  }

  async find(repositoryId: string, file: PointedFile): Promise<RemoteFile | null> {
    const repository = await this.#repository(repositoryId)
    if (!repository || (await erasureIn(this.#deps.database.read, repositoryId, file.sha256))) return null
    return { open: (range, signal) => this.#read({ repository, file }, range, signal) }
  }

  mustBeginAnew(sha256: Sha256): boolean {
    return this.#spoilt.has(sha256)
  }

  async fetchAll(
    repositoryId: string,
    signal: AbortSignal,
    { of = 'main', isWanted }: WantedFiles = {},
  ): Promise<FetchedAll> {
    const repository = await this.#repository(repositoryId)
    const missed: MissedFile[] = []
    let fetched = 0
    for (const file of repository ? await this.#filesOf(repository, of) : []) {
      const outcome = repository && (await this.#fetch({ repository, file }, signal, isWanted))
      if (!outcome) continue
      if (outcome.ok) fetched++
      else missed.push({ path: file.path, failure: outcome.failure })
      if (!outcome.ok && outcome.failure.reason === 'storageFull') break
    }
    return { fetched, missed }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    const transfers = [...this.#unsettled]
    for (const transfer of transfers) transfer.abort()
    await Promise.allSettled(transfers.map(({ done }) => done))
  }

  async #read(wanted: WantedFile, range: ByteRange, signal: AbortSignal): Promise<Result<Body>> {
    const held = await this.#held(wanted)
    if (held) return succeed(this.#stored(held, range, signal))
    const refusal = await this.#refusal(wanted)
    if (refusal) return fail(refusal)
    const reading = this.#join(wanted, range)
    if (!reading) return fail(failure('contentNotFound'))
    signal.addEventListener('abort', reading.leave, { once: true })
    try {
      const begun = await orAborted(reading.transfer.begun(), signal)
      if (begun.ok) return succeed(this.#along(reading, wanted, range, signal))
      reading.leave()
      return begun
    } catch (cause) {
      reading.leave()
      if (signal.aborted) return fail(failure('contentNotFound')) // nobody reads this
      throw cause
    }
  }

  /** What comes while it comes, where the range goes to the end; the rest from the store once the file is held. */
  async *#along(reading: Reading, wanted: WantedFile, range: ByteRange, signal: AbortSignal): Body {
    const { transfer, along, leave } = reading
    try {
      if (along) yield* along.read(signal)
      const outcome = await orAborted(transfer.done, signal)
      if (!outcome.ok) throw new Refusal(outcome.failure)
      if (along?.isSpoilt) throw new Refusal(failure('hashMismatch'))
      const held = await this.#held(wanted)
      if (!held) throw new Refusal(failure('contentNotFound'))
      yield* this.#stored(held, { start: along?.at ?? range.start, end: range.end }, signal)
    } finally {
      leave()
    }
  }

  /** Why the file is not fetched now; one that is on its way already is. */
  async #refusal(wanted: WantedFile): Promise<Failure | null> {
    if (this.#open.has(keyOf(wanted))) return null
    return (await this.#deps.allowance?.refusal(wanted.repository.id)) ?? null
  }

  async *#stored(held: StoredFile, range: ByteRange, signal: AbortSignal): Body {
    if (range.start === range.end) return
    const reader = await this.#deps.content.openFile(held.xetHash)
    if (!reader) throw new Error(`file ${held.xetHash} is listed but cannot be opened`)
    yield* reader.read(range, signal)
  }

  /** The file if it is here; what the node shows to everybody in another repository is here for this one, too. */
  async #held({ repository, file }: WantedFile): Promise<StoredFile | null> {
    const { content, database } = this.#deps
    const own = await content.fileOf(repository.id, file.sha256)
    if (own) return own.size === file.size ? own : null
    const holder = await findPublicHolder(database.read, file.sha256)
    if (holder === null) return null
    const isGranted = await database.write((tx) => content.grant(tx, holder, repository.id, file.sha256))
    const granted = isGranted ? await content.fileOf(repository.id, file.sha256) : null
    return granted?.size === file.size ? granted : null
  }

  /** Null: it is held, or not wanted. */
  async #fetch(
    wanted: WantedFile,
    signal: AbortSignal,
    isWanted: WantedFiles['isWanted'],
  ): Promise<Result<StoredFile> | null> {
    signal.throwIfAborted()
    if (await this.#held(wanted)) return null
    if (isWanted && !(await isWanted(wanted.file))) return null
    const refusal = await this.#refusal(wanted)
    if (refusal) return fail(refusal)
    const reading = this.#join(wanted)
    if (!reading) return fail(failure('contentNotFound'))
    try {
      const outcome = await orAborted(reading.transfer.done, signal)
      if (outcome.ok) await this.#held(wanted) // another repository may have asked first
      return outcome
    } finally {
      reading.leave()
    }
  }

  #repository(repositoryId: string): Promise<RemoteRepository | null> {
    const { repository, database } = this.#deps
    return repository ? repository(repositoryId) : findRemoteRepository(database.read, repositoryId)
  }

  /** Every large file of the default branch, or of every ref, each once, but those that were erased. */
  async #filesOf({ id }: RemoteRepository, of: 'main' | 'everyRef'): Promise<readonly PointedFile[]> {
    const { share, database } = this.#deps
    const refs =
      of === 'main' ? ['main'] : (await share.queries.refs(database.read, id)).map(({ name }) => name)
    const files = new Map<Sha256, PointedFile>()
    for (const ref of refs) {
      const commit = await share.queries.resolve(database.read, id, ref)
      if (!commit.ok) continue
      for (const { path, large } of await share.queries.files(database.read, commit.value)) {
        if (!large || files.has(large.sha256)) continue
        files.set(large.sha256, { sha256: large.sha256, size: large.size, commit: commit.value, path })
      }
    }
    const erased = await erasuresIn(database.read, id, [...files.keys()])
    return [...files.values()].filter(({ sha256 }) => !erased.has(sha256))
  }

  /** Waits for the file's transfer, which begins when there is none, and reads along when a range goes to the end. */
  #join(wanted: WantedFile, range?: ByteRange): Reading | null {
    if (this.#isDisposed) return null
    const transfer = this.#open.get(keyOf(wanted)) ?? this.#begin(wanted)
    const waiter = {}
    transfer.enter(waiter)
    const along = range?.end === wanted.file.size ? transfer.window.join(range.start) : null
    const leave = () => {
      along?.[Symbol.dispose]()
      transfer.leave(waiter)
      this.#letGo(transfer)
    }
    return { transfer, along, leave }
  }

  #begin(wanted: WantedFile): Transfer {
    const { content, fetcher, clock, events } = this.#deps
    const limits = this.#limits
    const transfer = new Transfer(
      {
        content,
        fetcher,
        clock,
        events,
        limits,
        pauseMs: limits.pauseMs,
        turn: (signal) => this.#queue.take(signal),
        sources: (file) => this.#sources(file),
        settle: (file, settled) => this.#settle(file, settled),
        blame: (source, file) => this.#blame(source, file),
        lacks: (source, file) => this.#lacks(source, file),
        spoil: ({ file }) => void this.#spoilt.set(file.sha256, true),
      },
      wanted,
    )
    this.#open.set(keyOf(wanted), transfer)
    this.#unsettled.add(transfer)
    void transfer.done.then(
      () => this.#forget(transfer),
      () => this.#forget(transfer),
    )
    return transfer
  }

  #forget(transfer: Transfer): void {
    this.#unsettled.delete(transfer)
    const key = keyOf(transfer.wanted)
    if (this.#open.get(key) === transfer) this.#open.delete(key)
  }

  /** What nobody waits for goes on, unless its place is needed. */
  #letGo(transfer: Transfer): void {
    if (transfer.isWaitedFor || !this.#unsettled.has(transfer)) return
    const running = [...this.#unsettled].filter(({ isRunning }) => isRunning)
    if (running.length < this.#limits.goOnBelow) return
    transfer.abort()
    this.#open.delete(keyOf(transfer.wanted))
  }

  async #sources(wanted: WantedFile): Promise<readonly Source[]> {
    const now = this.#deps.clock()
    const sources = await this.#deps.sources(wanted.repository.id)
    const isIn = (memory: LRUCache<string, Millis>, source: Source) =>
      (memory.get(blameOf(source, wanted)) ?? 0) > now
    return sources.filter(
      (source) => !isIn(this.#blamed, source) && (source.isHome || !isIn(this.#lacking, source)),
    )
  }

  async #settle({ repository, file }: WantedFile, { isHeld, gave, disproved }: Settled): Promise<void> {
    const { allowance, database, clock, events } = this.#deps
    if (isHeld) await allowance?.spend(repository.id, file.size)
    const holders = isHeld ? membersOf(gave) : []
    const others = membersOf(disproved)
    if (holders.length + others.length === 0) return
    const copied = { repositoryId: repository.id, sha256: file.sha256 }
    const written = database.write(async (tx) => {
      await noteHolders(tx, copied, holders, clock())
      for (const member of others) await dropHolder(tx, copied, member)
    })
    await written.catch((cause: unknown) => events.failed({ ...copied, cause })) // the file is here all the same
  }

  #lacks(source: Source, wanted: WantedFile): void {
    this.#lacking.set(blameOf(source, wanted), this.#deps.clock() + LACKS_FOR)
  }

  #blame(source: Source, wanted: WantedFile): void {
    const { clock, events } = this.#deps
    this.#blamed.set(blameOf(source, wanted), clock() + BLAMED_FOR)
    const { repository, file } = wanted
    events.sourceBlamed({ repositoryId: repository.id, sha256: file.sha256, url: source.url })
  }
}

function membersOf(sources: Iterable<Source>): readonly MemberId[] {
  return [...sources].flatMap(({ memberId }) => memberId ?? [])
}

function keyOf({ file }: WantedFile): string {
  return `${file.sha256} ${file.size}`
}

function blameOf({ url }: Source, { file }: WantedFile): string {
  return `${file.sha256} ${url}`
}
