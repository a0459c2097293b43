/** How much memory a model takes, as published and reduced, by the catalogue's rule. Pure. */
import { memoryNeeded } from '../features/catalogue/index.ts'

/** A model's parameters as its files' headers state them. */
export interface Weights {
  readonly parameters: number
  /** Bytes of all parameters as published. */
  readonly bytes: number
  /** Parameters by precision as the files name it (`F32`, `BF16`, `Q4_K`), most first. */
  readonly precisions: readonly { readonly name: string; readonly parameters: number }[]
}

/** One way to hold a model's parameters in memory. */
export interface Holding {
  /** As published, or every parameter reduced to so many bits. */
  readonly as: 'published' | 'eightBit' | 'fourBit'
  /** Weights and the working memory beside them. */
  readonly bytes: number
}

/** Whether a holding fits a machine: with room, barely, or not. */
export type Fit = 'fits' | 'tight' | 'tooLarge'

/** The machine we compare with: a common laptop or entry-level graphics card. */
export const REFERENCE_MEMORY_BYTES = 8e9

const ROOM = 0.85 // above this share of the machine little is left for anything else

/** The ways to hold a model, as published first; reductions only where they take less. */
export function holdingsOf(weights: Weights): readonly Holding[] {
  const published = bytesNeeded(weights.bytes)
  const reduced = [
    { as: 'eightBit', bytes: bytesNeeded(weights.parameters) },
    { as: 'fourBit', bytes: bytesNeeded(weights.parameters / 2) },
  ] as const
  return [
    { as: 'published', bytes: published },
    ...reduced.filter((holding) => holding.bytes < published * 0.9),
  ]
}

function bytesNeeded(tensorBytes: number): number {
  return memoryNeeded({ tensorBytes })
}

/** Whether `bytes` fit into `memoryBytes`. */
export function fitOf(bytes: number, memoryBytes = REFERENCE_MEMORY_BYTES): Fit {
  if (bytes > memoryBytes) return 'tooLarge'
  return bytes > memoryBytes * ROOM ? 'tight' : 'fits'
}
