import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { utf8 } from '../../../../kernel/bytes.ts'
import { countEvidence, type Counting } from './count.ts'
import { MAX_EVIDENCE_BYTES } from './lines.ts'

const days = { from: '2026-11-01', until: '2026-11-30' }
const count = (format: Counting['format'], text: string, unit: Counting['unit'] = 'gpu-hour') =>
  countEvidence(utf8(text), { format, unit, ...days })

describe('what a scheduler wrote down', () => {
  const header = 'JobID|Account|Start|End|Elapsed|AllocTRES|State'
  const slurm = (...jobs: readonly string[]) => count('slurm', [header, ...jobs, ''].join('\n'))
  const tres = (gpus: number) => `billing=8,cpu=8,gres/gpu:h100=${gpus},gres/gpu=${gpus},mem=64G,node=1`
  const job = (id: string, start: string, end: string, elapsed: string, gpus = 2) =>
    `${id}|nairobi|${start}|${end}|${elapsed}|${tres(gpus)}|COMPLETED`

  it('counts hours times GPUs of jobs, not of their steps', () => {
    expect(
      slurm(
        job('100', '2026-11-02T00:00:00', '2026-11-03T01:30:00', '1-01:30:00', 4),
        job('100.batch', '2026-11-02T00:00:00', '2026-11-03T01:30:00', '1-01:30:00', 4),
        job('100.0', '2026-11-02T00:00:00', '2026-11-03T01:30:00', '1-01:30:00', 4),
        job('101_7', '2026-11-04T00:00:00', '2026-11-04T00:20:00', '20:00', 3),
      ),
    ).toBe(103n)
  })

  it('counts a line that is there twice once, and a job that ran again twice', () => {
    const run = job('7', '2026-11-02T00:00:00', '2026-11-02T01:00:00', '01:00:00')
    const again = job('7', '2026-11-03T00:00:00', '2026-11-03T01:00:00', '01:00:00')
    expect(slurm(run, run, again)).toBe(4n)
  })

  it('counts what ran in the days, by the clock of the scheduler', () => {
    expect(slurm(job('1', '2026-10-31T22:00:00', '2026-11-01T01:00:00', '03:00:00'))).toBe(2n)
    expect(slurm(job('1', '2026-11-30T23:00:00', '2026-12-01T05:00:00', '06:00:00'))).toBe(2n)
    expect(slurm(job('1', '2026-12-01T00:00:00', '2026-12-01T05:00:00', '05:00:00'))).toBe(0n)
  })

  it('counts no job that has not ended, nor longer than it says it ran', () => {
    expect(slurm(job('1', '2026-11-02T00:00:00', 'Unknown', '05:00:00'))).toBe(0n)
    expect(slurm('1||None assigned|Unknown|00:00:00||PENDING')).toBe(0n)
    expect(slurm(job('1', '2026-11-02T00:00:00', '2026-11-03T00:00:00', '01:00:00'))).toBe(2n)
  })

  it('takes a GPU for as much of an H100 as the supplier says', () => {
    const text = [
      'JobID|Start|End|ElapsedRaw|AllocTRES|Ayni-Factor',
      '1|2026-11-02T00:00:00|2026-11-02T10:00:00|36000|gres/gpu:mi100=3|0.35',
      '2|2026-11-02T00:00:00|2026-11-02T10:00:00|36000|gres/gpu=1|',
    ].join('\r\n')
    expect(count('slurm', text)).toBe(20n)
  })

  it.each([
    ['no header', '1|2|3'],
    ['a row with another number of columns', `${header}\n1|2`],
    ['a time that is none', `${header}\n${job('1', '2026-11-02 00:00', '2026-11-03T00:00:00', '01:00:00')}`],
    [
      'a month that is none',
      `${header}\n${job('1', '2026-13-02T00:00:00', '2026-11-03T00:00:00', '01:00:00')}`,
    ],
    ['a length that is none', `${header}\n${job('1', '2026-11-02T00:00:00', '2026-11-03T00:00:00', '-1')}`],
    ['a column twice', `JobID|${header}\n1|${job('1', '2026-11-02T00:00:00', '2026-11-03T00:00:00', '10')}`],
    [
      'a number with a thousand digits',
      `JobID|Start|End|ElapsedRaw|AllocTRES\n1|2026-11-02T00:00:00|2026-11-03T00:00:00|${'9'.repeat(1000)}|gres/gpu=1`,
    ],
  ])('does not understand %s', (_, text) => {
    expect(count('slurm', text)).toBe(text === '1|2|3' ? 0n : null)
  })
})

describe('a table', () => {
  it('sums the amounts of the unit in the days', () => {
    const text =
      '\ufeffday,unit,amount\n2026-11-02,expert-day,1.5\n"2026-11-03","expert-day","1.75"\n2026-12-01,expert-day,9\n2026-11-02,seat,4\n'
    expect(count('csv', text, 'expert-day')).toBe(3n)
    expect(count('csv', 'unit,amount\nseat,12\nseat,30', 'seat')).toBe(42n)
  })
  it.each([
    ['no amount', 'unit\nseat'],
    ['a negative amount', 'unit,amount\nseat,-1'],
    ['an unknown unit', 'unit,amount\nhour,1'],
    ['an exponent', 'unit,amount\nseat,1e9'],
    ['a day that is none', 'unit,amount,day\nseat,1,3.11.2026'],
    ['too much', `unit,amount\nseat,${'9'.repeat(13)}`],
  ])('is not understood with %s', (_, text) => {
    expect(count('csv', text, 'seat')).toBeNull()
  })
})

describe('digests', () => {
  const digest = (digit: string) => digit.repeat(64)
  it('count once each, without names', () => {
    expect(count('digests', [digest('a'), digest('b'), digest('A'), ''].join('\n'), 'seat')).toBe(2n)
    expect(count('digests', '', 'seat')).toBe(0n)
    expect(count('digests', `${digest('a')}  Amina`, 'seat')).toBeNull()
  })
})

describe('whatever bytes there are', () => {
  it.each(['slurm', 'csv', 'digests'] as const)(
    '%s never throws and never counts below nothing',
    (format) => {
      const header = { slurm: 'JobID|Start|End|Elapsed|AllocTRES\n', csv: 'unit,amount\n', digests: '' }[
        format
      ]
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 500 }),
        fc
          .string({ unit: fc.constantFrom(...Array.from('|,\n:-0129 TZabgpu/=.;"')) })
          .map((text) => utf8(header + text)),
      )
      fc.assert(
        fc.property(bytes, (given) => {
          const counted = countEvidence(given, { format, unit: 'seat', ...days })
          expect(counted === null || counted >= 0n).toBe(true)
        }),
      )
    },
  )

  it.each([
    ['newlines', '\n'],
    ['separators', '|'],
    ['commas', ','],
    ['quotes', '"'],
    ['digits', '9'],
    ['jobs', '1|2026-11-02T00:00:00|2026-11-03T00:00:00|10|gres/gpu=1\n'],
    ['models', 'gres/gpu:x=1,'],
  ])('of ten megabytes of %s says something', (_, part) => {
    const bytes = utf8(
      `JobID|Start|End|Elapsed|AllocTRES\n${part.repeat(Math.floor(MAX_EVIDENCE_BYTES / part.length) - 10)}`,
    )
    for (const format of ['slurm', 'csv', 'digests'] as const) {
      const counted = countEvidence(bytes, { format, unit: 'gpu-hour', ...days })
      expect(counted === null || counted === 0n).toBe(true)
    }
  })
})
