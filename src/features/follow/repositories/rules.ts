/** What is taken from a source, and what a tree may be. Pure. */
import {
  decodeCommit,
  decodeTree,
  encodeTree,
  isDirectory,
  type ObjectStreamLimits,
  type TreeEntry,
} from '../../../content/git/index.ts'
import { equalBytes, utf8 } from '../../../kernel/bytes.ts'
import { RepositoryPath } from '../../../kernel/names.ts'
import { fail, succeed, type Result } from '../../../kernel/result.ts'
import { HOUR, MINUTE } from '../../../kernel/time.ts'
import { LARGEST_REGULAR_FILE } from '../../share/index.ts'
import type { AnnouncedRef, Lie, TreeExtent } from './types.ts'

const MEBIBYTE = 1024 * 1024

/** Of everything that one mirroring takes. */
export const MIRROR_LIMITS: ObjectStreamLimits = {
  objectBytes: {
    blob: LARGEST_REGULAR_FILE,
    tree: 16 * MEBIBYTE,
    commit: MEBIBYTE,
    tag: MEBIBYTE,
  },
  totalBytes: 1024 * MEBIBYTE,
  objects: 1_000_000,
}

/** How long a source that lied about a repository is asked for nothing of it. */
export const LIED_FOR = HOUR
/** How long one that had not a thing is not asked for it: it may be copying it just now. */
export const LACKS_FOR = MINUTE

/** Files and directories of one commit. A few small trees that name each other could come to more than any memory. */
const MOST_ENTRIES = 1_000_000
const LONGEST_PATH = 4096

/** The entries of a tree as git writes them: in order, each name once, no name that leads elsewhere. */
export function readTree(body: Uint8Array): Result<readonly TreeEntry[], Lie> {
  const entries = decoded(body)
  if (!entries) return fail('malformedObject')
  if (!entries.every(({ name }) => isSegment(name))) return fail('wrongPath')
  if (new Set(entries.map(({ name }) => name)).size < entries.length) return fail('wrongPath')
  return equalBytes(encodeTree(entries), body) ? succeed(entries) : fail('malformedObject')
}

function decoded(body: Uint8Array): readonly TreeEntry[] | null {
  try {
    return decodeTree(body)
  } catch {
    return null // the decoder's only way to say no
  }
}

function isSegment(name: string): boolean {
  return !name.includes('/') && RepositoryPath.safeParse(name).success
}

/** What a tree comes to, given its directories; `treeTooLarge` when that is more than can be listed. */
export function extentOf(
  entries: readonly TreeEntry[],
  below: (directory: TreeEntry) => TreeExtent,
): Result<TreeExtent, Lie> {
  let all = entries.length
  let longest = 0
  for (const entry of entries) {
    const bytes = utf8(entry.name).length
    const inside = isDirectory(entry) ? below(entry) : { entries: 0, pathBytes: 0 }
    all += inside.entries
    longest = Math.max(longest, inside.pathBytes === 0 ? bytes : bytes + 1 + inside.pathBytes)
  }
  return all > MOST_ENTRIES || longest > LONGEST_PATH
    ? fail('treeTooLarge')
    : succeed({ entries: all, pathBytes: longest })
}

/** The last second of the year 9999: what is later is no date to whoever shows it. */
const LAST_SECOND = 253_402_300_799

/** Whether a commit reads as one, with dates that can be shown. */
export function isCommit(body: Uint8Array): boolean {
  try {
    const { author, committer } = decodeCommit(body)
    return author.seconds <= LAST_SECOND && committer.seconds <= LAST_SECOND
  } catch {
    return false // the decoder's only way to say no
  }
}

/** Announced refs that the copy does not have or has elsewhere; the default branch first. */
export function movedRefs(
  announced: readonly AnnouncedRef[],
  held: ReadonlyMap<string, string>,
): readonly AnnouncedRef[] {
  const moved = announced.filter(({ name, oid }) => held.get(name) !== oid)
  return moved.toSorted((left, right) => rank(left) - rank(right))
}

function rank({ name }: AnnouncedRef): number {
  return name === 'refs/heads/main' ? 0 : 1
}

/** Whether two readings of a projection say the same. */
export function isSameAnnouncement(left: readonly AnnouncedRef[], right: readonly AnnouncedRef[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, oid, manifest, time }, at) => {
      const other = right[at]
      return name === other?.name && oid === other.oid && manifest === other.manifest && time === other.time
    })
  )
}
