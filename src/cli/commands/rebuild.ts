import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { print } from '../print.ts'

/** Makes the catalogue anew: after a restore, or when search and pages disagree with the files. */
export const rebuild = defineCommand({
  summary: 'Read every card again; catalogue and search are made anew',
  examples: ['ayni rebuild --data data'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    await withAdmin(world, data, 'existing', async (admin) => demand(await admin.ask('rebuild', {})))
    print(world, json === true, { done: true }, ['The catalogue was read again.'])
  },
})
