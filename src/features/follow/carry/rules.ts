/** How a carry lies on a disk (docs/spec/carry.md). Pure. */
import type { GitOid, MemberId, Sha256 } from '../../../kernel/names.ts'

export const NOTE = 'carry.json'
export const MOST_INDEX_BYTES = 256 * 1024 * 1024

/** Where a log's files lie. */
export function logFolder(member: MemberId | string, number: number): string {
  return `logs/${member}/${number}`
}

export function blobPath(sha256: Sha256 | string): string {
  return `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`
}

/** Commits that one stream builds on. */
export const MOST_BASES = 4

/** A stream of git objects; its name tells what it builds on. */
export function objectsPath(want: GitOid, base: readonly GitOid[]): string {
  return `objects/${want.slice(0, 2)}/${[want, ...base.toSorted().map((oid) => oid.slice(0, 10))].join('-')}`
}

export function proofPath(member: string, number: number, position: number): string {
  return `proofs/${member}-${number}-${position}.tlog-proof`
}

/** What only a passphrase opens of a member that moves. */
export function sealedPath(member: MemberId): string {
  return `sealed/${member}`
}
