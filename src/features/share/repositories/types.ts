import type { RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import type { Gate } from '../types.ts'

/** What a new repository is. */
export interface NewRepository {
  readonly kind: RepositoryKind
  readonly fullName: RepositoryId
  readonly visibility: 'public' | 'private'
  /** Files beside `.gitattributes` in the first commit, by path. */
  readonly files?: ReadonlyMap<string, Uint8Array>
}

/** What settings may change; absent stays. */
export interface SettingsChange {
  readonly visibility?: 'public' | 'private'
  readonly gated?: Gate
}

/** What an id leads to. */
export type Lookup =
  | { readonly kind: 'found'; readonly repository: import('../types.ts').Repository }
  | { readonly kind: 'moved'; readonly repository: import('../types.ts').Repository }
  | { readonly kind: 'unknown' }
