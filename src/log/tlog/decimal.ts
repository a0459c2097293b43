/** A whole number below 2^53 from decimal digits; null unless the text is the one way to write it. */
export function readDecimal(text: string): number | null {
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text)) return null
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : null
}
