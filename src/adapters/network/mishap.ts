/** What an error of a connection means. */
import { BrokenFetch, type FetchFailure } from '../../kernel/fetcher.ts'

type Problem = Extract<FetchFailure, { reason: 'hostNotReached' }>['problem']

const BY_CODE: Readonly<Record<string, Problem>> = {
  ECONNREFUSED: 'refused',
  EACCES: 'refused',
  EPERM: 'refused',
  EAFNOSUPPORT: 'unreachable',
  EINVAL: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ECONNABORTED: 'closed',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  EPROTO: 'certificate',
}
/** Errors that are this machine's or this program's own: nothing that a host does may look like one. */
const OURS =
  /^(?:$|EMFILE$|ENFILE$|ENOBUFS$|ENOMEM$|ERR_INVALID_ARG|ERR_INVALID_CHAR$|ERR_HTTP_INVALID_HEADER)/
const CERTIFICATE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CRL_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|ERR_OSSL)/

/**
 * The failure that an error of node:http, node:net or node:tls stands for before the body begins. Rethrows what is
 * our own.
 */
export function readMishap(cause: unknown, host: string, headerBytes: number): FetchFailure {
  if (cause instanceof BrokenFetch) return cause.failure
  const code = codeOf(cause)
  if (code === 'HPE_HEADER_OVERFLOW') return { reason: 'hostAnswerTooLarge', host, limit: headerBytes }
  if (code.startsWith('HPE_')) return { reason: 'hostAnswerBroken', host, problem: 'malformed' }
  if (CERTIFICATE.test(code)) return { reason: 'hostNotReached', host, problem: 'certificate' }
  if (OURS.test(code)) throw cause
  return { reason: 'hostNotReached', host, problem: BY_CODE[code] ?? 'closed' }
}

/** The failure that an error while reading the body stands for. Rethrows what is our own. */
export function readBodyMishap(cause: unknown, host: string): FetchFailure {
  if (cause instanceof BrokenFetch) return cause.failure
  const code = codeOf(cause)
  if (code.startsWith('HPE_')) return { reason: 'hostAnswerBroken', host, problem: 'malformed' }
  if (code.startsWith('Z_')) return { reason: 'hostAnswerBroken', host, problem: 'compression' }
  if (OURS.test(code)) throw cause
  return { reason: 'hostAnswerBroken', host, problem: 'cutShort' }
}

/** Node's code of an error; of several attempts to connect, the first one's that has any. */
function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}
