import { hash } from 'node:crypto'
import { chmod, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { equalBytes } from '../../kernel/bytes.ts'
import type { Origin } from '../../kernel/names.ts'
import type { Random } from '../../kernel/random.ts'
import type { LogFileStore } from '../../log/index.ts'
import { makeFolder, syncFolder } from './durable.ts'
import { isMissing } from './missing.ts'

/** Files of logs below `logs/{SHA-256 of the origin}/`, each written once (docs/spec/data-folder.md). */
export function openDiskLogFileStore(folder: string, random: Random): LogFileStore {
  const pathOf = (origin: Origin, path: string) => join(folder, 'logs', hash('sha256', origin), path)
  return {
    async write(origin, files) {
      const folders = new Set<string>()
      for (const { path, bytes } of files) {
        const target = pathOf(origin, path)
        folders.add(dirname(target))
        await writeOnce(target, bytes, random)
      }
      for (const written of folders) await syncFolder(written)
    },
    async replace(origin, gone, { path, bytes }) {
      const target = pathOf(origin, path)
      await makeFolder(dirname(target))
      await writeNew(target, bytes, random)
      await syncFolder(dirname(target))
      // If we stop here, both are there: the same bytes are written again.
      await rm(pathOf(origin, gone), { force: true })
      await syncFolder(dirname(pathOf(origin, gone)))
    },
    read: (origin, path) => readOrNull(pathOf(origin, path)),
  }
}

/** If we stop here, a file of random name is left, which nothing reads. */
async function writeOnce(path: string, bytes: Uint8Array, random: Random): Promise<void> {
  const present = await readOrNull(path)
  if (present) {
    if (!equalBytes(present, bytes)) throw new Error(`${path} holds other bytes than those to be written`)
    return
  }
  await makeFolder(dirname(path))
  await writeNew(path, bytes, random)
}

async function writeNew(path: string, bytes: Uint8Array, random: Random): Promise<void> {
  const temporary = `${path}.${Uint8Array.from(random(4)).toHex()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await chmod(temporary, 0o444)
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw cause
  }
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}
