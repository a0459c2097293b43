import type { Child, FC } from 'hono/jsx'

import type { Computation, Computed, Cut, RoundInput, RoundView } from '../../features/capacity/index.ts'
import { parseFraction } from '../../features/capacity/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import { type MemberId, type Origin, partsOfOrigin } from '../../kernel/names.ts'
import { momentOf } from '../../kernel/time.ts'
import type { Reference } from '../../records/index.ts'
import { AmountBar } from '../components/amount-bar.tsx'
import { Command } from '../components/command.tsx'
import { Fact } from '../components/fact.tsx'
import { Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { type RoundMember, RoundMemberName, stateWords } from '../components/round-words.tsx'
import { foreignText } from '../foreign-text.ts'
import { describeFigure, describeShare } from '../matching-words.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { logPath, recordPath, roundPath, statedPath, withQuery } from '../paths.ts'

/** What a member may say of a round in the browser. */
export const ROUND_ACTS = ['close', 'confirm'] as const
export type RoundAct = (typeof ROUND_ACTS)[number]

/** A list of countries that is known here. */
export interface ListedGroup {
  readonly id: string
  readonly code: string
  readonly name: string
  /** Who keeps it. */
  readonly member: string
}

/** A member hosted here for which the visitor may speak. */
export interface RoundSpeaker {
  readonly memberId: MemberId
  readonly handle: string
  readonly name: string
  readonly acts: readonly RoundAct[]
}

/** A round as this node knows and computes it, for one visitor. */
export interface RoundPageView {
  readonly view: RoundView
  readonly members: ReadonlyMap<MemberId, RoundMember>
  readonly lists: readonly ListedGroup[]
  /** Logs that can be read on this node. */
  readonly logs: readonly Origin[]
  readonly speakers: readonly RoundSpeaker[]
}

interface Props {
  readonly page: PageContext
  readonly shown: RoundPageView
}

const TITLE = 120
const NAME = 80
/** Rows of a table on one page; the files have them all. */
const MOST_ROWS = 100

/** A round: by which rule, who takes part, and what came out. */
export const RoundPage: FC<Props & { readonly refused: Failure | null; readonly isDone: boolean }> = ({
  page,
  shown,
  refused,
  isDone,
}) => {
  const { say } = page
  const { round, state, found, present } = shown.view
  const title = foreignText(round.body.title, TITLE)
  return (
    <Layout page={page} title={title}>
      <p class="back">
        <a href={localPath(page, '/rounds')}>{say.t('rounds.title')}</a>
      </p>
      <h1>
        <bdi>{title}</bdi>
      </h1>
      {refused && <Notice tone="danger">{say.failure(refused)}</Notice>}
      {isDone && <Notice tone="good">{say.t('association.done')}</Notice>}
      <p class="lead preserved" dir="auto">
        {foreignText(round.body.description, 2000)}
      </p>
      <p class="standing">{stateWords(page, state, round.body.deadline)}</p>
      {found && <Verdict page={page} shown={shown} found={found} />}
      {shown.speakers.flatMap((speaker) =>
        speaker.acts.map((act) => <Act page={page} shown={shown} speaker={speaker} act={act} />),
      )}
      {found?.computation.kind === 'computed' && (
        <Outcome page={page} shown={shown} computed={found.computation} />
      )}
      <Terms page={page} shown={shown} />
      {present?.input.ok === true && <SoFar page={page} shown={shown} input={present.input.value} />}
      {present?.input.ok === false && (
        <Notice tone="caution">
          {present.input.failure.kind === 'refused'
            ? say.failure(present.input.failure.failure)
            : say.t('round.lackGroups')}
        </Notice>
      )}
      <Logs page={page} shown={shown} cut={round.decision?.body.cut ?? present?.cut ?? []} />
    </Layout>
  )
}

/** What is said first, in the rule's own words, and holds whatever comes out. */
const Terms: FC<Props> = ({ page, shown }) => {
  const { say } = page
  const { round } = shown.view
  const { body } = round
  const order = body.rule.name === 'priority' ? body.rule.order : []
  return (
    <section class="block" aria-labelledby="rule">
      <h2 id="rule">{say.t('said.field.matchingRule')}</h2>
      <p>{say.t(`round.rule.${body.rule.name}`)}</p>
      <dl class="facts">
        <Fact name={say.t('newRound.what')}>
          {say.t(`capacity.kind.${body.kind}`)}: {say.t(`capacity.unitName.${body.unit}`)}
        </Fact>
        <Fact name={say.t('round.until')}>{say.dateTime(momentOf(body.deadline))}</Fact>
        {order.length > 0 && (
          <Fact name={say.t('said.field.order')}>
            <Names names={order.map((group) => groupName(shown, group))} page={page} />
          </Fact>
        )}
        {(body.weights ?? []).map(({ group, weight }) => (
          <Fact name={groupName(shown, group)}>
            {say.t('capacity.weight', { weight: say.number(weight) })}
          </Fact>
        ))}
        <Fact name={say.t('said.field.roundMembers')} isWide>
          {body.members
            ? body.members.map((memberId) => (
                <span class="line">
                  <RoundMemberName page={page} memberId={memberId} members={shown.members} />
                </span>
              ))
            : say.t('round.everybody')}
        </Fact>
        <Fact name={say.t('round.by')}>
          <RoundMemberName page={page} memberId={round.memberId} members={shown.members} />
        </Fact>
      </dl>
      <p>
        <a href={localPath(page, recordPath(round.place.origin, round.place.index))}>
          {say.t('record.proof')}
        </a>
      </p>
    </section>
  )
}

const Names: FC<{ readonly page: PageContext; readonly names: readonly string[] }> = ({ page, names }) => (
  <bdi>{page.say.list(names.map((name) => foreignText(name, NAME)))}</bdi>
)

/** What takes part as long as nothing is decided. */
const SoFar: FC<Props & { readonly input: RoundInput }> = ({ page, shown, input }) => {
  const { say } = page
  const { round, needs, offers } = input
  return (
    <section class="block" aria-labelledby="so-far">
      <h2 id="so-far">{say.t('round.soFar')}</h2>
      <Parts
        page={page}
        shown={shown}
        title={say.t('round.needs')}
        none={say.t('round.noNeeds')}
        entries={round.needs}
        stated={needs}
        noun="need"
      />
      <Parts
        page={page}
        shown={shown}
        title={say.t('round.offers')}
        none={say.t('round.noOffers')}
        entries={round.offers}
        stated={offers}
        noun="offer"
      />
      <PassedOver page={page} input={input} />
    </section>
  )
}

const PassedOver: FC<{ readonly page: PageContext; readonly input: RoundInput }> = ({ page, input }) => (
  <>
    {input.passedOver.slice(0, MOST_ROWS).map(({ offer }) => (
      <p class="quiet">{page.say.t('round.passedOver', { title: isolated(offer.body.title, TITLE) })}</p>
    ))}
  </>
)

const Parts: FC<
  Props & {
    readonly title: string
    readonly none: string
    readonly entries: readonly { readonly id: string; readonly amount: string }[]
    readonly stated: RoundInput['needs'] | RoundInput['offers']
    readonly noun: 'need' | 'offer'
  }
> = ({ page, shown, title, none, entries, stated, noun }) => (
  <>
    <h3>{title}</h3>
    {entries.length === 0 && <p class="quiet">{none}</p>}
    {entries.length > 0 && (
      <table class="ties">
        <thead>
          <tr>
            <th scope="col">{page.say.t('association.member')}</th>
            <th scope="col">{page.say.t('said.field.title')}</th>
            <th scope="col">{page.say.t('said.field.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.slice(0, MOST_ROWS).map(({ id, amount }) => {
            const said = stated.get(id)
            return (
              said && (
                <tr>
                  <th scope="row">
                    <RoundMemberName page={page} memberId={said.memberId} members={shown.members} />
                  </th>
                  <td>
                    <StatedLink page={page} noun={noun} said={said} />
                  </td>
                  <td>{describeFigure(page.say, amount)}</td>
                </tr>
              )
            )
          })}
        </tbody>
      </table>
    )}
    <More page={page} count={entries.length} />
  </>
)

const StatedLink: FC<{
  readonly page: PageContext
  readonly noun: 'need' | 'offer'
  readonly said: { readonly id: string; readonly body: { readonly title: string } }
}> = ({ page, noun, said }) => (
  <a class="strong" href={localPath(page, statedPath(noun, said.id))}>
    <bdi>{foreignText(said.body.title, TITLE)}</bdi>
  </a>
)

const More: FC<{ readonly page: PageContext; readonly count: number }> = ({ page, count }) =>
  count > MOST_ROWS ? <p class="quiet">{page.say.t('record.more', { count: count - MOST_ROWS })}</p> : null

/** Whether this node comes to the same, who else did, and what is wrong when something is. */
const Verdict: FC<Props & { readonly found: NonNullable<RoundView['found']> }> = ({ page, shown, found }) => {
  const { say } = page
  const { confirmations, disagreements, contradictions, memberId, decision } = shown.view.round
  const named = (said: readonly { readonly memberId: MemberId }[]) =>
    say.list(said.map((each) => nameOf(shown, each.memberId)))
  return (
    <>
      <Found page={page} shown={shown} found={found} />
      {disagreements.length > 0 && (
        <Notice tone="danger">{say.t('round.disagreedBy', { members: named(disagreements) })}</Notice>
      )}
      {contradictions.length > 0 && (
        <Notice tone="danger">{say.t('round.contradicted', { member: nameOf(shown, memberId) })}</Notice>
      )}
      <p>
        {confirmations.length > 0
          ? say.t('round.confirmedBy', { members: named(confirmations) })
          : say.t('round.confirmedNobody')}
      </p>
      {decision && found.computation.kind !== 'computed' && (
        <p class="quiet">{say.t('round.stated', { hash: decision.body.result })}</p>
      )}
    </>
  )
}

const Found: FC<Props & { readonly found: NonNullable<RoundView['found']> }> = ({
  page: { say },
  shown,
  found: { computation, agrees },
}) => {
  switch (computation.kind) {
    case 'computed':
      return agrees === true ? (
        <Notice tone="good">{say.t('round.same')}</Notice>
      ) : (
        <Notice tone="danger">
          {say.t('round.differs')} {computation.erased > 0 && say.t('round.erased')}
        </Notice>
      )
    case 'logsLacking':
      return (
        <Notice tone="caution">
          {say.t('round.lacking')}{' '}
          {computation.logs
            .slice(0, MOST_ROWS)
            .map((log) => lackWords(say, shown, log))
            .join(' ')}
        </Notice>
      )
    case 'groupsLacking':
      return <Notice tone="danger">{say.t('round.lackGroups')}</Notice>
    case 'refused':
      return <Notice tone="danger">{say.failure(computation.failure)}</Notice>
  }
}

function lackWords(
  say: PageContext['say'],
  shown: RoundPageView,
  { origin, lack, has, size }: Extract<Computation, { kind: 'logsLacking' }>['logs'][number],
): string {
  return say.t(`round.lack.${lack}`, {
    member: nameOf(shown, partsOfOrigin(origin).member),
    has: say.number(has),
    size: say.number(size),
  })
}

/** Who gets what: as bars with the numbers beside them, need by need in words, and how fair it is. */
const Outcome: FC<Props & { readonly computed: Computed }> = ({ page, shown, computed }) => {
  const { say } = page
  const { body } = shown.view.round
  const rows = rowsOf(computed)
  const most = Math.max(0, ...rows.map(({ asked }) => asked))
  return (
    <>
      <section class="block" aria-labelledby="result">
        <h2 id="result">{say.t('round.result')}</h2>
        {rows.length === 0 && <p>{say.t('round.nobodyNeeds')}</p>}
        {rows.length > 0 && (
          <>
            <p class="quiet">{say.t('round.barHint', { unit: say.t(`capacity.unitName.${body.unit}`) })}</p>
            <table class="amounts">
              <thead>
                <tr>
                  <th scope="col">{say.t('association.member')}</th>
                  <th scope="col">{say.t('round.gets')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.slice(0, MOST_ROWS).map(({ memberId, asked, received, text }) => (
                  <tr>
                    <th scope="row">
                      <RoundMemberName page={page} memberId={memberId} members={shown.members} />
                    </th>
                    <td>
                      <AmountBar share={asked / most} filled={asked === 0 ? 0 : received / asked} />
                      {say.t('round.receivedOf', {
                        received: describeFigure(say, text),
                        asked: say.number(asked),
                      })}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <More page={page} count={rows.length} />
            <Levels page={page} shown={shown} computed={computed} />
          </>
        )}
      </section>
      <NeedByNeed page={page} shown={shown} computed={computed} />
      <Fairness page={page} shown={shown} computed={computed} />
      <Files page={page} shown={shown} />
    </>
  )
}

interface Row {
  readonly memberId: MemberId
  readonly asked: number
  readonly received: number
  /** The exact amount. */
  readonly text: string
}

/** What each member asked for and got, most asked for first. */
function rowsOf({ input, result }: Computed): readonly Row[] {
  const received = new Map<string, string>(result.received.map((each) => [each.institution, each.amount]))
  const owners = Map.groupBy(input.round.needs, ({ institution }) => institution)
  const rows = [...owners.values()].flatMap((needs) => {
    const memberId = input.needs.get(needs[0]?.id ?? '')?.memberId
    if (!memberId) return []
    const text = received.get(memberId) ?? '0'
    const asked = needs.reduce((total, { amount }) => total + valueOf(amount), 0)
    return [{ memberId, asked, received: valueOf(text), text }]
  })
  return rows.toSorted((left, right) => right.asked - left.asked)
}

/** An exact amount as nearly as a picture needs it. */
function valueOf(text: string): number {
  const amount = parseFraction(text)
  return amount ? Number(amount.n) / Number(amount.d) : 0
}

const Levels: FC<Props & { readonly computed: Computed }> = ({ page, shown, computed }) => {
  const levels = computed.result.levels.at(-1) ?? []
  const members = membersIn(computed)
  return (
    <>
      {levels.slice(0, MOST_ROWS).map(({ level, institutions }) => (
        <p>
          {page.say.t('round.level', {
            level: describeFigure(page.say, level),
            members: page.say.list(
              institutions.flatMap((id) => {
                const memberId = members.get(id)
                return memberId ? [nameOf(shown, memberId)] : []
              }),
            ),
          })}
        </p>
      ))}
    </>
  )
}

function membersIn({ input }: Computed): ReadonlyMap<string, MemberId> {
  return new Map([...input.needs.values()].map(({ memberId }) => [memberId, memberId]))
}

const NeedByNeed: FC<Props & { readonly computed: Computed }> = ({ page, shown, computed }) => {
  const { say } = page
  const { input, result } = computed
  const asked = new Map(input.round.needs.map(({ id, amount }) => [id, amount]))
  const offerTitle = (id: string) => isolated(input.offers.get(id)?.body.title ?? id, TITLE)
  if (result.explanations.length === 0) return null
  return (
    <section class="block" aria-labelledby="why">
      <h2 id="why">{say.t('round.why')}</h2>
      <ul class="news">
        {result.explanations.slice(0, MOST_ROWS).map((explanation) => {
          const need = input.needs.get(explanation.need)
          return (
            need && (
              <li>
                <p>
                  <StatedLink page={page} noun="need" said={need} />{' '}
                  <RoundMemberName page={page} memberId={need.memberId} members={shown.members} />
                </p>
                <p>
                  {describeShare(say, explanation, {
                    rule: input.round.rule.name,
                    asked: asked.get(explanation.need) ?? '0',
                    nameOf: offerTitle,
                  })}
                </p>
                <Sources page={page} shown={shown} computed={computed} need={explanation.need} />
              </li>
            )
          )
        })}
      </ul>
      <More page={page} count={result.explanations.length} />
    </section>
  )
}

/** From which offers it comes; whoever may speak for a party goes on to the agreement. */
const Sources: FC<Props & { readonly computed: Computed; readonly need: string }> = ({
  page,
  shown,
  computed: { input, result },
  need,
}) => {
  const { say } = page
  const receiver = input.needs.get(need)
  const own = new Set(shown.speakers.map(({ memberId }) => memberId))
  const { decision } = shown.view.round
  return (
    <>
      {result.allocations
        .filter((each) => each.need === need)
        .map(({ offer: id, amount }) => {
          const offer = input.offers.get(id)
          if (!offer || !receiver) return null
          const whole = Math.floor(valueOf(amount))
          const query = {
            need: receiver.id,
            offer: offer.id,
            result: decision?.id,
            ...(whole > 0 && { amount: String(whole) }),
          }
          const isParty = own.has(offer.memberId) || own.has(receiver.memberId)
          return (
            <p>
              {say.t('round.from', {
                amount: describeFigure(say, amount),
                member: nameOf(shown, offer.memberId),
                offer: isolated(offer.body.title, TITLE),
              })}{' '}
              {isParty && shown.view.found?.agrees === true && (
                <a href={localPath(page, withQuery('/agreements/new', query))}>
                  {say.t('round.makeAgreement')}
                </a>
              )}
            </p>
          )
        })}
    </>
  )
}

const Fairness: FC<Props & { readonly computed: Computed }> = ({ page, shown, computed }) => {
  const { say } = page
  const { least, gini, groups } = computed.result.fairness
  const sought = shown.view.round.body.shown?.map(({ leaf }): string => leaf)
  return (
    <section class="block" aria-labelledby="fairness">
      <h2 id="fairness">{say.t('round.fairness')}</h2>
      {least !== null && <p>{say.t('round.fair.least', { share: say.percent(valueOf(least)) })}</p>}
      {gini !== null && <p>{say.t('round.fair.gini', { gini: describeFigure(say, gini) })}</p>}
      {groups
        .filter(({ group }) => sought?.includes(group) ?? true)
        .map(({ group, share }) => (
          <p>
            {say.t('round.fair.group', {
              group: isolated(listName(shown, group), NAME),
              share: say.percent(valueOf(share)),
            })}
          </p>
        ))}
    </section>
  )
}

const Files: FC<Props> = ({ page, shown }) => {
  const { say } = page
  const path = roundPath(shown.view.round.id)
  return (
    <section class="block" aria-labelledby="files">
      <h2 id="files">{say.t('round.files')}</h2>
      <ul>
        {(['round', 'result'] as const).map((file) => (
          <li>
            <a href={`${path}/${file}.json`} download={`${file.toUpperCase()}.json`}>
              {say.t(`round.file.${file}`)} (<bdi dir="ltr">{file.toUpperCase()}.json</bdi>)
            </a>
          </li>
        ))}
      </ul>
      <p>{say.t('round.filesHint')}</p>
      <Command page={page} text="ayni match check ROUND.json RESULT.json" />
    </section>
  )
}

/** Whoever wants the proof finds it folded away. */
const Logs: FC<Props & { readonly cut: Cut }> = ({ page, shown, cut }) => {
  const { say } = page
  if (cut.length === 0) return null
  return (
    <details class="block">
      <summary>{say.t('round.logs')}</summary>
      <p class="quiet">{say.t('round.logsHint')}</p>
      <table class="ties">
        <thead>
          <tr>
            <th scope="col">{say.t('association.member')}</th>
            <th scope="col">{say.t('round.entries')}</th>
          </tr>
        </thead>
        <tbody>
          {cut.map(({ origin, size }) => (
            <tr>
              <th scope="row">
                <RoundMemberName
                  page={page}
                  memberId={partsOfOrigin(origin).member}
                  members={shown.members}
                />
              </th>
              <td>
                <LogLink page={page} shown={shown} origin={origin}>
                  {say.number(size)}
                </LogLink>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

const LogLink: FC<Props & { readonly origin: Origin; readonly children: Child }> = ({
  page,
  shown,
  origin,
  children,
}) =>
  shown.logs.includes(origin) ? <a href={localPath(page, logPath(origin))}>{children}</a> : <>{children}</>

const Act: FC<Props & { readonly speaker: RoundSpeaker; readonly act: RoundAct }> = ({
  page,
  shown,
  speaker: { handle, name },
  act,
}) => (
  <section class="block" aria-labelledby={`speak-${handle}`}>
    <h2 id={`speak-${handle}`}>{page.say.t('association.speak', { member: foreignText(name, NAME) })}</h2>
    <p>{page.say.t(`round.${act}.hint`)}</p>
    <Form page={page} action={roundPath(shown.view.round.id)}>
      <input type="hidden" name="as" value={handle} />
      <input type="hidden" name="say" value={act} />
      <Submit>{page.say.t(`round.do.${act}`)}</Submit>
    </Form>
  </section>
)

/** What would be stated, before it is. */
export const RoundPreviewPage: FC<Props & { readonly speaker: RoundSpeaker; readonly act: RoundAct }> = ({
  page,
  shown,
  speaker: { handle, name },
  act,
}) => {
  const { say } = page
  const { round, present } = shown.view
  const path = roundPath(round.id)
  return (
    <Layout page={page} title={say.t(`round.do.${act}`)}>
      <div class="narrow">
        <h1>{say.t(`round.do.${act}`)}</h1>
        <p class="lead">
          <bdi>{foreignText(round.body.title, TITLE)}</bdi>
        </p>
        <p>{say.t('association.willStand')}</p>
        <p class="strong">
          {say.t(act === 'close' ? 'round.willState' : 'round.willConfirm', {
            member: foreignText(name, NAME),
          })}{' '}
          {act === 'confirm' && (
            <code dir="ltr" class="digest">
              {round.decision?.body.result}
            </code>
          )}
        </p>
        {present?.input.ok === true && <SoFar page={page} shown={shown} input={present.input.value} />}
        <Notice tone="caution">{say.t('round.permanent')}</Notice>
        <Form page={page} action={path}>
          <input type="hidden" name="as" value={handle} />
          <input type="hidden" name="say" value={act} />
          <p class="actions">
            <button type="submit" name="step" value="say">
              {say.t('association.sayIt')}
            </button>
            <a href={localPath(page, path)}>{say.t('association.no')}</a>
          </p>
        </Form>
        <Logs page={page} shown={shown} cut={round.decision?.body.cut ?? present?.cut ?? []} />
      </div>
    </Layout>
  )
}

/** A name inside a sentence: in whichever direction it runs, the sentence keeps its own. */
function isolated(name: string, most: number): string {
  return `\u2068${foreignText(name, most)}\u2069`
}

function nameOf({ members }: RoundPageView, memberId: MemberId): string {
  return isolated(members.get(memberId)?.name ?? memberId.slice(0, 9), NAME)
}

function groupName(shown: RoundPageView, { leaf }: Reference): string {
  return listName(shown, leaf)
}

function listName({ lists }: RoundPageView, id: string): string {
  return foreignText(lists.find((each) => each.id === id)?.name ?? id.slice(0, 9), NAME)
}
