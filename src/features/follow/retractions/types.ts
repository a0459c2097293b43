import type { Millis } from '../../../kernel/time.ts'
import type { RetractionReason } from '../../../records/index.ts'

/** A record that its member has taken back. */
export interface Retraction {
  /** Where the record stands that takes it back. */
  readonly origin: string
  readonly position: number
  readonly reason: RetractionReason
  readonly time: Millis
}
