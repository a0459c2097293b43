import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { ArrivalStore } from '../../content/ports.ts'
import { makeFolder } from './durable.ts'
import { isMissing } from './missing.ts'

/** Opens the chunks of files on their way here on local files below `folder`: `arriving/{file}/{section}`. */
export async function openDiskArrivalStore(folder: string): Promise<ArrivalStore> {
  const arriving = join(folder, 'arriving')
  await makeFolder(arriving)
  return {
    async open(file, section) {
      await makeFolder(join(arriving, file))
      const handle = await open(join(arriving, file, section), 'a+')
      let { size } = await handle.stat()
      let turn: Promise<unknown> = Promise.resolve()
      const append = async (bytes: Uint8Array) => {
        const offset = size
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, done)
          done += bytesWritten
          size += bytesWritten
        }
        return offset
      }
      return {
        get size() {
          return size
        },
        async truncate(length) {
          await handle.truncate(length)
          size = length
        },
        append(bytes) {
          const appended = turn.then(() => append(bytes))
          turn = appended.catch(() => undefined) // told to whoever appends
          return appended
        },
        async read(offset, into) {
          for (let done = 0; done < into.length;) {
            const { bytesRead } = await handle.read(into, done, into.length - done, offset + done)
            if (bytesRead === 0) return false
            done += bytesRead
          }
          return true
        },
        async [Symbol.asyncDispose]() {
          await turn
          await handle.close()
        },
      }
    },
    async changedAt(file) {
      try {
        const sections = await readdir(join(arriving, file))
        const times = await Promise.all(sections.map((section) => stat(join(arriving, file, section))))
        return Math.max(0, ...times.map(({ mtimeMs }) => mtimeMs))
      } catch (cause) {
        if (isMissing(cause)) return 0
        throw cause
      }
    },
    delete: (file) => rm(join(arriving, file), { recursive: true, force: true }),
    list: () => readdir(arriving),
  }
}
