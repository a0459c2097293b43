import type { GitOid, Sha256, XetHash } from '../../../kernel/names.ts'
import type { ManifestFile } from '../../../records/index.ts'

/** A file as a tree names it. */
export interface TreeFile {
  readonly path: string
  readonly oid: GitOid
}

/** The files of a commit, in the order of the trees, with what was found out on the way and is worth remembering. */
export interface DescribedFiles {
  readonly files: readonly ManifestFile[]
  readonly digests: readonly { readonly oid: GitOid; readonly sha256: Sha256 }[]
  readonly names: readonly { readonly sha256: Sha256; readonly xet: XetHash }[]
}

/** What a record says of a manifest. `size` in bytes. */
export interface ManifestName {
  readonly sha256: Sha256
  readonly size: number
}
