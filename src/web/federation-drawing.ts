/** Where things stand in the picture of who follows whom: pure geometry, in units of the picture. */

export const WIDTH = 328
const MIDDLE = WIDTH / 2
const TOP = 42
const RADIUS = 13
/** Room for a name beside a column. */
const COLUMN = 88
const ROW = 42

/** A point of the picture. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Where a member stands, and on which side of it its name is. */
export interface Place extends Point {
  readonly side: 'above' | 'below' | 'left' | 'right'
}

/** Places for so many members, the first at the head: three stand in a triangle, more in two columns below it. */
export function placesFor(count: number, isMirrored: boolean): readonly Place[] {
  const places = unmirrored(count).slice(0, count)
  return isMirrored ? places.map(mirrored) : places
}

function unmirrored(count: number): readonly Place[] {
  const head: Place = { x: MIDDLE, y: TOP, side: 'above' }
  if (count === 2) return [head, { x: MIDDLE, y: 168, side: 'below' }]
  if (count === 3) return [head, { x: 58, y: 196, side: 'below' }, { x: WIDTH - 58, y: 196, side: 'below' }]
  const others = Array.from({ length: Math.max(0, count - 1) }, (_, index): Place => {
    const y = TOP + 76 + Math.floor(index / 2) * ROW
    return index % 2 === 0 ? { x: COLUMN, y, side: 'left' } : { x: WIDTH - COLUMN, y, side: 'right' }
  })
  return [head, ...others]
}

function mirrored({ x, y, side }: Place): Place {
  const other = { left: 'right', right: 'left', above: 'above', below: 'below' } as const
  return { x: WIDTH - x, y, side: other[side] }
}

/** How tall the picture is. */
export function heightFor(places: readonly Place[]): number {
  return Math.max(TOP, ...places.map(({ y }) => y)) + 40
}

/** Where the lines of a member's name stand. */
export function namePlace({ x, y, side }: Place): Point & { readonly anchor: 'start' | 'middle' | 'end' } {
  switch (side) {
    case 'above':
      return { x, y: y - 22, anchor: 'middle' }
    case 'below':
      return { x, y: y + 28, anchor: 'middle' }
    case 'left':
      return { x: x - 16, y: y + 4, anchor: 'end' }
    case 'right':
      return { x: x + 16, y: y + 4, anchor: 'start' }
  }
}

/** A bowed line with its head, and where words about it stand. Coordinates are rounded: each digit is a byte. */
export interface Arrow {
  readonly line: string
  readonly head: string
  readonly words: Point
}

/** An arrow between two members. It is bowed to its left, so that the one back runs beside it. */
export function arrowBetween(from: Place, to: Place): Arrow {
  const bend = control(from, to)
  const start = towards(from, bend, RADIUS + 2)
  const tip = towards(to, bend, RADIUS + 3)
  const base = towards(tip, bend, 8)
  const [left, right] = [aside(base, tip, 3.6), aside(base, tip, -3.6)]
  return {
    line: `M${text(start)}Q${text(bend)} ${text(base)}`,
    head: `M${text(tip)}L${text(left)}L${text(right)}z`,
    words: onCurve(start, bend, base, 0.32),
  }
}

/** What draws the line aside: a little to its left, and between two of one column far into the room between the columns. */
function control(from: Point, to: Point): Point {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  if (from.x !== to.x || from.x === MIDDLE) return aside(middle, to, Math.min(26, length * 0.16))
  const inwards = Math.sign(MIDDLE - from.x)
  const isDown = to.y > from.y
  return { x: middle.x + inwards * (24 + length * 0.2 + (isDown ? 0 : 18)), y: middle.y }
}

/** The point at `distance` from `from` on the way to `to`. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  return {
    x: from.x + ((to.x - from.x) * distance) / length,
    y: from.y + ((to.y - from.y) * distance) / length,
  }
}

/** The point beside `at`, seen by whoever goes to `to`. */
function aside(at: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - at.x, to.y - at.y) || 1
  return {
    x: at.x + ((to.y - at.y) * distance) / length,
    y: at.y - ((to.x - at.x) * distance) / length,
  }
}

function onCurve(start: Point, bend: Point, end: Point, share: number): Point {
  const rest = 1 - share
  const at = (axis: 'x' | 'y') =>
    Math.round(rest * rest * start[axis] + 2 * rest * share * bend[axis] + share * share * end[axis])
  return { x: at('x'), y: at('y') }
}

function text({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
