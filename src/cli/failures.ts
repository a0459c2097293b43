import { Refusal } from '../kernel/failure.ts'
import type { Result } from '../kernel/result.ts'

/** The command line was misused: exit 2, with a pointer to the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A command did not do what it was asked: exit 1, with one sentence. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
}

/** The value of a result; an expected failure ends the command with exit 1 and its sentence. */
export function demand<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value
  throw new Refusal(result.failure)
}

/** The text of an option as it was given, once its reader understands it. */
export function checked(read: (text: string) => unknown, text: string, option: string): string {
  if (read(text) !== null) return text
  throw new UsageError(`The option ${option} does not read “${text}”; see --help.`)
}

/** One of a few words. Throws a {@link UsageError} that names them. */
export function oneOf<const Value extends string>(
  values: readonly Value[],
  text: string,
  option: string,
): Value {
  const known = values.find((value) => value === text)
  if (known) return known
  throw new UsageError(`The option ${option} needs one of ${values.join(', ')}.`)
}
