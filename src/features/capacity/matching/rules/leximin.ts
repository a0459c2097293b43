import type { Claim } from './claim.ts'
import { Flow, Graph } from './flow.ts'
import { commonMultiple, compare, type Fraction, fraction, ZERO } from './fraction.ts'
import type { Arc, Network } from './network.ts'

/** What is looked for: totals by which the worst off have as much as can be, then the next, … */
export interface Question {
  readonly network: Network
  readonly claims: readonly Claim[]
  /** What each is to have at least, as a pass before gave it. */
  readonly base: readonly Fraction[]
}

/**
 * The one vector of totals that is leximin in `total / weight`, exactly, in parts of the scale. The level of those who are
 * not done yet is raised as far as it goes; whoever cannot be raised with it keeps what it has; and so on with the others.
 */
export function leximin({ network, claims, base }: Question): readonly Fraction[] {
  const totals: (Fraction | null)[] = claims.map(({ asked }) => (asked === 0n ? ZERO : null))
  let state: State = { network, claims, base, totals, arcs: network.arcs, closed: new Set() }
  while (totals.includes(null)) {
    const closed = raiseLevel(state)
    state = { ...state, closed, arcs: without(closed, state.arcs, network) }
  }
  return totals.map((total) => total ?? ZERO)
}

interface State extends Question {
  /** Of those who are done; null for all others. */
  readonly totals: (Fraction | null)[]
  /** Nodes into which nothing more can come: what is in them is settled. */
  readonly closed: ReadonlySet<number>
  /** What is left of the network without them. */
  readonly arcs: readonly Arc[]
}

/** Finds the next level and whom it ends for; returns the nodes into which nothing more can come. */
function raiseLevel(state: State): ReadonlySet<number> {
  const { network, claims, totals } = state
  const graph = new Graph(network, state.arcs)
  let level = highestLevel(state)
  let trial = tryLevel(state, graph, level)
  while (!trial.isReached) {
    level = lowerLevel(state, trial.flow)
    trial = tryLevel(state, graph, level)
  }
  let ended = 0
  for (const [at, node] of network.institutions.entries()) {
    const target = trial.targets[at] ?? ZERO
    const isDone = compare(target, { n: claims[at]?.asked ?? 0n, d: 1n }) === 0
    if (totals[at] !== null || (!isDone && trial.flow.isReached(node))) continue
    totals[at] = target
    ended++
  }
  if (ended === 0) throw new Error('a level that ends for nobody')
  return new Set(network.nodes.keys().filter((node) => node !== network.sink && !trial.flow.isReached(node)))
}

function highestLevel({ claims, totals }: State): Fraction {
  return claims
    .filter((_, at) => totals[at] === null)
    .map(({ asked, weight }) => fraction(asked, weight))
    .reduce((highest, each) => (compare(each, highest) > 0 ? each : highest), ZERO)
}

interface Trial {
  readonly flow: Flow
  readonly targets: readonly Fraction[]
  /** Whether everybody's target is reached. */
  readonly isReached: boolean
}

/** Lets flow what everybody is to have at a level. */
function tryLevel(state: State, graph: Graph, level: Fraction): Trial {
  const { network, claims, base, totals, arcs, closed } = state
  const targets = claims.map((claim, at) => {
    if (closed.has(network.institutions[at] ?? network.source)) return ZERO
    return totals[at] ?? targetAt(level, claim, base[at] ?? ZERO)
  })
  const parts = commonMultiple(targets.map(({ d }) => d))
  const exits = new Map(network.institutions.map((node, at) => [node, targets[at] ?? ZERO]))
  let wanted = 0n
  const capacities = arcs.map(({ from, to, capacity }) => {
    if (to !== network.sink) return capacity === null ? null : capacity * parts
    const target = capacity === null ? (exits.get(from) ?? ZERO) : { n: capacity, d: 1n }
    const amount = target.n * (parts / target.d)
    wanted += amount
    return amount
  })
  const flow = new Flow(
    graph,
    capacities.map((capacity) => capacity ?? wanted + 1n),
  )
  return { flow, targets, isReached: flow.maximise() === wanted }
}

/** The level by weight, at least the base and at most what is asked for. */
function targetAt(level: Fraction, { weight, asked }: Claim, base: Fraction): Fraction {
  const share = fraction(level.n * weight, level.d)
  const least = compare(share, base) > 0 ? share : base
  return compare(least, { n: asked, d: 1n }) > 0 ? { n: asked, d: 1n } : least
}

/** A level was too high: what came short gets all that can come into it, and that is the highest level to try next. */
function lowerLevel({ network, claims, base, totals, arcs, closed }: State, flow: Flow): Fraction {
  const isShort = (node: number) => node !== network.sink && !flow.isReached(node)
  let room: bigint = 0n
  for (const { from, to, capacity } of arcs) {
    if (isShort(to) && !isShort(from)) room += capacity ?? 0n
    if (to === network.sink && isShort(from)) room -= capacity ?? 0n
  }
  const short: Share[] = []
  for (const [at, node] of network.institutions.entries()) {
    const claim = claims[at]
    if (!claim || closed.has(node) || !isShort(node)) continue
    const total = totals[at]
    if (total) room -= total.n // all that it asked for, a whole number of parts: else it would be closed
    else short.push({ claim, base: base[at] ?? ZERO })
  }
  return levelFor(short, room)
}

interface Share {
  readonly claim: Claim
  readonly base: Fraction
}

/** The highest level at which some institutions together have no more than `room`. */
function levelFor(shares: readonly Share[], room: bigint): Fraction {
  const bases = commonMultiple(shares.map(({ base }) => base.d))
  const events = shares
    .flatMap(({ claim, base }) => {
      const start = {
        at: fraction(base.n, base.d * claim.weight),
        weight: claim.weight,
        fixed: -base.n * (bases / base.d),
      }
      const end = {
        at: fraction(claim.asked, claim.weight),
        weight: -claim.weight,
        fixed: claim.asked * bases,
      }
      return [start, end]
    })
    .toSorted((left, right) => compare(left.at, right.at))
  let fixed = shares.reduce((total, { base }) => total + base.n * (bases / base.d), 0n)
  let weight = 0n
  for (const event of events) {
    // Below this event they have `fixed / bases + level * weight`.
    if (fixed * event.at.d + event.at.n * weight * bases > room * bases * event.at.d)
      return fraction(room * bases - fixed, weight * bases)
    fixed += event.fixed
    weight += event.weight
  }
  throw new Error('a level that was not too high')
}

/** The arcs without closed nodes: what flows into those stays what it is, and leaves the network there. */
function without(
  closed: ReadonlySet<number>,
  arcs: readonly Arc[],
  { source, sink }: Network,
): readonly Arc[] {
  return arcs.flatMap((arc) => {
    if (closed.has(arc.from)) return []
    if (!closed.has(arc.to)) return [arc]
    return arc.from === source ? [] : [{ ...arc, to: sink }]
  })
}
