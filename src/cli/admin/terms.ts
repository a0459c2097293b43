import { z } from 'zod'

import { readContentTerms, readQuota } from '../../features/follow/index.ts'

/** Text that a reader understands, or `invalidField`. */
const readAs = <Value>(read: (text: string) => Value | null) =>
  z.string().transform((text, issue) => {
    const value = read(text)
    if (value !== null) return value
    issue.addIssue({ code: 'custom' })
    return z.NEVER
  })

/** Which large files of a member are fetched: `on-demand`, `none`, `all`, or `all` and conditions. */
export const ContentText = readAs(readContentTerms)
/** What a day may bring of a member. */
export const QuotaText = readAs(readQuota)
