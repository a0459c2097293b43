import { z } from 'zod'

import { AssociationId } from '../kernel/names.ts'
import { Reference, statement } from './statement.ts'

/** This member binds itself to a charter: as a founding member, or to be taken in. `charter` is where it stands. */
export const AssociationSignature = statement(
  'association-sign/1',
  z.object({ association: AssociationId, charter: Reference }),
)
export type AssociationSignature = z.infer<typeof AssociationSignature>
