import { z } from 'zod'

import { utf8 } from '../kernel/bytes.ts'
import {
  canonicalJson,
  countValues,
  parseCanonicalJson,
  type CanonicalProblem,
  type Json,
} from '../kernel/canonical-json.ts'
import { GitOid, RepositoryPath, Sha256, XetHash } from '../kernel/names.ts'
import { fail, succeed, type Result } from '../kernel/result.ts'
import { readUtf8 } from './utf8-text.ts'

/** Most files of a manifest. A commit with more is announced without one. */
export const MAX_MANIFEST_FILES = 100_000
/** Most bytes of a manifest: room for as many files with paths of 400 bytes. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024

/** A file of a commit. `size` in bytes. */
export const ManifestFile = z.object({
  path: RepositoryPath,
  size: z.int().min(0),
  sha256: Sha256,
  /** A Xet hash of a large file. */
  xet: XetHash.exactOptional(),
  /** The blob that the git tree names: the file, or a large file's pointer. */
  gitOid: GitOid.exactOptional(),
})
export type ManifestFile = z.infer<typeof ManifestFile>

/** All files of a commit, in ascending order of their paths by UTF-16 code unit, each path once. */
export const Manifest = z.object({
  files: z.array(ManifestFile).max(MAX_MANIFEST_FILES).refine(areInOrder),
})
export type Manifest = z.infer<typeof Manifest>

function areInOrder(files: readonly ManifestFile[]): boolean {
  return files.every(({ path }, at) => at === 0 || (files[at - 1]?.path ?? '') < path)
}

/** Why bytes are no manifest. */
export type ManifestProblem = 'tooLong' | 'notUtf8' | CanonicalProblem | 'notAManifest'

/**
 * The canonical bytes of a manifest: what `repository-revision` names by hash. Files may come in any order.
 * Throws when a path comes twice or a limit is passed.
 */
export function writeManifest(files: readonly ManifestFile[]): Uint8Array<ArrayBuffer> {
  const sorted = [...files].sort((left, right) => (left.path < right.path ? -1 : 1))
  const bytes = utf8(canonicalJson(Manifest.parse({ files: sorted })))
  if (bytes.length > MAX_MANIFEST_BYTES) throw new RangeError('the manifest is too long')
  return bytes
}

/** A file may have twelve members before its manifest is `tooLong`; today it has five. */
const MAX_VALUES = 12 * MAX_MANIFEST_FILES

/**
 * Reads what another wrote. Members it does not know are dropped. A path may be the folder of another; who writes files
 * must look. Linear in the length (about a second for 100,000 files); never throws.
 */
export function readManifest(bytes: Uint8Array): Result<Manifest, ManifestProblem> {
  if (bytes.length > MAX_MANIFEST_BYTES) return fail('tooLong')
  const text = readUtf8(bytes)
  if (text === null) return fail('notUtf8')
  if (countValues(text) > MAX_VALUES) return fail('tooLong')
  const json = parseCanonicalJson(text, { maxDepth: 16 })
  if (!json.ok) return json
  const files = readFiles(json.value)
  return files && areInOrder(files) ? succeed({ files }) : fail('notAManifest')
}

const ANY_FILES = z.object({ files: z.array(z.unknown()).max(MAX_MANIFEST_FILES) })

/** Stops at the first file that is none: a schema of the whole would collect a complaint about each. */
function readFiles(value: Json): ManifestFile[] | null {
  const list = ANY_FILES.safeParse(value)
  if (!list.success) return null
  const files: ManifestFile[] = []
  for (const entry of list.data.files) {
    const file = ManifestFile.safeParse(entry)
    if (!file.success) return null
    files.push(file.data)
  }
  return files
}
