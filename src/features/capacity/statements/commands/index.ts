import { type Database, ReadCache } from '../../../../database/index.ts'
import { Refusal } from '../../../../kernel/failure.ts'
import type { Sha256 } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { type Logs, queueRecord } from '../../../../log/index.ts'
import { type PublicRecord, type RetractionReason, writeLeaf } from '../../../../records/index.ts'
import { attempt, hostedNamed, say } from '../../../follow/index.ts'
import { draftsOf, findDraft, handlesOf, homesOf, leafIdOf, readCapacity } from '../queries.ts'
import { findStated } from '../rules/index.ts'
import type { DraftFields, Noun, StatedCapacity, Wish } from '../types.ts'
import { dropDraft, saveDraft } from './drafts.ts'
import { hasSuccessors, openOf, word } from './wish.ts'

export interface NeedDeps {
  readonly database: Database
  readonly logs: Pick<Logs, 'find' | 'leaf'>
  readonly clock: Clock
  readonly random: Random
}

export type NeedCommands = ReturnType<typeof createNeeds>

/** Needs, offers, pledges and groups of countries: what members hosted here state of them, and what is known of all. */
export function createNeeds(deps: NeedDeps) {
  const { database } = deps
  const known = new ReadCache<StatedCapacity>(database, 1)
  return {
    /** What everything that is known here comes to; computed once until something is written. */
    read: () => known.get('all', () => readCapacity(database.read)),

    async find(noun: Noun, id: string) {
      return findStated(await readCapacity(database.read), noun, id)
    },

    /** The record that {@link state} would say, refused as there; nothing is said. */
    async preview(speaker: string, noun: Noun, wish: Wish): Promise<Result<PublicRecord>> {
      try {
        const { id } = await hostedNamed(database.read, speaker)
        return succeed((await word(database.read, deps, id, noun, wish)).record)
      } catch (cause) {
        if (cause instanceof Refusal) return fail(cause.failure)
        throw cause
      }
    },

    /**
     * States it, in place of another where `wish` says so, and throws the form away that it was written in; its id. Refused
     * as {@link word} does.
     */
    state: (speaker: string, noun: Noun, wish: Wish, draft: string | null = null): Promise<Result<Sha256>> =>
      attempt(database, async (tx) => {
        const { id } = await hostedNamed(tx, speaker)
        const { record, replaced } = await word(tx, deps, id, noun, wish)
        await queueRecord(tx, id, record)
        if (replaced && !hasSuccessors(noun))
          await say(tx, deps, id, 'record-retraction/1', { record: replaced.place, reason: 'superseded' })
        if (draft !== null) await dropDraft(tx, draft)
        return leafIdOf(writeLeaf(record))
      }),

    /** Takes back what a member stated. Refused with `statementNotFound`, `notOpen`, `alreadySaid`. */
    withdraw: (speaker: string, noun: Noun, id: string, reason: RetractionReason): Promise<Result<void>> =>
      attempt(database, async (tx) => {
        const { id: memberId } = await hostedNamed(tx, speaker)
        const { place } = await openOf(tx, await readCapacity(tx), memberId, noun, id)
        await say(tx, deps, memberId, 'record-retraction/1', { record: place, reason })
      }),

    /** In which country members are, as far as their profiles say. */
    homesOf: (members: readonly string[]) => homesOf(database.read, deps.logs, members),
    /** What members are called, by id. */
    handles: () => handlesOf(database.read),

    draftsOf: (members: readonly string[]) => draftsOf(database.read, members),
    findDraft: (id: string) => findDraft(database.read, id),
    saveDraft: (speaker: string, noun: Noun, id: string | null, fields: DraftFields) =>
      saveDraft(deps, speaker, noun, id, fields),
    dropDraft: (id: string): Promise<void> => database.write((tx) => dropDraft(tx, id)),
  }
}
