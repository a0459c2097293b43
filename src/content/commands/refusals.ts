import { type Failure, failure, Refusal } from '../../kernel/failure.ts'
import { fail, type Result } from '../../kernel/result.ts'

/** Runs `work`: a refusal that had to be thrown, and a full disk, become values. Everything else is thrown on. */
export async function settle<Value>(work: () => Promise<Result<Value>>): Promise<Result<Value>> {
  try {
    return await work()
  } catch (cause) {
    const expected = failureIn(cause)
    if (expected) return fail(expected)
    throw cause
  }
}

/** Runs `work`; where the disk is full it throws a {@link Refusal}. */
export async function settled<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    throw isDiskFull(cause) ? new Refusal(failure('storageFull')) : cause
  }
}

function failureIn(cause: unknown): Failure | null {
  if (cause instanceof Refusal) return cause.failure
  return isDiskFull(cause) ? failure('storageFull') : null
}

/** Whether the disk, or this user's share of it, is full. */
function isDiskFull(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
}
