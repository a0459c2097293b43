import type { Json } from '../kernel/canonical-json.ts'
import type { PublicRecord } from './public-record.ts'

/** What must not be said for ever. */
export type PersonalDataKind = 'email' | 'phone' | 'ipAddress' | 'secret'

/** `field` is the way to the text from the body on: `description`, `urls.0`. */
export interface PersonalData {
  readonly field: string
  readonly kind: PersonalDataKind
}

/**
 * Looks for e-mail addresses, international telephone numbers, IP addresses and credentials in the words of a record,
 * before it is written: what is in a log stays there. It knows forms, not meanings: names of persons pass, and a
 * version number of four parts that nothing marks as one is taken for an address. Each kind once a field, in the order
 * of the body's members. Linear in the length.
 */
export function findPersonalData(record: PublicRecord): readonly PersonalData[] {
  return textsOf(record.body, []).flatMap(({ field, text }) => {
    const plain = plainForm(text)
    return DETECTORS.filter(({ isIn }) => isIn(plain)).map(({ kind }) => ({ field, kind }))
  })
}

/** Members that hold a hash, a key, a note or an id made of one: no room for words, but any characters. */
const OPAQUE = new Set(
  'commit leaf sha256 root proof maintainer origin genesis keys log witness seal sign checkpoint first second'.split(
    ' ',
  ),
)

function textsOf(value: Json, way: readonly string[]): readonly { field: string; text: string }[] {
  if (typeof value === 'string') return [{ field: way.join('.'), text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .filter(([name]) => !OPAQUE.has(name))
    .flatMap(([name, member]) => textsOf(member, [...way, name]))
}

/** The scheme and host of a URL that names nobody. */
const URL_HOST = /\bhttps?:\/\/[a-z0-9.:[\]-]{1,260}(?![a-z0-9.:[\]@-])/gi
/** `git@host:namespace/name` begins like an e-mail address. */
const CLONE_ADDRESS = /\bgit@[\w.-]{1,255}:/g
const ARABIC_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g

/** Full-width forms and Arabic digits become ASCII; hosts of URLs, which are meant to be public, and clone addresses go. */
function plainForm(text: string): string {
  const western = (digit: string) => String(digit.charCodeAt(0) & 0xf)
  return text
    .normalize('NFKC')
    .replaceAll(ARABIC_DIGITS, western)
    .replaceAll(URL_HOST, 'https:')
    .replaceAll(CLONE_ADDRESS, 'git:')
}

// No pattern repeats without a bound beside what could also match it: each looks at a bounded stretch from each place.

const LOCAL = String.raw`[\p{L}\p{M}\p{N}._%+'-]{1,64}`
const LABEL = String.raw`[\p{L}\p{M}\p{N}-]{1,63}`
const TOP_LABEL = String.raw`(?:xn--[a-z0-9-]{2,59}|\p{L}[\p{L}\p{M}]{1,62})`
const AT = String.raw` {0,2}(?:at|@|arroba|arobase|собака|آت|艾特) {0,2}`
const DOT = String.raw` {0,2}(?:dot|point|punto|точка|نقطة|点) {0,2}`

const EMAIL = new RegExp(String.raw`${LOCAL}@(?:${LABEL}\.){1,8}${TOP_LABEL}`, 'iu')
/** `name [at] host`: nobody writes square brackets so for another reason. */
const EMAIL_IN_BRACKETS = new RegExp(
  String.raw`${LOCAL} {0,3}[[{<]${AT}[\]}>] {0,3}(?:\p{L}|[\p{N}-]{1,63}\.\p{L})`,
  'iu',
)
/** `name (at) host.org`, `name (at) host (dot) org`. */
const EMAIL_IN_PARENTHESES = new RegExp(
  String.raw`${LOCAL} {0,3}\(${AT}\) {0,3}${LABEL} {0,3}(?:\.|[[({<]${DOT}[\])}>]) {0,3}\p{L}{2}`,
  'iu',
)

function hasEmail(text: string): boolean {
  return [EMAIL, EMAIL_IN_BRACKETS, EMAIL_IN_PARENTHESES].some((pattern) => pattern.test(text))
}

/** A plus, or two zeros and then a country code by itself; 7 to 15 digits (ITU-T E.164) with what is written between them. */
const PHONE =
  /(?<![A-Za-z0-9+])(?:\+|(?<![\w.\-/#])00[ -]?(?=[1-9]\d{0,2}[ ().-]))[1-9](?:[ ().\-/\u2010-\u2015]{0,3}\d){6,14}(?!\d)/gu
/** `+30 000 000` is an amount. */
const ROUND_AMOUNT = /[ .]000[ .]000$/

function hasPhone(text: string): boolean {
  return Array.from(text.matchAll(PHONE), ([found]) => found).some(isPhone)
}

/** Country codes 1 and 7 are followed by ten digits; no other code has one digit. */
function isPhone(found: string): boolean {
  const number = found.replace(/^(?:\+|00[ -]?)/, '')
  const digits = number.replaceAll(/\D/g, '')
  if (/^[17]/.test(digits)) return digits.length === 11
  return digits.length >= 8 && /^\d\d/.test(number) && !ROUND_AMOUNT.test(number)
}

/** Four numbers that are no part of a path, a name, a longer number or a demanded version. */
const IPV4 = /(?<![\w.\-/+~^]|[=<>~!]=)(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w|-[A-Za-z]|\/[^\d\s])/g
/** Words before a number of four parts that make it no address. */
const NUMBERING =
  /(?:\b(?:v|ver|versions?|versión|versiones|release|section|sección|chapter|chapitre|capítulo|table|figure)|§|верси[яиюей]|раздел\p{L}?|глав[аыеу]|版本号?|第|(?:الإصدار|إصدار|النسخة|نسخة|القسم)) ?[.:]? ?$/iu
/** Addresses of the machine itself say nothing. */
const OWN_ADDRESS = /^(?:127\.|0\.0\.0\.0$)/

function hasIpv4(text: string): boolean {
  return Array.from(text.matchAll(IPV4)).some(({ 0: found, index }) => {
    const isAddress = found.split('.').every((part) => Number(part) <= 255)
    const before = text.slice(Math.max(0, index - 16), index)
    return isAddress && !OWN_ADDRESS.test(found) && !NUMBERING.test(before)
  })
}

/** Begins as the addresses in use do: global (2000::/3), local (fc00::/7) or of the link (fe80::/10). */
const IPV6 = /(?<![\w:.])(?:[23][0-9a-f]{3}|f[cde][0-9a-f]{2}):[0-9a-f:]{0,33}(?:[0-9a-f]|::)(?![\w])/gi

function hasIpv6(text: string): boolean {
  return Array.from(text.matchAll(IPV6), ([found]) => found).some(isIpv6)
}

function isIpv6(found: string): boolean {
  const [left = '', right, ...more] = found.split('::')
  if (more.length > 0) return false
  const groups = [left, ...(right ? [right] : [])].flatMap((side) => side.split(':'))
  const hasAllGroups = right === undefined ? groups.length === 8 : groups.length < 8
  return hasAllGroups && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
}

/** Access tokens of hubs and clouds by their prefixes, PEM blocks, signed tokens, passwords in URLs. */
const SECRETS: readonly RegExp[] = [
  /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{20}/,
  /(?<![A-Za-z0-9])gh[opsur]_[A-Za-z0-9]{20}/,
  /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{20}/,
  /(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}/,
  /(?<![A-Za-z0-9])sk-(?:[a-z]{1,8}-)?[A-Za-z0-9]{20}/,
  /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10}/,
  /(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])/,
  /AGE-SECRET-KEY-1[A-Z0-9]{20}/,
  /-----BEGIN [A-Z0-9 ]{1,40}-----/,
  /(?<![A-Za-z0-9])eyJ[\w-]{10,2000}\.eyJ[\w-]{10}/,
  /:\/\/[^\s/?#@:]{0,64}:[^\s/?#@]{1,128}@/,
]

const DETECTORS: readonly { readonly kind: PersonalDataKind; readonly isIn: (text: string) => boolean }[] = [
  { kind: 'email', isIn: hasEmail },
  { kind: 'phone', isIn: hasPhone },
  { kind: 'ipAddress', isIn: (text) => hasIpv4(text) || hasIpv6(text) },
  { kind: 'secret', isIn: (text) => SECRETS.some((pattern) => pattern.test(text)) },
]
