/** What a disk holds after the power failed: only what was made durable before. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { DiskAct } from './system-calls.ts'

interface Kept {
  /** Bytes that an fsync has made durable. */
  durable: Buffer
  /** Bytes as the process sees them. */
  seen: Buffer
}

/**
 * The state of a folder after the first `count` acts and a power cut, written over a copy of what was there before the first. Content is
 * durable once its file is synced, a name once its folder is; nothing else survives, which is as hard as a disk may be.
 */
export async function cutPower(
  before: string,
  into: string,
  acts: readonly DiskAct[],
  read: (path: string) => Promise<Buffer | null>,
): Promise<void> {
  await rm(into, { recursive: true, force: true })
  await cp(before, into, { recursive: true })
  const files = new Map<string, Kept>()
  const names = new Map<string, { readonly path: string | null }>() // what the next sync of its folder makes durable
  const durableNames = new Map<string, string | null>() // name → the file it names, null: gone
  const file = async (path: string): Promise<Kept> => {
    const known = files.get(path)
    if (known) return known
    const bytes = (await read(path)) ?? Buffer.alloc(0)
    const kept = { durable: bytes, seen: bytes }
    files.set(path, kept)
    return kept
  }
  for (const act of acts) {
    switch (act.kind) {
      case 'create':
        if (!files.has(act.path) && !(await read(act.path))) {
          files.set(act.path, { durable: Buffer.alloc(0), seen: Buffer.alloc(0) })
          names.set(act.path, { path: act.path })
        }
        break
      case 'mkdir':
        break // folders are made again when something durable lies in them
      case 'write': {
        const kept = await file(act.path)
        const at = act.at === 'end' ? kept.seen.length : act.at
        kept.seen = overwritten(kept.seen, at, act.bytes)
        break
      }
      case 'truncate': {
        const kept = await file(act.path)
        kept.seen = overwritten(kept.seen.subarray(0, act.size), act.size, Buffer.alloc(0))
        break
      }
      case 'rename': {
        const kept = await file(act.path)
        files.set(act.to, kept)
        names.set(act.to, { path: act.to })
        names.set(act.path, { path: null })
        break
      }
      case 'unlink':
        names.set(act.path, { path: null })
        break
      case 'sync': {
        const kept = files.get(act.path)
        if (kept) kept.durable = kept.seen
        for (const [name, { path }] of names)
          if (dirname(name) === act.path) {
            durableNames.set(name, path)
            names.delete(name)
          }
      }
    }
  }
  for (const [path, { durable }] of files) {
    const isThere = (await read(path)) !== null || (durableNames.get(path) ?? null) !== null
    if (isThere && durableNames.get(path) !== null) await put(join(into, path), durable)
  }
  for (const [name, path] of durableNames) if (path === null) await rm(join(into, name), { force: true })
}

function overwritten(bytes: Buffer, at: number, piece: Buffer): Buffer {
  const result = Buffer.alloc(Math.max(bytes.length, at + piece.length))
  bytes.copy(result)
  piece.copy(result, at)
  return result
}

async function put(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
}
