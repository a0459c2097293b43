/**
 * Nominal strings: names, ids, hashes and paths that only their parser can make.
 * Every parser is a zod schema; inside the wall the brand is trusted and nothing is re-validated.
 */
import { z } from 'zod'

const hex = (length: number) => new RegExp(`^[0-9a-f]{${length}}$`)

/** SHA-256 of some bytes, 64 lowercase hex digits. */
export const Sha256 = z.string().regex(hex(64)).brand<'Sha256'>()
export type Sha256 = z.infer<typeof Sha256>

/** A git object id: SHA-1 of header and body, 40 lowercase hex digits. */
export const GitOid = z.string().regex(hex(40)).brand<'GitOid'>()
export type GitOid = z.infer<typeof GitOid>

/** A Xet hash (chunk, xorb or file) in its string form: four little-endian u64, 64 hex digits. */
export const XetHash = z.string().regex(hex(64)).brand<'XetHash'>()
export type XetHash = z.infer<typeof XetHash>

/** Models and data sets share one noun. */
export const RepositoryKind = z.enum(['model', 'dataset'])
export type RepositoryKind = z.infer<typeof RepositoryKind>

const NAME = /^(?!.*(--|\.\.))(?!.*\.git$)[\w][\w.-]{0,95}$/
const endsInWord = (name: string) => !/[-.]$/.test(name)

/** A person's, organisation's or repository's name as the clients' validator allows it: ASCII word characters, `-`, `.`. */
export const Name = z.string().regex(NAME).refine(endsInWord).brand<'Name'>()
export type Name = z.infer<typeof Name>

/** A member's handle: letters, digits and hyphens, no dot. */
export const Handle = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .refine((handle) => !handle.includes('--'))
  .brand<'Handle'>()
export type Handle = z.infer<typeof Handle>

/** `namespace/name`. Compare with {@link repositoryKey}: ids are case-insensitive. */
export const RepositoryId = z
  .string()
  .refine((id) => {
    const parts = id.split('/')
    return parts.length === 2 && parts.every((part) => Name.safeParse(part).success)
  })
  .brand<'RepositoryId'>()
export type RepositoryId = z.infer<typeof RepositoryId>

/** The case-folded form under which a repository id is unique. */
export function repositoryKey(id: string): string {
  return id.toLowerCase()
}

const FORBIDDEN_SEGMENT = /^(?:\.|\.\.|\.git)$/i
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
const FORBIDDEN_CHARACTER = /[\u0000-\u001f\u007f\\]/

/**
 * A file's path inside a repository: relative, `/`-separated, NFC as sent, at most 4096 bytes of UTF-8,
 * no empty, `.`, `..` or `.git` segment, no backslash, no control character.
 */
export const RepositoryPath = z
  .string()
  .min(1)
  .refine((path) => path.isWellFormed() && new TextEncoder().encode(path).length <= 4096)
  .refine((path) => !FORBIDDEN_CHARACTER.test(path))
  .refine((path) => path.split('/').every((segment) => segment !== '' && !FORBIDDEN_SEGMENT.test(segment)))
  .brand<'RepositoryPath'>()
export type RepositoryPath = z.infer<typeof RepositoryPath>

/** A branch, tag or other ref's short name, by git's own rules (git-check-ref-format). */
export const RefName = z
  .string()
  .min(1)
  .max(200)
  // oxlint-disable-next-line no-control-regex -- git-check-ref-format forbids control characters
  .refine((name) => !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|^-|^@$/.test(name))
  .refine((name) => name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock')))
  .brand<'RefName'>()
export type RefName = z.infer<typeof RefName>

/** A member's identity: `m` and the first 20 bytes of the SHA-256 of its genesis leaf in lowercase base32 (RFC 4648, 32 characters). */
export const MemberId = z
  .string()
  .regex(/^m[a-z2-7]{32}$/)
  .brand<'MemberId'>()
export type MemberId = z.infer<typeof MemberId>

/** An association: `a` and the first 20 bytes of the SHA-256 of its charter's body in lowercase base32 (32 characters). */
export const AssociationId = z
  .string()
  .regex(/^a[a-z2-7]{32}$/)
  .brand<'AssociationId'>()
export type AssociationId = z.infer<typeof AssociationId>

/** The name of a member's log: `ayni/<member id>/<n>`, the first log being number 0. It is a name, not an address. */
export const Origin = z
  .string()
  .regex(/^ayni\/m[a-z2-7]{32}\/(?:0|[1-9][0-9]{0,5})$/)
  .brand<'Origin'>()
export type Origin = z.infer<typeof Origin>

/** The origin of a member's log number `log`. Throws when `log` is no number of a log. */
export function originOf(member: MemberId, log: number): Origin {
  return Origin.parse(`ayni/${member}/${log}`)
}

/** Whose log an origin names, and which of theirs. */
export function partsOfOrigin(origin: Origin): { readonly member: MemberId; readonly log: number } {
  const [, member, log] = origin.split('/')
  return { member: MemberId.parse(member), log: Number(log) }
}
