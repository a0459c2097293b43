import { readFile } from 'node:fs/promises'

import { expect, it } from 'vitest'

import { buildCodec } from './build.ts'

it('builds the committed codec from its source, byte for byte', async () => {
  const committed = await readFile(new URL('../../src/content/codec/codec.wasm', import.meta.url))
  expect(Buffer.from(await buildCodec()).equals(committed)).toBe(true)
})
