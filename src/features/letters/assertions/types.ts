import { z } from 'zod'

import { MemberId, RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import { RecordTime } from '../../../records/index.ts'
import { PersonRole, Pseudonym } from '../messages/index.ts'

/** What a home member says of one of its people to another member, for one request (docs/spec/messages.md). */
export const Assertion = z.object({
  issuer: MemberId,
  audience: MemberId,
  person: Pseudonym,
  role: PersonRole,
  repository: RepositoryId,
  kind: RepositoryKind,
  time: RecordTime,
  expires: RecordTime,
  /** 32 hex digits: it is good once. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
})
export type Assertion = z.infer<typeof Assertion>

/** A person of another member, on whose behalf their own node asks for one repository. */
export interface Guest {
  readonly memberId: MemberId
  readonly pseudonym: Pseudonym
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
}
