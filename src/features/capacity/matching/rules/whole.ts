import { type Claim, compareShares, compareText } from './claim.ts'
import { Flow, Graph } from './flow.ts'
import { compare, type Fraction, ZERO } from './fraction.ts'
import type { Question } from './leximin.ts'

interface Turn {
  readonly claim: Claim
  readonly exit: number
  /** What is lost by rounding its exact total down. */
  readonly remainder: Fraction
  has: bigint
}

/**
 * Whole totals that are leximin: begins a little below the exact ones, then gives one unit after another to whoever is worst
 * off and can still be served. How much below, and why nothing is lost by it, is in docs/spec/matching.md.
 */
export function wholeLeximin(
  { network, claims, base }: Question,
  exact: readonly Fraction[],
): readonly Fraction[] {
  const lightest = claims.reduce(
    (least, { weight, asked }) => (asked > 0n && (least === 0n || weight < least) ? weight : least),
    0n,
  )
  const turns = claims.map((claim, at): Turn => {
    const total = exact[at] ?? ZERO
    return {
      claim,
      exit: network.exits[at] ?? 0,
      remainder: { n: total.n % total.d, d: total.d },
      has: startOf(claim, total, base[at]?.n ?? 0n, lightest),
    }
  })
  const exits = new Map(turns.map(({ exit, has }) => [exit, has]))
  const wanted = turns.reduce((sum, { has }) => sum + has, 0n)
  const capacities = network.arcs.map(({ capacity }, arc) => exits.get(arc) ?? capacity ?? UNLIMITED)
  const flow = new Flow(new Graph(network, network.arcs), capacities)
  if (flow.maximise() !== wanted) throw new Error('what is below the exact totals can be had')
  serve(
    turns.filter(({ claim, has }) => has < claim.asked),
    flow,
  )
  return turns.map(({ has }) => ({ n: has, d: 1n }))
}

/** More than all amounts of a round together. */
const UNLIMITED = 1n << 128n

function startOf({ weight }: Claim, exact: Fraction, base: bigint, lightest: bigint): bigint {
  if (lightest === 0n) return base
  const numerator = exact.n * lightest - weight * exact.d + lightest * exact.d
  const start = numerator > 0n ? numerator / (exact.d * lightest) : 0n
  return start > base ? start : base
}

function serve(waiting: Turn[], flow: Flow): void {
  const queue = new Queue(waiting)
  for (let turn = queue.first(); turn; turn = queue.first()) {
    const isServed = flow.bring(turn.exit, 1n) > 0n
    if (isServed) turn.has++
    queue.settle(isServed && turn.has < turn.claim.asked)
  }
}

/** Worse off first; then the lighter, the larger remainder, who had less in earlier rounds, the id. */
function compareTurns(left: Turn, right: Turn): number {
  return (
    compareShares(left.has, left.claim.weight, right.has, right.claim.weight) ||
    Number(left.claim.weight > right.claim.weight) - Number(left.claim.weight < right.claim.weight) ||
    compare(right.remainder, left.remainder) ||
    compare(left.claim.before, right.claim.before) ||
    compareText(left.claim.id, right.claim.id)
  )
}

/** A binary heap of whoever waits, whose turn it is on top. */
class Queue {
  readonly #turns: Turn[]

  constructor(turns: readonly Turn[]) {
    this.#turns = turns.toSorted(compareTurns) // a sorted list is a heap
  }

  first(): Turn | undefined {
    return this.#turns[0]
  }

  /** The first was served and waits on, or leaves. */
  settle(waitsOn: boolean): void {
    const last = waitsOn ? this.#turns[0] : this.#turns.pop()
    if (!last || this.#turns.length === 0) return
    this.#turns[0] = last
    this.#sink(last)
  }

  #sink(turn: Turn): void {
    let place = 0
    for (;;) {
      const [left, right] = [this.#turns[2 * place + 1], this.#turns[2 * place + 2]]
      const isRight = left !== undefined && right !== undefined && compareTurns(right, left) < 0
      const child = isRight ? right : left
      if (!child || compareTurns(turn, child) <= 0) break
      this.#turns[place] = child
      place = 2 * place + (isRight ? 2 : 1)
    }
    this.#turns[place] = turn
  }
}
