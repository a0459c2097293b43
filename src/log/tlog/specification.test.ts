import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { utf8 } from '../../kernel/bytes.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { cosign } from './cosignature.ts'
import { formatNote, parseNote } from './note.ts'
import { proveConsistency, proveFork, proveInclusion, type TileReader } from './proof.ts'
import { signingKey } from './signing-key.ts'
import { bundlePath, tilePath } from './tile.ts'
import { formatVerifierKey } from './verifier-key.ts'
import { LOG_KEY, writtenLog } from './written-log.contract.ts'

const specification = readFileSync(new URL('../../../docs/spec/log.md', import.meta.url), 'utf8')
const [, values = '', checkpoint = ''] =
  /## Example[\s\S]*?```\n([\s\S]*?)```[\s\S]*?```\n([\s\S]*?)```/.exec(specification) ?? []

it('computes the specification’s example, byte for byte', async () => {
  const { files, root } = writtenLog(['one', 'two', 'three'].map(utf8))
  const tile = { level: 0, index: 0, width: 3 }
  const reader: TileReader = { read: async (tile) => files.get(tilePath(tile)) ?? new Uint8Array() }
  const base64 = (hashes: readonly Uint8Array[]) => hashes.map((hash) => hash.toBase64()).join(' ')
  const witness = signingKey('example.org/witness', 4, new Uint8Array(32).fill(2))
  const computed = {
    'log key': formatVerifierKey(LOG_KEY.verifier),
    'witness key': formatVerifierKey(witness.verifier),
    'bundle path': bundlePath(0, 3),
    bundle: files.get(bundlePath(0, 3))?.toHex(),
    'tile path': tilePath(tile),
    tile: files.get(tilePath(tile))?.toHex(),
    root: root.toBase64(),
    'inclusion 0': base64(await proveInclusion(reader, 0, 3)),
    'inclusion 2': base64(await proveInclusion(reader, 2, 3)),
    'from 2 to 3': base64(await proveConsistency(reader, 2, 3)),
    seeded: base64(await proveFork(reader, 2, 3)),
  }
  expect(stated()).toEqual(computed)

  const note = parseNote(files.get('checkpoint') ?? new Uint8Array())
  if (!note) throw new Error('no note')
  expect(parseCheckpoint(note.text)?.size).toBe(3)
  const signatures = [...note.signatures, cosign(note.text, witness, 1_700_000_000)]
  expect(formatNote(note.text, signatures)).toBe(checkpoint)
})

/** The example's values by name; lines that begin with a space continue the one before. */
function stated(): Record<string, string> {
  const lines = values
    .replaceAll(/\n {2,}/g, '')
    .trim()
    .split('\n')
  return Object.fromEntries(lines.map((line) => [line.slice(0, 14).trim(), line.slice(14)]))
}
