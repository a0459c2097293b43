import type { z } from 'zod'

import { failure } from '../../kernel/failure.ts'
import { fail, type Result } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import type { OpenNode } from '../world.ts'

/** What administration works on, in this process or at the other end of the socket. */
export interface AdminDeps extends Omit<OpenNode, typeof Symbol.asyncDispose> {
  readonly clock: Clock
  /** Where the node answers, without a trailing slash; null while it does not. */
  readonly address: string | null
}

/** Something a command found, for a person: what kind of thing, which one, what about it. */
export interface Note {
  readonly kind: string
  readonly subject: string
  readonly detail: string
}

/** How a command is asked, and what a long one tells on the way. */
export interface Conversation {
  readonly note: (note: Note) => void
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** One thing the console can ask: schemas of what it takes and answers, both JSON, and the doing of it. */
export interface AdminCommand<Input extends z.ZodType, Output extends z.ZodType> {
  readonly input: Input
  readonly output: Output
  /** Checks the input, then does it. Input that does not fit is refused with `invalidField`. */
  ask(deps: AdminDeps, input: unknown, conversation: Conversation): Promise<Result<z.output<Output>>>
}

/** Defines a command from its schemas and its work. */
export function defineAdminCommand<Input extends z.ZodType, Output extends z.ZodType>(definition: {
  readonly input: Input
  readonly output: Output
  run(deps: AdminDeps, input: z.output<Input>, conversation: Conversation): Promise<Result<z.output<Output>>>
}): AdminCommand<Input, Output> {
  return {
    input: definition.input,
    output: definition.output,
    async ask(deps, input, conversation) {
      const parsed = definition.input.safeParse(input)
      if (parsed.success) return definition.run(deps, parsed.data, conversation)
      const field = parsed.error.issues[0]?.path.join('.') ?? ''
      return fail(failure('invalidField', { field }, field))
    },
  }
}
