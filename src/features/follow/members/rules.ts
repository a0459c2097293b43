/** Decisions about following members, pure. */
import { z } from 'zod'

import { type Failure, failure, FAILURES, type Reason } from '../../../kernel/failure.ts'
import { Handle, MemberId, Origin, RepositoryKind } from '../../../kernel/names.ts'
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../../../kernel/time.ts'
import type { ContentFilter, ContentPolicy, LeftOut, Quota } from './types.ts'

/** What a node says of itself at `/.well-known/ayni`. A hint: what counts is in the logs. */
export const NodeHint = z.object({
  members: z
    .array(z.object({ id: MemberId, handle: Handle, name: z.string().min(1).max(200) }))
    .min(1)
    .max(1000),
  logs: z
    .array(z.object({ origin: Origin, keysAt: z.array(z.int().min(0)).max(1000).default([]) }))
    .max(10_000)
    .default([]),
})
export type NodeHint = z.infer<typeof NodeHint>

/** Where a log lies below its node's address. */
export function logPrefix(url: string, origin: Origin): string {
  return `${url}/api/ayni/v1/logs/${origin.slice(origin.indexOf('/') + 1)}`
}

/** Where a node vouches for the logs that it follows: submission and monitoring prefix. */
export function witnessPrefix(url: string): string {
  return `${url}/api/ayni/v1/witness`
}

/** How often a checkpoint is asked for while nothing tells that there is another. */
export const POLL_EVERY = MINUTE
/** How often while hints come: they may be lost, and nobody vouches for them. */
const POLL_BESIDE_HINTS = HOUR
const LONGEST_PAUSE = HOUR

/**
 * How long to wait before a member is asked again: a minute, or an hour while hints come; longer after each failure in a row, an
 * hour at most. `chance`, from 0 to 1, spreads followers over a fifth of it.
 */
export function pauseAfter(
  { failures, isHearing }: { readonly failures: number; readonly isHearing: boolean },
  chance: number,
): Millis {
  const usual = isHearing && failures === 0 ? POLL_BESIDE_HINTS : POLL_EVERY
  const pause = Math.min(usual * 2 ** Math.min(failures, 10), LONGEST_PAUSE)
  return Math.round(pause * (0.9 + chance * 0.2))
}

/** How long to wait before a stream of hints that was cut is opened again: a second, twice as long after each failure. */
export function pauseOfStream(failures: number, chance: number): Millis {
  return Math.round(Math.min(SECOND * 2 ** Math.min(failures, 10), POLL_EVERY) * (0.5 + chance))
}

/** A member id in groups of four, as people compare it aloud. */
export function fingerprint(memberId: MemberId): string {
  return memberId.slice(1).match(/.{4}/g)?.join(' ') ?? memberId
}

/**
 * Why a member was not followed at the last attempt, as a failure whose sentence names the host; null after a good one. What was
 * written down is the reason alone: whose it was is known.
 */
export function failureOf({
  failure: reason,
  url,
}: {
  readonly failure: string | null
  readonly url: string | null
}): Failure | null {
  if (reason === null) return null
  const host = (url && URL.parse(url)?.host) ?? url ?? ''
  return failure(isReason(reason) ? reason : 'hostAnswerBroken', { host })
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(FAILURES, text)
}

/** Whether a log of which only older checkpoints are shown has been so for a day: then it is said. */
export function isStale(checkedAt: Millis | null, now: Millis): boolean {
  return checkedAt !== null && now - checkedAt >= DAY
}

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** A number of bytes as people write it: `2GiB`, `500MB`, `1.5 GB`, `1000`. Null when it is none. */
export function readBytes(text: string): number | null {
  const [, whole, fraction = '', unit = 'B'] =
    /^(\d{1,12})(?:[.,](\d{1,12}))? ?([kKMGT]?i?B)?$/.exec(text) ?? []
  const bytesOfUnit = UNITS[unit]
  if (whole === undefined || bytesOfUnit === undefined) return null
  // In whole numbers: 2.147483648 GB is exactly 2 GiB.
  const bytes = Number((BigInt(whole + fraction) * BigInt(bytesOfUnit)) / 10n ** BigInt(fraction.length))
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** Units in which people say how much may come. */
export const AMOUNT_UNITS = ['MB', 'GB', 'TB'] as const
export type AmountUnit = (typeof AMOUNT_UNITS)[number]

/** {@link readBytes} the other way, in the largest unit of which there is one whole: nothing is rounded. */
export function writeAmount(bytes: number): { readonly number: string; readonly unit: AmountUnit } {
  const unit = AMOUNT_UNITS.findLast((each) => bytes >= (UNITS[each] ?? 1)) ?? 'MB'
  const decimals = String(UNITS[unit]).length - 1
  const digits = String(bytes).padStart(decimals + 1, '0')
  const fraction = digits.slice(-decimals).replace(/0+$/, '')
  const whole = digits.slice(0, -decimals)
  return { number: fraction === '' ? whole : `${whole}.${fraction}`, unit }
}

const CONTENT: readonly ContentPolicy[] = ['on-demand', 'all', 'none']

/** What becomes of a member's large files. */
export interface ContentTerms {
  readonly content: ContentPolicy
  readonly filter: ContentFilter | null
}

/**
 * `on-demand`, `none`, `all`, or `all` and conditions: `all,kind=model,licence=apache-2.0,max-file=2GiB,budget=50GiB`. Several
 * kinds or licences mean any of them. Null for anything else.
 */
export function readContentTerms(text: string): ContentTerms | null {
  const [policy, ...conditions] = text.split(',')
  const content = CONTENT.find((each) => each === policy)
  if (!content || (conditions.length > 0 && content !== 'all')) return null
  if (conditions.length === 0) return { content, filter: null }
  let filter: ContentFilter = { kinds: [], licences: [], maxFile: null, budget: null }
  for (const condition of conditions) {
    const next = withCondition(filter, condition)
    if (!next) return null
    filter = next
  }
  return { content, filter }
}

function withCondition(filter: ContentFilter, condition: string): ContentFilter | null {
  const [name = '', value = '', ...rest] = condition.split('=')
  if (value === '' || rest.length > 0) return null
  const bytes = readBytes(value)
  switch (name) {
    case 'kind': {
      const kind = RepositoryKind.safeParse(value)
      return kind.success ? { ...filter, kinds: [...filter.kinds, kind.data] } : null
    }
    case 'licence':
      return { ...filter, licences: [...filter.licences, value.toLowerCase()] }
    case 'max-file':
      return bytes !== null && filter.maxFile === null ? { ...filter, maxFile: bytes } : null
    case 'budget':
      return bytes !== null && filter.budget === null ? { ...filter, budget: bytes } : null
    default:
      return null
  }
}

/** {@link readContentTerms} the other way. */
export function writeContentTerms({ content, filter }: ContentTerms): string {
  if (!filter) return content
  const { kinds, licences, maxFile, budget } = filter
  return [
    content,
    ...kinds.map((kind) => `kind=${kind}`),
    ...licences.map((licence) => `licence=${licence}`),
    ...(maxFile === null ? [] : [`max-file=${maxFile}B`]),
    ...(budget === null ? [] : [`budget=${budget}B`]),
  ].join(',')
}

/** Whether files of such a repository are fetched without being asked. */
export function isRepositoryWanted(
  { content, filter }: ContentTerms,
  { kind, licence }: { readonly kind: RepositoryKind; readonly licence: string | null },
): boolean {
  if (content !== 'all') return false
  if (!filter) return true
  const isKind = filter.kinds.length === 0 || filter.kinds.includes(kind)
  const isLicence = filter.licences.length === 0 || filter.licences.includes(licence?.toLowerCase() ?? '')
  return isKind && isLicence
}

/** Why a file is not fetched without being asked while so many bytes of its member are held; null when it is. */
export function whyLeftOut(
  filter: ContentFilter | null,
  size: number,
  heldBytes: number,
): 'tooLong' | 'noRoom' | null {
  if (size > (filter?.maxFile ?? Infinity)) return 'tooLong'
  return heldBytes + size > (filter?.budget ?? Infinity) ? 'noRoom' : null
}

/** What was left out, and one more file. */
export function withFile(leftOut: LeftOut, why: 'tooLong' | 'noRoom', size: number): LeftOut {
  const { files, bytes } = leftOut[why]
  return { ...leftOut, [why]: { files: files + 1, bytes: bytes + size } }
}

export const NOTHING_LEFT_OUT: LeftOut = {
  repositories: 0,
  tooLong: { files: 0, bytes: 0 },
  noRoom: { files: 0, bytes: 0 },
}

/** What a day may bring unless the operator says otherwise: far more than members say, far less than fills a disk. */
export const USUAL_QUOTA: Quota = { entries: 100_000, records: 250e6, objects: 4e9, content: 500e9 }

/** `entries=1000,records=10MB,objects=1GB,content=20GB`, each where it is not the usual. Null for anything else. */
export function readQuota(text: string): Quota | null {
  let quota = USUAL_QUOTA
  for (const part of text.split(',')) {
    const [name = '', value = '', ...rest] = part.split('=')
    const amount = name === 'entries' ? (/^\d{1,9}$/.test(value) ? Number(value) : null) : readBytes(value)
    if (!Object.hasOwn(USUAL_QUOTA, name) || amount === null || rest.length > 0) return null
    quota = { ...quota, [name]: amount }
  }
  return quota
}

/** Which quota is used up, or null. */
export function spentQuota(used: Quota, quota: Quota, kinds: readonly (keyof Quota)[]): keyof Quota | null {
  return kinds.find((kind) => used[kind] >= quota[kind]) ?? null
}

/** Days since 1970, UTC. */
export function dayOf(now: Millis): number {
  return Math.floor(now / DAY)
}
