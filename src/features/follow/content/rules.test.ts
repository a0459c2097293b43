import { describe, expect, it } from 'vitest'

import { GitOid, Sha256 } from '../../../kernel/names.ts'
import { fileUrl, nextPartBytes, PART_BYTES, pauseAfter, problemOf, readPart } from './rules.ts'

const MIB = 1024 * 1024
const file = {
  sha256: Sha256.parse('a'.repeat(64)),
  size: 100,
  commit: GitOid.parse('b'.repeat(40)),
  path: 'a b/ü?#.bin',
}
const source = { url: 'https://quito.example/hub', allow: 'public' } as const

describe('the address of a file', () => {
  it.each([
    ['model', 'https://quito.example/hub/q/asr/resolve/'],
    ['dataset', 'https://quito.example/hub/datasets/q/asr/resolve/'],
  ] as const)('of a %s names the commit and escapes the path', (kind, start) => {
    const url = fileUrl(source, { id: '1', kind, fullName: 'q/asr' }, file)
    expect(url).toBe(`${start}${file.commit}/a%20b/%C3%BC%3F%23.bin`)
  })
})

describe('the size of the next part', () => {
  it('doubles up to 64 MiB while parts come whole', () => {
    expect(nextPartBytes(8 * MIB, 8 * MIB)).toBe(16 * MIB)
    expect(nextPartBytes(PART_BYTES.most, PART_BYTES.most)).toBe(PART_BYTES.most)
  })

  it('is half of what came before a cut, at least 64 KiB', () => {
    expect(nextPartBytes(8 * MIB, MIB)).toBe(MIB / 2)
    expect(nextPartBytes(8 * MIB, 0)).toBe(PART_BYTES.least)
  })

  it('settles below what a cutting link lets through, so that no three parts in a row are cut', () => {
    let asked: number = PART_BYTES.first
    let cutsInARow = 0
    for (let part = 0; part < 100; part++) {
      const received = Math.min(asked, 700_000)
      cutsInARow = received < asked ? cutsInARow + 1 : 0
      expect(cutsInARow).toBeLessThan(3)
      asked = nextPartBytes(asked, received)
    }
  })
})

describe('an answer', () => {
  const url = 'https://quito.example/x'
  const asked = { start: 0, end: 10 }

  it('is taken when it says that the whole is as long as the file', () => {
    const part = { range: asked, size: 100 }
    expect(readPart({ status: 206, part, headers: {}, url }, asked, 100)).toEqual({ length: 10 })
    const headers = { 'content-length': '100' }
    expect(readPart({ status: 200, headers, url }, asked, 100)).toEqual({ length: 100 })
  })

  it.each([
    ['another length', { status: 206, part: { range: asked, size: 101 }, headers: {} }],
    ['no length', { status: 206, part: { range: asked }, headers: {} }],
    ['a whole of no length', { status: 200, headers: {} }],
    ['a whole of another length', { status: 200, headers: { 'content-length': '99' } }],
    ['that there is none', { status: 404, headers: {} }],
  ])('that states %s is not of this file', (_, answer) => {
    expect(readPart({ ...answer, url }, asked, 100)).toMatchObject({ isUnfit: true })
  })

  it('with the whole does not go on in the middle', () => {
    const whole = { status: 200, headers: { 'content-length': '100' }, url }
    expect(readPart(whole, { start: 50, end: 60 }, 100)).toMatchObject({ isUnfit: true })
  })

  it('of a server in trouble may be better later', () => {
    expect(readPart({ status: 500, headers: {}, url }, asked, 100)).toMatchObject({ isUnfit: false })
  })
})

describe('the pause after all sources failed', () => {
  const failed = problemOf({ reason: 'hostNotReached', host: 'x', problem: 'refused' })
  const busy = problemOf({ reason: 'hostBusy', host: 'x', retryAt: 31_000 })

  it('is none before anything came: whoever asked is told', () => {
    expect(pauseAfter([failed], { received: 0, rounds: 1, now: 1000 }, 60_000)).toBeNull()
  })

  it('doubles, and ends', () => {
    const at = (rounds: number) => pauseAfter([failed], { received: 1, rounds, now: 1000 }, 120_000)
    expect([1, 2, 3].map(at)).toEqual([1000, 2000, 4000])
    expect(at(8)).toBeNull()
  })

  it('is as long as the first source to be ready asks, up to a limit', () => {
    const at = { received: 1, rounds: 1, now: 1000 }
    expect(pauseAfter([busy], at, 60_000)).toBe(30_000)
    expect(pauseAfter([busy, failed], at, 60_000)).toBe(1000)
    expect(pauseAfter([busy], at, 10_000)).toBeNull()
  })
})
