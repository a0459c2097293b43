import { z } from 'zod'

import { MemberId } from '../kernel/names.ts'
import { LanguageCode } from './language.ts'
import { line, prose } from './prose.ts'
import { areDistinct, list, Reference } from './statement.ts'

/** What members need and offer. */
export const CAPACITY_KINDS = [
  'compute',
  'data',
  'skills',
  'model-adaptation',
  'expertise',
  'connectivity',
] as const
export const CapacityKind = z.enum(CAPACITY_KINDS)
export type CapacityKind = z.infer<typeof CapacityKind>

/** In what it is counted. A `gpu-hour` is an hour of one H100-equivalent. */
export const CAPACITY_UNITS = [
  'gpu-hour',
  'terabyte-month',
  'dataset',
  'seat',
  'model',
  'expert-day',
  'megabit-month',
] as const
export const CapacityUnit = z.enum(CAPACITY_UNITS)
export type CapacityUnit = z.infer<typeof CapacityUnit>

/** Which units a kind is counted in. */
export const UNITS_OF: Readonly<Record<CapacityKind, readonly CapacityUnit[]>> = {
  compute: ['gpu-hour', 'terabyte-month'],
  data: ['dataset'],
  skills: ['seat'],
  'model-adaptation': ['model'],
  expertise: ['expert-day'],
  connectivity: ['megabit-month'],
}

/** Units of which nobody can have a part. */
export const WHOLE_UNITS: ReadonlySet<CapacityUnit> = new Set(['dataset', 'seat', 'model', 'expert-day'])

/** What it is for, in the words of the OECD's purpose codes as far as they have one. */
export const SECTORS = [
  'health',
  'education',
  'agriculture',
  'climate',
  'language',
  'government',
  'research',
  'safety',
  'economy',
  'humanitarian',
  'other',
] as const
export const Sector = z.enum(SECTORS)
export type Sector = z.infer<typeof Sector>

/** A country or area by its ISO 3166-1 alpha-2 code. Whether the code is assigned is not looked at. */
export const Country = z.string().regex(/^[A-Z]{2}$/)
export type Country = z.infer<typeof Country>

/** Distinct countries. */
export const Countries = list(Country, { max: 260 }).refine(areDistinct)

/** What kind of processor a program is made for. */
export const Accelerator = z.enum(['cuda', 'rocm', 'ascend', 'metal', 'tpu', 'cpu'])
export type Accelerator = z.infer<typeof Accelerator>

/** How much: a whole number of the unit. */
export const Amount = z.int().min(1).max(1_000_000_000_000)

/** A last or first day, in UTC. */
export const Day = z.iso.date()

/** A sustainable development goal of the United Nations by its number. */
export const Goal = z.int().min(1).max(17)

/**
 * Who states it: in another member's log the same words count for nothing. The id of what is stated is the hash of its
 * leaf, and without this a copy of the leaf would have the same.
 */
export const spoken = { member: MemberId.exactOptional() } as const

/** What has a kind, and an amount in a unit of that kind. */
export const measured = { kind: CapacityKind, unit: CapacityUnit } as const

export function isOfKind({ kind, unit }: { kind: CapacityKind; unit: CapacityUnit }): boolean {
  return UNITS_OF[kind].includes(unit)
}

/** Whether a window that has both ends ends after it begins. */
export function isInOrder({
  from,
  until,
}: {
  from?: string | undefined
  until?: string | undefined
}): boolean {
  return from === undefined || until === undefined || from <= until
}

/** What the goods or services must be like, or are like. */
export const technical = {
  /** Least memory of one device, in gigabytes. */
  memoryGb: z.int().min(1).max(100_000).exactOptional(),
  accelerators: list(Accelerator, { max: 6 }).refine(areDistinct).exactOptional(),
  languages: list(LanguageCode, { max: 64 }).refine(areDistinct).exactOptional(),
  from: Day.exactOptional(),
  until: Day.exactOptional(),
} as const

/** Something the supplier asks of the receiver, under a name that a need can accept. */
export const Condition = z.object({
  id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/),
  text: prose(500),
})
export type Condition = z.infer<typeof Condition>

/** Names of conditions. */
export const ConditionIds = list(Condition.shape.id, { max: 16 }).refine(areDistinct)

/** A group of countries as a member has listed it: the record that lists it. */
export const GroupReference = Reference

/** Words under which a person finds it again. */
export const Title = line(120)

/** Whether no two references name one record. */
export function areDistinctReferences(references: readonly Reference[]): boolean {
  return areDistinct(references.map(({ leaf }) => leaf))
}
