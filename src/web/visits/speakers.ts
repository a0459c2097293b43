import type { Actor } from '../../features/accounts/index.ts'
import { MemberId } from '../../kernel/names.ts'
import type { VisitDeps } from './deps.ts'

/** A member hosted here in whose name an actor may speak. */
export interface Speaker {
  readonly memberId: MemberId
  readonly handle: string
  readonly name: string
}

/** Members hosted here that an actor administers. */
export async function speakersFor(
  { accounts }: Pick<VisitDeps, 'accounts'>,
  actor: Actor,
): Promise<readonly Speaker[]> {
  if (actor.kind === 'anonymous' || actor.scope !== 'write') return []
  const found: Speaker[] = []
  for (const { id, handle, displayName } of await accounts.members()) {
    const memberId = MemberId.safeParse(id)
    if (memberId.success && (await accounts.roleIn(actor, handle)) === 'admin')
      found.push({ memberId: memberId.data, handle, name: displayName || handle })
  }
  return found
}
