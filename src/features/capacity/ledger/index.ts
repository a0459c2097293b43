/** What promises, agreements and deliveries come to: totals that anybody can add up again, and who helps whom. */
import type { Database } from '../../../database/index.ts'
import { type Clock, isoTime } from '../../../kernel/time.ts'
import {
  readActivities,
  readBenefits,
  readGroups,
  readLedger,
  readNames,
  type LedgerCriteria,
} from './queries.ts'
import { type Publisher, writeIati, writeTable } from './rules/index.ts'

export { type LedgerCriteria, WHOLE_LEDGER } from './queries.ts'
export type { Group, Publisher } from './rules/index.ts'
export type {
  Benefit,
  Benefits,
  FlowAccount,
  GroupAccount,
  Ledger,
  LedgerLine,
  MemberAccount,
  PledgeAccount,
  Totals,
} from './types.ts'

/** Reads the ledger. A `day` is `2026-11-24`, in UTC; null means today. */
export function createLedger({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
  const today = () => isoTime(clock()).slice(0, 10)
  return {
    read: (asked: LedgerCriteria, day: string | null = null) =>
      readLedger(database.read, day ?? today(), asked),
    benefits: () => readBenefits(database.read, today()),
    groups: () => readGroups(database.read),
    /** The lines as CSV, one text at a time. */
    async table(asked: LedgerCriteria, day: string | null = null): Promise<Iterable<string>> {
      return writeTable((await readLedger(database.read, day ?? today(), asked)).lines)
    },
    /** Every agreement as an activity of IATI 2.03, one text at a time. */
    async iati(publisher: Publisher): Promise<Iterable<string>> {
      const activities = await readActivities(database.read, today())
      return writeIati(activities, publisher, await readNames(database.read), clock())
    },
  }
}
