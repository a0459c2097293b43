import type { Reader } from '../../database/index.ts'
import { colourOf } from '../../kernel/colour.ts'
import { MemberId } from '../../kernel/names.ts'
import type { NamedMember } from '../pages/ledger.tsx'

/** What members are called and how they are drawn, as far as they are known here. */
export async function readMembers(reader: Reader): Promise<ReadonlyMap<MemberId, NamedMember>> {
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
