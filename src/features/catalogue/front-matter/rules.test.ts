import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'

import { LONGEST_FRONT_MATTER, readFrontMatter } from './rules.ts'

const card = (block: string, body = '# Title\n') => `---\n${block}\n---\n${body}`

describe('a card with front matter', () => {
  it('gives its metadata and the text after it', () => {
    const read = readFrontMatter(card('license: mit\nlanguage:\n- sw\n- "no"', '\n# Kiswahili\n'))
    expect(read.metadata).toEqual({ license: 'mit', language: ['sw', 'no'] })
    expect(read.body).toBe('\n\n# Kiswahili\n')
    expect([read.errors, read.warnings]).toEqual([[], []])
  })

  it.each([
    '\uFEFF---\nlicense: mit\n---\nx',
    '\n\n---\r\nlicense: mit\r\n---\r\nx',
    '---  \nlicense: mit\n---',
  ])('is found after a byte order mark, blank lines and with any line end: %j', (text) => {
    expect(readFrontMatter(text).metadata).toEqual({ license: 'mit' })
  })

  it('keeps words that YAML 1.1 turned into something else', () => {
    expect(readFrontMatter(card('language: no\ndate: 2024-01-01\non: yes')).metadata).toEqual({
      language: 'no',
      date: '2024-01-01',
      on: 'yes',
    })
  })

  it('keeps names that are dangerous as keys of an object', () => {
    const { metadata } = readFrontMatter(card('__proto__: { a: 1 }\nconstructor: 2'))
    expect(JSON.stringify(metadata)).toBe('{"__proto__":{"a":1},"constructor":2}')
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
  })

  it('gives numbers JSON cannot carry as they were written', () => {
    expect(readFrontMatter(card('a: .inf\nb: .nan')).metadata).toEqual({ a: '.inf', b: '.nan' })
  })

  it('follows an alias', () => {
    expect(readFrontMatter(card('a: &x { q: 1 }\nb: *x')).metadata).toEqual({ a: { q: 1 }, b: { q: 1 } })
  })

  it('reads back whatever JSON an author wrote as YAML', () => {
    const value = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }), {
      minKeys: 1,
      maxKeys: 8,
    })
    fc.assert(
      fc.property(value, (metadata) => {
        const plain: unknown = JSON.parse(JSON.stringify(metadata))
        expect(readFrontMatter(card(stringify(plain))).metadata).toEqual(plain)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a card without metadata', () => {
  it.each([
    '',
    '# Only text',
    '---\n---\ntext',
    '---\n\n---\n',
    '---\n# a comment\n---\n',
    '---\nlicense: mit\n',
  ])('is warned about, not refused: %j', (text) => {
    const read = readFrontMatter(text)
    expect(read.metadata).toBeNull()
    expect(read.errors).toEqual([])
    expect(read.warnings).toEqual([{ message: 'empty or missing yaml metadata in repo card' }])
  })

  it('keeps the whole text when the block is never closed', () => {
    expect(readFrontMatter('---\nlicense: mit\n').body).toBe('---\nlicense: mit\n')
  })
})

describe('front matter that cannot be read', () => {
  it.each([
    [
      'a duplicate key',
      'a: 1\nb:\n  c: 1\n  c: 2',
      'Map keys must be unique; "c" is repeated at line 4, column 3',
    ],
    [
      'broken indentation',
      'a: b: c',
      'Nested mappings are not allowed in compact mappings at line 1, column 4',
    ],
    ['a list', '- a', 'yaml metadata must be a map of names to values'],
    ['a name that is a list', '[a, b]: 1', 'a name must be a word or a number at line 1, column 1'],
    ['an alias of itself', 'a: &a [*a]', 'nested deeper than 64 levels at line 1, column 7'],
    ['an unknown alias', 'a: *b', 'unknown alias b at line 1, column 4'],
  ])('says where the fault is: %s', (_, block, message) => {
    const read = readFrontMatter(card(block))
    expect(read.metadata).toBeNull()
    expect(read.errors.map((error) => error.message)).toEqual([message])
  })

  it('is warned about an unknown type', () => {
    const read = readFrontMatter(card('a: !!python/object:os.system x'))
    expect(read.metadata).toEqual({ a: 'x' })
    expect(read.warnings).toHaveLength(1)
  })

  it('is kept unread when it is too long', () => {
    const read = readFrontMatter(card(`a: ${'x'.repeat(LONGEST_FRONT_MATTER)}`))
    expect(read).toMatchObject({ metadata: null, isTooLong: true, errors: [] })
  })

  it.each([
    ['aliases of aliases', `a: &a [x,x,x,x,x,x,x,x,x]\n${expanding(9)}`],
    ['many aliases', `a: &a x\nb:\n${'- *a\n'.repeat(20_000)}`],
    ['deep flow', `a: ${'['.repeat(100_000)}`],
    ['deep lists', '- '.repeat(50_000)],
    ['many keys', Array.from({ length: 15_000 }, (_, index) => `key${index}: v`).join('\n')],
    ['many errors', `a: "${'\\x'.repeat(100_000)}"`],
    ['many repeated keys', 'a: 1\n'.repeat(40_000)],
  ])('is read or complained about, never waited for: %s', (_, block) => {
    const { metadata, errors } = readFrontMatter(card(block))
    expect(metadata === null ? errors.length : Object.keys(metadata).length).toBeGreaterThan(0)
  })

  it('never throws, whatever the bytes', () => {
    const tokens = fc.constantFrom(
      '---',
      '\n',
      ' ',
      '- ',
      ': ',
      '&a ',
      '*a',
      '[',
      ']',
      '{',
      '}',
      '!',
      '|',
      '"',
      "'",
      '#',
      'a',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(tokens, fc.string({ unit: 'binary' })), { maxLength: 60 }), (parts) => {
        const read = readFrontMatter(`---\n${parts.join('')}\n---\n`)
        expect(read.metadata === null || read.errors.length === 0).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

function expanding(levels: number): string {
  const names = Array.from('abcdefghijk')
  return names
    .slice(1, levels)
    .map((name, index) => `${name}: &${name} [${`*${names[index]},`.repeat(8)}]`)
    .join('\n')
}
