import { z } from 'zod'

import type { Signer } from '../../content/index.ts'
import { failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { type Clock, MINUTE, unixSeconds } from '../../kernel/time.ts'

/** How long a Xet token is good. Clients fetch the next one 30 or 60 seconds before it ends. */
const TOKEN_KEPT = 15 * MINUTE
/** Marks our tokens in logs and headers. */
const PREFIX = 'xet_'

const Claims = z.strictObject({
  repositoryId: z.string(),
  scope: z.enum(['read', 'write']),
  /** Who asked for it, for the log; nobody when the repository is public. */
  actorId: z.string().nullable(),
  /** Seconds since 1970. */
  expires: z.int(),
})

/** What a Xet token lets its bearer do: read, or read and write, the content of one repository. */
export type XetClaims = z.infer<typeof Claims>

/** A token as its bearer gets it. */
export interface IssuedXetToken {
  readonly accessToken: string
  /** Seconds since 1970. */
  readonly expires: number
}

/** Issues and reads Xet tokens: `xet_{claims}.{signature}`, both base64url. Nothing is stored. */
export interface XetTokens {
  issue(claims: Omit<XetClaims, 'expires'>): Promise<IssuedXetToken>
  /** Refuses with `invalidCredentials` what is not ours, with `tokenExpired` what was. */
  read(token: string): Promise<Result<XetClaims>>
}

export function createXetTokens({
  signer,
  clock,
}: {
  readonly signer: Signer
  readonly clock: Clock
}): XetTokens {
  return {
    async issue(given) {
      const claims = { ...given, expires: unixSeconds(clock() + TOKEN_KEPT) }
      const signature = await signer.sign('xet-token', claims)
      const text = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return {
        accessToken: `${PREFIX}${text}.${Buffer.from(signature).toString('base64url')}`,
        expires: claims.expires,
      }
    },
    async read(token) {
      const [text, signature] = token.startsWith(PREFIX) ? token.slice(PREFIX.length).split('.', 2) : []
      const claims = text === undefined ? null : parseClaims(text)
      if (!claims || signature === undefined) return fail(failure('invalidCredentials'))
      if (!(await signer.verify('xet-token', claims, signature))) return fail(failure('invalidCredentials'))
      return claims.expires > unixSeconds(clock()) ? succeed(claims) : fail(failure('tokenExpired'))
    },
  }
}

function parseClaims(text: string): XetClaims | null {
  try {
    return Claims.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data ?? null
  } catch (cause) {
    if (cause instanceof SyntaxError) return null // not JSON, so not ours
    throw cause
  }
}

/** The token as headers, the form in which Python's and LFS clients read it. */
export function xetTokenHeaders(token: IssuedXetToken, casUrl: string): Record<string, string> {
  return {
    'X-Xet-Cas-Url': casUrl,
    'X-Xet-Access-Token': token.accessToken,
    'X-Xet-Token-Expiration': String(token.expires),
  }
}
