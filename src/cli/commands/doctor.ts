import { DATA, JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure, demand } from '../failures.ts'
import { withAdmin } from '../node-access.ts'
import { count, print } from '../print.ts'

/** Finds out whether everything stored is still what it was. */
export const doctor = defineCommand({
  summary: 'Re-hash everything stored and check every reference',
  examples: ['ayni doctor --data data', 'ayni doctor --data data --json'],
  args: { data: DATA, json: JSON_OUTPUT },
  async run({ data, json }, world) {
    const problems: { readonly kind: string; readonly subject: string; readonly detail: string }[] = []
    await withAdmin(world, data, 'existing', async (admin) =>
      demand(
        await admin.ask('doctor', {}, (problem) => {
          problems.push(problem)
          if (!json) world.stdout.write(`${problem.kind}  ${problem.subject}  ${problem.detail}\n`)
        }),
      ),
    )
    if (json) print(world, true, { problems }, [])
    if (problems.length > 0)
      throw new CommandFailure(`${count(problems.length, 'problem')}. What to do: docs/guide/operator.md`)
    if (!json) print(world, false, null, ['Everything stored is whole.'])
  },
})
