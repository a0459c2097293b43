/** Everything a member can say to the world: one schema per record type, with its major version. */
export { ModelOrDataset, RepositoryRevision, RepositoryWithdrawal } from './repository.ts'
import { z } from 'zod'

import { RepositoryRevision, RepositoryWithdrawal } from './repository.ts'

/** A public statement of a member. `type` carries the major version. */
export const PublicRecord = z.discriminatedUnion('type', [RepositoryRevision, RepositoryWithdrawal])
export type PublicRecord = z.infer<typeof PublicRecord>
