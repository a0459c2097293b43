import { Flow, Graph } from './flow.ts'
import { commonMultiple, type Fraction, fraction, ZERO } from './fraction.ts'
import type { Question } from './leximin.ts'

/** Totals by which each institution, in its place, has all that those before it leave. */
export function byPriority({ network, claims, base }: Question): readonly Fraction[] {
  const parts = commonMultiple(base.map(({ d }) => d))
  const totals = base.map(({ n, d }) => n * (parts / d))
  const exits = new Map(network.exits.map((exit, at) => [exit, totals[at] ?? 0n]))
  const supply = network.arcs.reduce(
    (sum, { from, capacity }) => sum + (from === network.source ? (capacity ?? 0n) : 0n),
    0n,
  )
  const capacities = network.arcs.map(
    ({ capacity }, arc) => exits.get(arc) ?? (capacity ?? supply + 1n) * parts,
  )
  const flow = new Flow(new Graph(network, network.arcs), capacities)
  flow.maximise()
  const order = claims
    .map((claim, at) => ({ at, ...claim }))
    .toSorted((left, right) => left.place - right.place)
  for (const { at, asked } of order) {
    let has = totals[at] ?? 0n
    for (let brought = 1n; brought > 0n && has < asked * parts; has += brought)
      brought = flow.bring(network.exits[at] ?? 0, asked * parts - has)
    totals[at] = has
  }
  return totals.map((total) => (total === 0n ? ZERO : fraction(total, parts)))
}
