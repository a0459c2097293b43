import type { Content } from '../../content/index.ts'
import type { Database, ReadCache } from '../../database/index.ts'
import type { Accounts } from '../../features/accounts/index.ts'
import type { Catalogue } from '../../features/catalogue/index.ts'
import type { RemoteContent } from '../../features/follow/index.ts'
import type { RequestCommands } from '../../features/letters/index.ts'
import type { Lookup, Share } from '../../features/share/index.ts'
import type { Clock } from '../../kernel/time.ts'

/** What the Hugging Face routes use. */
export interface HuggingFaceDeps {
  readonly database: Database
  readonly lookups: ReadCache<Lookup>
  readonly accounts: Accounts
  readonly share: Share
  readonly catalogue: Catalogue
  readonly content: Content
  readonly remoteContent: Pick<RemoteContent, 'find' | 'mustBeginAnew'>
  readonly requests: RequestCommands
  readonly clock: Clock
}
