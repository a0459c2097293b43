import { check, match } from '../../src/features/capacity/index.ts'
import { linearProgram, loadSolver } from '../../src/features/capacity/matching/linear-program.contract.ts'
import { inTurns, median } from './measure.ts'
import type { Part } from './parts.ts'
import { largeRound } from './rounds.ts'

/** A round of 1,000 needs and 300 offers decided to the end, beside HiGHS that finds the first level; and its result checked. */
export const matching: Part = async ({ runs }) => {
  const round = largeRound(1000, 300)
  const solve = await loadSolver()
  const program = linearProgram(round, 'least', false)
  const taken = await inTurns(
    runs,
    timed(() => match(round)),
    timed(() => solve(program)),
  )
  const result: unknown = JSON.parse(JSON.stringify(match(round)))
  const checks: number[] = []
  for (let run = 0; run < runs + 1; run++) checks.push(await timed(() => check(round, result))())
  const checked = median(checks.slice(1)) // the first compiles
  return [
    {
      work: 'a round of 1,000 needs and 300 offers, a fifth of the pairs, two reserves an offer',
      ours: `${taken.ours.toFixed(2)} s`,
      against: `HiGHS, first level ${taken.theirs.toFixed(2)} s`,
      ratio: taken.ours / taken.theirs,
      bound: { at: 'most', value: 1 },
      measured: taken.ours,
    },
    {
      work: 'its result checked',
      ours: `${(checked * 1000).toFixed(0)} ms`,
      against: '',
      ratio: null,
      bound: { at: 'most', value: 0.1 },
      measured: checked,
    },
  ]
}

/** How many seconds something takes. */
function timed(work: () => unknown): () => Promise<number> {
  return async () => {
    const begun = performance.now()
    work()
    return (performance.now() - begun) / 1000
  }
}
