import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { CSRF_BYTES, isCrossSite, isCsrfToken, maskCsrf } from './csrf.ts'

const bytes = fc.uint8Array({ minLength: CSRF_BYTES, maxLength: CSRF_BYTES })

describe('a token against cross-site requests', () => {
  it('is accepted under any mask, and only with its own secret', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (secret, other, mask) => {
        const token = maskCsrf(secret.toHex(), mask)
        expect(isCsrfToken(token, secret.toHex())).toBe(true)
        expect(isCsrfToken(token, other.toHex())).toBe(secret.toHex() === other.toHex())
      }),
    )
  })

  it('is refused without a cookie, and when it is not one', () => {
    const token = maskCsrf('ab'.repeat(CSRF_BYTES), new Uint8Array(CSRF_BYTES))
    expect(isCsrfToken(token, undefined)).toBe(false)
    expect(isCsrfToken('', 'ab'.repeat(CSRF_BYTES))).toBe(false)
    expect(isCsrfToken('zz', '')).toBe(false)
  })
})

describe('a request', () => {
  const own = 'https://hub.example'
  it.each([
    [{ fetchSite: 'same-origin', origin: undefined, own }, false],
    [{ fetchSite: 'none', origin: undefined, own }, false],
    [{ fetchSite: 'same-site', origin: undefined, own }, true],
    [{ fetchSite: 'cross-site', origin: own, own }, true],
    [{ fetchSite: undefined, origin: own, own }, false],
    [{ fetchSite: undefined, origin: 'null', own }, true],
    [{ fetchSite: undefined, origin: undefined, own }, false],
  ])('from %o comes from another site: %s', (origin, isForeign) => {
    expect(isCrossSite(origin)).toBe(isForeign)
  })
})
