import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { COLOURS } from '../kernel/colour.ts'
import { type Dye, PALETTE } from './palette.ts'

/** WCAG 2: of text, and of what is no text. */
const TEXT = 4.5
const SHAPE = 3

const SHEET = readFileSync(new URL('styles/ayni.css', import.meta.url), 'utf8')
const [LIGHT_RULES = '', DARK_RULES = ''] = SHEET.split('@media (prefers-color-scheme: dark)')

/** The colour that the style sheet gives a role in one of its schemes. */
function roleIn(rules: string, role: string): string {
  const colour = new RegExp(`--${role}: (#[0-9a-f]{6});`).exec(rules)?.[1]
  if (colour === undefined) throw new Error(`the style sheet has no ${role}`)
  return colour
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((left, right) => left - right)
  return (light + 0.05) / (dark + 0.05)
}

const SCHEMES = [
  ['light', LIGHT_RULES],
  ['dark', DARK_RULES],
] as const

const EACH = SCHEMES.flatMap(([scheme, rules]) => COLOURS.map((colour) => ({ scheme, colour, rules })))

it('contrast is measured as WCAG has it', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
})

describe.each(EACH)('$colour on a $scheme page', ({ scheme, colour, rules }) => {
  const dye: Dye = PALETTE[colour][scheme]

  it.each(['ground', 'surface', 'sunken'])('can be read on the %s', (role) => {
    expect(contrast(dye.accent, roleIn(rules, role))).toBeGreaterThanOrEqual(TEXT)
  })

  it('can be read on its tint, and what stands on it can be read', () => {
    expect(contrast(dye.accent, dye.tint)).toBeGreaterThanOrEqual(TEXT)
    expect(contrast(roleIn(rules, 'ink'), dye.tint)).toBeGreaterThanOrEqual(TEXT)
    expect(contrast(dye.onAccent, dye.accent)).toBeGreaterThanOrEqual(TEXT)
  })

  it('is seen as a shape beside the lines of the page', () => {
    expect(contrast(dye.accent, roleIn(rules, 'ground'))).toBeGreaterThanOrEqual(SHAPE)
    expect(contrast(dye.onAccent, dye.accent)).toBeGreaterThanOrEqual(SHAPE)
  })
})
