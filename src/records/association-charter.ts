import { hash } from 'node:crypto'

import { z } from 'zod'

import { encodeBase32 } from '../kernel/base32.ts'
import { canonicalJson, type Json } from '../kernel/canonical-json.ts'
import { AssociationId, Sha256 } from '../kernel/names.ts'
import { line, prose } from './prose.ts'
import { MAX_ROSTER_MEMBERS, Roster } from './roster.ts'
import { statement } from './statement.ts'

/** How the members of an association decide who belongs to it. */
export const AssociationRule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('two-thirds') }),
  z.object({ kind: z.literal('k-of-n'), k: z.int().min(1).max(MAX_ROSTER_MEMBERS) }),
  z.object({ kind: z.literal('convener') }),
])
export type AssociationRule = z.infer<typeof AssociationRule>

/**
 * What members bind themselves to. It begins an association when every founding member has signed it, and never changes: its
 * hash is the association's id.
 */
export const AssociationCharter = statement(
  'association-charter/1',
  z
    .object({
      name: line(200),
      purpose: prose(2000),
      /** The founding members. */
      members: Roster,
      rule: AssociationRule,
      /** Within how many days a member erases what a tombstone asks it to erase. */
      deletionDays: z.int().min(1).max(3650).exactOptional(),
      /** How many members shall have cosigned a member's log before its checkpoint counts as witnessed. */
      witnesses: z.int().min(1).max(MAX_ROSTER_MEMBERS),
    })
    .refine(({ members }) => Object.keys(members).length >= 2)
    .refine(({ members, witnesses }) => witnesses <= Object.keys(members).length)
    .refine(({ members, rule }) => rule.kind !== 'k-of-n' || rule.k <= Object.keys(members).length),
)
export type AssociationCharter = z.infer<typeof AssociationCharter>

/** The hash of a charter: SHA-256 over its body as it stands in the leaf, with what its schema does not know. */
export function charterHashOf(body: Json): Sha256 {
  return Sha256.parse(hash('sha256', canonicalJson(body)))
}

/** The association that begins with this charter; `body` as for {@link charterHashOf}. */
export function associationIdOf(body: Json): AssociationId {
  return AssociationId.parse(
    `a${encodeBase32(hash('sha256', canonicalJson(body), 'buffer').subarray(0, 20))}`,
  )
}
