import { z } from 'zod'

import { Handle } from '../kernel/names.ts'
import { LanguageCode } from './language.ts'
import { line, prose } from './prose.ts'
import { areDistinct, list, statement } from './statement.ts'

/** What a member is: an institution, never a person. The last profile of a log holds. */
export const MemberProfile = statement(
  'member-profile/1',
  z.object({
    handle: Handle,
    /** The institution's own name in its own language. */
    name: line(200),
    description: prose(2000).exactOptional(),
    /** BCP 47: the languages that it works in. */
    languages: list(LanguageCode, { max: 32 }).refine(areDistinct).exactOptional(),
    /** ISO 3166-1 alpha-2; whether such a country exists is not looked at. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .exactOptional(),
    /** How it wants to be drawn. An open list of words: whoever does not know one draws the member as if there were none. */
    colour: z
      .string()
      .regex(/^[a-z]{1,32}$/)
      .exactOptional(),
  }),
)
export type MemberProfile = z.infer<typeof MemberProfile>
