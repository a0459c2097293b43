/** The features as pages ask for them: one visit per request, acting for one actor. */
import type { Actor } from '../../features/accounts/index.ts'
import { colourOf } from '../../kernel/colour.ts'
import { MemberId } from '../../kernel/names.ts'
import type { Visit } from '../deps.ts'
import { visitAccess } from './access.ts'
import { visitAccounts, visitOperation } from './accounts.ts'
import { visitAgreements } from './agreements.ts'
import { visitAssociations } from './associations.ts'
import { visitCatalogue } from './catalogue.ts'
import type { VisitDeps } from './deps.ts'
import { visitLedger } from './ledger.ts'
import { visitLog } from './log.ts'
import { visitMembers } from './members.ts'
import { visitNeeds } from './needs.ts'
import { visitPublicGoods } from './public-goods.ts'
import { visitRepositories } from './repositories.ts'
import { visitRounds } from './rounds.ts'

export type { VisitDeps } from './deps.ts'

export async function visit(deps: VisitDeps, actor: Actor): Promise<Visit> {
  const member = await deps.accounts.member()
  const repositories = visitRepositories(deps, actor)
  return {
    node: {
      name: member?.displayName ?? '',
      handle: member?.handle ?? '',
      memberId: MemberId.safeParse(member?.id).data ?? null,
      colour: colourOf(member?.colour ?? null),
      isSetUp: member !== null,
    },
    viewer:
      actor.kind === 'user'
        ? { name: actor.name, fullName: actor.fullName, isOperator: actor.isOperator }
        : null,
    catalogue: visitCatalogue(deps, actor),
    repositories,
    log: visitLog(deps, actor),
    publicGoods: visitPublicGoods(deps, actor, repositories),
    members: visitMembers(deps, actor),
    access: visitAccess(deps, actor),
    associations: visitAssociations(deps, actor),
    rounds: visitRounds(deps, actor),
    agreements: visitAgreements(deps, actor),
    needs: visitNeeds(deps, actor),
    ledger: visitLedger(deps, actor),
    accounts: visitAccounts(deps, actor),
    operation: visitOperation(deps, actor),
  }
}
