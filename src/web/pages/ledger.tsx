import type { FC } from 'hono/jsx'

import type { FlowAccount, Ledger, LedgerLine, Totals } from '../../features/capacity/index.ts'
import { type Colour, COLOURS } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import { momentOf } from '../../kernel/time.ts'
import { CAPACITY_KINDS, type CapacityKind } from '../../records/index.ts'
import { ACCOUNT_PARTS, AccountBar, type AccountPart } from '../components/account-bar.tsx'
import {
  FlowLegend,
  type FlowMember,
  FlowPicture,
  flowStateOf,
  MOST_DRAWN,
} from '../components/flow-picture.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { Written } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { agreementPath, memberPath, pledgePath, withQuery } from '../paths.ts'

/** What a reader looks for; null means all. */
export interface LedgerQuery {
  readonly kind: CapacityKind | null
  /** The leaf hash of the group's list. */
  readonly group: string | null
  readonly member: string | null
}

/** A member as it is drawn and called. */
export interface NamedMember extends FlowMember {
  readonly name: string
}

/** What was promised and what came of it, as far as this node knows. */
export interface LedgerView {
  readonly query: LedgerQuery
  readonly ledger: Ledger
  /** By id; who is not known here is missing. */
  readonly members: ReadonlyMap<MemberId, NamedMember>
  /** What the filters offer. */
  readonly groups: readonly { readonly id: string; readonly name: string }[]
  readonly choices: readonly NamedMember[]
}

interface Props {
  readonly page: PageContext
  readonly view: LedgerView
}

const NAME = 80
/** A label made of several names, each cut already. */
const LABEL = 300
const RECEIVED: readonly AccountPart[] = ['committed', 'delivered', 'accepted']
/** Rows of a table before the rest is left to the downloads. */
const MOST_ROWS = 40

/** The ledger: promised, agreed, delivered, accepted; who helps whom; what is late. */
export const LedgerPage: FC<Props> = ({ page, view }) => {
  const { say } = page
  const { ledger } = view
  return (
    <Layout page={page} title={say.t('ledger.title')}>
      <h1>{say.t('ledger.title')}</h1>
      <p class="lead">{say.t('ledger.about')}</p>
      <Filters page={page} view={view} />
      {ledger.unopened > 0 && (
        <Notice tone="caution">{say.t('ledger.unopened', { count: ledger.unopened })}</Notice>
      )}
      {ledger.lines.length === 0 && ledger.pledges.length === 0 ? (
        <p>{say.t('ledger.nothing')}</p>
      ) : (
        <>
          <InAll page={page} view={view} />
          <Late page={page} view={view} />
          <WhoHelpsWhom page={page} view={view} />
          <Pledges page={page} view={view} />
          <Groups page={page} view={view} />
          <Members page={page} view={view} />
        </>
      )}
      <Downloads page={page} query={view.query} />
    </Layout>
  )
}

const Filters: FC<Props> = ({ page, view: { query, groups, choices } }) => {
  const { say } = page
  const all = { value: '', words: say.t('ledger.all') }
  return (
    <form class="filters" method="get" action={localPath(page, '/ledger')}>
      <Pick
        name="kind"
        label={say.t('ledger.kind')}
        value={query.kind ?? ''}
        options={[
          all,
          ...CAPACITY_KINDS.map((kind) => ({ value: kind, words: say.t(`capacity.kind.${kind}`) })),
        ]}
      />
      <Pick
        name="group"
        label={say.t('ledger.group')}
        value={query.group ?? ''}
        options={[all, ...groups.map(({ id, name }) => ({ value: id, words: foreignText(name, NAME) }))]}
      />
      <Pick
        name="member"
        label={say.t('ledger.member')}
        value={query.member ?? ''}
        options={[
          all,
          ...choices.map(({ memberId, name }) => ({ value: memberId, words: foreignText(name, NAME) })),
        ]}
      />
      <button type="submit" class="second">
        {say.t('ledger.filter')}
      </button>
    </form>
  )
}

const Pick: FC<{
  readonly name: string
  readonly label: string
  readonly value: string
  readonly options: readonly { readonly value: string; readonly words: string }[]
}> = ({ name, label, value, options }) => (
  <label>
    {label}
    <select name={name}>
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.words}
        </option>
      ))}
    </select>
  </label>
)

const InAll: FC<Props> = ({ page, view }) => (
  <section class="block" aria-labelledby="in-all">
    <h2 id="in-all">{page.say.t('ledger.inAll')}</h2>
    <AccountTable page={page} rows={view.ledger.totals.map((totals) => ({ head: null, totals }))} />
    <p class="quiet">{page.say.t('ledger.words')}</p>
  </section>
)

/** A row of an account: what it is of, and the sums. */
interface AccountRow {
  readonly head: {
    readonly name: string
    readonly href: string | null
    readonly mark: NamedMember | null
  } | null
  readonly totals: Totals
}

/** Four columns fit a phone; what is seldom stands in words below the numbers. */
const AccountTable: FC<{
  readonly page: PageContext
  readonly rows: readonly AccountRow[]
  /** What is counted; promises are to all, so nobody in particular is promised anything. */
  readonly parts?: readonly AccountPart[]
}> = ({ page, rows, parts = ACCOUNT_PARTS }) => {
  const { say } = page
  return (
    <table class="accounts">
      <thead>
        <tr>
          {parts.map((part) => (
            <th scope="col">
              <span class={`key tally-${part}`} aria-hidden="true" /> {say.t(`ledger.${part}`)}
            </th>
          ))}
        </tr>
      </thead>
      {rows.slice(0, MOST_ROWS).map(({ head, totals }) => (
        <tbody>
          <tr>
            <th colspan={parts.length} scope="rowgroup">
              {head && <RowHead page={page} head={head} />}
              {say.t(`capacity.unitName.${totals.unit}`)}
              <AccountBar totals={totals} />
            </th>
          </tr>
          <tr>
            {parts.map((part) => (
              <td>{say.number(Number(totals[part]))}</td>
            ))}
          </tr>
          <Rest page={page} totals={totals} width={parts.length} />
        </tbody>
      ))}
    </table>
  )
}

const RowHead: FC<{ readonly page: PageContext; readonly head: NonNullable<AccountRow['head']> }> = ({
  page,
  head,
}) => (
  <>
    {head.mark && <Mark {...head.mark} />}{' '}
    {head.href === null ? (
      <Written>{foreignText(head.name, LABEL)}</Written>
    ) : (
      <a href={localPath(page, head.href)}>
        <Written>{foreignText(head.name, LABEL)}</Written>
      </a>
    )}
    {': '}
  </>
)

const Rest: FC<{ readonly page: PageContext; readonly totals: Totals; readonly width: number }> = ({
  page,
  totals,
  width,
}) => {
  const parts = (['claimed', 'disputed', 'overdue'] as const).filter((part) => totals[part] > 0n)
  if (parts.length === 0) return null
  return (
    <tr>
      <td colspan={width} class="rest">
        {parts.map((part) => (
          <span class={part === 'overdue' ? 'late' : undefined}>
            {page.say.t(`ledger.rest.${part}`, { count: Number(totals[part]) })}{' '}
          </span>
        ))}
      </td>
    </tr>
  )
}

const Late: FC<Props> = ({ page, view: { ledger, members } }) => {
  const late = ledger.lines.filter(({ overdue }) => overdue > 0n)
  if (late.length === 0) return null
  return (
    <section class="block" aria-labelledby="late">
      <h2 id="late">{page.say.t('ledger.late')}</h2>
      <ul class="plain-list late-list">
        {late
          .toSorted((one, other) => (one.due < other.due ? -1 : 1))
          .slice(0, MOST_ROWS)
          .map((line) => (
            <LateLine page={page} line={line} members={members} />
          ))}
      </ul>
    </section>
  )
}

/** One thing that is late, as a sentence that leads to its agreement. */
export const LateLine: FC<{
  readonly page: PageContext
  readonly line: LedgerLine
  readonly members: LedgerView['members']
}> = ({ page, line, members }) => (
  <li>
    <Words
      say={page.say}
      message="ledger.lateLine"
      values={{
        supplier: nameOf(members, line.supplier),
        receiver: nameOf(members, line.receiver),
        amount: page.say.t(`capacity.unit.${line.unit}`, { count: Number(line.overdue) }),
        date: page.say.date(momentOf(line.due)),
        title: foreignText(line.title, NAME),
      }}
      links={{
        agreement: localPath(page, agreementPath(line.agreement)),
        supplier: localPath(page, memberPath(line.supplier)),
        receiver: localPath(page, memberPath(line.receiver)),
      }}
    />
  </li>
)

const WhoHelpsWhom: FC<Props> = ({ page, view: { ledger, members } }) => {
  const { say } = page
  const { flows } = ledger
  if (flows.length === 0) return null
  const drawn = membersOf(flows).map((id) => members.get(id) ?? strange(id))
  return (
    <section class="block" aria-labelledby="flows">
      <h2 id="flows">{say.t('ledger.flows')}</h2>
      <div class="columns even">
        <div>
          <FlowPicture page={page} members={drawn} flows={flows} />
          <FlowLegend page={page} />
          {drawn.length > MOST_DRAWN && <p class="quiet">{say.t('ledger.thinned', { count: MOST_DRAWN })}</p>}
        </div>
        <table class="ties">
          <thead>
            <tr>
              <th scope="col">{say.t('ledger.from')}</th>
              <th scope="col">{say.t('ledger.to')}</th>
              <th scope="col">{say.t('ledger.what')}</th>
            </tr>
          </thead>
          <tbody>
            {flows.slice(0, MOST_ROWS).map((flow) => (
              <tr>
                <td>
                  <Written>{nameOf(members, flow.supplier)}</Written>
                </td>
                <td>
                  <Written>{nameOf(members, flow.receiver)}</Written>
                </td>
                <td>
                  {flow.totals.map(({ unit, committed, delivered }) => (
                    <div>
                      {say.t('ledger.given', {
                        amount: say.t(`capacity.unit.${unit}`, { count: Number(committed) }),
                        delivered: say.number(Number(delivered)),
                      })}
                    </div>
                  ))}
                  <span class={flowStateOf(flow) === 'late' ? 'late' : 'quiet'}>
                    {say.t(`ledger.flow.${flowStateOf(flow)}`)}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** Members of flows: who takes part in most, first. */
function membersOf(flows: readonly FlowAccount[]): readonly MemberId[] {
  const counts = new Map<MemberId, number>()
  for (const { supplier, receiver } of flows)
    for (const id of [supplier, receiver]) counts.set(id, (counts.get(id) ?? 0) + 1)
  return Array.from(counts)
    .toSorted(([one, few], [other, many]) => many - few || (one < other ? -1 : 1))
    .map(([id]) => id)
}

const Pledges: FC<Props> = ({ page, view: { ledger, members } }) => {
  if (ledger.pledges.length === 0) return null
  const rows = ledger.pledges.map(({ pledge, memberId, title, until, totals }): AccountRow => {
    const by = page.say.date(momentOf(until))
    const name = page.say.t('ledger.pledgeUntil', { title: foreignText(title, NAME), date: by })
    return {
      head: { name, href: pledgePath(pledge), mark: members.get(memberId) ?? strange(memberId) },
      totals,
    }
  })
  return (
    <section class="block" aria-labelledby="pledges">
      <h2 id="pledges">{page.say.t('ledger.pledges')}</h2>
      <AccountTable page={page} rows={rows} />
      <Cut page={page} count={rows.length} />
    </section>
  )
}

const Groups: FC<Props> = ({ page, view: { ledger } }) => {
  const rows = ledger.groups.flatMap(({ group, name, source, asOf, totals }) =>
    totals.map((each): AccountRow => {
      const on = page.say.date(momentOf(asOf))
      const words = { name: foreignText(name, NAME), source: foreignText(source, NAME), date: on }
      return {
        head: { name: page.say.t('ledger.groupAsOf', words), href: `/groups/${group}`, mark: null },
        totals: each,
      }
    }),
  )
  if (rows.length === 0) return null
  return (
    <section class="block" aria-labelledby="groups">
      <h2 id="groups">{page.say.t('ledger.groups')}</h2>
      <AccountTable page={page} rows={rows} parts={RECEIVED} />
      <Cut page={page} count={rows.length} />
    </section>
  )
}

const Members: FC<Props> = ({ page, view: { ledger, members } }) => {
  const rowsOf = (side: 'supplied' | 'received') =>
    ledger.members.flatMap((account) =>
      account[side].map((totals): AccountRow => {
        const mark = members.get(account.memberId) ?? strange(account.memberId)
        return { head: { name: mark.name, href: memberPath(account.memberId), mark }, totals }
      }),
    )
  return (
    <>
      {(['supplied', 'received'] as const).map((side) => {
        const rows = rowsOf(side)
        return (
          rows.length > 0 && (
            <section class="block" aria-labelledby={side}>
              <h2 id={side}>{page.say.t(`ledger.${side}`)}</h2>
              <AccountTable page={page} rows={rows} parts={side === 'received' ? RECEIVED : ACCOUNT_PARTS} />
              <Cut page={page} count={rows.length} />
            </section>
          )
        )
      })}
    </>
  )
}

const Cut: FC<{ readonly page: PageContext; readonly count: number }> = ({ page, count }) =>
  count > MOST_ROWS ? <p class="quiet">{page.say.t('ledger.cut', { count: count - MOST_ROWS })}</p> : null

const Downloads: FC<{ readonly page: PageContext; readonly query: LedgerQuery }> = ({
  page: { say },
  query,
}) => {
  const asked = {
    kind: query.kind ?? undefined,
    group: query.group ?? undefined,
    member: query.member ?? undefined,
  }
  return (
    <section class="block" aria-labelledby="downloads">
      <h2 id="downloads">{say.t('ledger.downloads')}</h2>
      <p>{say.t('ledger.recompute')}</p>
      <ul class="plain-list">
        <li>
          <a href={withQuery('/api/ayni/v1/ledger', asked)}>JSON</a>
        </li>
        <li>
          <a href={withQuery('/api/ayni/v1/ledger.csv', asked)}>CSV</a>
        </li>
        <li>
          <a href="/api/ayni/v1/ledger.iati.xml">IATI 2.03 (XML)</a>
        </li>
      </ul>
    </section>
  )
}

function nameOf(members: LedgerView['members'], id: MemberId): string {
  return foreignText(members.get(id)?.name ?? strange(id).name, NAME)
}

/** A member whose log is not here. */
function strange(memberId: MemberId): NamedMember {
  const short = memberId.slice(0, 9)
  return { memberId, name: short, short, colour: USUAL }
}

const USUAL: Colour = COLOURS[0]
