import { Role } from '../features/accounts/index.ts'
import { failure, Refusal } from '../kernel/failure.ts'
import { Handle, Name, RepositoryId, type RepositoryKind } from '../kernel/names.ts'
import { CommandFailure, UsageError } from './failures.ts'

/** Options that several commands share. */
export const DATA = {
  type: 'string',
  default: 'data',
  valueHint: 'DIR',
  description: 'The data folder of the node',
} as const
export const JSON_OUTPUT = {
  type: 'boolean',
  description: 'Print one JSON value, for programs',
} as const

/** The name of an account as it was typed; not allowed ones end the command. */
export function readName(text: string): Name {
  const parsed = Name.safeParse(text)
  if (!parsed.success) throw new Refusal(failure('invalidName', { name: text }))
  return parsed.data
}

/** A member's handle as it was typed. */
export function readHandle(text: string): Handle {
  const parsed = Handle.safeParse(text)
  if (parsed.success) return parsed.data
  throw new CommandFailure(
    `“${text}” cannot be a handle. Use small Latin letters, digits and single hyphens between them, at most 64.`,
  )
}

/** An address such as `https://hub.example.org`, without what comes after the path's last letter. */
export function readUrl(text: string, option: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`The option ${option} needs an address such as https://hub.example.org.`)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** A repository as people name one: `ns/name`, with `datasets/` before a data set. */
export function readRepository(
  text: string,
  kind?: RepositoryKind,
): { readonly id: RepositoryId; readonly kind: RepositoryKind } {
  const [, prefix, rest = ''] = /^(datasets\/|models\/)?(.*)$/.exec(text) ?? []
  const id = RepositoryId.safeParse(rest)
  if (!id.success) throw new UsageError(`“${text}” is no repository. Name one as namespace/name.`)
  return { id: id.data, kind: kind ?? (prefix === 'datasets/' ? 'dataset' : 'model') }
}

/** A role as it was typed; `none` takes one away. */
export function readRole(text: string): Role | null {
  if (text === 'none') return null
  const parsed = Role.safeParse(text)
  if (!parsed.success) throw new UsageError(`“${text}” is no role. Say read, write, admin or none.`)
  return parsed.data
}
