import { FAILURES, type Failure, type Reason } from '../kernel/failure.ts'
import { chooseLocale } from '../web/i18n/index.ts'
import type { RequestContext } from './context.ts'

/** What a refusal's JSON says. */
export interface RefusalBody {
  /** The sentence, in the language asked for. */
  readonly error: string
  readonly reason: Reason
  readonly field?: string
}

/** Answers an expected failure the way Hugging Face clients read it: status, `X-Error-Code`, and the sentence. */
export function refuse(
  c: RequestContext,
  failure: Failure,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = explain(c, failure)
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  return c.json(body, FAILURES[failure.reason].status)
}

/**
 * Sets the headers of a refusal and returns its body, for routes that name their statuses themselves.
 * `X-Error-Message` is ASCII, so it is always the English sentence; the body's is in the language asked for.
 */
export function explain(c: RequestContext, failure: Failure): RefusalBody {
  const { code } = FAILURES[failure.reason]
  const translators = c.get('translators')
  const acceptLanguage = c.req.header('accept-language')
  const locale = acceptLanguage === undefined ? 'en' : chooseLocale({ acceptLanguage })
  if (code) c.header('X-Error-Code', code)
  c.header('X-Error-Message', headerText(translators.for('en').failure(failure)))
  if (failure.reason === 'tooManyAttempts') c.header('Retry-After', String(failure.detail?.['seconds'] ?? 60))
  if (failure.reason === 'invalidCredentials') c.header('WWW-Authenticate', 'Bearer')
  const error = translators.for(locale).failure(failure)
  return { error, reason: failure.reason, ...(failure.field !== undefined && { field: failure.field }) }
}

const PLAIN: Readonly<Record<string, string>> = {
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '…': '...',
}

/** Field values are visible ASCII (RFC 9110 §5.5): punctuation becomes plain, what else is not becomes `?`. */
function headerText(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, (character) => PLAIN[character] ?? '?').slice(0, 1000)
}
