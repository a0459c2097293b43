import type { LfsPointer, TreeMode } from '../../../content/git/index.ts'
import type { GitOid, RepositoryPath, Sha256 } from '../../../kernel/names.ts'

/** A git object ready to be stored: named, compressed. */
export interface PackedObject {
  readonly oid: GitOid
  readonly type: 'blob' | 'tree' | 'commit' | 'tag'
  /** Bytes before compression. */
  readonly size: number
  readonly compressed: Uint8Array
  readonly pointer: LfsPointer | null
  /** Of a blob's body; null for pointers and for what is no blob. */
  readonly sha256: Sha256 | null
}

/** One operation of a commit, parsed. */
export type Operation =
  | { readonly kind: 'file'; readonly path: RepositoryPath; readonly blob: PackedObject }
  | {
      readonly kind: 'lfsFile'
      readonly path: RepositoryPath
      readonly sha256: Sha256
      readonly size?: number
    }
  | { readonly kind: 'deletedFile'; readonly path: RepositoryPath }
  | { readonly kind: 'deletedFolder'; readonly path: RepositoryPath }
  | {
      readonly kind: 'copyFile'
      readonly path: RepositoryPath
      readonly sourcePath: RepositoryPath
      /** Absent: the commit's own parent. */
      readonly sourceRevision?: string
    }

/** What a client asks to commit. */
export interface CommitRequest {
  readonly branch: string
  /** When given, the branch must still point here. */
  readonly parentCommit?: string
  readonly summary: string
  readonly description: string
  readonly operations: readonly Operation[]
}

/** What a path holds while a commit is planned. */
export interface PlannedBlob {
  readonly oid: GitOid
  readonly mode: TreeMode
}

/** A ref, by its full name. */
export interface Ref {
  readonly name: string
  /** What the name points to: a commit, or an annotated tag. */
  readonly oid: GitOid
}

/** A commit as lists show it. */
export interface CommitSummary {
  readonly oid: GitOid
  readonly title: string
  readonly description: string
  readonly author: string
  /** Seconds since 1970. */
  readonly seconds: number
  readonly parents: readonly GitOid[]
}
