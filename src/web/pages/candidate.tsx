import type { FC } from 'hono/jsx'

import { fingerprint } from '../../features/follow/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { MemberId } from '../../kernel/names.ts'
import { Fact } from '../components/fact.tsx'
import { Form } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { inTheirWords, TermsFields, type TypedTerms } from '../components/terms-fields.tsx'
import { Identifier } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'

/** Whom one is about to trust. */
export interface CandidateView {
  readonly url: string
  readonly allowPrivate: boolean
  readonly memberId: MemberId
  readonly handle: string
  readonly name: string
  /** Statements in its log. */
  readonly size: number
  /** Who vouches for its log, as its node says: by name those known here, and how many others. */
  readonly witnesses: { readonly known: readonly string[]; readonly unknown: number }
}

interface CandidateProps {
  readonly page: PageContext
  readonly view: CandidateView
  readonly terms: TypedTerms
  readonly failure: Failure | null
}

const NAME = 120

/** Shows whom one is about to follow, and asks on which terms. Nothing has been changed yet. */
export const CandidatePage: FC<CandidateProps> = (props) => {
  const { page, view } = props
  const { say } = page
  const name = foreignText(view.name, NAME)
  return (
    <Layout page={page} title={say.t('members.follow')}>
      <div class="narrow">
        <h1>
          <Words say={say} message="candidate.title" values={{ member: name }} links={{ member: null }} />
        </h1>
        <p class="lead">{say.t('candidate.compare')}</p>
        <About page={page} view={view} />
        <TermsForm {...props} />
      </div>
    </Layout>
  )
}

const About: FC<{ readonly page: PageContext; readonly view: CandidateView }> = ({ page, view }) => {
  const { say } = page
  return (
    <dl class="facts one">
      <Fact name={say.t('said.field.name')}>
        <bdi>{foreignText(view.name, NAME)}</bdi>
      </Fact>
      <Fact name={say.t('setUp.handle')}>
        <Identifier name={view.handle} />
      </Fact>
      <Fact name={say.t('member.fingerprint')}>
        <code dir="ltr" class="fingerprint">
          {fingerprint(view.memberId)}
        </code>
      </Fact>
      <Fact name={say.t('log.address')}>
        <Identifier name={view.url} />
      </Fact>
      <Fact name={say.t('frame.log')}>{say.t('member.statements', { count: view.size })}</Fact>
      <Fact name={say.t('member.witnessesTitle')} aside={say.t('candidate.claimed')}>
        <WitnessWords page={page} view={view} />
      </Fact>
      <Fact name={say.t('member.id')}>
        <code dir="ltr" class="digest">
          {view.memberId}
        </code>
      </Fact>
    </dl>
  )
}

const WitnessWords: FC<{ readonly page: PageContext; readonly view: CandidateView }> = ({
  page: { say },
  view: { witnesses },
}) => {
  const known = witnesses.known.map((name) => foreignText(name, NAME))
  const unknown = witnesses.unknown > 0 ? [say.t('candidate.unknown', { count: witnesses.unknown })] : []
  const all = [...known, ...unknown]
  return <bdi>{all.length === 0 ? say.t('candidate.nobody') : say.list(all)}</bdi>
}

const TermsForm: FC<CandidateProps> = ({ page, view, terms, failure }) => {
  const { say } = page
  return (
    <Form page={page} action="/members/follow" failure={inTheirWords(say, failure)}>
      <h2>{say.t('candidate.terms')}</h2>
      <input type="hidden" name="url" value={view.url} />
      <input type="hidden" name="handle" value={view.handle} />
      <input type="hidden" name="member" value={view.memberId} />
      <input type="hidden" name="allowPrivate" value={view.allowPrivate ? 'yes' : 'no'} />
      <TermsFields page={page} typed={terms} refused={failure?.field ?? null} />
      <p class="quiet">{say.t('candidate.nothingYet')}</p>
      <p class="actions">
        <button type="submit">{say.t('candidate.yes')}</button>
        <a href={localPath(page, '/members')}>{say.t('candidate.no')}</a>
      </p>
    </Form>
  )
}
