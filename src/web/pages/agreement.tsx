import type { FC, PropsWithChildren } from 'hono/jsx'

import type {
  AssessedAgreement,
  AssessedDelivery,
  AssessedObligation,
} from '../../features/capacity/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { MemberId } from '../../kernel/names.ts'
import { type Millis, momentOf } from '../../kernel/time.ts'
import { AgreementPicture, PromiseBar } from '../components/agreement-picture.tsx'
import { EvidenceList } from '../components/evidence.tsx'
import { Form, Submit, TextArea } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { nameOf, type Party, PartyName } from '../components/party.tsx'
import { type FieldLabels, refusedAs } from '../components/refused-field.ts'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { agreementPath, recordPath, withQuery } from '../paths.ts'
import { describeAmount } from '../vocabulary.ts'

/** What a party may say of an agreement, or of one of its deliveries, in the browser. */
export const AGREEMENT_ACTS = ['sign', 'decline', 'close', 'cancel', 'accept', 'dispute'] as const
export type AgreementAct = (typeof AGREEMENT_ACTS)[number]
/** Of the agreement itself. */
export type WholeAct = Exclude<AgreementAct, 'accept' | 'dispute'>

/** A party hosted here for which the visitor may speak. */
export interface AgreementSpeaker {
  readonly memberId: MemberId
  readonly handle: string
  readonly name: string
  readonly acts: readonly WholeAct[]
  /** Obligations that it owes now. */
  readonly owes: readonly number[]
  /** Deliveries that it may answer. */
  readonly judges: readonly string[]
  /** Null while not both have signed. */
  readonly contacts: readonly { readonly of: Party; readonly contact: string; readonly time: Millis }[] | null
}

export interface AgreementView {
  readonly agreement: AssessedAgreement
  readonly parties: readonly [Party, Party]
  /** `2026-11-24`. */
  readonly today: string
  readonly speakers: readonly AgreementSpeaker[]
}

export interface AgreementPageProps {
  readonly page: PageContext
  readonly view: AgreementView
}

const LABELS: FieldLabels = { reason: 'agreement.reason', contact: 'agreement.contact' }

const TITLE = 120
const TEXT = 2000

export function partyIn({ parties: [first, second] }: AgreementView, memberId: MemberId): Party {
  return first.memberId === memberId ? first : second
}

/** What two members agreed and what became of it. */
export const AgreementPage: FC<
  AgreementPageProps & { readonly refused: Failure | null; readonly isDone: boolean }
> = ({ page, view, refused, isDone }) => {
  const { say } = page
  const { body, state, reason, obligations, place } = view.agreement
  const isLate = obligations.some((each) => each.isOverdue(view.today))
  const shownRefusal = refusedAs(page, refused, LABELS)
  return (
    <Layout page={page} title={foreignText(body.title, TITLE)}>
      <p class="back">
        <a href={localPath(page, '/agreements')}>{say.t('agreements.title')}</a>
      </p>
      <h1>
        <bdi>{foreignText(body.title, TITLE)}</bdi>
      </h1>
      {shownRefusal && <Notice tone="danger">{say.failure(shownRefusal)}</Notice>}
      {isDone && <Notice tone="good">{say.t('agreement.done')}</Notice>}
      <p class="standing">
        <span class="strong">{say.t(`agreement.state.${state}`)}</span>
        {isLate && <span class="badge late">{say.t('agreement.overdue')}</span>}
      </p>
      {reason !== null && <Quoted text={reason} />}
      <Parties page={page} view={view} />
      <p dir="auto" class="preserved standing">
        {foreignText(body.description, TEXT)}
      </p>
      <p class="quiet standing">
        {say.t('agreement.window', {
          from: say.date(momentOf(body.from)),
          until: say.date(momentOf(body.until)),
        })}{' '}
        · {say.countryName(body.country)} · {say.t(`capacity.sector.${body.sector}`)}
        {body.standing && ` · ${say.t('capacity.granted')}`}
      </p>
      <section class="block" aria-labelledby="owed">
        <h2 id="owed">{say.t('agreement.obligations')}</h2>
        {obligations.map((obligation) => (
          <Owed page={page} view={view} obligation={obligation} />
        ))}
        <p class="quiet">{say.t('agreement.legend')}</p>
      </section>
      {view.speakers.map((speaker) => (
        <Speak page={page} view={view} speaker={speaker} />
      ))}
      <History page={page} view={view} />
      <p>
        <a href={localPath(page, recordPath(place.origin, place.index))}>{say.t('agreement.record')}</a>
      </p>
    </Layout>
  )
}

const Quoted: FC<{ readonly text: string }> = ({ text }) => (
  <p dir="auto" class="copied preserved">
    {foreignText(text, TEXT)}
  </p>
)

const Parties: FC<AgreementPageProps> = ({ page, view: { parties } }) => (
  <ul class="plain-list standing">
    {parties.map((party) => (
      <li class="line">
        <PartyName page={page} party={party} />
      </li>
    ))}
  </ul>
)

const Owed: FC<AgreementPageProps & { readonly obligation: AssessedObligation }> = ({
  page,
  view,
  obligation,
}) => {
  const { say } = page
  const { index, body, by, to, deliveries, amount, claimed, delivered, accepted, disputed } = obligation
  const sums = [
    ['committed', amount],
    ['delivered', delivered],
    ['accepted', accepted],
    ['claimed', claimed],
    ...(disputed > 0n ? ([['disputed', disputed]] as const) : []),
  ] as const
  return (
    <article class="owed" aria-labelledby={`owed-${index}`}>
      <h3 id={`owed-${index}`}>
        {say.t('agreement.owes', {
          by: nameOf(partyIn(view, by)),
          to: nameOf(partyIn(view, to)),
          amount: describeAmount(say, body.unit, Number(amount)),
        })}
      </h3>
      <p>
        {say.t('agreement.due', { date: say.date(momentOf(body.due)) })}
        {obligation.isOverdue(view.today) && <span class="badge late">{say.t('agreement.overdue')}</span>}
      </p>
      <p dir="auto">{foreignText(body.text, TEXT)}</p>
      <PromiseBar obligation={obligation} />
      <table>
        <tbody>
          {sums.map(([what, sum]) => (
            <tr>
              <th scope="row">{say.t(`agreement.sum.${what}`)}</th>
              <td class="number">{describeAmount(say, body.unit, Number(sum))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {deliveries.length > 0 && (
        <ul class="news">
          {deliveries.map((delivery) => (
            <Delivered page={page} view={view} obligation={obligation} delivery={delivery} />
          ))}
        </ul>
      )}
      {view.speakers
        .filter(({ owes }) => owes.includes(index))
        .map(({ handle }) => (
          <p class="actions">
            <a
              class="button second"
              href={localPath(
                page,
                withQuery(`${agreementPath(view.agreement.id)}/deliver`, {
                  as: handle,
                  obligation: String(index),
                }),
              )}
              rel="nofollow"
            >
              {say.t('agreement.do.deliver')}
            </a>
          </p>
        ))}
    </article>
  )
}

const Delivered: FC<
  AgreementPageProps & { readonly obligation: AssessedObligation; readonly delivery: AssessedDelivery }
> = ({ page, view, obligation: { to, body }, delivery }) => {
  const { say } = page
  const { id, by, said, delivered, evidence, place } = delivery
  const judge = view.speakers.find(({ judges }) => judges.includes(id))
  return (
    <li>
      <p>
        {say.t('delivery.said', {
          member: nameOf(partyIn(view, by)),
          amount: describeAmount(say, body.unit, Number(said)),
          from: say.date(momentOf(delivery.body.from)),
          until: say.date(momentOf(delivery.body.until)),
        })}
      </p>
      {delivery.body.note !== undefined && <Quoted text={delivery.body.note} />}
      {evidence.length === 0 ? (
        <p class="quiet">{say.t('delivery.noEvidence')}</p>
      ) : (
        <EvidenceList page={page} evidence={evidence} unit={body.unit} />
      )}
      {delivered > 0n && (
        <p>{say.t('delivery.shown', { amount: describeAmount(say, body.unit, Number(delivered)) })}</p>
      )}
      <VerdictLine page={page} party={partyIn(view, to)} delivery={delivery} />
      {judge && <Judge page={page} view={view} handle={judge.handle} delivery={delivery} />}
      <p class="quiet">
        <a href={localPath(page, recordPath(place.origin, place.index))}>{say.t('agreement.record')}</a>
      </p>
    </li>
  )
}

const VerdictLine: FC<{
  readonly page: PageContext
  readonly party: Party
  readonly delivery: AssessedDelivery
}> = ({ page: { say }, party, delivery: { verdict } }) => {
  const member = nameOf(party)
  if (!verdict) return <p class="quiet">{say.t('delivery.unanswered', { member })}</p>
  return (
    <>
      <p class="strong">{say.t(`delivery.${verdict.verdict}`, { member })}</p>
      {verdict.reason !== null && <Quoted text={verdict.reason} />}
    </>
  )
}

const Judge: FC<AgreementPageProps & { readonly handle: string; readonly delivery: AssessedDelivery }> = ({
  page,
  view,
  handle,
  delivery: { id, verdict },
}) => (
  <div class="actions">
    {verdict?.verdict !== 'accepted' && (
      <Act page={page} view={view} handle={handle} act="accept" delivery={id} />
    )}
    <details class="small">
      <summary>{page.say.t('agreement.do.dispute')}</summary>
      <Act page={page} view={view} handle={handle} act="dispute" delivery={id}>
        <Reason page={page} name={`reason-${id.slice(0, 8)}`} />
      </Act>
    </details>
  </div>
)

/** One word with its own button. It is shown before it is said. */
const Act: FC<
  PropsWithChildren<
    AgreementPageProps & {
      readonly handle: string
      readonly act: AgreementAct
      readonly delivery?: string
    }
  >
> = ({ page, view, handle, act, delivery = '', children }) => (
  <Form page={page} action={agreementPath(view.agreement.id)}>
    <input type="hidden" name="as" value={handle} />
    <input type="hidden" name="act" value={act} />
    <input type="hidden" name="delivery" value={delivery} />
    {children}
    <Submit {...(isHarsh(act) && { tone: 'danger' as const })}>{page.say.t(`agreement.do.${act}`)}</Submit>
  </Form>
)

function isHarsh(act: AgreementAct): boolean {
  return act === 'cancel' || act === 'decline' || act === 'dispute'
}

/** The field is `reason…`: a page with several of them needs each to have a name of its own. */
const Reason: FC<{ readonly page: PageContext; readonly name: string }> = ({ page, name }) => (
  <TextArea name={name} label={page.say.t('agreement.reason')} />
)

const Speak: FC<AgreementPageProps & { readonly speaker: AgreementSpeaker }> = ({ page, view, speaker }) => {
  const { say } = page
  const { handle, name, acts, contacts } = speaker
  if (acts.length === 0 && contacts === null) return null
  return (
    <section class="block" aria-labelledby={`speak-${handle}`}>
      <h2 id={`speak-${handle}`}>{say.t('association.speak', { member: foreignText(name, TITLE) })}</h2>
      {contacts && <Contacts page={page} view={view} handle={handle} contacts={contacts} />}
      {acts.length > 0 && <p class="quiet">{say.t('association.shownFirst')}</p>}
      {acts
        .filter((act) => act !== 'cancel')
        .map((act) => (
          <Act page={page} view={view} handle={handle} act={act} />
        ))}
      {acts.includes('cancel') && (
        <details class="small">
          <summary>{say.t('agreement.do.cancel')}</summary>
          <Act page={page} view={view} handle={handle} act="cancel">
            <Reason page={page} name={`reason-${handle}`} />
          </Act>
        </details>
      )}
    </section>
  )
}

const Contacts: FC<
  AgreementPageProps & {
    readonly handle: string
    readonly contacts: NonNullable<AgreementSpeaker['contacts']>
  }
> = ({ page, view, handle, contacts }) => {
  const { say } = page
  return (
    <div class="fresh">
      <h3>{say.t('agreement.contacts')}</h3>
      <p class="quiet">{say.t('agreement.contactsAbout')}</p>
      {contacts.length === 0 && <p>{say.t('agreement.noContact')}</p>}
      {contacts.length > 0 && (
        <dl class="facts">
          {contacts.map(({ of, contact }) => (
            <div class="fact">
              <dt>
                <bdi>{nameOf(of)}</bdi>
              </dt>
              <dd dir="auto" class="preserved">
                {foreignText(contact, TEXT)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <Form page={page} action={`${agreementPath(view.agreement.id)}/contact`}>
        <input type="hidden" name="as" value={handle} />
        <TextArea name={`contact-${handle}`} label={say.t('agreement.contact')} />
        <Submit tone="second">{say.t('agreement.do.contact')}</Submit>
      </Form>
    </div>
  )
}

const History: FC<AgreementPageProps> = ({ page, view }) => {
  const { say } = page
  return (
    <section class="block" aria-labelledby="history">
      <h2 id="history">{say.t('agreement.history')}</h2>
      <AgreementPicture page={page} agreement={view.agreement} />
      <table>
        <thead>
          <tr>
            <th scope="col">{say.t('agreement.column.day')}</th>
            <th scope="col">{say.t('agreement.column.said')}</th>
          </tr>
        </thead>
        <tbody>
          {view.agreement.steps.slice(0, MOST_STEPS).map(({ what, by, time, place }) => (
            <tr>
              <td>{say.date(time)}</td>
              <td>
                <a href={localPath(page, recordPath(place.origin, place.index))}>
                  {say.t(`agreement.step.${what}`, { member: nameOf(partyIn(view, by)) })}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {view.agreement.steps.length > MOST_STEPS && (
        <p class="quiet">{say.t('record.more', { count: view.agreement.steps.length - MOST_STEPS })}</p>
      )}
    </section>
  )
}
const MOST_STEPS = 60

/** What was typed of one word. */
export interface TypedAct {
  readonly as: string
  readonly act: AgreementAct
  readonly delivery: string
  readonly reason: string
}

/** What would be said, before it is. */
export const AgreementActPage: FC<
  AgreementPageProps & { readonly speaker: AgreementSpeaker; readonly typed: TypedAct }
> = ({ page, view, speaker, typed }) => {
  const { say } = page
  const { agreement } = view
  const delivery = agreement.obligations
    .flatMap(({ deliveries }) => deliveries)
    .find(({ id }) => id === typed.delivery)
  return (
    <Layout page={page} title={say.t(`agreement.do.${typed.act}`)}>
      <div class="narrow">
        <h1>{say.t(`agreement.do.${typed.act}`)}</h1>
        <p class="lead">
          <bdi>{foreignText(agreement.body.title, TITLE)}</bdi>
        </p>
        <p>{say.t('association.willStand')}</p>
        <p class="strong">
          {say.t(`agreement.step.${STEP_OF[typed.act]}`, { member: foreignText(speaker.name, TITLE) })}
        </p>
        {delivery && (
          <p>
            {say.t('delivery.said', {
              member: nameOf(partyIn(view, delivery.by)),
              amount: describeAmount(
                say,
                agreement.obligations[delivery.body.obligation]?.body.unit ?? 'gpu-hour',
                Number(delivery.said),
              ),
              from: say.date(momentOf(delivery.body.from)),
              until: say.date(momentOf(delivery.body.until)),
            })}
          </p>
        )}
        {typed.reason !== '' && <Quoted text={typed.reason} />}
        <Notice tone="caution">{say.t('agreement.permanent')}</Notice>
        <Form page={page} action={agreementPath(agreement.id)}>
          {Object.entries(typed).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <p class="actions">
            <button type="submit" name="step" value="say" {...(isHarsh(typed.act) && { class: 'danger' })}>
              {say.t('association.sayIt')}
            </button>
            <a href={localPath(page, agreementPath(agreement.id))}>{say.t('association.no')}</a>
          </p>
        </Form>
      </div>
    </Layout>
  )
}

const STEP_OF = {
  sign: 'signed',
  decline: 'declined',
  close: 'closed',
  cancel: 'cancelled',
  accept: 'accepted',
  dispute: 'disputed',
} as const satisfies Record<AgreementAct, AssessedAgreement['steps'][number]['what']>

/** Somebody of this node has said it, and the log has not taken it up yet. */
export const BeingSignedPage: FC<{ readonly page: PageContext }> = ({ page }) => (
  <Layout page={page} title={page.say.t('agreements.title')}>
    <h1>{page.say.t('agreements.title')}</h1>
    <Notice tone="good">{page.say.t('agreement.beingSigned')}</Notice>
    <p>
      <a href={localPath(page, page.path)}>{page.say.t('agreement.lookAgain')}</a>
    </p>
  </Layout>
)
