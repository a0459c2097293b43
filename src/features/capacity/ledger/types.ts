import type { MemberId, Sha256 } from '../../../kernel/names.ts'
import type { CapacityKind, CapacityUnit, Country, Sector } from '../../../records/index.ts'
import type { AgreementState } from '../agreements/index.ts'

/** One obligation of an agreement and what came of it: every total is a sum of such lines. Amounts are whole units. */
export interface LedgerLine {
  readonly agreement: Sha256
  /** Which obligation, from 0. */
  readonly obligation: number
  readonly title: string
  readonly state: AgreementState
  readonly supplier: MemberId
  readonly receiver: MemberId
  readonly kind: CapacityKind
  readonly unit: CapacityUnit
  readonly country: Country
  readonly sector: Sector
  /** Last day, in UTC. */
  readonly due: string
  readonly need: Sha256 | null
  readonly offer: Sha256 | null
  /** The pledge that it keeps a part of: what it names, else what its offer names. */
  readonly pledge: Sha256 | null
  readonly amount: bigint
  /** Said and not shown. */
  readonly claimed: bigint
  readonly delivered: bigint
  readonly accepted: bigint
  readonly disputed: bigint
  /** What is late: zero before the day is over, and once nothing is missing. */
  readonly overdue: bigint
}

/** What a set of lines of one unit comes to. */
export interface Totals {
  readonly kind: CapacityKind
  readonly unit: CapacityUnit
  readonly promised: bigint
  /** In agreements that both parties signed and nobody cancelled. */
  readonly committed: bigint
  readonly claimed: bigint
  readonly delivered: bigint
  readonly accepted: bigint
  readonly disputed: bigint
  readonly overdue: bigint
}

/** A promise, and what came of it. */
export interface PledgeAccount {
  readonly pledge: Sha256
  readonly memberId: MemberId
  readonly title: string
  /** Last day, in UTC. */
  readonly until: string
  readonly totals: Totals
}

/** A group of countries by its newest list, and what its countries received. */
export interface GroupAccount {
  readonly group: Sha256
  /** Who stated it. */
  readonly memberId: MemberId
  readonly code: string
  readonly name: string
  readonly source: string
  /** The day as of which the list holds. */
  readonly asOf: string
  readonly countries: readonly Country[]
  readonly totals: readonly Totals[]
}

/** What a member gave and received. */
export interface MemberAccount {
  readonly memberId: MemberId
  readonly supplied: readonly Totals[]
  readonly received: readonly Totals[]
}

/** What one member gives another. */
export interface FlowAccount {
  readonly supplier: MemberId
  readonly receiver: MemberId
  readonly totals: readonly Totals[]
}

/** Everything that was promised, agreed and delivered, as far as it is known here. */
export interface Ledger {
  /** The day on which it holds, in UTC: what is late depends on it. */
  readonly asOf: string
  readonly lines: readonly LedgerLine[]
  readonly pledges: readonly PledgeAccount[]
  readonly totals: readonly Totals[]
  readonly members: readonly MemberAccount[]
  readonly groups: readonly GroupAccount[]
  readonly flows: readonly FlowAccount[]
  /** Deliveries whose evidence has not been opened here yet: what they show is not counted. */
  readonly unopened: number
}

/** Who has something of what is shared, as far as it is known here: members, never persons. */
export interface Benefit {
  /** Members that say they are there. */
  readonly members: number
  /** Of them, those known to hold copies of others' public repositories, and how many such copies. */
  readonly holders: number
  readonly copies: number
  /** Of them, those that follow a member hosted here. */
  readonly followers: number
  readonly received: readonly Totals[]
}

export interface Benefits {
  /** The day on which it holds, in UTC. */
  readonly asOf: string
  readonly everybody: Benefit
  readonly groups: readonly (Benefit & Omit<GroupAccount, 'totals' | 'countries'>)[]
  /** Members that do not say where they are: they are counted in no group. */
  readonly withoutCountry: number
  /** How often public repositories written here were fetched: at least so often, in steps of ten. By whom nobody remembers. */
  readonly fetches: number
}
