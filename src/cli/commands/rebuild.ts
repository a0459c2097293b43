import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure, demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { count, print, table } from '../print.ts'

/** Makes all that is derived anew: after a restore or an upgrade, or when pages disagree with logs and files. */
export const rebuild = defineCommand({
  summary: 'Make everything that is derived from logs and repositories anew, and say whether it is the same',
  examples: ['ayni rebuild --data data', 'ayni rebuild --data data --json'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const { equal, tables } = await withAdmin(world, data, 'existing', async (admin) =>
      demand(
        await admin.ask('rebuild', {}, ({ kind, subject }) => world.stderr.write(`${kind}: ${subject}\n`)),
      ),
    )
    print(
      world,
      json,
      { equal, tables },
      table(
        tables.map(({ projection, table: name, rows, differing }) => [
          projection,
          name,
          count(rows, 'row'),
          differing === 0 ? 'equal' : `${differing} differ`,
        ]),
      ),
    )
    const different = tables.filter(({ differing }) => differing > 0).map(({ table: name }) => name)
    if (!equal)
      throw new CommandFailure(
        `Not the same as before: ${different.join(', ')}. What stands there now was made from logs and repositories.`,
      )
  },
})
