import type { Body, Content, StoredFile } from '../../../../content/index.ts'
import { type Failure, failure, type Reason, Refusal } from '../../../../kernel/failure.ts'
import { fail, type Result } from '../../../../kernel/result.ts'
import type { RemoteContentEvents } from '../events.ts'
import { HELD_BACK_BYTES, hostOf, isFetchedInChunks } from '../rules.ts'
import type { Source, TransferLimits } from '../types.ts'
import { chunkBody, type ChunkBodyDeps, firstRecipe } from './chunk-body.ts'
import { sourceBody, type SourceBodyDeps, type SourcePiece, type WantedFile } from './source-body.ts'
import { Window } from './window.ts'

export interface TransferDeps extends SourceBodyDeps {
  readonly content: Pick<Content, 'ingest' | 'gather' | 'hashOf' | 'forgetGathered'>
  readonly events: RemoteContentEvents
  readonly limits: TransferLimits
  /** Waits until it may run; dispose what it gives to let another run. */
  turn(signal: AbortSignal): Promise<Disposable>
  /** Sources in the order in which they are asked, without those blamed for this file. */
  sources(wanted: WantedFile): Promise<readonly Source[]>
  blame(source: Source, wanted: WantedFile): void
  /** What came of it, and what that says of the sources. */
  settle(wanted: WantedFile, settled: Settled): Promise<void>
  /** The source has no such file, or not in the chunks that others have. */
  lacks(source: Source, wanted: WantedFile): void
  /** Somebody was given bytes of the file that do not count. */
  spoil(wanted: WantedFile): void
}

/** How a transfer ended. */
export interface Settled {
  readonly isHeld: boolean
  /** Sources that sent bytes of what was taken in. */
  readonly gave: ReadonlySet<Source>
  /** Sources that do not have the file, or sent something else. */
  readonly disproved: ReadonlySet<Source>
}

/** One try to take the file in. */
interface Attempt {
  readonly outcome: Result<StoredFile>
  /** Sources that gave any of it, or told what it consists of. */
  readonly heard: ReadonlySet<Source>
  /** Whether it ended because no source gave the rest. */
  readonly isForsaken: boolean
}

/** After these there is no use in what was gathered of the file. */
const ENDS_IT: ReadonlySet<Reason> = new Set(['storageFull', 'fileErased'])

/** A file on its way here: once, whoever reads along. */
export class Transfer {
  readonly wanted: WantedFile
  readonly window: Window
  /** Settles when the file is held, or will not be. Rejects with what should not happen. */
  readonly done: Promise<Result<StoredFile>>
  readonly #deps: TransferDeps
  readonly #begun = Promise.withResolvers<void>()
  readonly #end = new AbortController()
  readonly #waiters = new Set<object>()
  /** Sources that sent false chunks. */
  readonly #false = new Set<Source>()
  /** Sources that sent bytes of what is taken in. */
  readonly #gave = new Set<Source>()
  readonly #disproved = new Set<Source>()

  #isRunning = false

  constructor(deps: TransferDeps, wanted: WantedFile) {
    this.wanted = wanted
    this.#deps = deps
    const { clock, limits } = deps
    this.window = new Window({ clock, ...limits })
    this.done = this.#run().finally(() => this.window.close())
    this.done.catch(() => {}) // told to whoever waits
  }

  /** Whether it has its turn. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  get isWaitedFor(): boolean {
    return this.#waiters.size > 0
  }

  /** Resolves with the first byte, or with the end when it comes before. */
  async begun(): Promise<Result<unknown>> {
    const early = await Promise.race([this.#begun.promise, this.done])
    return early ?? { ok: true, value: undefined }
  }

  enter(waiter: object): void {
    this.#waiters.add(waiter)
  }

  leave(waiter: object): void {
    this.#waiters.delete(waiter)
  }

  /** Ends it, leaving nothing. */
  abort(): void {
    this.#end.abort(new Error('the transfer was ended'))
  }

  async #run(): Promise<Result<StoredFile>> {
    const { repository, file } = this.wanted
    const event = { repositoryId: repository.id, sha256: file.sha256 }
    try {
      using _place = await this.#deps.turn(this.#end.signal)
      this.#isRunning = true
      const outcome = await this.#takeIn()
      if (outcome.ok) this.#deps.events.fileFetched({ ...event, size: file.size })
      else this.#deps.events.fileMissed({ ...event, reason: outcome.failure.reason })
      await this.#deps.settle(this.wanted, {
        isHeld: outcome.ok,
        gave: this.#gave,
        disproved: this.#disproved,
      })
      await this.#tidy(outcome)
      return outcome
    } catch (cause) {
      if (this.#end.signal.aborted) return fail(failure('contentNotFound'))
      this.#deps.events.failed({ ...event, cause })
      throw cause
    }
  }

  /**
   * Tries all sources together. When the bytes are wrong and one source gave them all, it is blamed and the others go
   * on; when several did, nobody knows whose are wrong, so each is tried alone. A new try begins at byte 0.
   */
  async #takeIn(): Promise<Result<StoredFile>> {
    let left = await this.#deps.sources(this.wanted)
    let isTogether = true
    let last: Failure = failure('contentNotFound')
    while (left.length > 0 || this.wanted.file.size === 0) {
      const { outcome, heard, isForsaken } = await this.#attempt(isTogether ? left : left.slice(0, 1))
      if (outcome.ok) return outcome
      const isWrong = outcome.failure.reason === 'hashMismatch'
      if (isWrong ? heard.size === 0 : isTogether || !isForsaken) return outcome
      last = isWrong ? this.#mismatch(heard) : outcome.failure
      this.#beginAnew()
      if (isWrong && heard.size > 1) isTogether = false
      else if (isWrong) left = left.filter((source) => !this.#isBlamed(source, heard))
      else left = left.slice(1)
      left = left.filter((source) => !this.#false.has(source))
    }
    return fail(last)
  }

  /** What was gathered is of no use any more, or takes the room that is wanted. */
  async #tidy(outcome: Result<StoredFile>): Promise<void> {
    const { file } = this.wanted
    const isOver = outcome.ok || ENDS_IT.has(outcome.failure.reason)
    if (isOver && isFetchedInChunks(file)) await this.#deps.content.forgetGathered(file)
  }

  #isBlamed(source: Source, heard: ReadonlySet<Source>): boolean {
    if (!heard.has(source)) return false
    this.#disproved.add(source)
    this.#deps.blame(source, this.wanted)
    return true
  }

  #mismatch(heard: ReadonlySet<Source>): Failure {
    const hosts = [...heard].map(({ url }) => hostOf(url))
    return failure('hostAnswerBroken', { host: hosts.join(', ') })
  }

  #beginAnew(): void {
    if (this.window.wasRead) this.#deps.spoil(this.wanted)
    this.window.restart()
  }

  async #attempt(sources: readonly Source[]): Promise<Attempt> {
    const heard = new Set<Source>()
    this.#gave.clear()
    const { signal } = this.#end
    let isForsaken = false
    const { repository, file } = this.wanted
    const { pieces, isCut } = await this.#pieces(sources, heard)
    const body = this.#shown({ pieces, isCut }, heard, () => (isForsaken = true))
    const outcome = await this.#deps.content.ingest(repository.id, body, { ...file, isCut }, signal)
    return { outcome, heard, isForsaken }
  }

  /** In chunks, where a source tells which they are; else in parts as they come. */
  async #pieces(sources: readonly Source[], heard: Set<Source>): Promise<Pieces> {
    const { signal } = this.#end
    const isInChunks = isFetchedInChunks(this.wanted.file)
    const nodes = sources.filter(({ layout }) => layout !== 'carry') // a disk has files, not recipes
    const recipe = isInChunks && (await firstRecipe(this.#deps, this.wanted, nodes, signal))
    if (!recipe) return { pieces: sourceBody(this.#deps, this.wanted, sources, signal), isCut: false }
    heard.add(recipe.source)
    const deps = { ...this.#deps, ...this.#judging() }
    const able = new Set(nodes)
    return { pieces: chunkBody(deps, this.wanted, recipe, able, signal), isCut: true }
  }

  #judging(): Pick<ChunkBodyDeps, 'blame' | 'lacks' | 'gave'> {
    return {
      gave: (source) => void this.#gave.add(source),
      blame: (source) => {
        this.#false.add(source)
        this.#disproved.add(source)
        this.#deps.blame(source, this.wanted)
      },
      lacks: (source) => {
        this.#disproved.add(source)
        this.#deps.lacks(source, this.wanted)
      },
    }
  }

  /** What is taken in; all but the end of it is shown to whoever reads along. */
  async *#shown({ pieces, isCut }: Pieces, heard: Set<Source>, onForsaken: () => void): Body {
    const { signal } = this.#end
    const shown = Math.max(0, this.wanted.file.size - HELD_BACK_BYTES)
    let at = 0
    try {
      for await (const { source, bytes } of pieces) {
        heard.add(source)
        if (!isCut) this.#gave.add(source)
        this.#begun.resolve()
        await this.window.push(bytes.subarray(0, Math.max(0, shown - at)), signal)
        at += bytes.length
        yield bytes
      }
    } catch (cause) {
      if (cause instanceof Refusal && cause.failure.reason !== 'hashMismatch') onForsaken()
      throw cause
    }
  }
}

interface Pieces {
  readonly pieces: AsyncIterable<SourcePiece>
  /** Whether each is a chunk. */
  readonly isCut: boolean
}
