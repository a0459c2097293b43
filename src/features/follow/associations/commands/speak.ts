import type { Database, Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import type { Result } from '../../../../kernel/result.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { attempt, hostedNamed } from '../../statements/index.ts'
import { associationsNamed, statementsOf, waitingStatements } from '../queries.ts'
import { assess } from '../rules/index.ts'
import type { Association, Said } from '../types.ts'

export interface SpeakDeps {
  readonly database: Database
  readonly clock: Clock
}

/** A hosted member about to say something of an association, and the association as it will be once its log has taken up what waits. */
export interface Floor {
  readonly speaker: MemberId
  readonly association: Association
  /** Everything that was said of it, with what waits. */
  readonly statements: readonly Said[]
}

/** One transaction for one member; a {@link Refusal} inside rolls it back and becomes the result. */
export async function speak<Value>(
  { database }: SpeakDeps,
  speaker: string,
  name: string,
  work: (tx: Writer, floor: Floor) => Promise<Value>,
): Promise<Result<Value>> {
  return attempt(database, async (tx) => {
    const { id } = await hostedNamed(tx, speaker)
    const [known, another] = await associationsNamed(tx, name)
    if (!known || another) throw new Refusal(failure('associationNotFound', { name }))
    const statements = [...(await statementsOf(tx, known.id)), ...(await waitingStatements(tx, id, known.id))]
    const association = assess(known.id, statements) ?? known
    return work(tx, { speaker: id, association, statements })
  })
}
