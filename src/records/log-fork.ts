import { z } from 'zod'

import { TreeHashText } from './key.ts'
import { NoteText } from './note-text.ts'
import { list, statement } from './statement.ts'

/**
 * Evidence that a log signed two checkpoints that cannot both be true. Of equal size: their roots differ and `proof` is
 * empty. Else `first` is the smaller, and `proof` is the consistency proof with its first hash explicit: it rebuilds
 * the root of `second` and a root of `first`'s size that is not `first`'s. Whether it convicts is decided by the reader.
 */
export const LogFork = statement(
  'log-fork/1',
  z
    .object({ first: NoteText, second: NoteText, proof: list(TreeHashText, { min: 0, max: 63 }) })
    .refine(({ first, second }) => first !== second),
)
export type LogFork = z.infer<typeof LogFork>
