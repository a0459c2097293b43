import type { FC } from 'hono/jsx'

import type { Association, OpenRound, RosterDraft, WitnessedLog } from '../../features/follow/index.ts'
import type { Colour } from '../../kernel/colour.ts'
import type { Failure } from '../../kernel/failure.ts'
import { MemberId } from '../../kernel/names.ts'
import { AssociationPicture, type CircleMember } from '../components/association-picture.tsx'
import { CharterFacts } from '../components/charter-facts.tsx'
import { Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { Identifier } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import type { MessageKey } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { associationPath, logPath, memberPath, recordPath } from '../paths.ts'

/** What a member may say of an association in the browser. */
export const ASSOCIATION_ACTS = ['sign', 'endorse', 'propose', 'abandon', 'leave'] as const
export type AssociationAct = (typeof ASSOCIATION_ACTS)[number]

/** A member hosted here for which the visitor may speak. */
export interface AssociationSpeaker {
  readonly handle: string
  readonly name: string
  readonly acts: readonly AssociationAct[]
}

/** An association as it stands by what is known here. */
export interface AssociationView {
  readonly association: Association
  /** What members are called in their own words, by id. */
  readonly names: ReadonlyMap<string, string>
  readonly colours: ReadonlyMap<string, Colour>
  /** How the others vouch for each member's log; of those whose log is here. */
  readonly witnessed: ReadonlyMap<MemberId, WitnessedLog>
  readonly speakers: readonly AssociationSpeaker[]
}

interface PageProps {
  readonly page: PageContext
  readonly view: AssociationView
}

const NAME = 200

/** What an association is, who belongs to it, and what is being decided. */
export const AssociationPage: FC<
  PageProps & {
    readonly refused: Failure | null
    readonly isDone: boolean
    readonly typed: TypedChange | null
  }
> = ({ page, view, refused, isDone, typed }) => {
  const { say } = page
  const { charter, isContradictory, since } = view.association
  const name = foreignText(charter.name, NAME)
  return (
    <Layout page={page} title={name}>
      <h1>
        <bdi>{name}</bdi>
      </h1>
      <p class="lead">{say.t('association.about')}</p>
      {refused && <Notice tone="danger">{say.failure(refused)}</Notice>}
      {isDone && <Notice tone="good">{say.t('association.done')}</Notice>}
      {isContradictory && <Notice tone="danger">{say.t('association.contradictory')}</Notice>}
      <p class="standing">
        {since === null
          ? say.t('association.founding')
          : say.t('association.since', { date: say.date(since) })}
      </p>
      <WhoBelongs page={page} view={view} />
      {view.association.open && <Deciding page={page} view={view} open={view.association.open} />}
      {view.speakers.map((speaker) => (
        <Speak page={page} view={view} speaker={speaker} typed={typed} />
      ))}
      {view.association.misconduct.length > 0 && <Broken page={page} view={view} />}
      <Charter page={page} view={view} />
    </Layout>
  )
}

const WhoBelongs: FC<PageProps> = ({ page, view }) => {
  const { say } = page
  const { applicants, open } = view.association
  const proposal = open?.proposal ?? null
  const circle = circleOf(view.association)
  return (
    <section class="block" aria-labelledby="belongs">
      <h2 id="belongs">{say.t('association.belongs')}</h2>
      <div class="columns even">
        <AssociationPicture page={page} members={circle} />
        <table class="ties">
          <thead>
            <tr>
              <th scope="col">{say.t('association.member')}</th>
              <th scope="col">{say.t('association.state')}</th>
              <th scope="col">{say.t('member.witnessesTitle')}</th>
              {proposal && <th scope="col">{say.t('association.agreement')}</th>}
            </tr>
          </thead>
          <tbody>
            {circle.map((member) => (
              <tr>
                <th scope="row">
                  <MemberName page={page} view={view} member={member} />
                </th>
                <td>{say.t(`association.state.${stateOf(view.association, member.memberId)}`)}</td>
                <td>
                  <Witnessed page={page} log={view.witnessed.get(member.memberId)} />
                </td>
                {proposal && (
                  <td>
                    {member.hasAgreed ? `✓ ${say.t('association.agreed')}` : say.t('association.notAgreed')}
                  </td>
                )}
              </tr>
            ))}
            {[...applicants.keys()].map((memberId) => (
              <tr>
                <th scope="row">
                  <MemberName page={page} view={view} member={{ memberId, handle: memberId.slice(0, 9) }} />
                </th>
                <td>{say.t('association.state.applicant')}</td>
                <td>–</td>
                {proposal && <td>–</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** How many of the others have seen a member's log, and for how much of it they are enough. */
const Witnessed: FC<{ readonly page: PageContext; readonly log: WitnessedLog | undefined }> = ({
  page,
  log,
}) => {
  const { say } = page
  if (!log) return <>{say.t('association.logNotHere')}</>
  const { origin, count, of, needed, size, signed } = log
  const numbers = { count: say.number(count), all: say.number(of), needed: say.number(needed) }
  return (
    <>
      <a href={localPath(page, logPath(origin))}>{say.t('association.witnessedBy', numbers)}</a>
      {size > 0 && (
        <span class="quiet">
          {' '}
          · {say.t('association.witnessedTo', { size: Math.min(size, signed), of: say.number(signed) })}
        </span>
      )}
    </>
  )
}

const MemberName: FC<PageProps & { readonly member: Pick<CircleMember, 'memberId' | 'handle'> }> = ({
  page,
  view,
  member: { memberId, handle },
}) => {
  const name = view.names.get(memberId)
  const colour = view.colours.get(memberId)
  return (
    <>
      {colour && <Mark memberId={memberId} colour={colour} />}
      {name === undefined ? (
        <Identifier name={handle} />
      ) : (
        <a href={localPath(page, memberPath(memberId))}>
          <bdi>{foreignText(name || handle, NAME)}</bdi>
        </a>
      )}{' '}
      {name !== undefined && (
        <span class="quiet">
          <Identifier name={handle} />
        </span>
      )}
    </>
  )
}

function circleOf(association: Association): readonly CircleMember[] {
  const { members, open } = association
  const proposal = open?.proposal ?? null
  return Object.entries(members).map(([id, handle]) => {
    const memberId = MemberId.parse(id)
    const isBound = stateOf(association, memberId) === 'bound'
    return { memberId, handle, isBound, hasAgreed: proposal && proposal.endorsed.includes(memberId) }
  })
}

function stateOf({ unsigned, left }: Association, memberId: MemberId): 'unsigned' | 'left' | 'bound' {
  if (unsigned.includes(memberId)) return 'unsigned'
  return left.includes(memberId) ? 'left' : 'bound'
}

const Deciding: FC<PageProps & { readonly open: OpenRound }> = ({ page, view, open }) => {
  const { say } = page
  const { convener, until, proposal, quorum, abandoned } = open
  const { members } = view.association
  const handlesOf = (ids: readonly MemberId[]) => say.list(ids.map((id) => members[id] ?? id))
  const words = { convener: members[convener] ?? convener, date: say.date(until) }
  return (
    <section class="block" aria-labelledby="deciding">
      <h2 id="deciding">{say.t('association.deciding')}</h2>
      {proposal ? (
        <p>
          {say.t('association.proposed', {
            ...words,
            count: say.number(proposal.endorsed.length),
            needed: say.number(quorum),
          })}
        </p>
      ) : (
        <p>{say.t('association.idle', words)}</p>
      )}
      {proposal && <Change page={page} before={members} after={proposal.members} />}
      {abandoned.length > 0 && <p>{say.t('association.abandoned', { members: handlesOf(abandoned) })}</p>}
    </section>
  )
}

const Change: FC<{
  readonly page: PageContext
  readonly before: Association['members']
  readonly after: Association['members']
}> = ({ page: { say }, before, after }) => {
  const missingIn = (one: object, other: Association['members']) =>
    Object.entries(other).flatMap(([id, handle]) => (Object.hasOwn(one, id) ? [] : [handle]))
  const [added, removed] = [missingIn(before, after), missingIn(after, before)]
  return (
    <ul>
      {added.length > 0 && <li>{say.t('association.added', { members: say.list(added) })}</li>}
      {removed.length > 0 && <li>{say.t('association.removed', { members: say.list(removed) })}</li>}
    </ul>
  )
}

/** What was ticked of a new list, when it was refused. */
export interface TypedChange {
  readonly as: string
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** What the visitor may say in the name of one member, each with its own button. It is shown before it is said. */
const Speak: FC<PageProps & { readonly speaker: AssociationSpeaker; readonly typed: TypedChange | null }> = ({
  page,
  view,
  speaker: { handle, name, acts },
  typed,
}) => (
  <section class="block" aria-labelledby={`speak-${handle}`}>
    <h2 id={`speak-${handle}`}>{page.say.t('association.speak', { member: foreignText(name, NAME) })}</h2>
    <p class="quiet">{page.say.t('association.shownFirst')}</p>
    {acts.map((act) => (
      <Form page={page} action={associationPath(view.association.id)}>
        <input type="hidden" name="as" value={handle} />
        <input type="hidden" name="say" value={act} />
        {act === 'propose' && <NewList page={page} view={view} typed={typed?.as === handle ? typed : null} />}
        <Submit {...(act === 'leave' && { tone: 'danger' as const })}>
          {page.say.t(`association.do.${act}`)}
        </Submit>
      </Form>
    ))}
  </section>
)

const NewList: FC<PageProps & { readonly typed: TypedChange | null }> = ({ page, view, typed }) => {
  const { association } = view
  const applicants = [...association.applicants.keys()].map((memberId) => ({
    memberId,
    handle: memberId.slice(0, 9),
  }))
  const members = circleOf(association).filter(({ memberId }) => !association.left.includes(memberId))
  return (
    <>
      <fieldset class="choice">
        <legend>{page.say.t('association.add')}</legend>
        {applicants.length === 0 && <p class="quiet">{page.say.t('association.nobodyApplies')}</p>}
        {applicants.map((member) => (
          <Ticked page={page} view={view} name="add" member={member} ticked={typed?.add} />
        ))}
      </fieldset>
      <fieldset class="choice">
        <legend>{page.say.t('association.remove')}</legend>
        {members.map((member) => (
          <Ticked page={page} view={view} name="remove" member={member} ticked={typed?.remove} />
        ))}
      </fieldset>
    </>
  )
}

const Ticked: FC<
  PageProps & {
    readonly name: 'add' | 'remove'
    readonly member: Pick<CircleMember, 'memberId' | 'handle'>
    readonly ticked: readonly string[] | undefined
  }
> = ({ page, view, name, member, ticked = [] }) => (
  <label>
    <input type="checkbox" name={name} value={member.memberId} checked={ticked.includes(member.memberId)} />
    <span>
      <MemberName page={page} view={view} member={member} />
    </span>
  </label>
)

const SENTENCES = {
  sign: 'said.association.signed',
  endorse: 'said.association.endorsed',
  propose: 'said.association.roster',
  abandon: 'said.association.abandoned',
  leave: 'said.association.left',
} as const satisfies Record<AssociationAct, MessageKey>

/** What would be said, before it is. */
export const AssociationPreviewPage: FC<
  PageProps & {
    readonly speaker: AssociationSpeaker
    readonly act: AssociationAct
    /** The list that would be proposed. */
    readonly draft: RosterDraft | null
    readonly typed: TypedChange
  }
> = ({ page, view, speaker: { name }, act, draft, typed }) => {
  const { say } = page
  const { association } = view
  const path = associationPath(association.id)
  const proposal = association.open?.proposal ?? null
  return (
    <Layout page={page} title={say.t(`association.do.${act}`)}>
      <div class="narrow">
        <h1>{say.t(`association.do.${act}`)}</h1>
        <p class="lead">
          <bdi>{foreignText(association.charter.name, NAME)}</bdi>
        </p>
        <p>{say.t('association.willStand')}</p>
        <p class="strong">
          <Words
            say={say}
            message={SENTENCES[act]}
            values={{ member: foreignText(name, NAME) }}
            links={{ member: null, association: localPath(page, path) }}
          />
        </p>
        {draft && <Change page={page} before={draft.before} after={draft.members} />}
        {act === 'endorse' && proposal && (
          <Change page={page} before={association.members} after={proposal.members} />
        )}
        {act === 'sign' && (
          <>
            <p dir="auto" class="preserved">
              {foreignText(association.charter.purpose, 2000)}
            </p>
            <CharterFacts page={page} charter={association.charter} hasMembers />
          </>
        )}
        <Notice tone="caution">{say.t('association.permanent')}</Notice>
        <Form page={page} action={path}>
          <input type="hidden" name="as" value={typed.as} />
          <input type="hidden" name="say" value={act} />
          {typed.add.map((id) => (
            <input type="hidden" name="add" value={id} />
          ))}
          {typed.remove.map((id) => (
            <input type="hidden" name="remove" value={id} />
          ))}
          <p class="actions">
            <button type="submit" name="step" value="say" {...(act === 'leave' && { class: 'danger' })}>
              {say.t('association.sayIt')}
            </button>
            <a href={localPath(page, path)}>{say.t('association.no')}</a>
          </p>
        </Form>
      </div>
    </Layout>
  )
}

const Broken: FC<PageProps> = ({ page, view: { association, names } }) => (
  <section class="block" aria-labelledby="broken">
    <h2 id="broken">{page.say.t('association.broken')}</h2>
    <ul>
      {association.misconduct.map(({ memberId, kind, places }) => {
        const last = places.at(-1)
        const name = names.get(memberId) || (association.members[memberId] ?? memberId)
        return (
          <li>
            <Words
              say={page.say}
              message={`association.broken.${kind}`}
              values={{ member: foreignText(name, NAME) }}
              links={{ member: last ? localPath(page, recordPath(last.origin, last.index)) : null }}
            />
          </li>
        )
      })}
    </ul>
  </section>
)

const Charter: FC<PageProps> = ({ page, view: { association } }) => {
  const { say } = page
  const { charter, charterPlace, id } = association
  const { purpose } = charter
  return (
    <section class="block" aria-labelledby="charter">
      <h2 id="charter">
        <a href={localPath(page, recordPath(charterPlace.origin, charterPlace.index))}>
          {say.t('association.charter')}
        </a>
      </h2>
      <p dir="auto">{foreignText(purpose, 2000)}</p>
      <CharterFacts page={page} charter={charter} />
      <p class="quiet">
        {say.t('said.field.association')}:{' '}
        <code dir="ltr" class="digest">
          {id}
        </code>
      </p>
    </section>
  )
}
