import type { FC } from 'hono/jsx'

import { momentOf } from '../../kernel/time.ts'
import type { Agreement } from '../../records/index.ts'
import { foreignText } from '../foreign-text.ts'
import type { PageContext } from '../page-context.ts'
import { describeAmount } from '../vocabulary.ts'
import { nameOf, type Party, PartyName } from './party.tsx'

const TEXT = 2000

/** What an agreement says, in words: what everybody will read when it is said. */
export const AgreementText: FC<{
  readonly page: PageContext
  readonly body: Agreement['body']
  readonly parties: readonly [Party, Party]
}> = ({ page, body, parties }) => {
  const { say } = page
  const [first, second] = parties
  return (
    <div class="fresh">
      <ul class="plain-list">
        {parties.map((party) => (
          <li class="line">
            <PartyName page={page} party={party} />
          </li>
        ))}
      </ul>
      <p dir="auto" class="preserved">
        {foreignText(body.description, TEXT)}
      </p>
      <p class="quiet">
        {say.t('agreement.window', {
          from: say.date(momentOf(body.from)),
          until: say.date(momentOf(body.until)),
        })}{' '}
        · {say.countryName(body.country)} · {say.t(`capacity.sector.${body.sector}`)} ·{' '}
        {say.languageName(body.language)}
      </p>
      {body.obligations.map(({ by, unit, amount, due, text }) => (
        <div class="owed">
          <p class="strong">
            {say.t('agreement.owes', {
              by: nameOf(by === first.memberId ? first : second),
              to: nameOf(by === first.memberId ? second : first),
              amount: describeAmount(say, unit, amount),
            })}
          </p>
          <p>{say.t('agreement.due', { date: say.date(momentOf(due)) })}</p>
          <p dir="auto">{foreignText(text, TEXT)}</p>
        </div>
      ))}
    </div>
  )
}
