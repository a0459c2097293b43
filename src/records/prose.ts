import { z } from 'zod'

/** Characters that turn the direction of what follows: they could make a name read as another. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/

/** Words for people, of 1 to `max` UTF-16 code units; a line feed begins a new paragraph. No control characters. */
export function prose(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !CONTROL.test(text) && !DIRECTION.test(text))
}

/** Like {@link prose}, but one line that neither begins nor ends with a space. */
export function line(max: number) {
  return prose(max).refine((text) => !/\n|^ | $/.test(text))
}
