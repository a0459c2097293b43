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
