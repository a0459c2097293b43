/** A member's mark: a small woven square made of its id, the same on every node. Pure geometry. */
import type { MemberId } from '../kernel/names.ts'

/** The woven square has so many fields each way; around it runs a border of one field. */
const SIDE = 7
/** Length of the whole mark's side, in fields. */
export const MARK_SIDE = SIDE + 2
/** The quarter of which the four others are mirror images, its middle lines included. */
const QUARTER = 4
const FIELDS = QUARTER * QUARTER
const FEWEST = 6
const MOST = 10

const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * The lines of the mark as a path, to be stroked one field wide. It is the same seen from either side, so it does not turn
 * where a page runs from right to left.
 */
export function markPath(memberId: MemberId): string {
  const quarter = quarterOf(memberId)
  const isWoven = (column: number, row: number) => quarter[inQuarter(row) * QUARTER + inQuarter(column)] === 1
  return Array.from({ length: SIDE }, (_, row) => rowPath(row, (column) => isWoven(column, row))).join('')
}

function inQuarter(position: number): number {
  return Math.min(position, SIDE - 1 - position)
}

/** The first sixteen bits of the id of which enough are set, and enough are not, that one sees a pattern. */
function quarterOf(memberId: MemberId): readonly number[] {
  const bits = Array.from(memberId.slice(1)).flatMap((digit) => {
    const value = DIGITS.indexOf(digit)
    return [4, 3, 2, 1, 0].map((place) => (value >> place) & 1)
  })
  for (let start = 0; start + FIELDS <= bits.length; start++) {
    const quarter = bits.slice(start, start + FIELDS)
    const count = quarter.reduce((sum, bit) => sum + bit, 0)
    if (count >= FEWEST && count <= MOST) return quarter
  }
  return bits.slice(0, FIELDS).map((_, field) => field % 2) // an id that hashing will hardly ever give
}

/** The woven stretches of one row, from its beginning: `M1 1.5h2m3 0h2`. */
function rowPath(row: number, isWoven: (column: number) => boolean): string {
  let path = ''
  let at = 0
  for (let column = 0; column < SIDE; column++) {
    if (!isWoven(column)) continue
    const start = column
    while (column + 1 < SIDE && isWoven(column + 1)) column++
    path += path === '' ? `M${start + 1} ${row + 1.5}` : `m${start - at} 0`
    path += `h${column + 1 - start}`
    at = column + 1
  }
  return path
}
