import { constants } from 'node:fs'
import { lstat, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import type { CarryFolder } from '../../features/follow/index.ts'
import { makeFolder, syncFolder } from './durable.ts'
import { isMissing } from './missing.ts'

const PATH = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/

/** A folder on a disk that came from anybody: links are not followed, and nothing outside is touched. */
export function openCarryFolder(named: string): CarryFolder {
  const root = resolve(named)
  const within = (path: string) => {
    if (!PATH.test(path)) throw new RangeError(`${path} is no path in a carry`)
    return join(root, path)
  }

  /** The size of a regular file that lies where its path says. */
  async function size(path: string): Promise<number | null> {
    try {
      const place = within(path)
      const stats = await lstat(place)
      if (!stats.isFile()) return null
      const isWhereItSays = (await realpath(dirname(place))) === join(await realpath(root), dirname(path))
      return isWhereItSays ? stats.size : null
    } catch (cause) {
      if (isMissing(cause)) return null
      throw cause
    }
  }

  return {
    path: named,
    size,
    async read(path, maxBytes) {
      const bytes = await size(path)
      if (bytes === null || bytes > maxBytes) return null
      await using file = await openRegular(within(path))
      const body = Buffer.alloc(bytes)
      const { bytesRead } = await file.read(body, 0, bytes, 0)
      return Uint8Array.from(body.subarray(0, bytesRead))
    },
    async *stream(path, start, end) {
      if (start === end || (await size(path)) === null) return
      await using file = await openRegular(within(path))
      yield* file.createReadStream({ start, end: end - 1, autoClose: false })
    },
    async write(path, body) {
      const place = within(path)
      await makeFolder(dirname(place))
      const temporary = `${place}.tmp`
      try {
        await rm(temporary, { force: true })
        await using file = await open(temporary, 'wx')
        if (body instanceof Uint8Array) await file.writeFile(body)
        else for await (const part of body) await file.writeFile(part)
        await file.sync()
      } catch (cause) {
        await rm(temporary, { force: true })
        throw cause
      }
      // If we stop here, a file is left that nothing reads, and the next export replaces it.
      await rename(temporary, place)
      await syncFolder(dirname(place))
    },
    async remove(path) {
      await rm(within(path), { force: true })
      if (await isThere(root)) await syncFolder(root)
    },
    async used() {
      if (!(await isThere(root))) return 0
      const entries = await readdir(root, { recursive: true, withFileTypes: true })
      let bytes = 0
      for (const entry of entries)
        if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
      return bytes
    },
    async folders() {
      if (!(await isThere(root))) return []
      const entries = await readdir(root, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    },
  }
}

function openRegular(path: string) {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}
