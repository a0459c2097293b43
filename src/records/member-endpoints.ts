import { z } from 'zod'

import { areDistinct, list, statement } from './statement.ts'

/**
 * `http` or `https`, a host of lowercase ASCII labels or a bracketed IPv6 address, a port, a path. Decided by this grammar
 * alone and by no URL parser, so that every node decides alike; whoever fetches still parses.
 */
const ENDPOINT =
  /^https?:\/\/(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?(?:\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*\/?$/
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i

/** Where a node answers, at most 512 characters, without credentials, query or fragment. */
export const Endpoint = z
  .string()
  .max(512)
  .regex(ENDPOINT)
  .refine((url) => !DOT_SEGMENT.test(url))
  .brand<'Endpoint'>()
export type Endpoint = z.infer<typeof Endpoint>

/** Where a member's node is reached now, best first. The last such record of a log holds. */
export const MemberEndpoints = statement(
  'member-endpoints/1',
  z.object({ urls: list(Endpoint, { max: 8 }).refine(areDistinct) }),
)
export type MemberEndpoints = z.infer<typeof MemberEndpoints>
