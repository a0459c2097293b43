import type { Database } from '../../database/index.ts'
import type { Random } from '../../kernel/random.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Logs } from '../../log/index.ts'
import type { Share } from '../share/index.ts'
import { createAgreements } from './agreements/index.ts'
import { createLedger } from './ledger/index.ts'
import { createRounds } from './rounds/index.ts'
import { createNeeds } from './statements/index.ts'

export interface CapacityDeps {
  readonly database: Database
  readonly logs: Logs
  readonly share: Share
  readonly clock: Clock
  readonly random: Random
}

export type Capacity = ReturnType<typeof createCapacity>

/** What can be done with needs and offers, by noun. The caller has decided that whoever asks may speak for the member. */
export function createCapacity(deps: CapacityDeps) {
  const agreements = createAgreements(deps)
  const needs = createNeeds(deps)
  return {
    agreements,
    ledger: createLedger({ ...deps, agreements, needs }),
    needs,
    rounds: createRounds(deps),
  }
}
