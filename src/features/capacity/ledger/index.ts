/** What promises, agreements and deliveries come to: totals that anybody can add up again, and who helps whom. */
import type { Database } from '../../../database/index.ts'
import { type Clock, isoTime } from '../../../kernel/time.ts'
import type { Agreements } from '../agreements/index.ts'
import type { NeedCommands } from '../statements/index.ts'
import {
  type LedgerCriteria,
  type LedgerSources,
  newestLists,
  readActivities,
  readBenefits,
  readLedger,
  readNames,
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

export interface LedgerDeps {
  readonly database: Database
  readonly clock: Clock
  readonly needs: Pick<NeedCommands, 'read'>
  readonly agreements: Pick<Agreements, 'list'>
}

/** Reads the ledger. A `day` is `2026-11-24`, in UTC; null means today. */
export function createLedger({ database, clock, needs, agreements }: LedgerDeps) {
  const today = () => isoTime(clock()).slice(0, 10)
  const sources = async (): Promise<LedgerSources> => ({
    reader: database.read,
    capacity: await needs.read(),
    agreements: await agreements.list(),
  })
  const read = async (asked: LedgerCriteria, day: string | null = null) =>
    readLedger(await sources(), day ?? today(), asked)
  return {
    read,
    benefits: async () => readBenefits(await sources(), today()),
    groups: async () => newestLists((await needs.read()).groups),
    /** The lines as CSV, one text at a time. */
    async table(asked: LedgerCriteria, day: string | null = null): Promise<Iterable<string>> {
      return writeTable((await read(asked, day)).lines)
    },
    /** Every agreement as an activity of IATI 2.03, one text at a time. */
    async iati(publisher: Publisher): Promise<Iterable<string>> {
      const activities = await readActivities(await sources(), today())
      return writeIati(activities, publisher, await readNames(database.read), clock())
    },
  }
}
