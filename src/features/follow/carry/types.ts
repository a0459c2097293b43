import { z } from 'zod'

import type { Writer } from '../../../database/index.ts'
import type { Fetcher } from '../../../kernel/fetcher.ts'
import {
  GitOid,
  Handle,
  MemberId,
  Origin,
  RepositoryId,
  RepositoryKind,
  Sha256,
} from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import { PublicKey } from '../../../records/index.ts'
import type { Follow, Terms } from '../members/index.ts'

/** A folder that somebody carries. Paths are relative, of letters, digits, `-`, `.` and `/`; nothing outside it is read or written. */
export interface CarryFolder {
  /** As the person named it. */
  readonly path: string
  /** Bytes of a regular file; null where there is none. */
  size(path: string): Promise<number | null>
  /** A whole file; null where there is none, or it has more than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array | null>
  /** The bytes of a file from one place to another, exclusive. */
  stream(path: string, start: number, end: number): AsyncIterable<Uint8Array>
  /** Writes a file whole or not at all, replacing one that is there; durable once resolved. */
  write(path: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<void>
  remove(path: string): Promise<void>
  /** Bytes of all files in it. */
  used(): Promise<number>
  /** Names of folders in it. */
  folders(): Promise<readonly string[]>
}

/** What stands in `carry.json`, in the text of the note. */
export const CarryNote = z.object({
  type: z.literal('carry/1'),
  time: z.iso.datetime(),
  /** Whose witness key signs. Its log is in the carry. */
  source: MemberId,
  index: z.object({ sha256: Sha256, size: z.int().min(0) }),
  part: z.object({ number: z.int().min(1), of: z.int().min(1) }),
})
export type CarryNote = z.infer<typeof CarryNote>

const CarriedRef = z.object({
  ref: z.string().max(300),
  commit: GitOid,
  manifest: Sha256.nullable(),
  /** The stream holds what `commit` leads to and none of `base` does. Null: left out, an earlier carry has it. */
  base: z.array(GitOid).max(4).nullable(),
})
export type CarriedRef = z.infer<typeof CarriedRef>

/** A file that lies in pieces. */
const CutFile = z.object({ path: z.string().max(300), size: z.int().min(1), piece: z.int().min(1) })
export type CutFile = z.infer<typeof CutFile>

/** Everything that a carry has, over all of its parts. */
export const CarryIndex = z.object({
  type: z.literal('carry-index/1'),
  logs: z.array(
    z.object({
      origin: Origin,
      size: z.int().min(1),
      root: z.base64(),
      handle: Handle,
      name: z.string().max(200),
      /** The entries that named new keys, besides the first. */
      keysAt: z.array(z.int().min(0)).max(1000),
      /** Entries, in full bundles, that earlier carries have and this one leaves out. */
      from: z.int().min(0).multipleOf(256),
    }),
  ),
  /** The carries that this one goes on from. */
  continues: z.array(z.object({ time: z.iso.datetime(), index: Sha256 })).max(1000),
  repositories: z.array(
    z.object({ member: MemberId, kind: RepositoryKind, repository: RepositoryId, refs: z.array(CarriedRef) }),
  ),
  /** Large files and manifests: SHA-256 and size. */
  blobs: z.array(z.tuple([Sha256, z.int().min(0)])),
  /** Files that no part has room for: they lie in pieces of so many bytes, the last one what is left. */
  pieces: z.array(CutFile),
  /** Blobs that earlier carries have, and this one leaves out. */
  earlier: z.array(Sha256),
  /** Large files that the source does not hold itself. */
  missing: z.array(Sha256),
})
export type CarryIndex = z.infer<typeof CarryIndex>

/** A carry, with the folders of those of its parts that are here. */
export interface Carry {
  readonly note: CarryNote
  /** When it was made, as it says. */
  readonly time: Millis
  /** Whether its source has signed that. */
  readonly isDated: boolean
  readonly index: CarryIndex
  readonly folders: readonly CarryFolder[]
}

/** Files of carries, asked for like those of another node. */
export interface CarriedSource {
  readonly fetcher: Fetcher
  readonly url: string
  readonly layout: 'carry'
}

export interface ExportRequest {
  readonly to: string
  /** An earlier carry, whose content is left out. */
  readonly since: string | null
  /** Handles or ids; null is everybody. */
  readonly members: readonly string[] | null
  readonly content: 'all' | 'none'
  /** Most bytes of one numbered folder; null puts everything into one. */
  readonly maxBytes: number | null
}

/** What an export wrote. */
export interface Exported {
  readonly folders: readonly string[]
  readonly logs: number
  readonly repositories: number
  readonly blobs: number
  /** Bytes written this time. */
  readonly bytes: number
  /** Large files that are not held here. */
  readonly missing: number
}

export interface ImportRequest {
  readonly folders: readonly string[]
  /** On which terms members are followed that are not yet; null: not at all. */
  readonly follow: Omit<Terms, 'allowPrivate'> | null
}

/** What a carry says of a member before anything of it is believed. */
export interface CarriedMember {
  readonly memberId: MemberId
  readonly handle: Handle
  readonly name: string
  /** Entries in all of its logs. */
  readonly size: number
  readonly state: 'own' | 'followed' | 'unknown'
}

/** What became of one member's logs, and of what they name. */
export interface ImportedLog extends CarriedMember {
  readonly outcome: 'unchanged' | 'grown' | 'older' | 'followed' | 'vouched' | 'notFollowed' | 'refused'
  /** A reason of the table of failures, where it was refused. */
  readonly reason: string | null
  /** Entries held now, in all of its logs. */
  readonly held: number
  readonly repositories: number
  /** Repositories of which something is missing still. */
  readonly incomplete: number
}

/** A carry that another one goes on from. */
export interface EarlierCarry {
  readonly time: Millis
  /** SHA-256 of its index. */
  readonly index: Sha256
}

export interface Imported {
  /** When the newest carry was made of which that is known. */
  readonly asOf: Millis | null
  readonly logs: readonly ImportedLog[]
  /** Carries on which one of these goes on, and which are neither among them nor taken in before. */
  readonly missing: readonly EarlierCarry[]
  /** Parts that were not there, over all carries. */
  readonly missingParts: number
}

/** Makes what a followed member announces stand here, from a carry. */
export type CopyFrom = (
  follow: Follow,
  source: CarriedSource,
  signal: AbortSignal,
) => Promise<{ readonly repositories: number; readonly incomplete: number }>

/** What members said to each other about one that moves: whoever keeps it packs it, and puts it down elsewhere. */
export interface Letters {
  pack(
    memberId: MemberId,
  ): Promise<{ readonly letters: SealedMember['letters']; readonly others: readonly MemberId[] }>
  isKnown(letters: unknown): boolean
  unpack(tx: Writer, memberId: MemberId, letters: unknown): Promise<void>
}

const Seed = z.base64().length(44)

/** The first sealed part: whose it is, and how many repositories follow. */
export const SealedMember = z.object({
  type: z.literal('sealed-member/1'),
  /** Newest first. */
  keys: z.array(z.object({ log: Seed, witness: Seed })).min(1),
  messageKeys: z.array(z.object({ seal: Seed, sign: Seed, since: z.int() })),
  followers: z.array(
    z.object({ member: MemberId, witness: PublicKey, url: z.url().nullable(), since: z.int() }),
  ),
  repositories: z.int().min(0),
  /** Names that its repositories had before, folded. */
  formerNames: z.array(
    z.object({ kind: RepositoryKind, former: z.string().max(300), repository: RepositoryId }),
  ),
  /** Why entries of its logs were erased. */
  redactions: z.array(
    z.object({ origin: Origin, position: z.int().min(0), reason: z.string(), time: z.int() }),
  ),
  /** Files that were erased in its repositories, and the git objects that have no bytes because of it. */
  erased: z.object({
    files: z.array(
      z.object({ sha256: Sha256, size: z.int().min(0), reason: z.string().max(64), time: z.int() }),
    ),
    blobs: z.array(z.object({ oid: GitOid, sha256: Sha256 })),
  }),
  /** Other members that `letters` speak of. */
  others: z.array(z.object({ member: MemberId, handle: Handle, name: z.string().max(200) })),
  /** What was said between it and them, as {@link Letters} writes it. */
  letters: z.json(),
})
export type SealedMember = z.infer<typeof SealedMember>

/** What stands before the objects and files of a sealed repository: a part for each distinct `oid`, then one for each file. */
export const SealedRepository = z.object({
  kind: RepositoryKind,
  repository: RepositoryId,
  visibility: z.enum(['public', 'private']),
  gated: z.enum(['no', 'auto', 'manual']),
  disabled: z.boolean(),
  createdAt: z.int(),
  modifiedAt: z.int(),
  refs: z.array(z.object({ name: z.string().max(300), oid: GitOid })),
  files: z.array(Sha256),
})
export type SealedRepository = z.infer<typeof SealedRepository>
