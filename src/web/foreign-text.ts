/** Text that strangers wrote, made fit to stand among our words. */

/** Characters that turn the direction of text or move the cursor: they could make one sentence read as another. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is taken out
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** Characters that one does not see, but for the line feed. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu

/** `text` without characters that steer, at most `most` characters long; an ellipsis stands for the rest. */
export function foreignText(text: string, most: number): string {
  return cutText(text.replaceAll(STEERING, ''), most)
}

/** At most `most` characters of `text`, then an ellipsis for the rest. Cuts no character in two. */
export function cutText(text: string, most: number): string {
  const shown = Array.from(text.slice(0, 2 * most + 2))
  return shown.length > most ? `${shown.slice(0, most).join('')}…` : text
}

/** `text` with what one would not see written as JSON escapes it: `\u202e`. */
export function showUnseen(text: string): string {
  return text.replaceAll(UNSEEN, escapeUnits)
}

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
