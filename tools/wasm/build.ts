/**
 * Builds src/content/codec/codec.wasm from assembly/. The result is committed, so that a node runs after
 * `npm ci` alone; a test holds it equal to what this builds. Run: `npm run wasm`.
 */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'

import asc from 'assemblyscript/asc'

import { blake3Lanes } from './blake3-lanes.ts'

const ASSEMBLY = new URL('../../assembly/', import.meta.url)
const TARGET = new URL('../../src/content/codec/codec.wasm', import.meta.url)
const OPTIONS = [
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--converge',
]
const OUTPUT = 'codec.wasm'

/** Compiles the codec. Throws with the compiler's messages. */
export async function buildCodec(): Promise<Uint8Array> {
  const built = new Map<string, string | Uint8Array>()
  const messages: string[] = []
  const { error } = await asc.main(['index.ts', '--outFile', OUTPUT, ...OPTIONS], {
    readFile: readSource,
    writeFile: (name, contents) => void built.set(name, contents),
    listFiles: () => [],
    stderr: { write: (message) => void messages.push(String(message)) },
  })
  const wasm = built.get(OUTPUT)
  if (error || !(wasm instanceof Uint8Array))
    throw new Error(`the codec does not compile\n${messages.join('')}`)
  return wasm
}

/** The text of a source, or null when there is none of that name; the generated one never lies on disk. */
async function readSource(name: string): Promise<string | null> {
  if (name === 'blake3-lanes.ts') return blake3Lanes()
  const path = new URL(name, ASSEMBLY)
  return existsSync(path) ? readFile(path, 'utf8') : null
}

if (import.meta.main) await writeFile(TARGET, await buildCodec())
