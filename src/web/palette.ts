/** The dyes in which a member's pages and its mark are drawn. DESIGN.md says what each role is for. */
import { type Colour, COLOURS } from '../kernel/colour.ts'

/** What a member's colour decides; everything else has one colour on every node. */
export interface Dye {
  /** Links, the main button, what is chosen. */
  readonly accent: string
  /** What stands on it. */
  readonly onAccent: string
  /** The ground of what is chosen. */
  readonly tint: string
}

/** Each colour, as it is on a light and on a dark page. */
export const PALETTE: { readonly [Name in Colour]: { readonly light: Dye; readonly dark: Dye } } = {
  cochineal: {
    light: dye('#8e1f4f', '#fff7f2', '#f8e6ea'),
    dark: dye('#f3a6c1', '#3b0a20', '#40202e'),
  },
  indigo: {
    light: dye('#2a4494', '#f7f8ff', '#e6eaf8'),
    dark: dye('#abbff7', '#0c1a47', '#232b49'),
  },
  lagoon: {
    light: dye('#0b5d68', '#f1fbfc', '#dcf0f0'),
    dark: dye('#84d2da', '#03292e', '#14363b'),
  },
  olive: {
    light: dye('#525c10', '#fbfcee', '#eef0d6'),
    dark: dye('#cdd683', '#232a08', '#31361a'),
  },
  violet: {
    light: dye('#5d3494', '#fbf8ff', '#efe7f8'),
    dark: dye('#cdb2f2', '#250e46', '#33264b'),
  },
  slate: {
    light: dye('#3a4d5c', '#f7fafc', '#e5ecf1'),
    dark: dye('#b4c8d6', '#112029', '#26333c'),
  },
}

function dye(accent: string, onAccent: string, tint: string): Dye {
  return { accent, onAccent, tint }
}

/** The rules that give the roles their colours: for the page, and for whatever is drawn in a member's own. */
export function paletteRules(): string {
  const light = COLOURS.map((colour, index) => rule(colour, PALETTE[colour].light, index === 0))
  const dark = COLOURS.map((colour, index) => rule(colour, PALETTE[colour].dark, index === 0))
  return `${light.join('\n')}\n@media (prefers-color-scheme: dark) {\n${dark.join('\n')}\n}`
}

function rule(colour: Colour, { accent, onAccent, tint }: Dye, isUsual: boolean): string {
  return `${isUsual ? ':root,' : ''}[data-colour='${colour}']{--accent:${accent};--on-accent:${onAccent};--tint:${tint}}`
}
