import { fail, succeed, type Result } from './result.ts'

/** A value JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Canonical JSON by RFC 8785 (JCS): keys sorted by UTF-16 code unit, shortest numbers, no white space.
 * Throws on a number that JSON cannot carry and on ill-formed Unicode.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return canonicalNumber(value)
  if (typeof value === 'string') return canonicalString(value)
  return isList(value) ? `[${value.map(canonicalJson).join(',')}]` : canonicalObject(value)
}

function canonicalObject(object: { readonly [key: string]: Json }): string {
  let text = ''
  for (const key of sorted(Object.keys(object)))
    text += `${text === '' ? '' : ','}${canonicalString(key)}:${canonicalJson(object[key] ?? null)}`
  return `{${text}}`
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}

/** Sorts a list in place as lists are sorted without being told: by UTF-16 code unit. Most objects have few keys: that is quick. */
function sorted(keys: string[]): readonly string[] {
  if (keys.length > 16) return keys.sort()
  for (let end = 1; end < keys.length; end++)
    for (let at = end; at > 0; at--) {
      const [before = '', here = ''] = [keys[at - 1], keys[at]]
      if (before < here) break
      keys[at - 1] = here
      keys[at] = before
    }
  return keys
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('canonical JSON carries finite numbers only')
  return JSON.stringify(value)
}

/** Printable ASCII without quotes and backslashes: it stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/

function canonicalString(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw new RangeError('canonical JSON carries well-formed Unicode only')
  return JSON.stringify(value)
}

/** Why a text is not canonical JSON of the integer profile. */
export type CanonicalProblem = 'tooDeep' | 'notJson' | 'notCanonical'

/**
 * Reads canonical JSON of the integer profile: {@link canonicalJson}'s own text, in which numbers are integers below 2^53
 * in size and no key is `__proto__`. So `1.0`, a key twice, a lone surrogate or white space is refused.
 * `maxDepth` counts nested lists and objects, the outermost as 1. Linear in the length; never throws.
 */
export function parseCanonicalJson(
  text: string,
  { maxDepth }: { readonly maxDepth: number },
): Result<Json, CanonicalProblem> {
  if (isDeeper(text, maxDepth)) return fail('tooDeep') // before parsing: nesting costs memory, and the check below recurses
  const value = parseJson(text)
  if (value === undefined) return fail('notJson')
  return isOfIntegerProfile(value) && canonicalJson(value) === text ? succeed(value) : fail('notCanonical')
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json // what JSON.parse returns is what Json describes
  } catch {
    return undefined // a syntax error: the text is not JSON, whatever the detail
  }
}

function isOfIntegerProfile(value: Json): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value === 'boolean') return true
  if (isList(value)) return value.every(isOfIntegerProfile)
  return Object.entries(value).every(
    ([key, member]) => key !== '__proto__' && key.isWellFormed() && isOfIntegerProfile(member),
  )
}

/** How many values a JSON text holds at most, known without parsing it: small texts can make large memory. */
export function countValues(text: string): number {
  let count = 1
  everyMark(text, (code) => {
    if (code === COMMA || isOpening(code)) count++
    return true
  })
  return count
}

function isDeeper(text: string, maxDepth: number): boolean {
  let depth = 0
  return !everyMark(text, (code) => {
    if (isOpening(code)) depth++
    else if (isClosing(code)) depth--
    return depth <= maxDepth
  })
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/** Whether `isFine` says so of every UTF-16 code unit outside strings; asks no further after the first that is not. */
function everyMark(text: string, isFine: (code: number) => boolean): boolean {
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) isInString = !isInString
    else if (isInString) at += code === BACKSLASH ? 1 : 0
    else if (!isFine(code)) return false
  }
  return true
}

function isOpening(code: number): boolean {
  return code === 0x5b || code === 0x7b // [ {
}

function isClosing(code: number): boolean {
  return code === 0x5d || code === 0x7d // ] }
}
