import { z } from 'zod'

import { Amount, Day, isOfKind, measured, spoken, Title } from './capacity.ts'
import { LanguageCode } from './language.ts'
import { prose } from './prose.ts'
import { statement } from './statement.ts'

/** What a member promised in all, until a day: offers and agreements name it, and what was delivered is held against it. */
export const Pledge = statement(
  'pledge/1',
  z
    .object({
      ...spoken,
      ...measured,
      title: Title,
      description: prose(2000),
      language: LanguageCode,
      amount: Amount,
      until: Day,
    })
    .refine(isOfKind, { path: ['unit'] }),
)
export type Pledge = z.infer<typeof Pledge>
