import type { FC } from 'hono/jsx'

import type { Association } from '../../features/follow/index.ts'
import type { PageContext } from '../page-context.ts'
import { describeRule } from '../vocabulary.ts'
import { Fact } from './fact.tsx'
import { Identifier } from './text.tsx'

/** What a charter lays down, besides its name and purpose. */
export const CharterFacts: FC<{
  readonly page: PageContext
  readonly charter: Association['charter']
  readonly hasMembers?: boolean
}> = ({ page: { say }, charter: { rule, deletionDays, witnesses, members }, hasMembers = false }) => (
  <dl class="facts">
    {hasMembers && (
      <Fact name={say.t('founding.founders')} isWide>
        {Object.values(members).map((handle) => (
          <span class="line">
            <Identifier name={handle} />
          </span>
        ))}
      </Fact>
    )}
    <Fact name={say.t('said.field.rule')} isWide>
      {describeRule(say, rule)}
    </Fact>
    <Fact name={say.t('said.field.witnesses')}>{say.number(witnesses)}</Fact>
    {deletionDays !== undefined && (
      <Fact name={say.t('said.field.deletionDays')}>{say.number(deletionDays)}</Fact>
    )}
  </dl>
)
