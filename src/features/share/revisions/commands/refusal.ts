import { failure, Refusal } from '../../../../kernel/failure.ts'
import { fail, succeed, type Result } from '../../../../kernel/result.ts'

/** Turns a refusal thrown inside a transaction (which rolled back) into the value it carries. */
export async function refusable<Value>(work: () => Promise<Value>): Promise<Result<Value>> {
  try {
    return succeed(await work())
  } catch (error) {
    if (error instanceof Refusal) return fail(error.failure)
    throw error
  }
}

/** The value, or the refusal thrown, so that the transaction rolls back; a missing revision under the name that was asked for. */
export function demand<Value>(result: Result<Value>, asked?: string): Value {
  if (result.ok) return result.value
  throw new Refusal(asked === undefined ? result.failure : failure('revisionNotFound', { rev: asked }))
}
