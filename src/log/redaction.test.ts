import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { temporaryFolder } from '../../test/support/index.ts'
import { openDiskLogFileStore } from '../adapters/disk/index.ts'
import { openSqlite } from '../adapters/sqlite/index.ts'
import { utf8 } from '../kernel/bytes.ts'
import { originOf } from '../kernel/names.ts'
import { isRedacted } from '../kernel/redacted-leaf.ts'
import { openLog } from './commands/found.ts'
import { redactEntry } from './commands/redact.ts'
import { refoldEntries } from './commands/refold-entries.ts'
import { syncLog } from './commands/sync.ts'
import { makeGenesis } from './identity/genesis.ts'
import { findLog, proveEntry, readEntry, readLeafRange } from './queries/entries.ts'
import { readBundle, tileReader } from './queries/tiles.ts'
import { decodeRedacted, edgeFromTiles, encodeRedacted, leafHash, rootOf, signingKey } from './tlog/index.ts'
import { writtenLog } from './tlog/written-log.contract.ts'

const random = (length: number) => Uint8Array.from(randomBytes(length))
const GENESIS = makeGenesis({ random, now: 0 })
const ORIGIN = originOf(GENESIS.memberId, 0)
const SIGNAL = new AbortController().signal
const entry = (at: number) => utf8(`{"zq":"illegal-${at}-zq"}\n`)
const LEAVES = [GENESIS.leaf, ...Array.from({ length: 599 }, (_, at) => entry(at + 1))]

/** A copy of the log on a real disk. */
async function openCopy() {
  await using owned = new AsyncDisposableStack()
  const { path } = owned.use(await temporaryFolder())
  const database = owned.use(openSqlite(join(path, 'ayni.db')))
  const deps = { database, files: openDiskLogFileStore(path, random), clock: () => 5 }
  await database.write(async (tx) => {
    const row = { id: GENESIS.memberId, handle: 'cusco', display_name: 'Cusco', url: null, created_at: 0 }
    await tx
      .insertInto('member')
      .values({ ...row, hosted: 0 })
      .execute()
    await openLog(tx, { memberId: GENESIS.memberId, leaf: GENESIS.leaf, role: 'held' })
  })
  const held = async () => (await findLog(database.read, ORIGIN)) ?? expect.unreachable('no log')
  const { files, root } = writtenLog(LEAVES, signingKey(ORIGIN, 1, GENESIS.keys.log))
  const source = { read: async (name: string) => files.get(name) ?? null }
  await syncLog(deps, await held(), { files: source, apply: async () => {}, signal: SIGNAL })
  const rest = owned.move()
  return { path, deps, held, root, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name)
    if ((await stat(path)).isFile() && (await readFile(path)).includes(text)) found.push(name)
  }
  return found
}

describe('an entry that is erased', () => {
  it.each([1, 255, 256, 300, 511, 512, 599])(
    'leaves its hash and nothing else: entry %i',
    async (position) => {
      await using copy = await openCopy()
      const { deps, held, path } = copy
      const text = `illegal-${position}-zq`
      expect(await filesWith(path, text)).not.toEqual([])
      for (const _again of [1, 2]) {
        expect(await redactEntry(deps, await held(), position, 'why')).toEqual({ ok: true, value: undefined })
        await deps.database.scrub()
        expect(await filesWith(path, text)).toEqual([])
      }
      const log = await held()
      expect(rootOf(await edgeFromTiles(tileReader(deps, log), 600))).toEqual(copy.root)
      const leaves = await readLeafRange(deps, log, 0, 600)
      expect(leaves.map(leafHash)).toEqual(LEAVES.map(leafHash))
      expect(leaves.flatMap((leaf, at) => (isRedacted(leaf) ? [at] : []))).toEqual([position])
      const index = Math.floor(position / 256)
      const width = Math.min(256, 600 - index * 256)
      const bundle = await readBundle(deps, log, index, width)
      expect(bundle).toMatchObject({ kind: 'redacted', position })
      expect(decodeRedacted(bundle?.bytes ?? new Uint8Array(), width)).toHaveLength(width)
      expect(await readBundle(deps, log, (index + 1) % 3, 88)).toMatchObject({ kind: 'whole' })
      expect(await proveEntry(deps, log, position, 0)).toBeNull()
      expect(await proveEntry(deps, log, position === 599 ? 598 : position + 1, 0)).not.toBeNull()
      const before = await readEntry(deps.database.read, ORIGIN, position)
      expect(before).toMatchObject({ inert: 'redacted', type: null, time: null })
      await refoldEntries(deps, SIGNAL)
      expect(await readEntry(deps.database.read, ORIGIN, position)).toEqual(before)
    },
  )

  it('is none that names keys, and none that is not there', async () => {
    await using copy = await openCopy()
    for (const [position, reason] of [
      [0, 'notRedactable'],
      [600, 'recordNotFound'],
    ] as const)
      expect(await redactEntry(copy.deps, await copy.held(), position, 'why')).toMatchObject({
        failure: { reason },
      })
  })
})

describe('a redacted bundle', () => {
  it('tells an entry without bytes from one whose bytes are gone', () => {
    const bundle = encodeRedacted([utf8('a'), new Uint8Array()])
    expect(bundle.length).toBe(3 + 2 + 32)
    expect(decodeRedacted(bundle, 2)?.map((leaf) => [leaf.length, isRedacted(leaf)])).toEqual([
      [1, false],
      [0, false],
    ])
    for (const wrong of [bundle.subarray(0, 36), Uint8Array.of(...bundle, 0)])
      expect(decodeRedacted(wrong, 2)).toBeNull()
  })
})
