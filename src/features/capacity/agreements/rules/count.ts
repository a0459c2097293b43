import { DAY, HOUR, type Millis, momentOf, SECOND } from '../../../../kernel/time.ts'
import type { CapacityUnit, Evidence } from '../../../../records/index.ts'
import { CAPACITY_UNITS } from '../../../../records/index.ts'
import { linesOf, NotUnderstood, rowsOf } from './lines.ts'

/** What is asked of a file: how many of a unit it shows for these days, both included. */
export interface Counting {
  readonly format: Extract<Evidence, { kind: 'file' }>['format']
  readonly unit: CapacityUnit
  readonly from: string
  readonly until: string
}

/**
 * How many whole units a file shows; null where it cannot be understood. A function of the bytes and the question alone; the
 * formats are those of docs/spec/agreements.md.
 */
export function countEvidence(bytes: Uint8Array, asked: Counting): bigint | null {
  try {
    switch (asked.format) {
      case 'slurm':
        return countSlurm(bytes, asked)
      case 'csv':
        return countTable(bytes, asked)
      case 'digests':
        return countDigests(bytes)
    }
  } catch (cause) {
    if (cause instanceof NotUnderstood) return null
    throw cause
  }
}

/** Distinct SHA-256 digests, one on a line. */
function countDigests(bytes: Uint8Array): bigint {
  const digests = new Set<string>()
  for (const line of linesOf(bytes)) {
    if (!/^[0-9a-f]{64}$/i.test(line)) throw new NotUnderstood()
    digests.add(line.toLowerCase())
  }
  return BigInt(digests.size)
}

const MILLION = 1_000_000n

/** The amounts of the rows in the unit, of the days if a row names its day. */
function countTable(bytes: Uint8Array, { unit, from, until }: Counting): bigint {
  let millionths = 0n
  for (const row of rowsOf(bytes, ',', ['unit', 'amount', 'day'])) {
    if (!CAPACITY_UNITS.some((each) => each === row.unit)) throw new NotUnderstood()
    const amount = millionthsIn(row.amount, 12)
    if (row.day !== undefined && Number.isNaN(dayAt(row.day))) throw new NotUnderstood()
    const isAsked = row.unit === unit && (row.day === undefined || (from <= row.day && row.day <= until))
    if (isAsked) millionths += amount
  }
  return millionths / MILLION
}

const SLURM_COLUMNS = ['JobID', 'Start', 'End', 'Elapsed', 'ElapsedRaw', 'AllocTRES', 'Ayni-Factor'] as const

/** GPU hours of the jobs in what `sacct --parsable2` wrote, as far as they ran in the days. */
function countSlurm(bytes: Uint8Array, { from, until }: Counting): bigint {
  const [first, last] = [dayAt(from), dayAt(until) + DAY]
  const seen = new Set<string>()
  let millionths = 0n
  for (const row of rowsOf(bytes, '|', SLURM_COLUMNS)) {
    const { JobID: job, Start: start, End: end } = row
    if (job === undefined || start === undefined || end === undefined) throw new NotUnderstood()
    if (job.includes('.') || seen.has(`${job} ${start}`)) continue // a step of a job, or a job that was there
    seen.add(`${job} ${start}`)
    const [began, ended] = [momentIn(start), momentIn(end)]
    if (began === null || ended === null) continue // it has not begun or not ended
    const within = Math.max(0, Math.min(ended, last) - Math.max(began, first))
    const seconds = Math.min(elapsedIn(row.ElapsedRaw ?? row.Elapsed), Math.floor(within / SECOND))
    const factor = row['Ayni-Factor'] ? millionthsIn(row['Ayni-Factor'], 3) : MILLION
    millionths += BigInt(seconds) * gpusIn(row.AllocTRES) * factor
  }
  return millionths / (MILLION * BigInt(HOUR / SECOND))
}

/** GPUs of a job: `gres/gpu=4`, else the sum over `gres/gpu:MODEL=N`. */
function gpusIn(tres: string | undefined): bigint {
  if (tres === undefined) throw new NotUnderstood()
  let ofModels = 0n
  for (const each of tres.split(',')) {
    const [, model, count] = /^gres\/gpu(:[^=]{1,64})?=([0-9]{1,6})$/.exec(each) ?? []
    if (count === undefined) continue
    if (model === undefined) return BigInt(count)
    ofModels += BigInt(count)
  }
  return ofModels
}

/** `12`, `05:30`, `02:03:04` or `1-02:03:04` in seconds. */
function elapsedIn(text: string | undefined): number {
  if (text !== undefined && /^[0-9]{1,10}$/.test(text)) return Number(text)
  const parts = /^(?:(?:([0-9]{1,5})-)?([0-9]{1,2}):)?([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]{1,6})?$/.exec(
    text ?? '',
  )
  if (!parts) throw new NotUnderstood()
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
}

/** A moment as the scheduler's clock showed it; null where it says that there was none. */
function momentIn(text: string): Millis | null {
  if (/^(?:Unknown|None|None assigned|)$/.test(text)) return null
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$/.test(text)) throw new NotUnderstood()
  const at = momentOf(`${text}Z`)
  if (Number.isNaN(at)) throw new NotUnderstood()
  return at
}

function dayAt(day: string): Millis {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(day) ? momentOf(`${day}T00:00:00Z`) : Number.NaN
}

/** A decimal number with at most so many digits before the point and six behind it. */
function millionthsIn(text: string | undefined, most: number): bigint {
  const [, whole, part = ''] = /^([0-9]+)(?:\.([0-9]{1,6}))?$/.exec(text ?? '') ?? []
  if (whole === undefined || whole.length > most) throw new NotUnderstood()
  return BigInt(whole) * MILLION + BigInt(part.padEnd(6, '0'))
}
