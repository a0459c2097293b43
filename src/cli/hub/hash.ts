import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Identities of a file's bytes: SHA-256, or the id git would give a blob of them. */
export type HashKind = 'sha256' | 'git'

/** Begins a hash over a file of `size` bytes; finish it with `digest('hex')`. */
export function beginHash(kind: HashKind, size: number): Hash {
  if (kind === 'sha256') return createHash('sha256')
  return createHash('sha1').update(`blob ${size}\0`)
}

/** Feeds a stored file to a hash, telling how many bytes were read on the way. */
export async function feedFile(
  hash: Hash,
  path: string,
  signal: AbortSignal,
  read: (bytes: number) => void = () => {},
): Promise<void> {
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    hash.update(part)
    read(part.length)
  }
}

/** The hash of a stored file, in hex. */
export async function hashFile(
  kind: HashKind,
  path: string,
  size: number,
  signal: AbortSignal,
  read?: (bytes: number) => void,
): Promise<string> {
  const hash = beginHash(kind, size)
  await feedFile(hash, path, signal, read)
  return hash.digest('hex')
}
