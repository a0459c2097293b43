import { partsOfOrigin } from '../../../../kernel/names.ts'
import type { Statement } from '../../../follow/index.ts'
import type { AgreementStatement, AgreementType } from '../types.ts'

/** As it stands in the logs, member by member. Between members it is an order of names, not of time. */
export function inOrderOfLogs(left: AgreementStatement, right: AgreementStatement): number {
  const [a, b] = [left.place, right.place]
  return (
    compare(left.memberId, right.memberId) ||
    partsOfOrigin(a.origin).log - partsOfOrigin(b.origin).log ||
    a.index - b.index
  )
}

export function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return compare(left.id, right.id)
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

export function ofType<Type extends AgreementType>(
  statements: readonly AgreementStatement[],
  type: Type,
): readonly Statement<Type>[] {
  return statements.flatMap(({ record, ...said }) => (isOfType(record, type) ? [{ ...said, record }] : []))
}

function isOfType<Type extends AgreementType>(
  record: AgreementStatement['record'],
  type: Type,
): record is Statement<Type>['record'] {
  return record.type === type
}
