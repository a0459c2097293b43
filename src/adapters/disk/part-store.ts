import { createReadStream } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { PartStore } from '../../content/ports.ts'
import { makeFolder, moveForGood } from './durable.ts'
import { isMissing } from './missing.ts'

const READ_BYTES = 1024 * 1024

/** Opens the parts of multipart uploads on local files below `folder`: `incoming/{upload}/{part}`. */
export async function openDiskPartStore(folder: string): Promise<PartStore> {
  const incoming = join(folder, 'incoming')
  await makeFolder(incoming)
  return {
    put: (uploadId, name, stagedPath) => moveForGood(stagedPath, join(incoming, uploadId, name)),
    async names(uploadId) {
      try {
        return await readdir(join(incoming, uploadId))
      } catch (cause) {
        if (isMissing(cause)) return []
        throw cause
      }
    },
    read: (uploadId, name) => createReadStream(join(incoming, uploadId, name), { highWaterMark: READ_BYTES }),
    delete: (uploadId) => rm(join(incoming, uploadId), { recursive: true, force: true }),
    async *list() {
      for (const entry of await readdir(incoming, { withFileTypes: true })) {
        if (entry.isDirectory()) yield entry.name
      }
    },
  }
}
