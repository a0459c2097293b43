import { z } from 'zod'

import { AssociationId, Sha256 } from '../kernel/names.ts'
import { Epoch, Round } from './roster.ts'
import { statement } from './statement.ts'

/** This member agrees to a roster. It says so of one roster in each round: a second one shows that it breaks the rule. */
export const AssociationEndorsement = statement(
  'association-endorse/1',
  z.object({ association: AssociationId, epoch: Epoch, round: Round, roster: Sha256 }),
)
export type AssociationEndorsement = z.infer<typeof AssociationEndorsement>
