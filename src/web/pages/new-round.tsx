import type { FC } from 'hono/jsx'

import { RULES } from '../../features/capacity/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { Origin } from '../../kernel/names.ts'
import { CAPACITY_KINDS, type MatchingRound, UNITS_OF } from '../../records/index.ts'
import { Choice, Field, Form, Select, Submit, TextArea } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { RecordFields } from '../components/record-fields.tsx'
import { foreignText } from '../foreign-text.ts'
import { LOCALE_NAMES, LOCALES } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import type { ListedGroup, RoundSpeaker } from './round.tsx'

/** What the form is drawn from. */
export interface AnnouncingView {
  readonly speakers: readonly Omit<RoundSpeaker, 'acts'>[]
  readonly lists: readonly ListedGroup[]
  readonly logs: readonly Origin[]
}

/** The form as it was typed. */
export interface RoundFields {
  readonly as: string
  readonly unit: string
  readonly title: string
  readonly description: string
  readonly language: string
  readonly rule: string
  readonly order: string
  /** `2026-12-01`: the last day. */
  readonly day: string
  readonly members: string
  readonly weights: string
  readonly shown: string
}

interface Props {
  readonly page: PageContext
  readonly view: AnnouncingView
  readonly fields: RoundFields
}

const NAME = 80

/** Announcing a round: what, by which rule, until when; the rest folded away. */
export const NewRoundPage: FC<Props & { readonly refused: Failure | null }> = ({
  page,
  view,
  fields,
  refused,
}) => {
  const { say } = page
  const isRefused = (name: string) => refused?.field === name
  return (
    <Layout page={page} title={say.t('rounds.new')}>
      <div class="narrow">
        <h1>{say.t('rounds.new')}</h1>
        <p class="lead">{say.t('newRound.about')}</p>
        <Form page={page} action="/rounds/new" failure={refused}>
          <Speaking page={page} view={view} fields={fields} />
          <Select name="unit" label={say.t('newRound.what')} value={fields.unit} options={units(page)} />
          <Field
            name="title"
            label={say.t('said.field.title')}
            value={fields.title}
            isRefused={isRefused('title')}
          />
          <TextArea
            name="description"
            label={say.t('newRound.description')}
            value={fields.description}
            isRefused={isRefused('description')}
          />
          <Select
            name="language"
            label={say.t('said.field.writtenIn')}
            value={fields.language}
            options={LOCALES.map((locale) => ({ value: locale, words: LOCALE_NAMES[locale] }))}
          />
          <Field
            name="day"
            type="date"
            label={say.t('newRound.deadline')}
            hint={say.t('newRound.deadlineHint')}
            value={fields.day}
            isRefused={isRefused('deadline')}
          />
          <Choice
            name="rule"
            label={say.t('said.field.matchingRule')}
            value={fields.rule}
            options={RULES.map((rule) => ({ value: rule, words: say.t(`round.rule.${rule}`) }))}
          />
          <details open={hasMore(fields)}>
            <summary>{say.t('newRound.more')}</summary>
            <p class="quiet">{listsWords(page, view)}</p>
            <Typed
              page={page}
              fields={fields}
              name="order"
              label={say.t('newRound.order')}
              isRefused={isRefused('order')}
            />
            <Typed
              page={page}
              fields={fields}
              name="members"
              label={say.t('said.field.roundMembers')}
              hint={say.t('newRound.membersHint')}
              isRefused={isRefused('members')}
            />
            <Typed
              page={page}
              fields={fields}
              name="weights"
              label={say.t('said.field.weights')}
              hint={say.t('newRound.weightsHint')}
              isRefused={isRefused('weights')}
            />
            <Typed
              page={page}
              fields={fields}
              name="shown"
              label={say.t('said.field.shown')}
              isRefused={isRefused('shown')}
            />
          </details>
          <Submit>{say.t('newRound.preview')}</Submit>
        </Form>
      </div>
    </Layout>
  )
}

const Speaking: FC<Props> = ({ page, view: { speakers }, fields }) => {
  const [only, another] = speakers
  if (only && !another) return <input type="hidden" name="as" value={only.handle} />
  return (
    <Select
      name="as"
      label={page.say.t('newRound.as')}
      value={fields.as}
      options={speakers.map(({ handle, name }) => ({ value: handle, words: foreignText(name, NAME) }))}
    />
  )
}

const Typed: FC<{
  readonly page: PageContext
  readonly fields: RoundFields
  readonly name: 'order' | 'members' | 'weights' | 'shown'
  readonly label: string
  readonly hint?: string
  readonly isRefused: boolean
}> = ({ fields, name, label, hint, isRefused }) => (
  <Field
    name={name}
    label={label}
    value={fields[name]}
    isOptional
    isLatin
    isRefused={isRefused}
    {...(hint !== undefined && { hint })}
  />
)

function units({ say }: PageContext) {
  return CAPACITY_KINDS.flatMap((kind) =>
    UNITS_OF[kind].map((unit) => ({
      value: unit,
      words: `${say.t(`capacity.kind.${kind}`)}: ${say.t(`capacity.unitName.${unit}`)}`,
    })),
  )
}

function hasMore({ order, members, weights, shown }: RoundFields): boolean {
  return [order, members, weights, shown].some((text) => text !== '')
}

/** Lists that a hint names; others have their own page. */
const MOST_LISTS = 12

function listsWords({ say }: PageContext, { lists }: AnnouncingView): string {
  if (lists.length === 0) return say.t('newRound.noLists')
  const named = lists.slice(0, MOST_LISTS).map(({ code, member }) => `${code} (${foreignText(member, NAME)})`)
  return say.t('newRound.listsHint', { lists: say.list(named) })
}

/** The record that would stand for ever, before it is said. */
export const NewRoundPreviewPage: FC<Props & { readonly record: MatchingRound }> = ({
  page,
  view,
  fields,
  record,
}) => {
  const { say } = page
  const member = view.speakers.find(({ handle }) => handle === fields.as)?.name ?? fields.as
  return (
    <Layout page={page} title={say.t('rounds.new')}>
      <div class="narrow">
        <h1>{say.t('rounds.new')}</h1>
        <p>{say.t('association.willStand')}</p>
        <RecordFields
          page={page}
          speaker={{ member, repositories: new Set(), logs: view.logs }}
          record={record}
        />
        <Notice tone="caution">{say.t('round.permanent')}</Notice>
        <Form page={page} action="/rounds/new">
          {Object.entries(fields).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <p class="actions">
            <button type="submit" name="step" value="say">
              {say.t('association.sayIt')}
            </button>
            <button type="submit" name="step" value="edit" class="second">
              {say.t('newRound.edit')}
            </button>
            <a href={localPath(page, '/rounds')}>{say.t('association.no')}</a>
          </p>
        </Form>
      </div>
    </Layout>
  )
}
