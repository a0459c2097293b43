import type { z } from 'zod'

import { type Result, succeed } from '../../kernel/result.ts'
import { ADMIN_COMMANDS } from './commands.ts'
import type { AdminDeps, Conversation, Note } from './definition.ts'

type Commands = typeof ADMIN_COMMANDS
export type AdminCommandName = keyof Commands
type InputOf<Name extends AdminCommandName> = z.input<Commands[Name]['input']>
type OutputOf<Name extends AdminCommandName> = z.output<Commands[Name]['output']>

const OUTPUTS: { readonly [Name in AdminCommandName]: { readonly output: z.ZodType<OutputOf<Name>> } } =
  ADMIN_COMMANDS

/** Carries a command to a node and the answer back, both as JSON values: in this process or over the socket. */
export type AdminChannel = (
  name: AdminCommandName,
  input: unknown,
  conversation: Conversation,
) => Promise<Result<unknown>>

/** Asks a node to do something, wherever it runs. Rejects when the channel breaks or `signal` aborts. */
export interface Admin {
  ask<Name extends AdminCommandName>(
    name: Name,
    input: InputOf<Name>,
    note?: (note: Note) => void,
  ): Promise<Result<OutputOf<Name>>>
}

/** Types what goes over a channel, and checks what comes back: the other end may be another version. */
export function createAdmin(channel: AdminChannel, signal: AbortSignal): Admin {
  return {
    async ask(name, input, note = () => {}) {
      const answer = await channel(name, input, { note, signal })
      return answer.ok ? succeed(OUTPUTS[name].output.parse(answer.value)) : answer
    },
  }
}

/** The channel to a node in this process. */
export function directChannel(deps: AdminDeps): AdminChannel {
  return (name, input, conversation) => ADMIN_COMMANDS[name].ask(deps, input, conversation)
}
