import { createHash } from 'node:crypto'

import { canonicalJson } from '../../../kernel/canonical-json.ts'
import { Sha256 } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import { check as checkResult, type CheckProblem, decide, sceneOf } from './rules/index.ts'
import type { MatchResult, Round } from './types.ts'

/** Decides a round. The same round gives the same bytes on every machine. */
export function match(round: Round): MatchResult {
  const outcome = decide(sceneOf(round), roundHash(round))
  return { ...outcome, resultHash: sha256(canonicalJson(outcome)) }
}

/**
 * Whether a result is right, by its certificate and without computing it: any that is as fair passes, be it not ours. Fails
 * with the first thing that is wrong.
 */
export function check(round: Round, result: unknown): Result<MatchResult, CheckProblem> {
  return checkResult(sceneOf(round), result, { round: roundHash(round), of: sha256 })
}

/** SHA-256 of a round's canonical JSON: what a result says it is a result of. */
export function roundHash(round: Round): Sha256 {
  return sha256(canonicalJson(round))
}

function sha256(text: string): Sha256 {
  return Sha256.parse(createHash('sha256').update(text).digest('hex'))
}
