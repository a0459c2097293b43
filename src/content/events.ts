import type { Log } from '../kernel/log.ts'
import type { Sha256, XetHash } from '../kernel/names.ts'

/** What the content store tells its operator. Implementations never throw. */
export interface ContentEvents {
  /** A file counts from now on. `storedBytes` are those that were not stored before. */
  fileStored(event: {
    readonly repositoryId: string
    readonly xetHash: XetHash
    readonly size: number
    readonly storedBytes: number
  }): void
  /** An uploaded xorb was checked and kept. */
  xorbStored(event: { readonly xorb: XetHash; readonly storedBytes: number }): void
  /** Stored bytes were not what was stored. They were not served. */
  contentDamaged(event: { readonly xorb: XetHash; readonly problem: string }): void
  /** The bytes of an erased file are gone from this many xorbs. */
  fileErased(event: { readonly sha256: Sha256; readonly xorbs: number }): void
  /** Left-overs of interrupted uploads were removed at the start. */
  leftoversRemoved(event: { readonly objects: number; readonly uploads: number }): void
}

/** Writes each event as one line of the log. */
export function logContentEvents(log: Pick<Log, 'info' | 'error'>): ContentEvents {
  return {
    fileStored: (event) => log.info(event, 'file stored'),
    xorbStored: (event) => log.info(event, 'xorb stored'),
    contentDamaged: (event) => log.error(event, 'stored content is damaged'),
    fileErased: (event) => log.info(event, 'file erased'),
    leftoversRemoved: (event) => {
      if (event.objects + event.uploads > 0) log.info(event, 'left-overs of interrupted uploads removed')
    },
  }
}
