import type { Log } from '../../../kernel/log.ts'
import type { MemberId } from '../../../kernel/names.ts'

/** What looking after public goods tells its operator. Implementations never throw. */
export interface PublicGoodEvents {
  /** A member's copy has bytes that are not the repository's. */
  copyWrong(event: { readonly repository: string; readonly memberId: MemberId }): void
  /** Something that should not happen happened. */
  failed(cause: unknown): void
}

/** Events as lines of the node's log. */
export function logPublicGoodEvents(log: Log): PublicGoodEvents {
  return {
    copyWrong: (event) => log.warn(event, 'a copy of a public good has wrong bytes'),
    failed: (cause) => log.error({ err: cause }, 'copies of public goods not looked at'),
  }
}
