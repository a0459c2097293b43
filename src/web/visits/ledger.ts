import type { Actor } from '../../features/accounts/index.ts'
import type { LedgerVisit } from '../deps.ts'
import type { VisitDeps } from './deps.ts'
import { readMembers } from './named-members.ts'
import { overviewFor } from './overview.ts'

/** What was promised, agreed and delivered. It is public, and the same for everybody who looks. */
export function visitLedger(deps: VisitDeps, actor: Actor): LedgerVisit {
  const { capacity, database } = deps
  return {
    overview: () => overviewFor(deps, actor),
    async ledger(query) {
      const [ledger, members, groups] = await Promise.all([
        capacity.ledger.read(query),
        readMembers(database.read),
        capacity.ledger.groups(),
      ])
      return {
        query,
        ledger,
        members,
        groups: groups.map(({ group, name }) => ({ id: group, name })),
        choices: Array.from(members.values()).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      }
    },
    benefits: async () => capacity.ledger.benefits(),
  }
}
