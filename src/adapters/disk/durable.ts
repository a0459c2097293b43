/** The one way in which bytes reach the data folder for good. Sequence: temporary file, write, fsync, rename, fsync folder. */
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { platform } from 'node:process'

/** Writes a file whole or not at all, replacing one that is there. Durable once resolved. Never two at once for one path. */
export async function writeDurable(
  path: string,
  body: Uint8Array | string,
  mode: number = 0o666,
): Promise<void> {
  await makeFolder(dirname(path))
  const temporary = `${path}.tmp`
  try {
    const file = await open(temporary, 'w', mode)
    try {
      await file.writeFile(body)
    } finally {
      await file.close()
    }
    await moveDurable(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw cause
  }
}

/** Moves a complete file to its final place on the same file system. Durable once resolved. */
export async function moveDurable(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to))
  await syncFile(from)
  await rename(from, to)
  await syncFolder(dirname(to))
}

/** Like {@link moveDurable}, for an object that never changes again: read-only from then on. */
export async function moveForGood(from: string, to: string): Promise<void> {
  await chmod(from, 0o444)
  await moveDurable(from, to)
}

/** Makes a folder and its parents; each new name is fsynced into its parent. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made))
    if (made === first) return
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  if (platform === 'win32') return // NTFS journals names itself and refuses fsync on a folder
  await syncFile(folder)
}
