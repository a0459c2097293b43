import { colourOf } from '../../kernel/colour.ts'
import { MemberId } from '../../kernel/names.ts'
import type { LedgerVisit } from '../deps.ts'
import type { NamedMember } from '../pages/ledger.tsx'
import type { VisitDeps } from './deps.ts'

/** What was promised, agreed and delivered. It is public, and the same for everybody who looks. */
export function visitLedger({ capacity, database }: VisitDeps): LedgerVisit {
  return {
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

/** What members are called and how they are drawn, as far as they are known here. */
async function readMembers(
  reader: VisitDeps['database']['read'],
): Promise<ReadonlyMap<MemberId, NamedMember>> {
  const rows = await reader.selectFrom('member').select(['id', 'handle', 'display_name', 'colour']).execute()
  return new Map(
    rows.flatMap(({ id, handle, display_name, colour }) => {
      const memberId = MemberId.safeParse(id)
      if (!memberId.success) return []
      const member = {
        memberId: memberId.data,
        name: display_name || handle,
        short: handle,
        colour: colourOf(colour),
      }
      return [[memberId.data, member] as const]
    }),
  )
}
