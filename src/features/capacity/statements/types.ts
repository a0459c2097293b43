import type { MemberId, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { CountryGroup, Need, Offer, Pledge, Reference } from '../../../records/index.ts'
import type { Statement } from '../../follow/index.ts'

/** What members state of needs, offers, pledges and groups of countries. */
export const STATED_TYPES = ['need/1', 'offer/1', 'pledge/1', 'country-group/1'] as const
export type StatedType = (typeof STATED_TYPES)[number]

/** What can be stated, as it is called where people and programs name it. */
export const NOUNS = ['need', 'offer', 'pledge', 'group'] as const
export type Noun = (typeof NOUNS)[number]
export const TYPE_OF = {
  need: 'need/1',
  offer: 'offer/1',
  pledge: 'pledge/1',
  group: 'country-group/1',
} as const satisfies Record<Noun, StatedType>

/** Withdrawn by its member, or another of the same member has taken its place. */
export type StatedState = 'open' | 'withdrawn' | 'replaced'

/** Something stated, as it stands by what is known. */
export interface Stated<Body> {
  /** The leaf hash of its record. */
  readonly id: Sha256
  readonly memberId: MemberId
  readonly place: Reference
  readonly time: Millis
  readonly body: Body
  readonly state: StatedState
  /** What took its place. Of something that came too late to take a place: what had taken it before. */
  readonly replacedBy: Sha256 | null
}

export type StatedNeed = Stated<Need['body']>
export type StatedOffer = Stated<Offer['body']>
export type StatedPledge = Stated<Pledge['body']>
export type StatedGroup = Stated<CountryGroup['body']>

/** Something stated, with the noun that it is. */
export type StatedThing =
  | { readonly noun: 'need'; readonly stated: StatedNeed }
  | { readonly noun: 'offer'; readonly stated: StatedOffer }
  | { readonly noun: 'pledge'; readonly stated: StatedPledge }
  | { readonly noun: 'group'; readonly stated: StatedGroup }

/** Everything that a set of statements comes to, each list by time and place. */
export interface StatedCapacity {
  readonly needs: readonly StatedNeed[]
  readonly offers: readonly StatedOffer[]
  readonly pledges: readonly StatedPledge[]
  readonly groups: readonly StatedGroup[]
}

export type CapacityStatement = Statement<StatedType>

/** What a hosted member is about to state. */
export interface Wish {
  /**
   * The body of the record as JSON, as docs/spec/records.md has it; other statements may be named by their id, groups of countries
   * also by `code` or `handle/code`, members by handle.
   */
  readonly body: unknown
  /** The id of what it takes the place of. */
  readonly replaces: string | null
}

/** A form that somebody has begun to fill in. */
export interface Draft {
  readonly id: string
  readonly memberId: MemberId
  readonly noun: Noun
  /** What is typed in each field, right or wrong; of boxes that were ticked, their values. */
  readonly fields: DraftFields
  readonly updatedAt: Millis
}
export type DraftFields = Readonly<Record<string, string | readonly string[]>>
