import { z } from 'zod'

/** Colours in which a member may be drawn, the usual one first. What each looks like is in `web/palette.ts`. */
export const COLOURS = ['cochineal', 'indigo', 'lagoon', 'olive', 'violet', 'slate'] as const
export const Colour = z.enum(COLOURS)
export type Colour = z.infer<typeof Colour>

/** A colour as it was written down; the usual one where there is none, or one that this version does not know. */
export function colourOf(word: string | null): Colour {
  return Colour.safeParse(word).data ?? COLOURS[0]
}
