import type { Millis } from '../../../../kernel/time.ts'
import type { Course, LeftOut } from '../types.ts'

/** Remembers how following each member goes. A run of the node begins without knowing. */
export interface Courses {
  of(memberId: string): Course
  /** When its node is asked next; null while it is being asked. */
  plan(memberId: string, at: Millis | null): void
  /** What of its large files the terms left out at the last turn; null where they leave nothing out. */
  noteLeftOut(memberId: string, leftOut: LeftOut | null): void
}

export function createCourses(): Courses {
  const known = new Map<string, Course>()
  const of = (memberId: string): Course => known.get(memberId) ?? { nextAt: null, leftOut: null }
  return {
    of,
    plan: (memberId, nextAt) => void known.set(memberId, { ...of(memberId), nextAt }),
    noteLeftOut: (memberId, leftOut) => void known.set(memberId, { ...of(memberId), leftOut }),
  }
}
