import { z } from 'zod'

// oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/
/** Lines of text, an empty line, signature lines. */
const NOTE = /^(?:[^\n]+\n)+\n(?:— [^\n]+\n)+$/

/**
 * A checkpoint with its signatures: the whole text of a signed note (C2SP signed-note) whose text has no empty line,
 * at most 8192 UTF-16 code units. Only its form is checked here, never a signature.
 */
export const NoteText = z
  .string()
  .max(8192)
  .refine((text) => text.isWellFormed() && !CONTROL.test(text) && NOTE.test(text))
  .brand<'NoteText'>()
export type NoteText = z.infer<typeof NoteText>
