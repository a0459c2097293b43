import { z } from 'zod'

import { criteriaOf, LedgerSchema, presentLedger } from '../../http/api/index.ts'
import { failure } from '../../kernel/failure.ts'
import { fail, succeed } from '../../kernel/result.ts'
import { CapacityKind } from '../../records/index.ts'
import { defineAdminCommand } from './definition.ts'

const Asked = z.object({
  asOf: z.iso.date().optional(),
  kind: CapacityKind.optional(),
  group: z.string().optional(),
  member: z.string().optional(),
})

/** What the console asks of the ledger. */
export const LEDGER_COMMANDS = {
  readLedger: defineAdminCommand({
    input: Asked,
    output: LedgerSchema,
    run: async ({ capacity }, { asOf, ...asked }) =>
      succeed(presentLedger(await capacity.ledger.read(criteriaOf(asked), asOf ?? null))),
  }),

  ledgerTable: defineAdminCommand({
    input: Asked,
    output: z.object({ text: z.string() }),
    run: async ({ capacity }, { asOf, ...asked }) =>
      succeed({ text: [...(await capacity.ledger.table(criteriaOf(asked), asOf ?? null))].join('') }),
  }),

  ledgerIati: defineAdminCommand({
    input: z.object({ reportingOrg: z.string().max(100).optional() }),
    output: z.object({ text: z.string() }),
    async run({ capacity, accounts }, { reportingOrg }) {
      const member = await accounts.member()
      if (!member) return fail(failure('notSetUp'))
      const publisher = { reference: reportingOrg ?? member.id, name: member.displayName || member.handle }
      return succeed({ text: [...(await capacity.ledger.iati(publisher))].join('') })
    },
  }),
}
