/** The largest of 0, 1, 10, 100, … that is not above the count. */
export function stepBelow(count: number): number {
  return count < 1 ? 0 : 10 ** (String(Math.floor(count)).length - 1)
}
