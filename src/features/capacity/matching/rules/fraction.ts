/** An exact number: `n / d` in lowest terms, `d` positive. Nothing in a round is ever a float. */
export interface Fraction {
  readonly n: bigint
  readonly d: bigint
}

export const ZERO: Fraction = { n: 0n, d: 1n }

/** The greatest common divisor of two numbers that are not negative; 1 for two zeros, so that it can be divided by. */
export function commonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right]
  while (b > 0n) [a, b] = [b, a % b]
  return a === 0n ? 1n : a
}

/** The least common multiple of positive numbers. */
export function commonMultiple(numbers: Iterable<bigint>): bigint {
  let multiple = 1n
  for (const each of numbers)
    if (multiple % each !== 0n) multiple = (multiple / commonDivisor(multiple, each)) * each
  return multiple
}

/** `n / d` in lowest terms. `d` is positive. */
export function fraction(n: bigint, d = 1n): Fraction {
  const divisor = commonDivisor(n < 0n ? -n : n, d)
  return { n: n / divisor, d: d / divisor }
}

/** Negative, zero or positive, as a sort wants it. */
export function compare(left: Fraction, right: Fraction): number {
  return compareIntegers(left.n * right.d, right.n * left.d)
}

export function compareIntegers(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0
}

export function add(left: Fraction, right: Fraction): Fraction {
  return left.d === right.d
    ? fraction(left.n + right.n, left.d)
    : fraction(left.n * right.d + right.n * left.d, left.d * right.d)
}

/** The sum of all. Those of one denominator are summed up first: few differ, and what all are a part of may be long. */
export function sum(fractions: readonly Fraction[]): Fraction {
  const byDenominator = new Map<bigint, bigint>()
  for (const { n, d } of fractions) byDenominator.set(d, (byDenominator.get(d) ?? 0n) + n)
  const parts = commonMultiple(byDenominator.keys())
  let total = 0n
  for (const [d, n] of byDenominator) total += n * (parts / d)
  return fraction(total, parts)
}

/** `left / right`; `right` is positive. */
export function divide(left: Fraction, right: Fraction): Fraction {
  return fraction(left.n * right.d, left.d * right.n)
}

/** `"7"` or `"22/3"`. */
export function formatFraction({ n, d }: Fraction): string {
  return d === 1n ? String(n) : `${n}/${d}`
}

const TEXT = /^(0|[1-9][0-9]*)(?:\/([1-9][0-9]*))?$/

/** Reads `"7"` or `"22/3"`, lowest terms or not; null for anything else, negative numbers among it. */
export function parseFraction(text: string): Fraction | null {
  const [, n, d] = TEXT.exec(text) ?? []
  if (n === undefined) return null
  return d === undefined ? { n: BigInt(n), d: 1n } : fraction(BigInt(n), BigInt(d))
}
