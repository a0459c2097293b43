import { z } from 'zod'

import { FETCH_URL_KEPT, type FetchRange, type Signer } from '../../content/index.ts'
import type { ByteRange } from '../../kernel/byte-range.ts'
import { failure } from '../../kernel/failure.ts'
import { XetHash } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { type Millis, unixSeconds } from '../../kernel/time.ts'

/** Ranges at most in one address: it stays below 2 KB. */
export const RANGES_PER_URL = 64

/** An address that lets anybody fetch some stretches of a xorb until it expires. */
export interface FetchUrl {
  readonly xorb: XetHash
  /** As in a `Range` header: `bytes=0-99,200-299`. */
  readonly ranges: string
  /** Seconds since 1970. */
  readonly expires: number
}

/** `Range` header for stretches of a xorb. */
export function rangesOf(stretches: readonly FetchRange[]): string {
  return `bytes=${stretches.map(({ bytes }) => `${bytes.start}-${bytes.end - 1}`).join(',')}`
}

/** Signs `{casUrl}/x/{xorb}?r={ranges}&e={expires}&s={HMAC-SHA256, base64url}`. */
export async function signFetchUrl(
  signer: Signer,
  casUrl: string,
  xorb: XetHash,
  stretches: readonly FetchRange[],
  now: Millis,
): Promise<string> {
  const url = { xorb, ranges: rangesOf(stretches), expires: unixSeconds(now + FETCH_URL_KEPT) }
  const signature = Buffer.from(await signer.sign('xorb-fetch', signed(url))).toString('base64url')
  const query = new URLSearchParams({ r: url.ranges, e: String(url.expires), s: signature })
  return `${casUrl}/x/${xorb}?${query.toString()}`
}

const Query = z.object({
  xorb: XetHash,
  ranges: z.string().regex(/^bytes=\d+-\d+(,\d+-\d+)*$/),
  expires: z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number),
  signature: z.string(),
})

/**
 * Which stretches a request for a signed address may have. `Range` must name all that were signed or one of them;
 * anything else, a foreign signature and an expired address are refused with `transferExpired`, upon which clients
 * ask for fresh addresses.
 */
export async function readFetchRequest(
  signer: Signer,
  request: { xorb: string | undefined; r: string | undefined; e: string | undefined; s: string | undefined },
  rangeHeader: string | undefined,
  now: Millis,
): Promise<Result<{ readonly xorb: XetHash; readonly ranges: readonly ByteRange[] }>> {
  const query = Query.safeParse({
    xorb: request.xorb,
    ranges: request.r,
    expires: request.e,
    signature: request.s,
  })
  const refused = fail(failure('transferExpired'))
  if (!query.success) return refused
  const { signature, ...url } = query.data
  if (url.expires <= unixSeconds(now) || !(await signer.verify('xorb-fetch', signed(url), signature)))
    return refused
  const allowed = listed(url.ranges)
  const wanted = listed(rangeHeader ?? '')
  const isAll = wanted.join() === allowed.join()
  const isOne = wanted.length === 1 && wanted.every((range) => allowed.includes(range))
  return isAll || isOne ? succeed({ xorb: url.xorb, ranges: wanted.map(byteRange) }) : refused
}

function signed({ xorb, ranges, expires }: FetchUrl): readonly [string, string, number] {
  return [xorb, ranges, expires]
}

/** `bytes=0-9, 20-29` as `0-9` and `20-29`. */
function listed(ranges: string): readonly string[] {
  return ranges
    .replace(/^bytes=/, '')
    .split(',')
    .map((range) => range.trim())
}

function byteRange(text: string): ByteRange {
  const [first, last] = text.split('-').map(Number)
  return { start: first ?? 0, end: (last ?? 0) + 1 }
}
