import type { GitOid, RepositoryId, RepositoryKind, Sha256 } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'

/** Whether files need the owner's consent: no, given at once, or decided by hand. */
export type Gate = 'no' | 'auto' | 'manual'

/** A model or data set. */
export interface Repository {
  readonly id: string
  readonly memberId: string
  readonly kind: RepositoryKind
  /** `namespace/name` as its owner writes it. */
  readonly fullName: RepositoryId
  readonly namespace: string
  readonly name: string
  readonly visibility: 'public' | 'private'
  readonly gated: Gate
  readonly disabled: boolean
  readonly downloads: number
  readonly createdAt: Millis
  /** Last time a ref moved. */
  readonly modifiedAt: Millis
  /** Where it is written when this is a copy that can only be read, for a person: an address, or a handle. Null when it is written here. */
  readonly home: string | null
}

/** Something standing in a revision. */
export type Entry = FileEntry | DirectoryEntry

export interface FileEntry {
  readonly type: 'file'
  readonly path: string
  /** The git blob's id: of the file itself, or of the pointer of a large file. */
  readonly oid: GitOid
  /** Bytes of the file a reader gets, never of the pointer. */
  readonly size: number
  /** Present when the bytes are in the content store. */
  readonly large?: LargeFile
}

export interface LargeFile {
  readonly sha256: Sha256
  readonly size: number
  readonly pointerSize: number
}

export interface DirectoryEntry {
  readonly type: 'directory'
  readonly path: string
  readonly oid: GitOid
}

/** Who acts, as written into commits. */
export interface Author {
  readonly name: string
}
