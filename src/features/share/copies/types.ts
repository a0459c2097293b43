import type { ErasedBlob, GitType, ReceivedObject } from '../../../content/git/index.ts'
import type { Writer } from '../../../database/index.ts'
import type { GitOid, RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { ManifestFile } from '../../../records/index.ts'
import type { Ref } from '../revisions/index.ts'

/** A repository as its member's log says that it is. */
export interface Copy {
  readonly memberId: string
  readonly kind: RepositoryKind
  readonly fullName: RepositoryId
  /** All of them, at least one; whatever else the copy has is removed. */
  readonly refs: readonly Ref[]
  /** When its home says that it changed first and last. */
  readonly createdAt: Millis
  readonly modifiedAt: Millis
}

/** Objects that arrived together, and how many they are. */
export interface Delivery {
  readonly batch: string
  readonly objects: number
}

/** What the files of a commit, or of the commit that a tag names, have to be. */
export interface ExpectedFiles {
  readonly at: GitOid
  readonly files: readonly ManifestFile[]
}

/** What makes a copy. */
export interface CopyRequest {
  readonly copy: Copy
  /** Of a member hosted here, whose node lost it. */
  readonly isOwn: boolean
  readonly deliveries: readonly Delivery[]
  readonly expected: readonly ExpectedFiles[]
  /** Whether `copy` is still what its home says, asked inside the transaction. */
  readonly isCurrent: (tx: Writer) => Promise<boolean>
}

/** Why a copy does not stand. */
export type CopyProblem =
  /** The id belongs to a repository of another member, or to a private one. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'outdated' }
  /** Something that was delivered is gone, or a ref leads to nothing. */
  | { readonly kind: 'incomplete' }
  /** The commit has this file differently than its manifest, or only one of them has it. */
  | { readonly kind: 'otherFile'; readonly path: string }

/** An object as it is kept until its repository stands. */
export type ArrivingObject = Pick<ReceivedObject, 'oid' | 'type' | 'body' | 'compressed'> | ErasedBlob

/** An object that a repository holds. */
export interface HeldObject {
  readonly oid: GitOid
  readonly type: GitType
}
