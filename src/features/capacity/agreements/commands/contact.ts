import type { Reader, Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import { type AgreementContactMessage, LONGEST_AGREEMENT_CONTACT } from '../../../letters/index.ts'
import { type Contact, readAgreements, readContacts } from '../queries.ts'
import { otherOf } from '../rules/index.ts'
import { type DraftDeps, tell } from './draft.ts'
import { floorOf } from './speak.ts'

/**
 * Tells the other party whom to ask about an agreement that both have signed. It is kept at the two and stands in no log.
 * Refused with `agreementNotRunning`, `notReachable`.
 */
export async function sendContact(
  deps: DraftDeps,
  tx: Writer,
  speaker: string,
  id: string,
  contact: string,
): Promise<void> {
  if (contact === '' || contact.length > LONGEST_AGREEMENT_CONTACT)
    throw new Refusal(failure('invalidField', { field: 'contact' }, 'contact'))
  const { agreement, memberId: from } = await floorOf(tx, speaker, id)
  if (!agreement.isSigned) throw new Refusal(failure('agreementNotRunning'))
  const to = otherOf(agreement.parties, from)
  const message: AgreementContactMessage = { kind: 'agreement-contact/1', agreement: agreement.id, contact }
  const messageId = await tell(deps, tx, { from, to }, message, () =>
    keep(deps, tx, { holder: to, of: from, agreementId: agreement.id, contact, messageId: null }),
  )
  await keep(deps, tx, { holder: from, of: from, agreementId: agreement.id, contact, messageId })
}

/** Takes it from a party of an agreement that is known here; what is not known yet may be soon, so it is sent again. */
export async function hearContact(
  deps: DraftDeps,
  tx: Writer,
  { from, to }: { readonly from: MemberId; readonly to: MemberId },
  { agreement: id, contact }: AgreementContactMessage,
): Promise<void> {
  const agreement = (await readAgreements(tx)).find((each) => each.id === id)
  if (!agreement) throw new Refusal(failure('agreementNotFound'))
  if (!agreement.parties.includes(from) || !agreement.parties.includes(to))
    throw new Refusal(failure('messageNotUnderstood'))
  await keep(deps, tx, { holder: to, of: from, agreementId: id, contact, messageId: null })
}

async function keep(
  { clock }: DraftDeps,
  tx: Writer,
  given: {
    readonly holder: MemberId
    readonly of: MemberId
    readonly agreementId: string
    readonly contact: string
    readonly messageId: string | null
  },
): Promise<void> {
  const row = {
    member_id: given.holder,
    agreement_id: given.agreementId,
    of_id: given.of,
    contact: given.contact,
    message_id: given.messageId,
    time: clock(),
  }
  await tx.replaceInto('agreement_contact').values(row).execute()
}

/** What the administrators of a hosted member may see of who is to be asked. */
export async function contactsOf(reader: Reader, speaker: string, id: string): Promise<readonly Contact[]> {
  const { memberId, agreement } = await floorOf(reader, speaker, id)
  return agreement.isSigned ? readContacts(reader, memberId, agreement.id) : []
}
