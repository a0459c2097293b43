import { type Failure, failure, Refusal } from '../../kernel/failure.ts'
import type { Repository } from './types.ts'

/** Null when a repository is written here, else the refusal that says where it is written. */
export function refusalOfCopy(repository: Pick<Repository, 'fullName' | 'home'>): Failure | null {
  const { fullName: name, home } = repository
  return home === null ? null : failure('readOnlyCopy', { name, home })
}

/** Throws {@link refusalOfCopy} as a Refusal. The edges ask first; this holds whoever comes another way. */
export function refuseCopy(repository: Pick<Repository, 'fullName' | 'home'>): void {
  const refusal = refusalOfCopy(repository)
  if (refusal) throw new Refusal(refusal)
}
