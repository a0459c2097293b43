import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromUtf8, utf8 } from '../kernel/bytes.ts'
import { MAX_MANIFEST_BYTES, Manifest, readManifest, writeManifest, type ManifestFile } from './index.ts'

const HASH = 'ab'.repeat(32)
const file = (path: string, more: object = {}): ManifestFile => {
  const [parsed] = Manifest.parse({ files: [{ path, size: 1, sha256: HASH, ...more }] }).files
  if (!parsed) throw new Error('unreachable: one file was parsed')
  return parsed
}
const reasonOf = (text: string) => {
  const read = readManifest(utf8(text))
  return read.ok ? 'ok' : read.failure
}

const path = fc
  .array(fc.constantFrom('a', 'B', 'é', '文', 'a.b', 'README.md'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'))
const anyFile = fc
  .record(
    {
      path,
      size: fc.maxSafeNat(),
      xet: fc.constant('cd'.repeat(32)),
      gitOid: fc.constant('ef'.repeat(20)),
    },
    { requiredKeys: ['path', 'size'] },
  )
  .map(({ path: at, ...more }) => file(at, more))

describe('a manifest', () => {
  it('reads back as what was written, in the one order, whatever the order given', () => {
    const files = fc.uniqueArray(anyFile, { selector: (one) => one.path })
    fc.assert(
      fc.property(files, (given) => {
        const bytes = writeManifest(given)
        const read = readManifest(bytes)
        expect(writeManifest(given.toReversed())).toEqual(bytes)
        expect(read.ok && read.value.files.map((one) => one.path)).toEqual(
          given.map((one) => one.path).toSorted(),
        )
        expect(read.ok && new Set(read.value.files)).toEqual(new Set(given))
      }),
    )
  })

  it('is canonical JSON and nothing else', () => {
    expect(fromUtf8(writeManifest([file('b'), file('a', { gitOid: 'ef'.repeat(20) })]))).toBe(
      `{"files":[{"gitOid":"${'ef'.repeat(20)}","path":"a","sha256":"${HASH}","size":1},{"path":"b","sha256":"${HASH}","size":1}]}`,
    )
    expect(fromUtf8(writeManifest([]))).toBe('{"files":[]}')
  })

  it('is not written with a path twice', () => {
    expect(() => writeManifest([file('a'), file('a')])).toThrow('files')
  })

  const entry = (at: string, more = '') => `{"path":"${at}","sha256":"${HASH}","size":1${more}}`

  it.each([
    ['a member that is not known', `{"files":[${entry('a', ',"type":"x"')}],"more":{}}`, 'ok'],
    ['files out of order', `{"files":[${entry('b')},${entry('a')}]}`, 'notAManifest'],
    ['a path twice', `{"files":[${entry('a')},${entry('a')}]}`, 'notAManifest'],
    ['a path upwards', `{"files":[${entry('a/../../b')}]}`, 'notAManifest'],
    ['an absolute path', `{"files":[${entry('/etc/passwd')}]}`, 'notAManifest'],
    ['a negative size', `{"files":[${entry('a').replace(':1', ':-1')}]}`, 'notAManifest'],
    ['a size that is no integer', `{"files":[${entry('a').replace(':1', ':1.5')}]}`, 'notCanonical'],
    ['a line end', `{"files":[]}\n`, 'notCanonical'],
    ['a list', `[]`, 'notAManifest'],
    ['nothing', '', 'notJson'],
    ['half of it', '{"files":[', 'notJson'],
    ['depth', '['.repeat(100_000), 'tooDeep'],
  ])('with %s is judged', (_, text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  it('is refused unread when it is too long, and when it is not UTF-8', () => {
    expect(readManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1))).toEqual({ ok: false, failure: 'tooLong' })
    expect(readManifest(Uint8Array.of(0xff))).toEqual({ ok: false, failure: 'notUtf8' })
  })

  it('is refused before it costs memory when it is made of nothing', () => {
    const filled = (piece: string) => {
      const count = Math.floor((MAX_MANIFEST_BYTES - 40) / piece.length)
      return `{"files":[${piece.repeat(count)}{}]}`
    }
    expect(reasonOf(filled('{},'))).toBe('tooLong')
    expect(reasonOf(`{"files":[${'{},'.repeat(99_999)}{}]}`)).toBe('notAManifest')
    expect(reasonOf(`{"files":[${'{},'.repeat(100_000)}{}]}`)).toBe('notAManifest')
  })

  it('may have 100,000 files and no more', () => {
    const one = file('a')
    const files = Array.from({ length: 100_000 }, (_, index) => ({ ...one, path: file(`f${index}`).path }))
    const start = performance.now()
    const read = readManifest(writeManifest(files))
    expect(performance.now() - start).toBeLessThan(20_000)
    expect(read.ok && read.value.files.length).toBe(100_000)
    expect(() => writeManifest([...files, file('g')])).toThrow('files')
  })
})
