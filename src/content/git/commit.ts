import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import { GitOid } from '../../kernel/names.ts'

/** Who wrote or committed. `name` and `email` are shown publicly: use the account's name, never a real address. */
export interface Signature {
  readonly name: string
  readonly email: string
  /** Seconds since 1970, UTC. */
  readonly seconds: number
}

/** A commit's content. */
export interface Commit {
  readonly tree: GitOid
  readonly parents: readonly GitOid[]
  readonly author: Signature
  readonly committer: Signature
  /** First line is the title. */
  readonly message: string
}

/** Writes a commit's body as git does. */
export function encodeCommit(commit: Commit): Uint8Array {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${encodeSignature(commit.author)}`,
    `committer ${encodeSignature(commit.committer)}`,
  ]
  return utf8(`${lines.join('\n')}\n\n${commit.message}`)
}

/** Reads a commit's body; headers this program does not know (gpgsig, encoding) are skipped. Throws when required ones are missing. */
export function decodeCommit(body: Uint8Array): Commit {
  const text = fromUtf8(body)
  const split = text.indexOf('\n\n')
  const headers = text.slice(0, split < 0 ? text.length : split).split('\n')
  const valuesOf = (name: string) =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  return {
    tree: GitOid.parse(valuesOf('tree')[0]),
    parents: valuesOf('parent').map((parent) => GitOid.parse(parent)),
    author: decodeSignature(valuesOf('author')[0]),
    committer: decodeSignature(valuesOf('committer')[0]),
    message: split < 0 ? '' : text.slice(split + 2),
  }
}

/** The message's first line. */
export function commitTitle(commit: Commit): string {
  return commit.message.split('\n', 1)[0] ?? ''
}

/** The message after its first line, trimmed. */
export function commitDescription(commit: Commit): string {
  return commit.message.slice(commitTitle(commit).length).trim()
}

/** `Name <email> seconds +0000`; characters that would break the line are left out, as git does. */
export function encodeSignature(signature: Signature): string {
  // oxlint-disable-next-line no-control-regex -- control characters end the header line
  const clean = (text: string) => text.replaceAll(/[<>\u0000-\u001f]/g, '').trim()
  return `${clean(signature.name)} <${clean(signature.email)}> ${signature.seconds} +0000`
}

function decodeSignature(line: string | undefined): Signature {
  const match = /^(.*?) ?<(.*?)> (\d+) [+-]\d{4}$/.exec(line ?? '')
  if (!match) throw new Error('malformed signature in a git commit')
  return { name: match[1] ?? '', email: match[2] ?? '', seconds: Number(match[3]) }
}
