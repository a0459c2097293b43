import { Origin } from '../../kernel/names.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print } from '../print.ts'
import { readPosition } from './log-retract.ts'

/** Erases what the law forbids to keep; the tree stays whole. */
export const redact = defineCommand({
  summary: 'Erase from this node the bytes of one entry of a log, and keep its hash',
  examples: [
    'ayni log redact ayni/mwb3ljlc57vlqm52tryr3ksayaivdphjo/0 12 --reason "Court order 123/2026" --data data',
  ],
  args: {
    origin: { type: 'positional', required: true, description: 'Name of the log' },
    position: { type: 'positional', required: true, description: 'Number of the entry' },
    reason: {
      type: 'string',
      required: true,
      valueHint: 'TEXT',
      description: 'Why; everybody who asks for the entry reads it',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ origin, position, reason, data, json }, world) {
    const parsed = Origin.safeParse(origin)
    if (!parsed.success) throw new UsageError('A log is named like ayni/MEMBER/0.')
    const input = { origin: parsed.data, position: readPosition(position), reason }
    const erased = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('redactEntry', input)),
    )
    print(world, json, { ...input, ...erased }, [
      `Erased: entry ${input.position} of ${origin}. Its hash stays: ${erased.leafHash}.`,
      'Backups, and other members who hold the log, still have the bytes.',
    ])
  },
})
