import type { Content } from '../../content/index.ts'
import type { Database } from '../../database/index.ts'
import type { Accounts } from '../../features/accounts/index.ts'
import type { Capacity } from '../../features/capacity/index.ts'
import type { Catalogue } from '../../features/catalogue/index.ts'
import type {
  AssociationCommands,
  ErasureCommands,
  FollowerCommands,
  MemberCommands,
  PublicGoodCommands,
} from '../../features/follow/index.ts'
import type { RequestCommands } from '../../features/letters/index.ts'
import type { Share } from '../../features/share/index.ts'
import type { AccessDeps } from '../../http/access.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Logs } from '../../log/index.ts'

/** The features that pages are made of. */
export interface VisitDeps extends AccessDeps {
  readonly database: Database
  readonly accounts: Accounts
  readonly share: Share
  readonly catalogue: Catalogue
  readonly content: Content
  readonly logs: Logs
  readonly publicGoods: PublicGoodCommands
  readonly members: MemberCommands
  readonly associations: AssociationCommands
  readonly capacity: Capacity
  readonly erasures: Pick<ErasureCommands, 'foresee' | 'erase'>
  readonly followers: FollowerCommands
  readonly requests: RequestCommands
  readonly clock: Clock
  /** Bytes of room left where the data folder lies. */
  readonly freeBytes: () => Promise<number>
}
