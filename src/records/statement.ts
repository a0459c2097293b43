import { z } from 'zod'

import { Origin, Sha256 } from '../kernel/names.ts'

/** When something became true, as its member says: RFC 3339 in UTC with milliseconds, `2026-11-24T08:00:00.000Z`. */
export const RecordTime = z.iso.datetime({ precision: 3 })

/** Another record, in whichever log. `leaf` is its leaf hash (RFC 6962): a log that forks cannot change what is meant. */
export const Reference = z.object({ origin: Origin, index: z.int().min(0), leaf: Sha256 })
export type Reference = z.infer<typeof Reference>

/**
 * A list of `min` (1 unless told) to `max` members. They are counted before they are looked at: else a leaf with ten
 * thousand wrong members would cost ten thousand complaints.
 */
export function list<Member extends z.ZodType>(
  member: Member,
  { min = 1, max }: { min?: number; max: number },
) {
  return z.array(z.unknown()).min(min).max(max).pipe(z.array(member))
}

/** Most references of one record. */
export const MAX_REFERENCES = 64

/** What the schema of a record type is made with: a type with its major version, and what the body must be. */
export function statement<const Type extends string, Body extends z.ZodType>(type: Type, body: Body) {
  return z.strictObject({
    type: z.literal(type),
    time: RecordTime,
    /** What the record speaks of; never empty: it is left out. */
    refs: list(Reference, { max: MAX_REFERENCES }).exactOptional(),
    body,
  })
}

/** Whether no value is there twice. */
export function areDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}
