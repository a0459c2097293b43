import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import { GitOid } from '../../kernel/names.ts'
import { encodeSignature, type Signature } from './commit.ts'

/** An annotated tag on a commit. */
export interface AnnotatedTag {
  readonly target: GitOid
  readonly name: string
  readonly tagger: Signature
  readonly message: string
}

/** Writes a tag object's body as `git tag -a` does. */
export function encodeTag(tag: AnnotatedTag): Uint8Array {
  const headers = [
    `object ${tag.target}`,
    'type commit',
    `tag ${tag.name}`,
    `tagger ${encodeSignature(tag.tagger)}`,
  ]
  return utf8(`${headers.join('\n')}\n\n${tag.message}`)
}

/** What a tag object points to. Throws when the body names no object. */
export function tagTarget(body: Uint8Array): GitOid {
  return GitOid.parse(/^object ([0-9a-f]{40})$/m.exec(fromUtf8(body))?.[1])
}
