import { hash } from 'node:crypto'

import { z } from 'zod'

import { canonicalJson } from '../kernel/canonical-json.ts'
import { AssociationId, Sha256 } from '../kernel/names.ts'
import { Epoch, Roster, Round } from './roster.ts'
import { list, Reference, statement } from './statement.ts'

/** The convener of a round proposes who shall belong to an association from now on. */
export const AssociationRoster = statement(
  'association-roster/1',
  z.object({
    association: AssociationId,
    epoch: Epoch,
    round: Round,
    members: Roster,
    /** The hash of the roster before; of the charter where this is the first. */
    previous: Sha256,
    /** The signatures of those who are taken in, and from round 1 on the abandonments that opened this round. */
    evidence: list(Reference, { max: 64 }).exactOptional(),
  }),
)
export type AssociationRoster = z.infer<typeof AssociationRoster>

/** What an endorsement names: SHA-256 over the canonical JSON of these four members. The same in whichever round. */
export function rosterHashOf({
  association,
  epoch,
  members,
  previous,
}: Pick<AssociationRoster['body'], 'association' | 'epoch' | 'members' | 'previous'>): Sha256 {
  return Sha256.parse(hash('sha256', canonicalJson({ association, epoch, members, previous })))
}
