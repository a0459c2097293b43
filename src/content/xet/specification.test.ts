import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'

import { expect, it } from 'vitest'

import { loadCodec } from '../codec/index.ts'
import {
  CHUNK_KEY,
  NODE_KEY,
  SCHEME,
  VERIFICATION_KEY,
  buildFooter,
  encodeChunkTable,
  encodeTerms,
  fileHash,
  verificationHash,
  writeChunkHeader,
  xetHashOf,
  xorbHash,
} from './index.ts'

const specification = readFileSync(new URL('../../../docs/spec/content.md', import.meta.url), 'utf8')
const codec = loadCodec()

it('names the keys that the specification names', () => {
  for (const key of [CHUNK_KEY, NODE_KEY, VERIFICATION_KEY]) expect(specification).toContain(key.toHex())
})

it('computes the specification’s example, byte for byte', () => {
  const example = readExample()
  const chunks = ['chunk 0', 'chunk 1'].map((name) => rawChunk(example.get(name)?.replace('\\n', '\n') ?? ''))
  const table = encodeChunkTable(chunks.map(({ row }) => row))
  const hashed = chunks.map(({ row }) => ({ hash: row.hash, length: row.rawLength }))
  const xorb = xetHashOf(xorbHash(hashed, codec.keyedHash))
  const terms = encodeTerms([{ xorb, chunks: { start: 0, end: 2 }, rawLength: table.rawBytes }])
  const computed = {
    'chunk hash 0': xetHashOf(table.hash(0)),
    'chunk hash 1': xetHashOf(table.hash(1)),
    'xorb hash': xorb,
    'file hash': xetHashOf(fileHash(hashed, codec.keyedHash)),
    xorb: [...chunks.map(({ stored }) => stored.toHex()), buildFooter(xorb, table).toHex()].join(''),
    'chunk table': table.bytes.toHex(),
    terms: terms.toHex(),
    verification: verificationHash([table.hash(0), table.hash(1)], codec.keyedHash).toHex(),
  }
  const stated = Object.keys(computed).map((name) => [name, example.get(name)?.replaceAll(' ', '')])
  expect(computed).toEqual(Object.fromEntries(stated))
})

function rawChunk(text: string) {
  const raw = new TextEncoder().encode(text)
  const stored = new Uint8Array(8 + raw.length)
  writeChunkHeader(stored, 0, { scheme: SCHEME.none, storedLength: raw.length, rawLength: raw.length })
  stored.set(raw, 8)
  const row = {
    hash: codec.hashChunk(raw),
    storedLength: stored.length,
    rawLength: raw.length,
    crc: crc32(stored),
  }
  return { stored, row }
}

/** The example's values by name; lines that begin with a space continue the one before. */
function readExample(): Map<string, string> {
  const block = /## Example[\s\S]*?```\n([\s\S]*?)```/.exec(specification)?.[1] ?? ''
  const lines = block
    .replace(/\n {2,}/g, ' ')
    .trim()
    .split('\n')
  return new Map(lines.map((line) => [line.slice(0, 16).trim(), line.slice(16)]))
}
