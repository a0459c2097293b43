/** Decisions about revisions, pure: what a revision string means, which door a file takes, what a path may replace. */
import ignore from 'ignore'
import picomatch from 'picomatch'

import { failure } from '../../../kernel/failure.ts'
import { GitOid } from '../../../kernel/names.ts'
import { fail, succeed, type Result } from '../../../kernel/result.ts'

/** Regular files above this many bytes go to the content store. */
export const LARGEST_REGULAR_FILE = 10 * 1024 * 1024

/** Operations one commit may carry. */
export const MOST_OPERATIONS = 100_000

/** Compressed bytes of regular files one commit may carry; more belongs into the content store. */
export const LARGEST_REGULAR_TOTAL = 192 * 1024 * 1024

const LARGE_EXTENSIONS = `
  7z arrow avro bin bz2 ckpt ftz gguf gz h5 joblib jit lz4 mds mlmodel model msgpack npy npz onnx ot parquet pb
  pickle pkl pt pth rar safetensors tar tflite tgz wasm xz zip zst
  flac mp3 mp4 ogg opus wav webm jpeg jpg png webp`
  .trim()
  .split(/\s+/)

/** The file every new repository begins with: which names are large files. */
export const INITIAL_GITATTRIBUTES = [...LARGE_EXTENSIONS.map((extension) => `*.${extension}`), '*tfevents*']
  .map((pattern) => `${pattern} filter=lfs diff=lfs merge=lfs -text\n`)
  .join('')

/** How a revision string names a commit, in the order in which the meanings are tried. */
export type RevisionMeaning =
  | { readonly kind: 'commit'; readonly oid: GitOid }
  | { readonly kind: 'refs'; readonly names: readonly string[]; readonly abbreviation: string | null }

/** Reads a revision: a full commit id, a full ref, or a branch, else a tag, else an abbreviated commit id. */
export function readRevision(revision: string): RevisionMeaning {
  const oid = GitOid.safeParse(revision)
  if (oid.success) return { kind: 'commit', oid: oid.data }
  if (revision === 'HEAD') return { kind: 'refs', names: ['refs/heads/main'], abbreviation: null }
  if (revision.startsWith('refs/')) return { kind: 'refs', names: [revision], abbreviation: null }
  const abbreviation = /^[0-9a-f]{7,39}$/.test(revision) ? revision : null
  return { kind: 'refs', names: [`refs/heads/${revision}`, `refs/tags/${revision}`], abbreviation }
}

/** `regular`: the bytes go into git; `lfs`: into the content store. */
export type UploadMode = 'regular' | 'lfs'

/** A rule of `.gitattributes`: does a path go through the large-file filter? The last matching line decides. */
export function largeFileRule(gitattributes: string): (path: string) => boolean {
  const lines = gitattributes
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([pattern]) => pattern && !pattern.startsWith('#'))
    .map(([pattern = '', ...attributes]) => ({ matches: attributeMatcher(pattern), attributes }))
  return (path) => {
    let large = false
    for (const { matches, attributes } of lines) {
      if (!matches(path)) continue
      if (attributes.includes('filter=lfs')) large = true
      else if (attributes.some((attribute) => /^[-!]filter$|^filter=/.test(attribute))) large = false
    }
    return large
  }
}

function attributeMatcher(pattern: string): (path: string) => boolean {
  const anchored = pattern.includes('/')
  const matches = picomatch(pattern.replace(/^\//, ''), { dot: true, bash: false, nonegate: true })
  return (path) => matches(anchored ? path : path.slice(path.lastIndexOf('/') + 1))
}

/** Paths a `.gitignore` excludes. Directories end in `/`. */
export function ignoreRule(gitignore: string): (path: string) => boolean {
  const rules = ignore().add(gitignore)
  return (path) => ignore.isPathValid(path) && rules.ignores(path)
}

/**
 * Which door a file takes, before its bytes are sent.
 * Binary content (a NUL or ill-formed UTF-8 in the sample) is large from the first byte: text is what git is for.
 */
export function uploadMode(
  file: { readonly path: string; readonly size: number; readonly sample: Uint8Array },
  isLarge: (path: string) => boolean,
): UploadMode {
  if (file.size === 0) return 'regular'
  if (isLarge(file.path) || file.size > LARGEST_REGULAR_FILE) return 'lfs'
  return looksBinary(file.sample) ? 'lfs' : 'regular'
}

function looksBinary(sample: Uint8Array): boolean {
  if (sample.includes(0)) return true
  // The sample may cut a character in two: up to three bytes at the end do not count.
  for (let cut = 0; cut < Math.min(4, sample.length + 1); cut++) {
    if (isUtf8(sample.subarray(0, sample.length - cut))) return false
  }
  return true
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false // the decoder's only way to say no
  }
}

/** What stands at the paths a commit touches, before it. */
export interface PathFacts {
  /** Kind of what stands at `path`. */
  readonly kindAt: (path: string) => 'file' | 'directory' | null
}

/** The paths above `path`: `a/b/c` → `a`, `a/b`. */
export function ancestors(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/**
 * Refuses a set of written and removed paths that would silently replace a directory by a file, or the reverse.
 * `written` and `removed` are the commit's final say on each path.
 */
export function checkPlacement(
  written: ReadonlySet<string>,
  removed: ReadonlySet<string>,
  facts: PathFacts,
): Result<null> {
  for (const path of written) {
    if (facts.kindAt(path) === 'directory' && !removed.has(path)) return conflict(path, path)
    for (const above of ancestors(path)) {
      if (written.has(above)) return conflict(path, above)
      if (facts.kindAt(above) === 'file' && !removed.has(above)) return conflict(path, above)
    }
  }
  return succeed(null)
}

function conflict(path: string, other: string): Result<null> {
  return fail(failure('pathConflict', { path, other }, path))
}
