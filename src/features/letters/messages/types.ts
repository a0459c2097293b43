import { z } from 'zod'

import type { Writer } from '../../../database/index.ts'
import type { AddressPolicy } from '../../../kernel/fetcher.ts'
import { MemberId, RepositoryId, RepositoryKind, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import { Agreement, RecordTime } from '../../../records/index.ts'

/** Names one message of one sender: 32 hex digits. */
export const MessageId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'MessageId'>()
export type MessageId = z.infer<typeof MessageId>

/** The name under which one member knows a person of another. */
export const Pseudonym = z
  .string()
  .regex(/^[a-z2-7]{16}$/)
  .brand<'Pseudonym'>()
export type Pseudonym = z.infer<typeof Pseudonym>

/** What a person is at their own node, in that node's word. It gives no right. */
export const PersonRole = z.enum(['person', 'operator'])
export type PersonRole = z.infer<typeof PersonRole>

/** Most characters of what people write to each other in a request. */
export const LONGEST_PURPOSE = 1000
export const LONGEST_CONTACT = 200
export const LONGEST_REASON = 500

/** A person of another member asks to read a repository. */
export const AccessRequestMessage = z.object({
  kind: z.literal('access-request/1'),
  request: MessageId,
  repository: RepositoryId,
  repositoryKind: RepositoryKind,
  pseudonym: Pseudonym,
  role: PersonRole,
  purpose: z.string().max(LONGEST_PURPOSE),
  contact: z.string().max(LONGEST_CONTACT).exactOptional(),
})
export type AccessRequestMessage = z.infer<typeof AccessRequestMessage>

/** The person does not want it any more. */
export const AccessWithdrawalMessage = z.object({
  kind: z.literal('access-withdrawal/1'),
  request: MessageId,
})
export type AccessWithdrawalMessage = z.infer<typeof AccessWithdrawalMessage>

/** What the repository's home answers, at first or later: whatever is not accepted ends the right. */
export const AccessAnswerMessage = z.object({
  kind: z.literal('access-answer/1'),
  request: MessageId,
  status: z.enum(['pending', 'accepted', 'rejected']),
  reason: z.string().max(LONGEST_REASON).exactOptional(),
})
export type AccessAnswerMessage = z.infer<typeof AccessAnswerMessage>

/** About reading repositories. */
export type AccessMessage = AccessRequestMessage | AccessWithdrawalMessage | AccessAnswerMessage

/** Most characters of a note to a draft, and of who is to be asked. */
export const LONGEST_NOTE = 2000
export const LONGEST_AGREEMENT_CONTACT = 1000

/** What the sender would agree with the receiver. Sent again under the same name, it takes the place of what was sent before. */
export const AgreementDraftMessage = z.object({
  kind: z.literal('agreement-draft/1'),
  draft: MessageId,
  agreement: Agreement.shape.body,
  note: z.string().max(LONGEST_NOTE).exactOptional(),
})
export type AgreementDraftMessage = z.infer<typeof AgreementDraftMessage>

/** Who at the sender is to be asked about an agreement. */
export const AgreementContactMessage = z.object({
  kind: z.literal('agreement-contact/1'),
  agreement: Sha256,
  contact: z.string().min(1).max(LONGEST_AGREEMENT_CONTACT),
})
export type AgreementContactMessage = z.infer<typeof AgreementContactMessage>

/** About agreements. */
export type AgreementMessage = AgreementDraftMessage | AgreementContactMessage

export function isAboutAgreement(message: Message): message is AgreementMessage {
  return message.kind === 'agreement-draft/1' || message.kind === 'agreement-contact/1'
}

/** Everything that one member tells another. `kind` carries the major version. */
export const Message = z.discriminatedUnion('kind', [
  AccessRequestMessage,
  AccessWithdrawalMessage,
  AccessAnswerMessage,
  AgreementDraftMessage,
  AgreementContactMessage,
])
export type Message = z.infer<typeof Message>

/** Most bytes of an envelope on its way. */
export const MAX_ENVELOPE_BYTES = 64 * 1024

/** A sealed message on its way (docs/spec/messages.md). */
export const Envelope = z.object({
  from: MemberId,
  to: MemberId,
  id: MessageId,
  /** When it was sealed. */
  time: RecordTime,
  /** Base64 of the encapsulated key and the ciphertext. */
  sealed: z.base64().max(MAX_ENVELOPE_BYTES),
  /** Base64 of an Ed25519 signature. */
  signature: z.base64().length(88),
})
export type Envelope = z.infer<typeof Envelope>

/** Who told whom. */
export interface Between {
  readonly from: MemberId
  readonly to: MemberId
}

/** Makes a message count, in the transaction that says it was received. May throw a `Refusal`. */
export type Hear = (tx: Writer, between: Between, message: Message) => Promise<void>

/** A member of another node to whom messages can be sent and from whom they are taken. */
export interface Correspondent {
  readonly memberId: MemberId
  readonly url: string
  readonly allow: AddressPolicy
}

/** A message as an operator sees it: who, when, what kind; not what it says. */
export interface MessageEntry {
  readonly direction: 'in' | 'out'
  readonly id: string
  /** The other member. */
  readonly memberId: string
  readonly handle: string
  readonly kind: string
  readonly state: 'waiting' | 'delivered' | 'failed' | 'received'
  readonly at: Millis
  readonly attempts: number
  readonly failure: string | null
}
