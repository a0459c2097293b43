/** Checkpoints: what a log signs. C2SP tlog-checkpoint, without extension lines. */
import { readBase64 } from './base64.ts'
import { readDecimal } from './decimal.ts'
import { isTreeHash, type TreeHash } from './tree-hash.ts'

/** The state of a log: which one, how many entries, and the root over them. */
export interface Checkpoint {
  /** Names the log, and no other: one line, not empty. */
  readonly origin: string
  readonly size: number
  readonly root: TreeHash
}

/** Three lines: origin, size in decimal, root in base64. Throws a RangeError on what makes no checkpoint. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${root.toBase64()}\n`
  if (!parseCheckpoint(text)) throw new RangeError('this makes no checkpoint')
  return text
}

/** Reads a note's text as a checkpoint; null unless it is exactly these three lines in their one form. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, size, root, end, ...more] = text.split('\n')
  if (!origin || size === undefined || root === undefined || end !== '' || more.length > 0) return null
  const [leaves, hash] = [readDecimal(size), readBase64(root)]
  return leaves !== null && hash && isTreeHash(hash) ? { origin, size: leaves, root: hash } : null
}
