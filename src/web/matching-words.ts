/** Sentences on what came out of a round, for pages and for the command line. */
import { type Explanation, parseFraction, type Refused, type RuleName } from '../features/capacity/index.ts'
import type { Translator } from './i18n/index.ts'

/** What a sentence names beside what its explanation holds. */
export interface ExplainedNeed {
  readonly rule: RuleName
  /** How much was asked for, as the round has it. */
  readonly asked: string
  /** What an offer is called; its id when nothing else is known. */
  readonly nameOf: (offer: string) => string
}

/** A figure of a result (an amount, a level, a share) as people read it, without its unit: to three decimals. The exact one stays `22/3`. */
export function describeFigure(say: Translator, text: string): string {
  const amount = parseFraction(text)
  if (!amount) return text
  const thousandths = (amount.n * 2000n + amount.d) / (2n * amount.d) // rounded half up
  return say.number(Number(thousandths) / 1000)
}

/** Why a need got what it got, in one sentence. */
export function describeShare(say: Translator, explanation: Explanation, need: ExplainedNeed): string {
  const amount = (text: string) => describeFigure(say, text)
  switch (explanation.kind) {
    case 'complete':
      return say.t('match.complete', { received: amount(explanation.received) })
    case 'shared':
    case 'capped':
    case 'reserved':
      return describeLimited(say, explanation, need)
    case 'leftOut':
      return say.t('match.leftOut', {
        wouldHave: amount(explanation.wouldHave),
        minimum: amount(explanation.minimum),
      })
    case 'notEligible':
      return describeRefused(say, explanation, need)
  }
}

type Limited = Extract<Explanation, { kind: 'shared' | 'capped' | 'reserved' }>

function describeLimited(
  say: Translator,
  explanation: Limited,
  { rule, asked, nameOf }: ExplainedNeed,
): string {
  const { kind, limits, more = 0 } = explanation
  const values = {
    received: describeFigure(say, explanation.received),
    asked: describeFigure(say, asked),
    level: describeFigure(say, explanation.level),
    limits: say.list([
      ...limits.map(({ offer, by }) => say.t(`match.limit.${by}`, { offer: nameOf(offer) })),
      ...andMore(say, more),
    ]),
  }
  return say.t(kind === 'shared' ? `match.shared.${rule}` : `match.${kind}`, values)
}

function describeRefused(
  say: Translator,
  { offers, more = 0 }: Extract<Explanation, { kind: 'notEligible' }>,
  { nameOf }: ExplainedNeed,
): string {
  if (offers.length === 0) return say.t('match.noOffer')
  const reasons = offers.map(({ offer, ...refused }) => describeRefusal(say, nameOf(offer), refused))
  return say.t('match.notEligible', { reasons: say.list([...reasons, ...andMore(say, more)]) })
}

/** Why one offer is not for a need: a part of a sentence. */
export function describeRefusal(say: Translator, offer: string, { reason, text = '' }: Refused): string {
  return say.t(`match.refused.${reason}`, { offer, text })
}

function andMore(say: Translator, count: number): readonly string[] {
  return count > 0 ? [say.t('match.more', { count })] : []
}
