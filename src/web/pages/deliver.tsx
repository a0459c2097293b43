import type { FC } from 'hono/jsx'

import {
  type AnnouncedRevision,
  type AssessedEvidence,
  type AssessedObligation,
  canShow,
} from '../../features/capacity/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import { momentOf } from '../../kernel/time.ts'
import { EvidenceList } from '../components/evidence.tsx'
import { Field, Form, Select, Submit, TextArea } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { type FieldLabels, refusedAs, refusedField } from '../components/refused-field.ts'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { agreementPath, type RepositoryReference } from '../paths.ts'
import { describeAmount } from '../vocabulary.ts'

export const FILE_FORMATS = ['slurm', 'csv', 'digests'] as const

/** What is typed of a delivery. */
export interface DeliveryTyped {
  readonly as: string
  readonly obligation: string
  readonly amount: string
  readonly from: string
  readonly until: string
  readonly note: string
  /** The announced version that shows it: `origin index leaf`; empty for none. */
  readonly revision: string
  /** `dataset lyon/usage`; empty for none. */
  readonly repository: string
  /** Branch, tag or commit. */
  readonly at: string
  readonly path: string
  readonly format: string
}

/** What a delivery is said of, and what may show it. */
export interface DeliverView {
  readonly id: string
  readonly title: string
  /** What the member that delivers is called. */
  readonly speaker: string
  readonly obligation: AssessedObligation
  readonly revisions: readonly AnnouncedRevision[]
  readonly repositories: readonly RepositoryReference[]
}

const LABELS: FieldLabels = {
  amount: 'said.field.amount',
  from: 'said.field.from',
  until: 'said.field.lastDay',
  evidence: 'deliver.path',
  revision: 'evidence.revision',
  note: 'said.field.note',
}

interface DeliverProps {
  readonly page: PageContext
  readonly view: DeliverView
  readonly typed: DeliveryTyped
}

/** What was delivered, and what shows it. It is opened and counted before it is said. */
export const DeliverPage: FC<DeliverProps & { readonly refused: Failure | null }> = ({
  page,
  view,
  typed,
  refused,
}) => {
  const { say } = page
  const { unit } = view.obligation.body
  const field = refusedField(refused)
  return (
    <Layout page={page} title={say.t('agreement.do.deliver')}>
      <div class="narrow">
        <p class="back">
          <a href={localPath(page, agreementPath(view.id))}>
            <bdi>{foreignText(view.title, 120)}</bdi>
          </a>
        </p>
        <h1>{say.t('agreement.do.deliver')}</h1>
        <p class="lead">{say.t('deliver.about')}</p>
        <Form
          page={page}
          action={`${agreementPath(view.id)}/deliver`}
          failure={refusedAs(page, refused, LABELS)}
        >
          <input type="hidden" name="as" value={typed.as} />
          <input type="hidden" name="obligation" value={typed.obligation} />
          <Field
            name="amount"
            label={say.t('said.field.amount')}
            hint={say.t(`capacity.unitName.${unit}`)}
            value={typed.amount}
            type="number"
            isLatin
            isRefused={field === 'amount'}
          />
          <Field name="from" label={say.t('said.field.from')} value={typed.from} type="date" isLatin />
          <Field name="until" label={say.t('said.field.lastDay')} value={typed.until} type="date" isLatin />
          <h2>{say.t('said.field.evidence')}</h2>
          <p class="quiet">{say.t('deliver.evidenceAbout')}</p>
          {canShow('revision', unit) && (
            <Select
              name="revision"
              label={say.t('evidence.revision')}
              value={typed.revision}
              options={[
                { value: '', words: '–' },
                ...view.revisions.map(({ record, repository, time }) => ({
                  value: `${record.origin} ${record.index} ${record.leaf}`,
                  words: `${repository} · ${say.date(time)}`,
                })),
              ]}
            />
          )}
          <Select
            name="repository"
            label={say.t('deliver.repository')}
            value={typed.repository}
            options={[
              { value: '', words: '–' },
              ...view.repositories.map(({ kind, id }) => ({ value: `${kind} ${id}`, words: id })),
            ]}
          />
          <Field
            name="path"
            label={say.t('deliver.path')}
            value={typed.path}
            isLatin
            isOptional
            isRefused={field === 'evidence'}
          />
          <Field name="at" label={say.t('deliver.at')} value={typed.at} isLatin isOptional />
          <Select
            name="format"
            label={say.t('deliver.format')}
            value={typed.format}
            options={FILE_FORMATS.filter((each) => canShow(each, unit)).map((value) => ({
              value,
              words: say.t(`evidence.format.${value}`),
            }))}
          />
          <TextArea
            name="note"
            label={say.t('said.field.note')}
            hint={say.t('agreementForm.noNames')}
            value={typed.note}
            isOptional
            isRefused={field === 'note'}
          />
          <Submit>{say.t('agreementForm.look')}</Submit>
        </Form>
      </div>
    </Layout>
  )
}

/** What would be said, with what its evidence shows now. */
export const DeliverPreviewPage: FC<
  DeliverProps & { readonly evidence: readonly AssessedEvidence[]; readonly shown: bigint }
> = ({ page, view, typed, evidence, shown }) => {
  const { say } = page
  const { unit } = view.obligation.body
  return (
    <Layout page={page} title={say.t('agreement.do.deliver')}>
      <div class="narrow">
        <h1>{say.t('agreement.do.deliver')}</h1>
        <p>{say.t('association.willStand')}</p>
        <p class="strong">
          {say.t('delivery.said', {
            member: foreignText(view.speaker, 120),
            amount: describeAmount(say, unit, Number(typed.amount)),
            from: say.date(momentOf(typed.from)),
            until: say.date(momentOf(typed.until)),
          })}
        </p>
        {typed.note !== '' && (
          <p dir="auto" class="copied preserved">
            {foreignText(typed.note, 1000)}
          </p>
        )}
        {evidence.length > 0 && <EvidenceList page={page} evidence={evidence} unit={unit} />}
        {shown < BigInt(typed.amount) && (
          <Notice tone="caution">
            {say.t(evidence.length === 0 ? 'delivery.noEvidence' : 'deliver.showsLess')}
          </Notice>
        )}
        <Notice tone="caution">{say.t('agreement.permanent')}</Notice>
        <Form page={page} action={`${agreementPath(view.id)}/deliver`}>
          {Object.entries(typed).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <p class="actions">
            <button type="submit" name="step" value="say">
              {say.t('association.sayIt')}
            </button>
            <button type="submit" name="step" value="edit" class="second">
              {say.t('agreementDraft.change')}
            </button>
          </p>
        </Form>
      </div>
    </Layout>
  )
}
