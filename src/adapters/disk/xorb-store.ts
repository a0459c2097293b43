import type { FileHandle } from 'node:fs/promises'
import { opendir, readdir, rm, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

import type { XorbStore } from '../../content/ports.ts'
import type { Random } from '../../kernel/random.ts'
import { makeFolder, moveForGood } from './durable.ts'
import { isMissing } from './missing.ts'
import { OpenFiles } from './open-files.ts'

/**
 * Opens a store of xorbs on local files below `folder`, making it when it is not there:
 * `xorbs/aa/bb/{hash}-{generation}` for good, `incoming/` for what is being received.
 */
export async function openDiskXorbStore(folder: string, random: Random): Promise<XorbStore> {
  const xorbs = join(folder, 'xorbs')
  const incoming = join(folder, 'incoming')
  await makeFolder(xorbs)
  await makeFolder(incoming)
  const files = new OpenFiles()
  const path = (location: string) => join(xorbs, location)
  const suffix = (bytes: number) => Buffer.from(random(bytes)).toString('hex')

  return {
    stage: () => join(incoming, suffix(16)),
    async put(hash, stagedPath) {
      const location = `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}-${suffix(4)}`
      await moveForGood(stagedPath, path(location))
      return location
    },
    async read(location, offset, into) {
      try {
        return await files.use(path(location), (file) => fill(file, offset, into))
      } catch (cause) {
        if (isMissing(cause)) return false
        throw cause
      }
    },
    async size(location) {
      return (await stat(path(location)).catch(nullWhenMissing))?.size ?? null
    },
    path,
    async delete(location) {
      files.forget(path(location))
      await rm(path(location), { force: true })
    },
    async *list() {
      for await (const entry of await opendir(xorbs, { recursive: true })) {
        if (entry.isFile()) yield relative(xorbs, join(entry.parentPath, entry.name)).replaceAll(sep, '/')
      }
    },
    async sweep() {
      for (const entry of await readdir(incoming, { withFileTypes: true })) {
        // Folders are the parts of multipart uploads, which a client may still complete.
        if (entry.isFile()) await rm(join(incoming, entry.name))
      }
    },
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  }
}

/** Reads until `into` is full; false when the file ends before. */
async function fill(file: FileHandle, offset: number, into: Uint8Array): Promise<boolean> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await file.read(into, done, into.length - done, offset + done)
    if (bytesRead === 0) return false
    done += bytesRead
  }
  return true
}

function nullWhenMissing(cause: unknown): null {
  if (isMissing(cause)) return null
  throw cause
}
