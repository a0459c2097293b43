import { z } from 'zod'

import { Countries, Day, spoken } from './capacity.ts'
import { line } from './prose.ts'
import { statement } from './statement.ts'

/** A group of countries as a source lists it on a day. Such lists change and are disputed: whoever uses one names the record. */
export const CountryGroup = statement(
  'country-group/1',
  z.object({
    ...spoken,
    /** What it is called in short, the same in each of its lists: `ldc`. */
    code: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/),
    name: line(120),
    /** Who keeps the list. */
    source: line(200),
    /** Where it can be read. */
    url: z
      .string()
      .max(500)
      .regex(/^https:\/\/[^\s<>"]+$/)
      .exactOptional(),
    /** The day as of which it is so. */
    asOf: Day,
    countries: Countries,
  }),
)
export type CountryGroup = z.infer<typeof CountryGroup>
