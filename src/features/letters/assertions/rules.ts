/** Decisions about assertions, pure. */
import { fromUtf8, utf8 } from '../../../kernel/bytes.ts'
import { canonicalJson, parseCanonicalJson } from '../../../kernel/canonical-json.ts'
import { MINUTE, type Millis, momentOf } from '../../../kernel/time.ts'
import { Assertion } from './types.ts'

/** How long an assertion is made for. */
export const ASSERTION_LIFE: Millis = 5 * MINUTE
/** The longest life that is believed, and how far the clocks of two members may be apart. */
export const LONGEST_LIFE: Millis = 10 * MINUTE
export const CLOCK_SKEW: Millis = 2 * MINUTE

const LONGEST_TEXT = 4096
const SIGNATURE_BYTES = 64

/** What is signed: the domain, and the assertion's canonical JSON. */
export function assertionBytes(assertion: Assertion): Uint8Array<ArrayBuffer> {
  return utf8(`assertion/1\n${canonicalJson(assertion)}\n`)
}

/** As it stands in `Authorization: Ayni …`: the canonical JSON and the signature, each in base64url, with a dot between. */
export function writeAssertion(assertion: Assertion, signature: Uint8Array): string {
  return [utf8(canonicalJson(assertion)), signature].map(base64url).join('.')
}

/** Reads that form; null unless its bytes are what {@link writeAssertion} makes. Nothing is checked yet. */
export function readAssertion(text: string): { assertion: Assertion; signature: Uint8Array } | null {
  const [, json = '', signature = ''] = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/.exec(text) ?? []
  if (json === '' || json.length > LONGEST_TEXT) return null
  const bytes = fromBase64url(signature)
  const parsed = parseCanonicalJson(fromUtf8(fromBase64url(json) ?? new Uint8Array()), { maxDepth: 2 })
  const assertion = parsed.ok ? Assertion.safeParse(parsed.value) : null
  if (!assertion?.success || bytes?.length !== SIGNATURE_BYTES) return null
  return { assertion: assertion.data, signature: bytes }
}

/** Whether an assertion is good at this time, and not for longer than any may be. */
export function isCurrent({ time, expires }: Assertion, now: Millis): boolean {
  const life = momentOf(expires) - momentOf(time)
  const hasBegun = momentOf(time) <= now + CLOCK_SKEW
  return life > 0 && life <= LONGEST_LIFE && hasBegun && now <= momentOf(expires) + CLOCK_SKEW
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** Null where base64 has odd ends. */
function fromBase64url(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url', lastChunkHandling: 'loose' })
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}
