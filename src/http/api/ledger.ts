import { createRoute, z } from '@hono/zod-openapi'

import type { Ledger, LedgerCriteria, Totals } from '../../features/capacity/index.ts'
import { CapacityKind, CapacityUnit, Country, Sector } from '../../records/index.ts'

const Count = z
  .string()
  .regex(/^\d+$/)
  .openapi({ description: 'A whole number, as text: it may be large', example: '4000' })

const TotalsSchema = z
  .object({
    kind: CapacityKind,
    unit: CapacityUnit,
    promised: Count,
    committed: Count,
    claimed: Count,
    delivered: Count,
    accepted: Count,
    disputed: Count,
    overdue: Count,
  })
  .openapi('Totals')

const Line = z
  .object({
    agreement: z.string(),
    obligation: z.int(),
    title: z.string(),
    state: z.string(),
    supplier: z.string(),
    receiver: z.string(),
    kind: CapacityKind,
    unit: CapacityUnit,
    country: Country,
    sector: Sector,
    due: z.string(),
    need: z.string().nullable(),
    offer: z.string().nullable(),
    pledge: z.string().nullable(),
    amount: Count,
    claimed: Count,
    delivered: Count,
    accepted: Count,
    disputed: Count,
    overdue: Count,
  })
  .openapi('LedgerLine')

export const LedgerSchema = z
  .object({
    asOf: z.string().openapi({ description: 'The day on which it holds, in UTC', example: '2026-11-24' }),
    unopened: z.int().openapi({ description: 'Deliveries whose evidence was not opened here yet' }),
    totals: z.array(TotalsSchema),
    lines: z.array(Line),
    pledges: z.array(
      z.object({
        pledge: z.string(),
        member: z.string(),
        title: z.string(),
        until: z.string(),
        totals: TotalsSchema,
      }),
    ),
    members: z.array(
      z.object({ member: z.string(), supplied: z.array(TotalsSchema), received: z.array(TotalsSchema) }),
    ),
    groups: z.array(
      z.object({
        group: z.string(),
        member: z.string(),
        code: z.string(),
        name: z.string(),
        source: z.string(),
        asOf: z.string(),
        countries: z.array(Country),
        totals: z.array(TotalsSchema),
      }),
    ),
    flows: z.array(z.object({ supplier: z.string(), receiver: z.string(), totals: z.array(TotalsSchema) })),
  })
  .openapi('Ledger')
export type LedgerAnswer = z.infer<typeof LedgerSchema>

const LedgerQuery = z.object({
  asOf: z.iso.date().optional().openapi({ description: 'The day on which it shall hold; today unless told' }),
  kind: CapacityKind.optional(),
  group: z.string().optional().openapi({ description: 'The id of a list of countries: what they receive' }),
  member: z.string().optional().openapi({ description: 'The id of a member: what it gives and receives' }),
})
type AskedLedger = z.infer<typeof LedgerQuery>

export const ledgerRoute = createRoute({
  method: 'get',
  path: '/api/ayni/v1/ledger',
  summary: 'What was promised, agreed, delivered and accepted: each line, and what it comes to',
  request: { query: LedgerQuery },
  responses: {
    200: {
      description: 'As it stands by what this node knows',
      content: { 'application/json': { schema: LedgerSchema } },
    },
  },
})

export const ledgerTableRoute = createRoute({
  method: 'get',
  path: '/api/ayni/v1/ledger.csv',
  summary: 'The lines of the ledger as a table',
  request: { query: LedgerQuery },
  responses: {
    200: { description: 'CSV (RFC 4180) with a head', content: { 'text/csv': { schema: z.string() } } },
  },
})

export const ledgerIatiRoute = createRoute({
  method: 'get',
  path: '/api/ayni/v1/ledger.iati.xml',
  summary: 'Every agreement as an activity of IATI 2.03',
  request: {
    query: z.object({
      reportingOrg: z
        .string()
        .max(100)
        .regex(/^[^\s/&|?]+$/)
        .optional()
        .openapi({
          description: 'The identifier of the organisation that publishes; the member id unless told',
        }),
    }),
  },
  responses: {
    200: {
      description: 'Valid by the official schema',
      content: { 'application/xml': { schema: z.string() } },
    },
    409: { description: 'Not set up yet', content: { 'application/json': { schema: z.looseObject({}) } } },
  },
})

/** What of the ledger a query asks for. */
export function criteriaOf({ kind, group, member }: AskedLedger): LedgerCriteria {
  return { kind: kind ?? null, group: group ?? null, member: member ?? null }
}

/** The ledger as programs read it: amounts as text. */
export function presentLedger(ledger: Ledger): LedgerAnswer {
  return {
    asOf: ledger.asOf,
    unopened: ledger.unopened,
    totals: ledger.totals.map(presentTotals),
    lines: ledger.lines.map(({ amount, claimed, delivered, accepted, disputed, overdue, ...line }) => ({
      ...line,
      ...texts({ amount, claimed, delivered, accepted, disputed, overdue }),
    })),
    pledges: ledger.pledges.map(({ memberId: member, totals, ...pledge }) => ({
      ...pledge,
      member,
      totals: presentTotals(totals),
    })),
    members: ledger.members.map(({ memberId: member, supplied, received }) => ({
      member,
      supplied: supplied.map(presentTotals),
      received: received.map(presentTotals),
    })),
    groups: ledger.groups.map(({ memberId: member, countries, totals, ...group }) => ({
      ...group,
      member,
      countries: [...countries],
      totals: totals.map(presentTotals),
    })),
    flows: ledger.flows.map(({ totals, ...flow }) => ({ ...flow, totals: totals.map(presentTotals) })),
  }
}

function presentTotals({ kind, unit, ...amounts }: Totals): z.infer<typeof TotalsSchema> {
  return { kind, unit, ...texts(amounts) }
}

function texts<Name extends string>(amounts: Readonly<Record<Name, bigint>>): Record<Name, string> {
  const entries = Object.entries<bigint>(amounts).map(([name, amount]) => [name, String(amount)])
  return Object.fromEntries(entries)
}
