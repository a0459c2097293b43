import type { FC } from 'hono/jsx'

import type { Benefit, Benefits } from '../../features/capacity/index.ts'
import { momentOf } from '../../kernel/time.ts'
import { Layout } from '../components/layout.tsx'
import { Meter } from '../components/meter.tsx'
import { Written } from '../components/text.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'

export type BenefitsView = Benefits

interface Props {
  readonly page: PageContext
  readonly view: BenefitsView
}

const NAME = 80

/** By group of countries: who holds copies, who follows, who received. Members are counted, never persons. */
export const BenefitsPage: FC<Props> = ({ page, view }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('benefits.title')}>
      <h1>{say.t('benefits.title')}</h1>
      <p class="lead">{say.t('benefits.about', { date: say.date(momentOf(view.asOf)) })}</p>
      <Group page={page} title={say.t('benefits.everybody')} benefit={view.everybody} all={view.everybody} />
      {view.groups.map(({ group, name, source, asOf, ...benefit }) => (
        <Group
          page={page}
          title={foreignText(name, NAME)}
          href={`/groups/${group}`}
          aside={say.t('benefits.listedBy', {
            source: foreignText(source, NAME),
            date: say.date(momentOf(asOf)),
          })}
          benefit={benefit}
          all={view.everybody}
        />
      ))}
      {view.groups.length === 0 && <p>{say.t('benefits.noGroups')}</p>}
      <section class="block" aria-labelledby="unknown">
        <h2 id="unknown">{say.t('benefits.unknown')}</h2>
        <ul>
          <li>{say.t('benefits.withoutCountry', { count: view.withoutCountry })}</li>
          <li>{say.t('benefits.fetches', { count: view.fetches })}</li>
          <li>{say.t('benefits.onlyHere')}</li>
        </ul>
      </section>
    </Layout>
  )
}

const Group: FC<{
  readonly page: PageContext
  readonly title: string
  readonly href?: string
  readonly aside?: string
  readonly benefit: Benefit
  readonly all: Benefit
}> = ({ page, title, href, aside, benefit, all }) => {
  const { say } = page
  const rows = [
    ['members', benefit.members, all.members],
    ['holders', benefit.holders, all.holders],
    ['copies', benefit.copies, all.copies],
    ['followers', benefit.followers, all.followers],
  ] as const
  return (
    <section class="block">
      <h2>
        {href === undefined ? (
          title
        ) : (
          <a href={localPath(page, href)}>
            <Written>{title}</Written>
          </a>
        )}
      </h2>
      {aside !== undefined && <p class="quiet">{aside}</p>}
      <table class="benefits">
        <tbody>
          {rows.map(([name, count, of]) => (
            <tr>
              <th scope="row">{say.t(`benefits.${name}`)}</th>
              <td>{say.number(count)}</td>
              <td class="share">{of > 0 && <Meter share={count / of} tone="plain" />}</td>
            </tr>
          ))}
          {benefit.received.map(({ unit, committed, delivered, accepted }) => (
            <tr>
              <th scope="row">{say.t('benefits.received', { unit: say.t(`capacity.unitName.${unit}`) })}</th>
              <td colspan={2}>
                {say.t('benefits.ofAgreed', {
                  accepted: say.number(Number(accepted)),
                  delivered: say.number(Number(delivered)),
                  committed: say.number(Number(committed)),
                })}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
