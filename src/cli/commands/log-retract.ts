import { RetractionReason } from '../../records/index.ts'
import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { demand, UsageError } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print } from '../print.ts'

const REASONS = RetractionReason.options

/** Takes back what a hosted member said; its bytes stay. */
export const retract = defineCommand({
  summary: 'Take back, in a member’s name, what it said: permanent and public like the record itself',
  examples: [
    'ayni log retract 12 --reason mistake --data data',
    'ayni log retract 12 --reason superseded --member nairobi --data data',
  ],
  args: {
    position: { type: 'positional', required: true, description: 'Number of the entry in the member’s log' },
    reason: { type: 'string', required: true, valueHint: REASONS.join('|'), description: 'Why' },
    member: {
      type: 'string',
      valueHint: 'HANDLE',
      description: 'Whose log; needed where the node hosts several members',
    },
    data: DATA,
    json: JSON_OUTPUT,
  },
  async run({ position, reason, member = null, data, json }, world) {
    const parsed = RetractionReason.safeParse(reason)
    if (!parsed.success) throw new UsageError(`The option --reason needs one of ${REASONS.join(', ')}.`)
    const input = { member, origin: null, position: readPosition(position), reason: parsed.data }
    const said = await withAdmin(world, data, 'existing', async (admin) =>
      demand(await admin.ask('retractRecord', input)),
    )
    print(world, json, { ...said, position: input.position, reason: parsed.data }, [
      `Taken back: entry ${input.position} of ${said.origin} (${said.type}). Its bytes stay; nothing follows from it any more.`,
    ])
  },
})

export function readPosition(text: string): number {
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  throw new UsageError('The number of an entry is a whole number from 0 on.')
}
