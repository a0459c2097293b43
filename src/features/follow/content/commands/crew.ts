import { setTimeout as delay } from 'node:timers/promises'

import type { ChunkGathering } from '../../../../content/index.ts'
import type { Recipe } from '../../../../content/xet/index.ts'
import { type Failure, failure, Refusal } from '../../../../kernel/failure.ts'
import { BATCH_BYTES, firstBatch, nextBatchBytes, pauseAfter, type PartProblem } from '../rules.ts'
import type { RecipePlace, Source } from '../types.ts'
import { type BatchEnd, fetchBatch } from './batch.ts'
import { orAborted } from './interruption.ts'
import type { PartsDeps } from './parts.ts'

export interface CrewDeps extends PartsDeps {
  /** The source sent chunks that are none of the file's. */
  blame(source: Source): void
  /** The source has no such file, or not in these chunks. */
  lacks(source: Source): void
  /** The source sent a chunk that is one of the file's. */
  gave(source: Source): void
}

/** What a crew brings together. */
export interface CrewWork {
  readonly place: RecipePlace
  /** Number of the section's first chunk in the file. */
  readonly offset: number
  readonly recipe: Recipe
  readonly gathering: ChunkGathering
  /** Those that may have it. A source that turns out false or without it is taken out. */
  readonly sources: Set<Source>
  /** Whether anything of the file has come from anywhere: who waits for the first byte is told at once that there is none. */
  readonly progress: { hasBegun: boolean }
}

/** Fetches the missing chunks of a section from all its sources at once, the first ones first. Disposing ends it. */
export class Crew implements AsyncDisposable {
  readonly #deps: CrewDeps
  readonly #work: CrewWork
  readonly #end = new AbortController()
  readonly #signal: AbortSignal
  /** Missing, and given to nobody; ascending. */
  #pending: readonly number[]
  /** Missing: pending or under way. */
  readonly #open: Set<number>
  readonly #workers = new Set<Promise<void>>()
  #change = Promise.withResolvers<void>()
  #problem: Failure = failure('contentNotFound')
  #fault: { readonly cause: unknown } | null = null

  constructor(deps: CrewDeps, work: CrewWork, signal: AbortSignal) {
    this.#deps = deps
    this.#work = work
    this.#signal = AbortSignal.any([signal, this.#end.signal])
    this.#pending = work.gathering.missing
    this.#open = new Set(this.#pending)
    for (const source of work.sources) this.#employ(source)
  }

  /** The raw bytes of a chunk, once they are here. Throws a {@link Refusal} when no source gives it. */
  async take(index: number): Promise<Uint8Array> {
    for (;;) {
      const change = this.#change.promise
      const raw = this.#open.has(index) ? null : await this.#work.gathering.read(index)
      if (raw) return raw
      if (this.#fault) throw this.#fault.cause
      if (!this.#open.has(index)) this.#wantAgain()
      if (this.#workers.size === 0) throw new Refusal(this.#problem)
      await orAborted(change, this.#signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('nothing more is wanted'))
    await Promise.all(this.#workers)
  }

  /** A chunk that was thought to be here was not. */
  #wantAgain(): void {
    const fresh = this.#work.gathering.missing.filter((index) => !this.#open.has(index))
    for (const index of fresh) this.#open.add(index)
    this.#giveBack(fresh)
  }

  #employ(source: Source): void {
    const working = this.#fetchFrom(source)
      .catch((cause: unknown) => {
        if (!this.#signal.aborted) this.#fault ??= { cause }
      })
      .finally(() => {
        this.#workers.delete(working)
        this.#changed()
      })
    this.#workers.add(working)
  }

  /** Fetches one batch after the other until the source is of no use. */
  async #fetchFrom(source: Source): Promise<void> {
    const { clock } = this.#deps
    let bytes: number = BATCH_BYTES.first
    let vain = 0
    for (;;) {
      const batch = await this.#nextBatch(bytes)
      const begun = clock()
      const { left, problem, isFalse } = await this.#fetch(source, batch)
      this.#giveBack(left)
      vain = left.length < batch.length ? 0 : vain + 1
      bytes = nextBatchBytes(bytes, clock() - begun)
      if (!problem) continue
      this.#problem = problem.failure
      if (isFalse || problem.isUnfit) return this.#dismiss(source, isFalse)
      if (!(await this.#pause(problem, vain))) return
    }
  }

  /** False: it is not worth the wait. */
  async #pause(problem: PartProblem, vain: number): Promise<boolean> {
    if (vain === 0) return true
    const { clock, pauseMs } = this.#deps
    const received = this.#work.progress.hasBegun ? 1 : 0
    const pause = pauseAfter([problem], { received, rounds: vain, now: clock() }, pauseMs)
    if (pause !== null) await delay(pause, undefined, { signal: this.#signal })
    return pause !== null
  }

  #dismiss(source: Source, isFalse: boolean): void {
    this.#work.sources.delete(source)
    if (isFalse) this.#deps.blame(source)
    else this.#deps.lacks(source)
  }

  async #nextBatch(bytes: number): Promise<readonly number[]> {
    while (this.#pending.length === 0) await orAborted(this.#change.promise, this.#signal)
    const { recipe } = this.#work
    const batch = firstBatch(this.#pending, (index) => recipe.length(index), bytes)
    this.#pending = this.#pending.slice(batch.length)
    return batch
  }

  async #fetch(source: Source, indices: readonly number[]): Promise<BatchEnd> {
    const { place, offset, gathering, progress } = this.#work
    const end = await fetchBatch(
      this.#deps,
      {
        place,
        source,
        chunks: indices.map((index) => offset + index),
        add: (chunk, stored) => this.#add(source, gathering, chunk - offset, stored),
        isWorthWaiting: () => this.#workers.size === 1,
        onBytes: () => (progress.hasBegun = true),
      },
      this.#signal,
    )
    return { ...end, left: end.left.map((chunk) => chunk - offset) }
  }

  async #add(source: Source, gathering: ChunkGathering, index: number, stored: Uint8Array): Promise<boolean> {
    const isTaken = await gathering.add(index, stored)
    if (isTaken) this.#deps.gave(source)
    if (isTaken && this.#open.delete(index)) this.#changed()
    return isTaken
  }

  #giveBack(indices: readonly number[]): void {
    if (indices.length === 0) return
    this.#pending = [...indices, ...this.#pending].toSorted((left, right) => left - right)
    this.#changed()
  }

  #changed(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }
}
