import { z } from 'zod'

import { AssociationId, Sha256 } from '../kernel/names.ts'
import { Epoch, Round } from './roster.ts'
import { list, statement } from './statement.ts'

/** A round is stuck: this member endorses nothing in it, nor in a round before it, from here on. */
export const AssociationAbandonment = statement(
  'association-abandon/1',
  z.object({
    association: AssociationId,
    epoch: Epoch,
    round: Round,
    /** Every endorsement that this member made in this epoch, by round. */
    endorsed: list(z.object({ round: Round, roster: Sha256 }), { min: 0, max: 64 }),
  }),
)
export type AssociationAbandonment = z.infer<typeof AssociationAbandonment>
