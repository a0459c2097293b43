import { z } from 'zod'

import { Handle, MemberId } from '../kernel/names.ts'
import { areDistinct } from './statement.ts'

/** Most members of one association: references to what two thirds of them said must fit into one record. */
export const MAX_ROSTER_MEMBERS = 64

/**
 * Who belongs to an association, and by which handle there: member id → handle. As JSON is canonical, ids are sorted and none
 * is there twice; no handle is either. They are counted before they are looked at.
 */
export const Roster = z
  .record(z.string(), z.unknown())
  .refine((members) => isBetween(Object.keys(members).length, 1, MAX_ROSTER_MEMBERS))
  .pipe(z.record(MemberId, Handle))
  .refine((members) => areDistinct(Object.values(members)))
export type Roster = z.infer<typeof Roster>

/** Number of the round in which a roster of one epoch is decided; the first is 0. */
export const Round = z.int().min(0).max(9999)
/** Number of a roster of an association; the charter's is 0. */
export const Epoch = z.int().min(1).max(9999)

function isBetween(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}
