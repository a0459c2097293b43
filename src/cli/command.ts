import { parseArgs as tokenize } from 'node:util'

import { type ArgsDef, parseArgs, type ParsedArgs } from 'citty'

import { UsageError } from './failures.ts'
import { suggestion } from './suggestion.ts'
import type { World } from './world.ts'

/** Something the command line can do. */
export interface Command {
  readonly kind: 'command'
  readonly summary: string
  /** Whole command lines, the plainest first. */
  readonly examples: readonly string[]
  readonly args: ArgsDef
  /** More that it can do, each by a word of its own. */
  readonly commands?: CommandGroup['commands']
  /** Rejects with a UsageError before anything is done when `rawArgs` do not fit `args`. */
  run(rawArgs: readonly string[], world: World): Promise<void>
}

/** Commands under one word. Each is loaded when it is asked for. */
export interface CommandGroup {
  readonly kind: 'group'
  readonly summary: string
  readonly commands: Readonly<Record<string, () => Promise<Command | CommandGroup>>>
}

/** Defines a command whose `run` gets its arguments typed by their definition. */
export function defineCommand<const Args extends ArgsDef>(definition: {
  readonly summary: string
  readonly examples: readonly string[]
  readonly args: Args
  run(args: ParsedArgs<Args>, world: World): Promise<void>
}): Command {
  return {
    kind: 'command',
    summary: definition.summary,
    examples: definition.examples,
    args: definition.args,
    run: (rawArgs, world) => definition.run(parse(rawArgs, definition.args), world),
  }
}

function parse<Args extends ArgsDef>(rawArgs: readonly string[], args: Args): ParsedArgs<Args> {
  check(rawArgs, args)
  try {
    return parseArgs<Args>([...rawArgs], args)
  } catch (error) {
    if (error instanceof Error && error.name === 'CLIError') throw new UsageError(error.message)
    throw error
  }
}

/** Refuses what citty lets pass: unknown options, options without their value, too many words. */
function check(rawArgs: readonly string[], args: ArgsDef): void {
  const definitions = Object.entries(args)
  const flags = definitions.filter(([, { type }]) => type !== 'positional')
  const { tokens } = tokenize({
    args: [...rawArgs],
    options: Object.fromEntries(
      flags.map(([name, { type }]) => [name, { type: type === 'boolean' ? type : 'string' }]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const definition = args[token.name]
    if (!definition || definition.type === 'positional') throw unknownOption(token.rawName, flags)
    checkValue(token.rawName, token.value, definition.type === 'boolean')
  }
  const words = tokens.filter((token) => token.kind === 'positional')
  const room = definitions.length - flags.length
  if (words.length > room) throw new UsageError(`One word too many: “${words[room]?.value}”.`)
}

function unknownOption(rawName: string, flags: readonly (readonly [string, unknown])[]): UsageError {
  const known = flags.map(([name]) => `--${name}`)
  return new UsageError(`There is no option ${rawName}.${suggestion(rawName, known)}`)
}

function checkValue(rawName: string, value: string | undefined, isSwitch: boolean): void {
  if (isSwitch && value !== undefined) throw new UsageError(`The option ${rawName} takes no value.`)
  if (!isSwitch && (value === undefined || value === '' || value.startsWith('--')))
    throw new UsageError(`The option ${rawName} needs a value.`)
}
