import { describe, expect, it } from 'vitest'

import { concatBytes, utf8 } from '../../kernel/bytes.ts'
import { signNote } from './note.ts'
import { signingKey } from './signing-key.ts'
import { verifyLog } from './whole-log.ts'
import { LOG_KEY, someEntries, writtenLog } from './written-log.contract.ts'

const check = async (files: ReadonlyMap<string, Uint8Array>, origin: string | null = null) => {
  let [underWay, most] = [0, 0]
  const report = await verifyLog({
    files: {
      async read(path, maxBytes) {
        most = Math.max(most, ++underWay)
        await Promise.resolve()
        underWay--
        const bytes = files.get(path) ?? null
        if (bytes && bytes.length > maxBytes) throw new Error('too long')
        return bytes
      },
    },
    keys: [LOG_KEY.verifier],
    origin,
    ahead: 3,
  })
  expect(most).toBeLessThanOrEqual(3)
  return report
}

describe('checking a whole log', () => {
  it.each([0, 1, 255, 256, 257, 70_000])('finds nothing in one of %i entries', async (size) => {
    const { files, root } = writtenLog(someEntries(size))
    const report = await check(files, 'example.org/log')
    expect(report).toEqual({
      checkpoint: { origin: 'example.org/log', size, root },
      problem: null,
      redacted: 0,
    })
  })

  it('notices each bit of each file', async () => {
    const { files } = writtenLog(someEntries(3))
    const unnoticed: string[] = []
    for (const [path, bytes] of files) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
        const { problem } = await check(new Map(files).set(path, flipped))
        if (problem === null) unnoticed.push(`${path} ${bit}`)
      }
    }
    expect(unnoticed).toEqual([])
  })

  it('notices each file that is missing, too short or too long', async () => {
    const { files } = writtenLog(someEntries(600))
    const unnoticed = []
    for (const [path, bytes] of files) {
      const without = new Map(files)
      without.delete(path)
      const changed = [
        without,
        new Map(files).set(path, bytes.subarray(0, -1)),
        new Map(files).set(path, concatBytes([bytes, new Uint8Array(32)])),
      ]
      for (const files of changed) {
        const problem = await check(files)
          .then((report) => report.problem)
          .catch((error: Error) => error.message)
        if (problem === null) unnoticed.push(path)
      }
    }
    expect(unnoticed).toEqual([])
  })

  it('says what is wrong, and where', async () => {
    const { files } = writtenLog(someEntries(600))
    const problemWith = async (path: string, bytes: Uint8Array) =>
      (await check(new Map(files).set(path, bytes))).problem
    const other = writtenLog(someEntries(600).with(300, utf8('another'))).files
    expect(await problemWith('tile/entries/001', other.get('tile/entries/001') ?? utf8(''))).toEqual({
      reason: 'differs',
      path: 'tile/0/001',
    })
    expect(await problemWith('checkpoint', other.get('checkpoint') ?? utf8(''))).toEqual({
      reason: 'wrongRoot',
      path: 'checkpoint',
    })
    const stranger = signingKey('example.org/log', 1, new Uint8Array(32).fill(9))
    const { files: theirs } = writtenLog(someEntries(600), stranger)
    expect((await check(theirs)).problem).toEqual({ reason: 'unverified', path: 'checkpoint' })
    expect((await check(files, 'example.org/other')).problem?.reason).toBe('wrongOrigin')
    const note = utf8(signNote('no checkpoint\n', [LOG_KEY]))
    expect(await problemWith('checkpoint', note)).toEqual({ reason: 'malformed', path: 'checkpoint' })
  })

  it('takes the beginning of a full tile or bundle where the partial one is gone', async () => {
    const now = writtenLog(someEntries(700)).files
    const then = writtenLog(someEntries(300)).files
    const served = new Map(now).set('checkpoint', then.get('checkpoint') ?? utf8(''))
    served.set('tile/1/000.p/1', then.get('tile/1/000.p/1') ?? utf8(''))
    expect((await check(served)).problem).toBeNull()
    served.delete('tile/0/001')
    expect((await check(served)).problem).toEqual({ reason: 'missing', path: 'tile/0/001.p/44' })
  })

  it('rejects when a file cannot be had, whatever is under way', async () => {
    const { files } = writtenLog(someEntries(5000))
    const checking = verifyLog({
      files: {
        read: async (path) => {
          if (path.startsWith('tile/entries/00')) throw new Error('the line is cut')
          return files.get(path) ?? null
        },
      },
      keys: [LOG_KEY.verifier],
      origin: null,
      ahead: 8,
    })
    await expect(checking).rejects.toThrow('the line is cut')
  })
})
