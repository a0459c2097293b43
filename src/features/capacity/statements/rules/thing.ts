import type { MemberId } from '../../../../kernel/names.ts'
import { isoTime } from '../../../../kernel/time.ts'
import type { PublicRecord } from '../../../../records/index.ts'
import { type Noun, type Stated, type StatedCapacity, type StatedThing, TYPE_OF } from '../types.ts'

/** All of a noun, by time. */
export function statedOf(capacity: StatedCapacity, noun: Noun): readonly StatedThing[] {
  switch (noun) {
    case 'need':
      return things(noun, capacity.needs)
    case 'offer':
      return things(noun, capacity.offers)
    case 'pledge':
      return things(noun, capacity.pledges)
    case 'group':
      return things(noun, capacity.groups)
  }
}

function things<Kind extends Noun, Body>(noun: Kind, list: readonly Stated<Body>[]) {
  return list.map((stated) => ({ noun, stated }))
}

/** What has this id; null where it is not known. Of equal words in several logs those of `memberId`, or the first. */
export function findStated(
  capacity: StatedCapacity,
  noun: Noun,
  id: string,
  memberId?: MemberId,
): StatedThing | null {
  const isMeant = ({ stated }: StatedThing) =>
    stated.id === id && (memberId === undefined || stated.memberId === memberId)
  return statedOf(capacity, noun).find(isMeant) ?? null
}

/** The record that states it. */
export function recordOf({ noun, stated }: StatedThing): PublicRecord {
  const time = isoTime(stated.time)
  switch (noun) {
    case 'need':
      return { type: TYPE_OF[noun], time, body: stated.body }
    case 'offer':
      return { type: TYPE_OF[noun], time, body: stated.body }
    case 'pledge':
      return { type: TYPE_OF[noun], time, body: stated.body }
    case 'group':
      return { type: TYPE_OF[noun], time, body: stated.body }
  }
}
