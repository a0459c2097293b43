import { stripVTControlCharacters } from 'node:util'

import { type CommandDef, renderUsage } from 'citty'

import type { Command, CommandGroup } from './command.ts'
import type { Output } from './world.ts'

/** Writes what a command or a group does, its options and an example. `path` is how it is called: `ayni user add`. */
export async function writeHelp(out: Output, path: string, target: Command | CommandGroup): Promise<void> {
  const usage = await renderUsage(await definitionOf(path, target))
  const examples =
    target.kind === 'command' ? ['', 'EXAMPLES', '', ...target.examples.map((line) => `  ${line}`)] : []
  const text = [usage.trimEnd(), ...examples, ''].join('\n').replaceAll(/ +$/gm, '')
  out.write(`${out.isTTY ? text : stripVTControlCharacters(text)}\n`)
}

async function definitionOf(path: string, target: Command | CommandGroup): Promise<CommandDef> {
  const meta = { name: path, description: target.summary }
  const args = target.kind === 'command' ? { args: target.args } : {}
  if (!target.commands) return { meta, ...args }
  const loaded = await Promise.all(
    Object.entries(target.commands).map(async ([name, load]) => {
      const { summary } = await load()
      return [name, { meta: { name, description: summary } }] as const
    }),
  )
  return { meta, ...args, subCommands: Object.fromEntries(loaded) }
}
