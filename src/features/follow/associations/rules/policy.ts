import type { MemberId } from '../../../../kernel/names.ts'

/** Whose word counts for the logs of an association's members. */
export interface Policy {
  /** Verifier keys of the members' logs. */
  readonly logs: readonly string[]
  /** Names and verifier keys of the members as witnesses. */
  readonly witnesses: readonly { readonly name: string; readonly key: string }[]
  /** How many of them a checkpoint needs. */
  readonly quorum: number
}

/**
 * A policy for the logs of an association's members in the text form of C2SP tlog-policy: its members are the witnesses. Where
 * fewer are known than it takes, the file says so and asks for all that there are and one more: nothing passes it.
 */
export function witnessPolicyOf({ logs, witnesses, quorum }: Policy): string {
  const names = witnesses.map(({ name }) => name)
  return [
    ...logs.map((key) => `log ${key}`),
    ...witnesses.map(({ name, key }) => `witness ${name} ${key}`),
    ...(names.length >= quorum
      ? [`group members ${quorum} ${names.join(' ')}`, 'quorum members']
      : [`# ${quorum} witnesses are needed, and the keys of ${names.length} are known here`]),
    '',
  ].join('\n')
}

/** How an association's members vouch for the log of one of them. */
export interface Witnessing {
  /** Others that have cosigned any of it. */
  readonly count: number
  /** All others. */
  readonly of: number
  /** How many the charter asks for. */
  readonly needed: number
  /** Entries, from the first on, that so many have seen: those count as witnessed. */
  readonly size: number
}

/** What counts as witnessed of a member's log, by how many of its entries each member has cosigned. */
export function witnessingOf(
  member: MemberId,
  members: readonly MemberId[],
  needed: number,
  cosigned: ReadonlyMap<string, number>,
): Witnessing {
  const others = members.filter((each) => each !== member)
  const sizes = others.map((each) => cosigned.get(each) ?? 0).toSorted((left, right) => right - left)
  return {
    count: sizes.filter((size) => size > 0).length,
    of: others.length,
    needed,
    size: sizes[needed - 1] ?? 0,
  }
}
