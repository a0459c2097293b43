import { z } from 'zod'

import { MemberId, RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import {
  LONGEST_CONTACT,
  LONGEST_PURPOSE,
  LONGEST_REASON,
  Message,
  MessageId,
  PersonRole,
  Pseudonym,
} from '../messages/index.ts'

const MovedRequest = z.object({
  kind: RepositoryKind,
  repository: RepositoryId,
  request: MessageId,
  /** Whose person asks. A person of the node that was left is one of the member whose node it is. */
  member: MemberId,
  pseudonym: Pseudonym,
  role: PersonRole,
  purpose: z.string().max(LONGEST_PURPOSE),
  contact: z.string().max(LONGEST_CONTACT).nullable(),
  status: z.enum(['pending', 'accepted', 'rejected']),
  reason: z.string().max(LONGEST_REASON).nullable(),
  askedAt: z.int(),
  decidedAt: z.int().nullable(),
})

/** What members said to each other about a member that moves, as it lies in the sealed part (docs/spec/carry.md). */
export const MovedLetters = z.object({
  /** Who asked to read its repositories, and what was answered. */
  requests: z.array(MovedRequest),
  /** What it said to others and has not arrived. */
  messages: z.array(z.object({ id: MessageId, to: MemberId, message: Message, since: z.int() })),
})
export type MovedLetters = z.infer<typeof MovedLetters>
