import type { Arc, Network } from './network.ts'

/** A network as the search walks it: arc `2k` is its arc `k`, arc `2k + 1` is the way back. */
export class Graph {
  readonly size: number
  readonly source: number
  readonly sink: number
  /** Where each arc leads. */
  readonly heads: Int32Array
  /** Of each node, where its arcs begin in `order`. */
  readonly starts: Int32Array
  /** The arcs of each node, sorted by where they lead. */
  readonly order: Int32Array

  constructor({ nodes, source, sink }: Pick<Network, 'nodes' | 'source' | 'sink'>, arcs: readonly Arc[]) {
    this.size = nodes.length
    this.source = source
    this.sink = sink
    this.heads = new Int32Array(arcs.length * 2)
    this.starts = new Int32Array(this.size + 1)
    for (const [at, { from, to }] of arcs.entries()) {
      this.heads[2 * at] = to
      this.heads[2 * at + 1] = from
    }
    this.order = this.#sorted(arcs)
  }

  /** Two passes of counting: by where an arc leads, then by where it begins, each leaving equals as they were. */
  #sorted(arcs: readonly Arc[]): Int32Array {
    const tails = new Int32Array(this.heads.length)
    for (const [at, { from, to }] of arcs.entries()) {
      tails[2 * at] = from
      tails[2 * at + 1] = to
    }
    const all = Int32Array.from(this.heads.keys())
    const byHead = sortedBy(all, this.heads, this.size).sorted
    const { sorted, starts } = sortedBy(byHead, tails, this.size)
    this.starts.set(starts)
    return sorted
  }
}

function sortedBy(
  arcs: Int32Array,
  keys: Int32Array,
  size: number,
): { readonly sorted: Int32Array; readonly starts: Int32Array } {
  const starts = new Int32Array(size + 1)
  for (const arc of arcs) starts[at(keys, arc) + 1] = at(starts, at(keys, arc) + 1) + 1
  for (let node = 0; node < size; node++) starts[node + 1] = at(starts, node + 1) + at(starts, node)
  const next = starts.slice()
  const sorted = new Int32Array(arcs.length)
  for (const arc of arcs) {
    const key = at(keys, arc)
    sorted[at(next, key)] = arc
    next[key] = at(next, key) + 1
  }
  return { sorted, starts }
}

/** A typed array's value at an index that is known to be inside it. */
function at(array: Int32Array, index: number): number {
  return array[index] ?? 0
}

/** Later than every search. */
const CLOSED = 0x7fffffff

/** A flow in a graph. Whole numbers only; whoever has fractions multiplies them out before. */
export class Flow {
  readonly #graph: Graph
  /** How much more each arc can carry. */
  readonly #rest: bigint[]
  readonly #layer: Int32Array
  readonly #next: Int32Array
  /** In which search for a way each node was last seen; {@link CLOSED} when nothing more can come to it, whatever happens. */
  readonly #seen: Int32Array
  /** The arc by which that search went on from it. */
  readonly #onwards: Int32Array
  #searches = 0

  constructor(graph: Graph, capacities: readonly bigint[]) {
    this.#graph = graph
    this.#rest = capacities.flatMap((capacity) => [capacity, 0n])
    this.#layer = new Int32Array(graph.size)
    this.#next = new Int32Array(graph.size)
    this.#seen = new Int32Array(graph.size)
    this.#onwards = new Int32Array(graph.size)
  }

  /** How much an arc of the network carries. */
  amount(arc: number): bigint {
    return this.#rest[2 * arc + 1] ?? 0n
  }

  /**
   * Dinic's algorithm from what flows already: layers by breadth, then depth first along the first arc that leads to the next
   * layer, until nothing comes through. Returns what came on top.
   */
  maximise(): bigint {
    let added = 0n
    while (this.#drawLayers()) added += this.#fillLayers()
    return added
  }

  /** Of each node its distance from the source along arcs that can carry more; -1 where there is no way. */
  #drawLayers(): boolean {
    const { source, sink, heads, starts, order } = this.#graph
    this.#layer.fill(-1)
    this.#layer[source] = 0
    const queue = [source]
    for (const node of queue) {
      if (node === sink) continue
      for (let index = at(starts, node); index < at(starts, node + 1); index++) {
        const arc = at(order, index)
        const head = at(heads, arc)
        if (at(this.#layer, head) >= 0 || this.#isFull(arc)) continue
        this.#layer[head] = at(this.#layer, node) + 1
        queue.push(head)
      }
    }
    return at(this.#layer, sink) >= 0
  }

  #fillLayers(): bigint {
    const { source, sink, heads, starts } = this.#graph
    this.#next.set(starts.subarray(0, this.#next.length))
    const path: number[] = []
    let [node, added] = [source, 0n]
    for (;;) {
      if (node === sink) {
        added += this.#push(path)
        const full = path.findIndex((arc) => this.#isFull(arc))
        path.length = full
        node = full > 0 ? at(heads, path[full - 1] ?? 0) : source
        continue
      }
      const arc = this.#onward(node)
      if (arc >= 0) {
        path.push(arc)
        node = at(heads, arc)
        continue
      }
      const last = path.pop()
      if (last === undefined) return added
      node = at(heads, last ^ 1)
      this.#next[node] = at(this.#next, node) + 1
    }
  }

  /** The first arc that leads on, of those that were not given up; -1 when there is none. */
  #onward(node: number): number {
    const { heads, starts, order } = this.#graph
    const layer = at(this.#layer, node) + 1
    for (let index = at(this.#next, node); index < at(starts, node + 1); index++) {
      const arc = at(order, index)
      if (at(this.#layer, at(heads, arc)) === layer && !this.#isFull(arc)) {
        this.#next[node] = index
        return arc
      }
    }
    this.#next[node] = at(starts, node + 1)
    return -1
  }

  /** As much along a path as its narrowest arc carries, at most `most`. */
  #push(path: readonly number[], most?: bigint): bigint {
    let amount = most
    for (const arc of path) {
      const rest = this.#rest[arc] ?? 0n
      if (amount === undefined || rest < amount) amount = rest
    }
    const pushed = amount ?? 0n
    for (const arc of path) {
      this.#rest[arc] = (this.#rest[arc] ?? 0n) - pushed
      this.#rest[arc ^ 1] = (this.#rest[arc ^ 1] ?? 0n) + pushed
    }
    return pushed
  }

  #isFull(arc: number): boolean {
    return this.#rest[arc] === 0n
  }

  /** Whether the source reaches a node, as the last {@link maximise} left it. */
  isReached(node: number): boolean {
    return at(this.#layer, node) >= 0
  }

  /**
   * Brings up to `most` more to the sink by its arc `exit`, which was full; whatever else comes there stays. Returns how
   * much came; 0 when no more ever can.
   */
  bring(exit: number, most: bigint): bigint {
    const path = this.#wayTo(at(this.#graph.heads, 2 * exit + 1))
    if (!path) return 0n
    this.#rest[2 * exit] = most
    const brought = this.#push([...path, 2 * exit], most)
    this.#rest[2 * exit] = 0n
    return brought
  }

  /** The shortest way from the source to a node along arcs that can carry more, searched from its end. */
  #wayTo(end: number): readonly number[] | null {
    const { source, sink, heads, starts, order } = this.#graph
    this.#searches++
    this.#see(end, -1)
    const queue = [end]
    for (const node of queue) {
      if (node === source) return this.#arcsFrom(source)
      for (let index = at(starts, node); index < at(starts, node + 1); index++) {
        const back = at(order, index)
        const tail = at(heads, back)
        if (tail === sink || this.#isSeen(tail) || this.#isFull(back ^ 1)) continue
        this.#see(tail, back ^ 1)
        queue.push(tail)
      }
    }
    for (const node of queue) this.#seen[node] = CLOSED
    return null
  }

  #see(node: number, onward: number): void {
    this.#seen[node] = this.#searches
    this.#onwards[node] = onward
  }

  #isSeen(node: number): boolean {
    return at(this.#seen, node) >= this.#searches
  }

  #arcsFrom(start: number): readonly number[] {
    const arcs: number[] = []
    for (let arc = at(this.#onwards, start); arc >= 0; arc = at(this.#onwards, at(this.#graph.heads, arc)))
      arcs.push(arc)
    return arcs
  }

  /** Adds to `found` every node from which more can come to one of `ends`; returns those added, `ends` among them, sorted. */
  reaching(ends: readonly number[], found: Set<number>): readonly number[] {
    const { sink, heads, starts, order } = this.#graph
    const added: number[] = []
    const visit = (node: number) => {
      if (found.has(node)) return
      found.add(node)
      added.push(node)
    }
    for (const end of ends) visit(end)
    for (const node of added)
      for (let index = at(starts, node); index < at(starts, node + 1); index++) {
        const back = at(order, index)
        if (at(heads, back) !== sink && !this.#isFull(back ^ 1)) visit(at(heads, back))
      }
    return added.toSorted((left, right) => left - right)
  }
}
