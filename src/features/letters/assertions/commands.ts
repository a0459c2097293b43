import type { Database } from '../../../database/index.ts'
import { type Failure, failure } from '../../../kernel/failure.ts'
import type { MemberId, RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import type { Random } from '../../../kernel/random.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import { type Clock, isoTime, momentOf } from '../../../kernel/time.ts'
import type { Logs, MessageKeyStore } from '../../../log/index.ts'
import { hostedMembers } from '../../accounts/index.ts'
import {
  correspondent,
  isSignedBytes,
  messageKeysOf,
  type PersonRole,
  type Pseudonym,
  signBytes,
} from '../messages/index.ts'
import {
  ASSERTION_LIFE,
  assertionBytes,
  CLOCK_SKEW,
  isCurrent,
  readAssertion,
  writeAssertion,
} from './rules.ts'
import type { Assertion, Guest } from './types.ts'

export interface AssertionDeps {
  readonly database: Database
  readonly logs: Pick<Logs, 'find' | 'leaf'>
  readonly messageKeys: MessageKeyStore
  readonly clock: Clock
  readonly random: Random
}

/** Whom an assertion is about, and for what. */
export interface Asserted {
  readonly issuer: MemberId
  readonly audience: MemberId
  readonly person: Pseudonym
  readonly role: PersonRole
  readonly repository: RepositoryId
  readonly kind: RepositoryKind
}

/** Assertions of one member that were used and could be used again; each is remembered until it has expired. */
const MOST_REMEMBERED = 50_000

/** What this node says of its people to other members, and what it believes of theirs. */
export function createAssertions(deps: AssertionDeps) {
  const { database, logs, messageKeys, clock, random } = deps
  /** An assertion for one request, signed. Null while the member has no keys. */
  async function make(asserted: Asserted): Promise<string | null> {
    const [own] = await messageKeys.get(asserted.issuer)
    if (!own) return null
    const now = clock()
    const assertion: Assertion = {
      ...asserted,
      time: isoTime(now),
      expires: isoTime(now + ASSERTION_LIFE),
      nonce: Uint8Array.from(random(16)).toHex(),
    }
    return writeAssertion(assertion, signBytes(own.sign, assertionBytes(assertion)))
  }

  /**
   * Whom an assertion speaks of. Refused with `invalidAssertion` unless a followed member signed it for one hosted here, and
   * with `assertionExpired` when it is too old, too young, or was here before.
   */
  async function believe(text: string): Promise<Result<Guest>> {
    const read = readAssertion(text)
    if (!read) return fail(failure('invalidAssertion'))
    const { assertion, signature } = read
    const refusal = await refusalOf(assertion, signature)
    if (refusal) return fail(refusal)
    const { issuer, person, kind, repository } = assertion
    return succeed({ memberId: issuer, pseudonym: person, kind, repository })
  }

  async function refusalOf(assertion: Assertion, signature: Uint8Array): Promise<Failure | null> {
    const { issuer, audience } = assertion
    const isForUs = (await hostedMembers(database.read)).some(({ id }) => id === audience)
    const isKnown = (await correspondent(database.read, issuer)) !== null
    const keys = isForUs && isKnown ? await messageKeysOf(database.read, logs, issuer) : null
    if (!keys || !isSignedBytes(keys.sign, assertionBytes(assertion), signature))
      return failure('invalidAssertion')
    const isGood = isCurrent(assertion, clock()) && (await isFirstUse(assertion))
    return isGood ? null : failure('assertionExpired')
  }

  /** Remembers it, durably; false when it was here before, or when nothing more can be remembered. */
  function isFirstUse({ issuer, nonce, expires }: Assertion): Promise<boolean> {
    return database.write(async (tx) => {
      await tx.deleteFrom('used_assertion').where('until', '<=', clock()).execute()
      const { count } = await tx
        .selectFrom('used_assertion')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('issuer_id', '=', issuer)
        .executeTakeFirstOrThrow()
      if (count >= MOST_REMEMBERED) return false
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('used_assertion')
        .values({ issuer_id: issuer, nonce, until: momentOf(expires) + CLOCK_SKEW + 1 })
        .onConflict((known) => known.doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 1n
    })
  }

  return { make, believe }
}

export type Assertions = ReturnType<typeof createAssertions>
