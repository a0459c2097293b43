/** What a result states beside its proof: who was left out, and what is derived from who got what. */
import { canonicalJson, type Json } from '../../../../../kernel/canonical-json.ts'
import type { MatchResult } from '../../types.ts'
import { amountOf } from '../amounts.ts'
import { explain } from '../explanations.ts'
import { fairnessOf } from '../fairness.ts'
import { compare, formatFraction, type Fraction, fraction, parseFraction, ZERO } from '../fraction.ts'
import type { Scene } from '../network.ts'
import { type Finding, first, wrong } from './finding.ts'
import type { Pass } from './proof.ts'

/** Only a need that has a minimum, and would have had less, is left out. Which ones are is the rule's to say, not the certificate's. */
export function checkLeftOut({ round, usable }: Scene, { leftOut }: MatchResult): Finding {
  const needs = new Map(round.needs.map((need, at) => [need.id, { need, at }] as const))
  return first(leftOut, ({ need: id, minimum, wouldHave }, at) => {
    const known = needs.get(id)
    const least = known?.need.indivisible ? known.need.amount : known?.need.minimum
    const would = parseFraction(wouldHave)
    const isRight =
      known !== undefined &&
      usable.has(known.at) &&
      least === minimum &&
      would !== null &&
      formatFraction(would) === wouldHave
    const isInOrder = at === 0 || (leftOut[at - 1]?.need ?? '') < id
    return isRight && isInOrder && compare(would, amountOf(least)) < 0
      ? null
      : wrong('leftOut', `leftOut.${id}`)
  })
}

/** That everybody served has its minimum, and that sums, figures and explanations are those of the last pass. */
export function checkFigures(pass: Pass, result: MatchResult): Finding {
  const { scene, sums, standings } = pass
  const inUnits = (parts: bigint) => fraction(parts, scene.scale * sums.fine)
  const has = new Map(scene.round.needs.map(({ id }) => [id, inUnits(sums.needs.get(id) ?? 0n)]))
  const asking = new Set(scene.round.needs.map(({ institution }) => institution))
  const received = standings
    .filter(({ claim }) => asking.has(claim.id))
    .map(({ claim, total }) => ({ institution: claim.id, amount: formatFraction(inUnits(total)) }))
  return (
    checkMinimums(pass, has) ??
    differs('received', received, result.received) ??
    differs('fairness', fairnessOf(scene, received), result.fairness) ??
    differs('explanation', explanationsOf(pass, has, result), result.explanations)
  )
}

function checkMinimums({ scene, without }: Pass, has: ReadonlyMap<string, Fraction>): Finding {
  return first(scene.round.needs, ({ id, amount, minimum, indivisible }) => {
    const least = indivisible ? amount : minimum
    if (least === undefined || without.has(id)) return null
    return compare(has.get(id) ?? ZERO, amountOf(least)) < 0 ? wrong('belowMinimum', `needs.${id}`) : null
  })
}

function explanationsOf(
  { scene, network, levels, ranks }: Pass,
  received: ReadonlyMap<string, Fraction>,
  { leftOut }: MatchResult,
): Json {
  return explain(scene, {
    network,
    rankOf: (node) => ranks[node] ?? Infinity,
    levels,
    received,
    leftOut: new Map(leftOut.map(({ need, ...left }) => [need, left])),
  })
}

function differs(reason: 'received' | 'fairness' | 'explanation', right: Json, stated: Json): Finding {
  if (canonicalJson(right) === canonicalJson(stated)) return null
  return wrong(reason, reason === 'explanation' ? 'explanations' : reason)
}
