/**
 * Whether a result is what its round's rule asks for: `proof.ts` proves that it is, `figures.ts` compares what is derived.
 * Nothing here searches for a flow. It shares with what computes results the reading of the round, who may use what, which
 * edges there are, and how figures and explanations are made from who got what.
 */
import { canonicalJson } from '../../../../../kernel/canonical-json.ts'
import type { Sha256 } from '../../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../../kernel/result.ts'
import { MatchResult } from '../../types.ts'
import { claimsOf, compareShares } from '../claim.ts'
import { openings, unusableIn } from '../match.ts'
import { networkOf, opened, type Scene } from '../network.ts'
import { checkFigures, checkLeftOut } from './figures.ts'
import { type CheckProblem, type Finding, wrong } from './finding.ts'
import { type Pass, prove } from './proof.ts'
import { numbersOf, ranksOf, type Sums, sumsOf, totalOf } from './stated.ts'

export { CHECK_REASONS, type CheckProblem, type CheckReason } from './finding.ts'

/** Hashes as a result has them, of its round and of itself. */
export interface Hashes {
  readonly round: Sha256
  of(json: string): Sha256
}

/** The result, or the first thing that is wrong with it. */
export function check(scene: Scene, json: unknown, hashes: Hashes): Result<MatchResult, CheckProblem> {
  const parsed = MatchResult.safeParse(json)
  if (!parsed.success) return fail(wrong('malformed', parsed.error.issues[0]?.path.join('.') ?? ''))
  const result = parsed.data
  const finding =
    checkHashes(scene, result, hashes) ?? checkLeftOut(scene, result) ?? checkPasses(scene, result)
  return finding ? fail(finding) : succeed(result)
}

function checkHashes(scene: Scene, { resultHash, ...rest }: MatchResult, hashes: Hashes): Finding {
  if (hashes.of(canonicalJson(rest)) !== resultHash) return wrong('resultHash', 'resultHash')
  if (rest.round !== hashes.round) return wrong('otherRound', 'round')
  return canonicalJson(rest.rule) === canonicalJson(scene.round.rule) ? null : wrong('otherRule', 'rule')
}

function checkPasses(scene: Scene, result: MatchResult): Finding {
  const ways = openings(scene.round)
  if (result.certificate.length !== ways.length || result.levels.length !== ways.length)
    return wrong('malformed', 'certificate')
  const passAt = passesOf(scene, result)
  let before: Sums | null = null
  for (const [at, opening] of ways.entries()) {
    const pass = passAt({ at, opening, isLast: at === ways.length - 1, before })
    if (!pass.ok) return pass.failure
    const finding = prove(pass.value)
    if (finding) return finding
    if (at === ways.length - 1) return checkFigures(pass.value, result)
    before = pass.value.sums
  }
  return null
}

/** Which pass, and what was given in the one before. */
interface Turn extends Pick<Pass, 'opening'> {
  readonly at: number
  readonly isLast: boolean
  readonly before: Sums | null
}

/** Makes a pass ready to be looked at; the lists of the last one are those of the result. */
function passesOf(scene: Scene, result: MatchResult): (turn: Turn) => Result<Pass, CheckProblem> {
  const without = new Set([...unusableIn(scene), ...result.leftOut.map(({ need }) => need)])
  const claims = claimsOf(scene, without)
  const whole = networkOf(scene, without)
  const numberOf = numbersOf(whole)
  return ({ at, opening, isLast, before }) => {
    const [place, levels] = [`certificate.${at}`, result.levels[at] ?? []]
    const { allocations, reserved, sets = [] } = result.certificate[at] ?? {}
    if (isLast && (allocations || reserved)) return fail(wrong('malformed', place))
    const lists = isLast ? result : { allocations: allocations ?? [], reserved: reserved ?? [] }
    const sums = sumsOf(scene, lists)
    if (!sums.ok) return sums
    if (levels.length !== sets.length) return fail(wrong('level', place))
    const ranks = ranksOf(whole, numberOf, sets)
    if (!ranks) return fail(wrong('set', place))
    const standings = claims.map((claim, index) => {
      const total = totalOf(sums.value, claim.id)
      const had = before ? totalOf(before, claim.id) : 0n
      const gained = compareShares(total, sums.value.fine, had, before?.fine ?? 1n)
      return { claim, total, gained, rank: ranks[whole.institutions[index] ?? -1] ?? levels.length }
    })
    const network = opened(whole, opening)
    const pass = {
      scene,
      without,
      network,
      opening,
      lists,
      sums: sums.value,
      levels,
      ranks,
      standings,
      place,
    }
    return succeed(pass)
  }
}
