import { z } from 'zod'

import { AssociationId } from '../kernel/names.ts'
import { statement } from './statement.ts'

/** This member is bound by a charter no more. Nobody needs to agree. */
export const AssociationLeave = statement('association-leave/1', z.object({ association: AssociationId }))
export type AssociationLeave = z.infer<typeof AssociationLeave>
