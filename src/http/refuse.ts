import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { FAILURES, type Failure } from '../kernel/failure.ts'
import { chooseLocale } from '../web/i18n/index.ts'
import type { RequestContext } from './context.ts'

/**
 * Answers an expected failure the way Hugging Face clients read it: status, `X-Error-Code`, and the sentence both as
 * `X-Error-Message` and as JSON `error`. `X-Error-Message` is ASCII, so it is always the English one.
 */
export function refuse(
  c: RequestContext,
  failure: Failure,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, code } = FAILURES[failure.reason]
  const translators = c.get('translators')
  const acceptLanguage = c.req.header('accept-language')
  const locale = acceptLanguage === undefined ? 'en' : chooseLocale({ acceptLanguage })
  if (code) c.header('X-Error-Code', code)
  c.header('X-Error-Message', headerText(translators.for('en').failure(failure)))
  if (failure.reason === 'tooManyAttempts') c.header('Retry-After', String(failure.detail?.['seconds'] ?? 60))
  if (failure.reason === 'invalidCredentials') c.header('WWW-Authenticate', 'Bearer')
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  const error = translators.for(locale).failure(failure)
  const body = { error, reason: failure.reason, ...(failure.field !== undefined && { field: failure.field }) }
  return c.json(body, status satisfies number as ContentfulStatusCode)
}

/** Field values are visible ASCII (RFC 9110 §5.5): what is not becomes `?`. */
function headerText(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, '?').slice(0, 1000)
}
