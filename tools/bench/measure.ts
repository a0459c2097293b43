import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** The middle of some figures; the mean of the two in the middle when they are even in number. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((left, right) => left - right)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (upper + lower) / 2
}

/** Runs a program to its end and returns the seconds it took. Throws when it fails. */
export async function seconds(program: string, args: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
  return (performance.now() - start) / 1000
}

/** Two things measured in turns, so that whatever else the machine does falls on both. */
export async function inTurns(
  runs: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ readonly ours: number; readonly theirs: number }> {
  const figures = { ours: [] as number[], theirs: [] as number[] }
  for (let run = 0; run < runs; run++) {
    figures.theirs.push(await theirs())
    figures.ours.push(await ours())
  }
  return { ours: median(figures.ours), theirs: median(figures.theirs) }
}

/** One row of the table. `reached` compares as the bound says. */
export interface Row {
  readonly work: string
  readonly ours: string
  readonly against: string
  readonly ratio: number | null
  readonly bound: { readonly at: 'least' | 'most'; readonly value: number }
  readonly measured: number
}

export function isReached({ bound, measured }: Row): boolean {
  return bound.at === 'least' ? measured >= bound.value : measured <= bound.value
}
