import { LRUCache } from 'lru-cache'

import { repositoryKey } from '../../../../kernel/names.ts'
import type { Clock, Millis } from '../../../../kernel/time.ts'
import type { Source } from '../../content/index.ts'
import { LACKS_FOR, LIED_FOR } from '../rules.ts'
import type { Doubts, MirrorRequest } from '../types.ts'

/** Doubts that are remembered; the one longest unused is forgotten first. */
const MOST_REMEMBERED = 10_000

/** Remembers since this node started. The home is asked at every turn: what it announced is to be had from it in the end. */
export function createDoubts(clock: Clock): Doubts {
  const until = new LRUCache<string, Millis>({ max: MOST_REMEMBERED })
  const isOver = (name: string) => (until.get(name) ?? 0) <= clock()
  return {
    isAsked: (source, request, what) =>
      source.isHome === true || (isOver(nameOf(source, request)) && isOver(nameOf(source, request, what))),
    lied: (source, request) => void until.set(nameOf(source, request), clock() + LIED_FOR),
    lacked: (source, request, what) => void until.set(nameOf(source, request, what), clock() + LACKS_FOR),
  }
}

function nameOf({ url }: Source, { kind, repository }: MirrorRequest, what = ''): string {
  return `${url} ${kind} ${repositoryKey(repository)} ${what}`
}
