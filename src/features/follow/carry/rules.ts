/** How a carry lies on a disk (docs/spec/carry.md). Pure. */
import { type GitOid, type MemberId, type Origin, partsOfOrigin, type Sha256 } from '../../../kernel/names.ts'
import type { CarryIndex, CutFile } from './types.ts'

export const NOTE = 'carry.json'
export const MOST_INDEX_BYTES = 256 * 1024 * 1024

/** Where a log's files lie. */
export function logFolder(origin: Origin): string {
  const { member, log } = partsOfOrigin(origin)
  return `logs/${member}/${log}`
}

/** A log as an index tells of it. */
export type CarriedLog = CarryIndex['logs'][number]

/** The logs of each member that a carry has any of, the first log first. */
export function logsByMember({ logs }: CarryIndex): ReadonlyMap<MemberId, readonly CarriedLog[]> {
  const inOrder = logs.toSorted((left, right) => numberOf(left) - numberOf(right))
  return Map.groupBy(inOrder, ({ origin }) => partsOfOrigin(origin).member)
}

function numberOf({ origin }: CarriedLog): number {
  return partsOfOrigin(origin).log
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

export function proofPath(origin: Origin, position: number): string {
  const { member, log } = partsOfOrigin(origin)
  return `proofs/${member}-${log}-${position}.tlog-proof`
}

/** Bytes at most of a piece: one is held in memory. */
const MOST_PIECE_BYTES = 16 * 1024 * 1024
const PIECES_IN_A_PART = 16

/** How long the pieces are into which a file is cut that no part has room for. */
export function pieceBytes(maxBytes: number): number {
  return Math.max(1, Math.min(MOST_PIECE_BYTES, Math.floor(maxBytes / PIECES_IN_A_PART)))
}

/** Where the piece of a file lies that begins at some byte; its name tells which bytes it has. */
export function piecePath({ path, size, piece }: CutFile, start: number): string {
  return `${path}.pieces/${start}-${Math.min(size, start + piece)}`
}

/** What only a passphrase opens of a member that moves. */
export function sealedPath(member: MemberId): string {
  return `sealed/${member}`
}
