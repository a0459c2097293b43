/**
 * Tokens against cross-site requests. A secret lies in a cookie that other sites cannot read; every form repeats
 * it, masked afresh for each page so that compressed pages give nothing away about it. Pure.
 */

/** Bytes of the secret and of each mask. */
export const CSRF_BYTES = 16

/** Hides `secret` (hex) behind `mask`: what a form carries, in hex. */
export function maskCsrf(secret: string, mask: Uint8Array): string {
  return `${mask.toHex()}${exclusiveOr(Uint8Array.fromHex(secret), mask).toHex()}`
}

/** Whether a form's token was made from the secret in the cookie. */
export function isCsrfToken(token: string, secret: string | undefined): boolean {
  if (!isCsrfSecret(secret) || !/^[0-9a-f]{64}$/.test(token)) return false
  const bytes = Uint8Array.fromHex(token)
  return exclusiveOr(bytes.subarray(0, CSRF_BYTES), bytes.subarray(CSRF_BYTES)).toHex() === secret
}

/** Whether a cookie's value has the form of our secret. */
export function isCsrfSecret(value: string | undefined): value is string {
  return value !== undefined && /^[0-9a-f]{32}$/.test(value)
}

function exclusiveOr(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, index) => byte ^ (right[index] ?? 0))
}

/** What a browser says about where a request comes from. */
export interface RequestOrigin {
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined
  /** `Origin`. */
  readonly origin: string | undefined
  /** The node's own origin, as the browser wrote it: `https://host:port`. */
  readonly own: string
}

/** Whether a page of another site sent the request. Silent clients are no browsers: the token alone decides. */
export function isCrossSite({ fetchSite, origin, own }: RequestOrigin): boolean {
  if (fetchSite !== undefined) return fetchSite !== 'same-origin' && fetchSite !== 'none'
  return origin !== undefined && origin !== own
}
