import type { Hash } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { SECOND } from '../../kernel/time.ts'
import { CommandFailure } from '../failures.ts'
import type { Progress } from '../progress.ts'
import { PART_SUFFIX } from './folder.ts'
import { beginHash, feedFile, hashFile } from './hash.ts'
import { isPassing } from './http.ts'
import type { Hub, RemoteFile } from './hub.ts'

/** A file to fetch, and where it goes. */
export interface Download {
  readonly commit: string
  readonly file: RemoteFile
  readonly destination: string
}

/** Cuts in a row that brought nothing before a fetch is given up. */
const MOST_CUTS = 3

/**
 * Fetches a file unless it is there already, and puts it in its place only when its bytes have the hash that the node
 * lists. What an interrupted fetch left is gone on from. True when bytes were fetched.
 */
export async function download(
  hub: Hub,
  wanted: Download,
  progress: Progress,
  signal: AbortSignal,
): Promise<boolean> {
  const { file, destination } = wanted
  if (await isComplete(file, destination, signal)) {
    progress.advance(file.size)
    return false
  }
  await mkdir(dirname(destination), { recursive: true })
  const location = `${destination}${PART_SUFFIX}`
  await fetchPart(hub, wanted, location, progress, signal)
  await rename(location, destination)
  return true
}

async function isComplete(
  { size, hash }: RemoteFile,
  destination: string,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await stat(destination).catch(() => null) // whatever the reason, it is not there for us
  return found?.size === size && (await hashFile(hash.kind, destination, size, signal)) === hash.hex
}

/** A file on its way: what of it is on disk, and the hash of that. */
interface Part {
  readonly handle: FileHandle
  size: number
  hash: Hash
}

async function fetchPart(
  hub: Hub,
  { commit, file }: Download,
  location: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await using handle = await open(location, 'a')
  const part = { handle, size: 0, hash: beginHash(file.hash.kind, file.size) }
  await takeUp(part, file, location, progress, signal)
  // Parts of two versions may have met, or a disk have lied: then begin anew, once.
  for (let isFresh = part.size === 0; ; isFresh = true) {
    await fetchRest(hub, commit, file, part, progress, signal)
    if (part.hash.copy().digest('hex') === file.hash.hex) return
    if (isFresh) throw new CommandFailure(`${file.path}: the bytes that arrive are not those the node lists.`)
    await beginAnew(part, file, progress)
  }
}

async function takeUp(
  part: Part,
  file: RemoteFile,
  location: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await part.handle.stat()
  if (size > file.size) await part.handle.truncate(0)
  if (size === 0 || size > file.size) return
  await feedFile(part.hash, location, signal)
  part.size = size
  progress.advance(size)
}

async function beginAnew(part: Part, file: RemoteFile, progress: Progress): Promise<void> {
  await part.handle.truncate(0)
  progress.advance(-part.size)
  part.size = 0
  part.hash = beginHash(file.hash.kind, file.size)
}

async function fetchRest(
  hub: Hub,
  commit: string,
  file: RemoteFile,
  part: Part,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (let cuts = 0; part.size < file.size;) {
    const before = part.size
    try {
      await append(hub, commit, file, part, progress)
    } catch (error) {
      if (!isPassing(error)) throw error
      cuts = part.size > before ? 1 : cuts + 1
      if (cuts > MOST_CUTS) throw error
      await setTimeout(cuts * SECOND, undefined, { signal })
    }
  }
}

async function append(
  hub: Hub,
  commit: string,
  file: RemoteFile,
  part: Part,
  progress: Progress,
): Promise<void> {
  const answer = await hub.read(commit, file.path, part.size, file.hash.hex)
  if (answer.statusCode !== 206) await beginAnew(part, file, progress)
  for await (const bytes of answer) {
    if (part.size + bytes.length > file.size)
      throw new CommandFailure(`${file.path}: more bytes arrive than the node lists.`)
    await part.handle.appendFile(bytes)
    part.hash.update(bytes)
    part.size += bytes.length
    progress.advance(bytes.length)
  }
}
