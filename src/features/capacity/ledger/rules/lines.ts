import type { Sha256 } from '../../../../kernel/names.ts'
import type { Country } from '../../../../records/index.ts'
import type { AssessedAgreement, AssessedObligation } from '../../agreements/index.ts'
import type { LedgerLine } from '../types.ts'

/** Which pledge an offer keeps a part of, by the offer's id. */
export type PledgeOfOffer = ReadonlyMap<Sha256, Sha256>

/** Where members say that they are, by id. */
export type Places = ReadonlyMap<string, Country | null>

/** What agreements come to on a day (`2026-11-24`), obligation by obligation. */
export function linesOf(
  agreements: readonly AssessedAgreement[],
  pledgeOfOffer: PledgeOfOffer,
  places: Places,
  day: string,
): readonly LedgerLine[] {
  return agreements.flatMap((agreement) =>
    agreement.obligations.map((obligation) => lineOf(agreement, obligation, pledgeOfOffer, places, day)),
  )
}

function lineOf(
  { id, body, state }: AssessedAgreement,
  obligation: AssessedObligation,
  pledgeOfOffer: PledgeOfOffer,
  places: Places,
  day: string,
): LedgerLine {
  const { index, by, to, amount, claimed, delivered, accepted, disputed, body: owed } = obligation
  const offer = owed.offer?.leaf ?? null
  return {
    agreement: id,
    obligation: index,
    title: body.title,
    state,
    supplier: by,
    receiver: to,
    kind: owed.kind,
    unit: owed.unit,
    country: countryOf(body.country, places.get(by), places.get(to)),
    sector: body.sector,
    due: owed.due,
    need: owed.need?.leaf ?? null,
    offer,
    pledge: owed.pledge?.leaf ?? (offer === null ? null : (pledgeOfOffer.get(offer) ?? null)),
    amount,
    claimed,
    delivered,
    accepted,
    disputed,
    overdue: obligation.isOverdue(day) ? missingOf(obligation) : 0n,
  }
}

/**
 * Which country receives it: the one that the agreement is for, unless it is the member there that gives. What comes back from
 * it counts for the country of the other.
 */
function countryOf(
  agreed: Country,
  supplier: Country | null | undefined,
  receiver: Country | null | undefined,
): Country {
  return supplier === agreed && receiver ? receiver : agreed
}

/** What has been neither shown nor acknowledged by the receiver. */
function missingOf({ amount, delivered, acknowledged }: AssessedObligation): bigint {
  const done = delivered > acknowledged ? delivered : acknowledged
  return done < amount ? amount - done : 0n
}
