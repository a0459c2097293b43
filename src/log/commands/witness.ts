/** What a witness answers. C2SP tlog-witness. */
import type { LogTable } from '../../database/index.ts'
import { equalBytes, utf8 } from '../../kernel/bytes.ts'
import { readKeys } from '../queries/keys.ts'
import { ownCosignatures, readWitnessed, type Witnessed } from '../queries/witnessed.ts'
import { isFresh, timeToVouch } from '../rules.ts'
import {
  EMPTY_ROOT,
  type Fork,
  formatNote,
  isLineOf,
  parseCheckpoint,
  parseWitnessRequest,
  verifyConsistency,
  type WitnessRequest,
} from '../tlog/index.ts'
import { type CosignDeps, cosignHeld, findFollowed, hostedWitnesses, vouch } from './cosign.ts'
import { forkOfHeld, openCheckpoint, type SignedCheckpoint } from './sync.ts'

/** What becomes of a pushed checkpoint. */
export type Witnessing =
  /** The signature lines, each with its end. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unsigned' }
  /** The old size is above the new one. */
  | { readonly kind: 'backwards' }
  /** The old size is not that of the checkpoint that was vouched for last. */
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'unproven' }
  /** The log is frozen, or this node's clock is not to be believed. */
  | { readonly kind: 'unwilling' }

/** An answer, and what the question gave away. */
export interface Answered {
  readonly answer: Witnessing
  /** The followed log that has signed what was sent; null where none has. */
  readonly origin: string | null
  /** What it signed for. */
  readonly size: number
  /** That it has signed two histories. */
  readonly fork: Fork | null
}

const only = (answer: Witnessing): Answered => ({ answer, origin: null, size: 0, fork: null })

/**
 * Answers `add-checkpoint`: vouches for a checkpoint that continues the one vouched for last. What was checked and what is kept
 * are one transaction, which is durable before the signature is handed out.
 */
export async function addCheckpoint(deps: CosignDeps, body: Uint8Array): Promise<Answered> {
  const request = parseWitnessRequest(body)
  const claimed = request && parseCheckpoint(request.note.text)
  if (!request || !claimed) return only({ kind: 'malformed' })
  const log = await findFollowed(deps, claimed.origin)
  if (!log) return only({ kind: 'unknown' })
  const opened = openCheckpoint(
    await readKeys(deps.database.read, log),
    utf8(formatNote(request.note.text, request.note.signatures)),
  )
  if (!opened) return only({ kind: 'unsigned' })
  if (request.oldSize > opened.checkpoint.size) return only({ kind: 'backwards' })
  if (log.frozen !== null) return only({ kind: 'unwilling' })
  const next = { note: opened.signed, ...opened.checkpoint }
  const heard = { origin: log.origin, size: next.size }
  const held = await cosignHeld(deps, log.origin) // what the copy knows is part of what was seen
  if (held.kind === 'fork') return { ...heard, answer: { kind: 'unwilling' }, fork: held.fork }
  const before = await readWitnessed(deps.database.read, log.origin)
  const fork = await findFork(deps, log, before, next)
  return { ...heard, answer: await answer(deps, request, before, next), fork }
}

/** Whether the new checkpoint and one that is known here cannot both be true, as far as this node can show it by itself. */
async function findFork(
  deps: CosignDeps,
  log: LogTable,
  before: Witnessed | null,
  next: SignedCheckpoint,
): Promise<Fork | null> {
  const isOther = before?.size === next.size && !equalBytes(before.root, next.root)
  return isOther ? { first: before.note, second: next.note, proof: [] } : forkOfHeld(deps, log, next)
}

async function answer(
  deps: CosignDeps,
  { oldSize, proof }: WitnessRequest,
  before: Witnessed | null,
  next: SignedCheckpoint,
): Promise<Witnessing> {
  if (oldSize !== (before?.size ?? 0)) return { kind: 'conflict', size: before?.size ?? 0 }
  if (!isContinued({ oldSize, proof }, before, next)) return { kind: 'unproven' }
  const now = deps.clock()
  const signers = await hostedWitnesses(deps)
  if (before?.size === next.size && isFresh(before.time, now)) {
    const kept = await ownCosignatures(deps.database.read, next)
    const lines = kept.filter((line) => signers.some(({ verifier }) => isLineOf(line, verifier)))
    if (lines.length === signers.length) return cosigned(lines)
  }
  const time = timeToVouch({ now, last: before?.time ?? null, ahead: deps.ahead() })
  if (time === null || signers.length === 0) return { kind: 'unwilling' }
  const signed = await deps.database.write((tx) => vouch(tx, { before, next, time, signers }))
  if (signed) return cosigned(signed)
  const meanwhile = await readWitnessed(deps.database.read, next.origin)
  return { kind: 'conflict', size: meanwhile?.size ?? 0 }
}

function cosigned(lines: readonly string[]): Witnessing {
  return { kind: 'cosigned', lines: lines.map((line) => `${line}\n`).join('') }
}

function isContinued(
  { oldSize, proof }: Pick<WitnessRequest, 'oldSize' | 'proof'>,
  before: Witnessed | null,
  { size, root }: SignedCheckpoint,
): boolean {
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) return false
  // The empty tree is the beginning of every tree, and no proof says so.
  if (!before || oldSize === 0) return proof.length === 0
  return verifyConsistency({ from: oldSize, to: size, fromRoot: before.root, toRoot: root, proof })
}
