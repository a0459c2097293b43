import { z } from 'zod'

import { type Reason } from '../../../kernel/failure.ts'
import { Sha256 } from '../../../kernel/names.ts'
import { isoTime, momentOf } from '../../../kernel/time.ts'
import {
  Accelerator,
  CapacityKind,
  CapacityUnit,
  Country,
  LanguageCode,
  Sector,
} from '../../../records/index.ts'
import { type Fraction, formatFraction, parseFraction } from './rules/fraction.ts'

/** Most bytes of a round's file. */
export const MAX_ROUND_BYTES = 8 * 1024 * 1024
/** Most of each in one round. */
export const MOST = {
  needs: 10_000,
  offers: 2000,
  institutions: 10_000,
  groups: 100,
  pairs: 1_000_000,
} as const
/** Most digits of an amount before and after its stroke, and of the least common multiple of all that stand after one. */
export const DIGITS = { above: 15, below: 6, common: 15 } as const

/** What stands where, when something is wrong in a way of its own. */
function because(reason: Reason) {
  return { params: { reason } }
}

const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/)

/** How much: a positive whole number or a fraction as text, `"n"` or `"n/d"`. In normal form the text in lowest terms. */
const Amount = z
  .union([z.number().transform(String), z.string()])
  .refine((text) => isAmount(text), because('matchAmount'))
  .transform((text) => formatFraction(parseFraction(text) ?? UNREAD))

/** What an amount never is. */
const UNREAD: Fraction = { n: 0n, d: 1n }

function isAmount(text: string): boolean {
  const [n = '', d = '1'] = text.split('/')
  return n.length <= DIGITS.above && d.length <= DIGITS.below && (parseFraction(text)?.n ?? 0n) > 0n
}

/** Members of a set, in order and once. */
function set<Member extends z.ZodType<string, string>>(member: Member) {
  return z
    .array(member)
    .min(1)
    .max(2000)
    .transform((members): readonly z.output<Member>[] => [...new Set(members)].toSorted())
}

/** A list in the order of its members' ids, none of them twice. */
function byId<Member extends z.ZodType>(
  member: Member,
  idOf: (member: z.output<Member>) => string,
  most: number,
) {
  return z
    .array(member)
    .max(most)
    .transform((members) => members.toSorted((left, right) => (idOf(left) < idOf(right) ? -1 : 1)))
    .superRefine((members, context) => {
      const twice = members.findIndex(
        (each, at) => at > 0 && idOf(each) === idOf(members[at - 1] as typeof each),
      ) // at > 0
      if (twice > 0) {
        const id = idOf(members[twice] as z.output<Member>) // it was found there
        context.addIssue({ code: 'custom', params: { reason: 'matchDuplicate', detail: { id } } })
      }
    })
}

const Group = z.strictObject({
  countries: set(Country).exactOptional(),
  includes: set(Id).exactOptional(),
})

const Institution = z.strictObject({
  id: Id,
  country: Country,
  /** How much more than others' its share is; 1 when left out. */
  weight: z.int().min(1).max(1000).exactOptional(),
  /** What it received in earlier rounds: of equals whoever had less is served first. */
  received: Amount.exactOptional(),
})
export type Institution = z.output<typeof Institution>

/** What a need asks of an offer, and an offer states. */
const technical = {
  memoryGb: z.int().min(1).max(100_000).exactOptional(),
  accelerators: set(Accelerator).exactOptional(),
  languages: set(LanguageCode).exactOptional(),
  from: z.iso.date().exactOptional(),
  until: z.iso.date().exactOptional(),
} as const

function isInOrder({ from, until }: { from?: string | undefined; until?: string | undefined }): boolean {
  return from === undefined || until === undefined || from <= until
}

const WINDOW = { ...because('matchWindow'), path: ['until'] }

const Need = z
  .strictObject({
    id: Id,
    institution: Id,
    amount: Amount,
    /** Less than this is of no use. */
    minimum: Amount.exactOptional(),
    /** All of it or nothing. */
    indivisible: z.boolean().exactOptional(),
    /** Where it is used; the institution's country when left out. */
    country: Country.exactOptional(),
    /** When it was stated: the order of an institution among equals of the priority rule. */
    at: z.iso
      .datetime({ offset: true })
      .transform((text) => isoTime(momentOf(text)))
      .exactOptional(),
    residency: set(Country).exactOptional(),
    purpose: Sector.exactOptional(),
    accepts: set(Id).exactOptional(),
    ...technical,
  })
  .refine(isInOrder, WINDOW)
export type Need = z.output<typeof Need>

const who = {
  groups: set(Id).exactOptional(),
  countries: set(Country).exactOptional(),
  institutions: set(Id).exactOptional(),
  purposes: set(Sector).exactOptional(),
} as const

/** Some needs: any of groups, countries and institutions is enough, purposes narrow it. */
const Scope = z.strictObject(who)
export type Scope = z.output<typeof Scope>
const Exclusion = z.strictObject({
  ...who,
  reason: z
    .string()
    .min(1)
    .max(300)
    .refine((text) => text.isWellFormed()),
})
export type Exclusion = z.output<typeof Exclusion>

const Reserve = z.strictObject({ group: Id, amount: Amount, mode: z.enum(['hard', 'soft']) })
export type Reserve = z.output<typeof Reserve>

const Offer = z
  .strictObject({
    id: Id,
    supplier: Id,
    amount: Amount,
    /** Most that one institution, and all of one country, receive of it. */
    caps: z
      .strictObject({ institution: Amount.exactOptional(), country: Amount.exactOptional() })
      .exactOptional(),
    reserves: byId(Reserve, ({ group }) => group, 16).exactOptional(),
    eligible: Scope.exactOptional(),
    /** In the order in which they were stated: the first that applies is named. */
    excluded: z.array(Exclusion).max(16).exactOptional(),
    /** Where it is provided. */
    location: Country.exactOptional(),
    conditions: set(Id).exactOptional(),
    ...technical,
  })
  .refine(isInOrder, WINDOW)
export type Offer = z.output<typeof Offer>

/** The rules that a round can be decided by. */
export const RULES = ['leximin', 'proportional', 'priority'] as const
export type RuleName = (typeof RULES)[number]

const Rule = z
  .strictObject({
    name: z.enum(RULES),
    version: z.literal(1),
    /** Of the priority rule: an earlier group first, all others last. */
    order: z.array(Id).max(100).exactOptional(),
  })
  .refine(({ name, order }) => order === undefined || name === 'priority', { path: ['order'] })

/** A round as data, in normal form: whatever has no order is sorted, amounts are text in lowest terms. */
export const Round = z.strictObject({
  format: z.literal('ayni-round/1'),
  kind: CapacityKind,
  unit: CapacityUnit,
  rule: Rule,
  groups: z.record(Id, Group).exactOptional(),
  institutions: byId(Institution, ({ id }) => id, MOST.institutions),
  needs: byId(Need, ({ id }) => id, MOST.needs),
  offers: byId(Offer, ({ id }) => id, MOST.offers),
})
export type Round = z.output<typeof Round>

/** Why an offer is not for a need. */
export const REFUSALS = [
  'ownOffer',
  'excluded',
  'notNamed',
  'purpose',
  'window',
  'residency',
  'memory',
  'accelerator',
  'language',
  'condition',
] as const

/** An exact amount of a result: `"7"` or `"22/3"` in lowest terms. */
const Exact = z.string().max(200_000)
const Refused = z.strictObject({ reason: z.enum(REFUSALS), text: z.string().exactOptional() })
/** A reason, and of `excluded` what the supplier states, of `condition` the condition's id. */
export type Refused = z.output<typeof Refused>

const Allocation = z.strictObject({ need: Id, offer: Id, amount: Exact })
export type Allocation = z.output<typeof Allocation>
const Draw = z.strictObject({ offer: Id, group: Id, country: Country, amount: Exact })
/** How much of an offer's reserve went to a country. */
export type Draw = z.output<typeof Draw>
const Received = z.strictObject({ institution: Id, amount: Exact })
export type Received = z.output<typeof Received>

/** Some nodes of the network, by kind. */
const NodeSet = z.strictObject({
  pools: z.array(z.strictObject({ offer: Id, group: Id.exactOptional() })).exactOptional(),
  countries: z.array(z.strictObject({ offer: Id, country: Country })).exactOptional(),
  countryCaps: z.array(z.strictObject({ offer: Id, country: Country })).exactOptional(),
  institutionCaps: z.array(z.strictObject({ offer: Id, institution: Id })).exactOptional(),
  needs: z.array(Id).exactOptional(),
  institutions: z.array(Id).exactOptional(),
})
export type NodeSet = z.output<typeof NodeSet>

const Level = z.strictObject({
  /** What each of them received for each unit of its weight. */
  level: Exact,
  /** Institutions that would have taken more, and could not. */
  institutions: z.array(Id),
})
/** Institutions that ended at the same place, worst off first. */
export type Level = z.output<typeof Level>

const Pass = z.strictObject({
  /** Of a pass that another one follows: who got what in it. Those of the last stand in the result. */
  allocations: z.array(Allocation).exactOptional(),
  reserved: z.array(Draw).exactOptional(),
  /** For each level the nodes that its tight set has beyond those before. */
  sets: z.array(NodeSet),
})
export type Pass = z.output<typeof Pass>

const LeftOut = z.strictObject({ need: Id, minimum: Exact, wouldHave: Exact })
/** A need that could not have its minimum: nothing is given to it. */
export type LeftOut = z.output<typeof LeftOut>

const Limit = z.strictObject({ offer: Id, by: z.enum(['full', 'reserved', 'countryCap', 'institutionCap']) })
/** Why a need gets no more from an offer that it may use. */
export type Limit = z.output<typeof Limit>

const Explanation = z.discriminatedUnion('kind', [
  /** It got all that it asked for. */
  z.strictObject({ need: Id, kind: z.literal('complete'), received: Exact }),
  /** Its institution ended at `level`; what limits it. */
  z.strictObject({
    need: Id,
    kind: z.enum(['shared', 'capped', 'reserved']),
    received: Exact,
    level: Exact,
    limits: z.array(Limit),
    /** Limits beyond those named. */
    more: z.int().exactOptional(),
  }),
  z.strictObject({ need: Id, kind: z.literal('leftOut'), minimum: Exact, wouldHave: Exact }),
  z.strictObject({
    need: Id,
    kind: z.literal('notEligible'),
    offers: z.array(z.strictObject({ offer: Id, ...Refused.shape })),
    more: z.int().exactOptional(),
  }),
])
/** Why a need got what it got. */
export type Explanation = z.output<typeof Explanation>

const Fairness = z.strictObject({
  /** The least part of what it asked for that an institution received; of those for which there was an offer. */
  least: Exact.nullable(),
  /** Gini coefficient of what they received by weight: 0 when all have the same. */
  gini: Exact.nullable(),
  /** The part of everything that each group of countries received. */
  groups: z.array(z.strictObject({ group: Id, share: Exact })),
})
export type Fairness = z.output<typeof Fairness>

/** What comes out of a round. */
export const MatchResult = z.strictObject({
  format: z.literal('ayni-result/1'),
  /** SHA-256 of the round's canonical JSON. */
  round: Sha256,
  rule: Rule,
  allocations: z.array(Allocation),
  reserved: z.array(Draw),
  received: z.array(Received),
  /** Of each pass. */
  levels: z.array(z.array(Level)),
  certificate: z.array(Pass),
  leftOut: z.array(LeftOut),
  fairness: Fairness,
  explanations: z.array(Explanation),
  /** SHA-256 of the canonical JSON of everything else. */
  resultHash: Sha256,
})
export type MatchResult = z.output<typeof MatchResult>

/** Everything of a result but its hash. */
export type Outcome = Omit<MatchResult, 'resultHash'>
