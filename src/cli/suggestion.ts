/** ` Did you mean …?` when one of `known` is close to what was typed, else nothing. */
export function suggestion(typed: string, known: readonly string[]): string {
  const [best] = known
    .map((word) => ({ word, distance: editDistance(typed, word) }))
    .sort((left, right) => left.distance - right.distance)
  return best && best.distance <= Math.max(1, typed.length / 3) ? ` Did you mean ${best.word}?` : ''
}

/** The least number of characters to add, drop or change (Levenshtein). Costs the product of the lengths. */
export function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (const [index, letter] of Array.from(left).entries()) {
    const next = [index + 1]
    for (const [column, other] of Array.from(right).entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
