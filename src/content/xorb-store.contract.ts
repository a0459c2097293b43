import { readFile, stat, writeFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { XetHash } from '../kernel/names.ts'
import type { XorbStore } from './ports.ts'

/** A store over a folder of its own, and the same store opened again as after a restart. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: XorbStore
  reopen(): Promise<XorbStore>
}

const HASH = XetHash.parse('0123456789abcdef'.repeat(4))

/** What every {@link XorbStore} owes its callers. */
export function xorbStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a xorb store`, () => {
    it('gives back the bytes it took, at any offset', async () => {
      await using test = await open()
      const location = await put(test.store, 'some bytes of a xorb')
      const into = new Uint8Array(5)
      expect(await test.store.read(location, 5, into)).toBe(true)
      expect(Buffer.from(into).toString()).toBe('bytes')
      expect(await test.store.size(location)).toBe(20)
      expect(await readFile(test.store.path(location), 'utf8')).toBe('some bytes of a xorb')
    })

    it('still has them after it was opened again', async () => {
      await using test = await open()
      const location = await put(test.store, 'kept')
      await using again = await test.reopen()
      expect(await again.size(location)).toBe(4)
    })

    it('says so when a read goes past the end or the object is missing', async () => {
      await using test = await open()
      const location = await put(test.store, 'short')
      expect(await test.store.read(location, 3, new Uint8Array(3))).toBe(false)
      await test.store.delete(location)
      expect(await test.store.read(location, 0, new Uint8Array(1))).toBe(false)
      expect(await test.store.size(location)).toBeNull()
    })

    it('never uses a location twice, so deleting one copy leaves the other', async () => {
      await using test = await open()
      const first = await put(test.store, 'same')
      const second = await put(test.store, 'same')
      expect(second).not.toBe(first)
      await test.store.delete(first)
      await test.store.delete(first)
      expect(await test.store.size(second)).toBe(4)
    })

    it('lists exactly what it holds', async () => {
      await using test = await open()
      const kept = [await put(test.store, 'a'), await put(test.store, 'b')]
      await test.store.delete(await put(test.store, 'c'))
      const listed = await Array.fromAsync(test.store.list())
      expect(listed.toSorted()).toEqual(kept.toSorted())
    })

    it('moves a staged file away and sweeps those that were left', async () => {
      await using test = await open()
      const left = test.store.stage()
      await writeFile(left, 'cut off')
      const taken = test.store.stage()
      await writeFile(taken, 'complete')
      const location = await test.store.put(HASH, taken)
      await expect(stat(taken)).rejects.toThrow('ENOENT')
      await test.store.sweep()
      await expect(stat(left)).rejects.toThrow('ENOENT')
      expect(await test.store.size(location)).toBe(8)
    })

    it('reads many objects at once, more than it keeps open', async () => {
      await using test = await open()
      const locations = await Promise.all(
        Array.from({ length: 200 }, (_, index) => put(test.store, `xorb ${index}`)),
      )
      const texts = await Promise.all(
        locations.map(async (location, index) => {
          const into = new Uint8Array(`xorb ${index}`.length)
          expect(await test.store.read(location, 0, into)).toBe(true)
          return Buffer.from(into).toString()
        }),
      )
      expect(texts).toEqual(locations.map((_, index) => `xorb ${index}`))
    })
  })
}

async function put(store: XorbStore, text: string): Promise<string> {
  const staged = store.stage()
  await writeFile(staged, text)
  return store.put(HASH, staged)
}
