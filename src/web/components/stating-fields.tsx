import type { Child, FC, PropsWithChildren } from 'hono/jsx'

import type { DraftFields, Noun } from '../../features/capacity/index.ts'
import { momentOf } from '../../kernel/time.ts'
import { Accelerator, CAPACITY_KINDS, SECTORS, UNITS_OF } from '../../records/index.ts'
import { countriesInOrder } from '../countries.ts'
import { foreignText } from '../foreign-text.ts'
import type { MessageKey } from '../i18n/index.ts'
import type { PageContext } from '../page-context.ts'
import { list, rowsIn, text } from '../stating-form.ts'
import { Choice, Field, Select, TextArea } from './form.tsx'

/** A list of countries that an offer may name. */
export interface GroupOption {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly asOf: string
  readonly member: string
}

/** What the fields of a form are drawn from. */
export interface StatingFieldsProps {
  readonly page: PageContext
  readonly noun: Noun
  readonly typed: DraftFields
  /** Lists of countries that are in force, the newest of each member and code. */
  readonly groups: readonly GroupOption[]
  /** Pledges of the members that the visitor may speak for. */
  readonly pledges: readonly { readonly id: string; readonly title: string }[]
  /** Which field was refused: as the record names it. */
  readonly refused: string | null
}

const TITLE = 120

/** Everything that can be stated: what matters to all first, the rest folded away. */
export const StatingFields: FC<StatingFieldsProps> = (props) => {
  switch (props.noun) {
    case 'need':
      return <NeedFields {...props} />
    case 'offer':
      return <OfferFields {...props} />
    case 'pledge':
      return <PledgeFields {...props} />
    case 'group':
      return <GroupFields {...props} />
  }
}

const NeedFields: FC<StatingFieldsProps> = (props) => (
  <>
    <Measure {...props} />
    <Line {...props} name="title" label="said.field.title" hint="stating.hint.title" />
    <Lines {...props} name="purpose" label="said.field.purpose" hint="stating.hint.purpose" />
    <CountryField {...props} name="country" label="said.field.country" />
    <Select
      name="sector"
      label={props.page.say.t('said.field.sector')}
      value={text(props.typed, 'sector')}
      options={[NOTHING, ...sectorOptions(props.page)]}
    />
    <Line {...props} name="until" label="said.field.lastDay" type="date" isOptional />
    <More page={props.page} title="stating.more" isOpen={isTyped(props, NEED_MORE)}>
      <Line {...props} name="minimum" label="said.field.minimum" type="number" isOptional />
      <Line {...props} name="from" label="said.field.from" type="date" isOptional />
      <Lines {...props} name="outputs" label="said.field.outputs" hint="stating.hint.outputs" isOptional />
      <Line {...props} name="goals" label="said.field.goals" hint="stating.hint.goals" isLatin isOptional />
      <Line
        {...props}
        name="accepts"
        label="said.field.accepts"
        hint="stating.hint.accepts"
        isLatin
        isOptional
      />
      <WrittenIn {...props} />
    </More>
    <More page={props.page} title="stating.technical" isOpen={isTyped(props, TECHNICAL)}>
      <Technical {...props} />
      <Codes {...props} name="residency" label="said.field.residency" hint="stating.hint.countries" />
    </More>
    <Kept {...props} name="readiness" />
  </>
)

const NEED_MORE = ['minimum', 'from', 'outputs', 'goals', 'accepts', 'language']
const TECHNICAL = ['memoryGb', 'accelerators', 'languages', 'residency', 'location']

const OfferFields: FC<StatingFieldsProps> = (props) => {
  const { page, typed } = props
  const { say } = page
  return (
    <>
      <Measure {...props} />
      <Line {...props} name="title" label="said.field.title" hint="stating.hint.title" />
      <Lines {...props} name="description" label="said.field.description" hint="stating.hint.description" />
      <Line {...props} name="until" label="said.field.lastDay" type="date" isOptional />
      <More
        page={page}
        title="said.field.eligible"
        isOpen={isTyped(props, ['eligible', 'forGroups', 'forCountries', 'forMembers', 'forPurposes'])}
      >
        <p class="quiet">{say.t('stating.hint.eligible')}</p>
        <Boxes
          name="forGroups"
          legend={say.t('stating.groups')}
          chosen={list(typed, 'forGroups')}
          options={groupOptions(props)}
        />
        <Codes {...props} name="forCountries" label="said.field.countries" hint="stating.hint.countries" />
        <Codes {...props} name="forMembers" label="stating.members" hint="stating.hint.members" />
        <Boxes
          name="forPurposes"
          legend={say.t('stating.purposes')}
          chosen={list(typed, 'forPurposes')}
          options={sectorOptions(page)}
        />
      </More>
      <More page={page} title="said.field.reserves" isOpen={isTyped(props, ['reserves', 'reserveGroup1'])}>
        <p class="quiet">{say.t('stating.hint.reserves')}</p>
        {numbers(rowsIn(typed, 'reserveGroup')).map((row) => (
          <Reserve {...props} row={row} />
        ))}
      </More>
      <More
        page={page}
        title="stating.limits"
        isOpen={isTyped(props, ['caps', 'excluded', 'memberCap', 'countryCap', 'excludedReason1'])}
      >
        <Line {...props} name="memberCap" label="said.field.memberCap" type="number" isOptional />
        <Line {...props} name="countryCap" label="said.field.countryCap" type="number" isOptional />
        <p class="quiet">{say.t('stating.hint.excluded')}</p>
        {numbers(rowsIn(typed, 'excludedReason')).map((row) => (
          <Exclusion {...props} row={row} />
        ))}
      </More>
      <More
        page={page}
        title="said.field.conditions"
        isOpen={isTyped(props, ['conditions', 'conditionText1'])}
      >
        <p class="quiet">{say.t('stating.hint.conditions')}</p>
        {numbers(rowsIn(typed, 'conditionText')).map((row) => (
          <fieldset class="conditions">
            <Line {...props} name={`conditionId${row}`} label="stating.conditionId" isLatin isOptional />
            <Lines {...props} name={`conditionText${row}`} label="stating.conditionText" isOptional />
          </fieldset>
        ))}
      </More>
      <More page={page} title="said.field.standing" isOpen={isTyped(props, ['standing', 'standingEach'])}>
        <p class="quiet">{say.t('stating.hint.standing')}</p>
        <Line {...props} name="standingEach" label="stating.each" type="number" isOptional />
        <Line {...props} name="standingMember" label="stating.memberMonth" type="number" isOptional />
        <Line {...props} name="standingMonth" label="stating.month" type="number" isOptional />
      </More>
      <More page={page} title="stating.more" isOpen={isTyped(props, ['price', 'from', 'pledge', 'language'])}>
        <Line {...props} name="from" label="said.field.from" type="date" isOptional />
        <Line {...props} name="price" label="said.field.price" hint="stating.hint.price" isLatin isOptional />
        <Line {...props} name="currency" label="stating.currency" isLatin isOptional />
        {props.pledges.length > 0 && (
          <Select
            name="pledge"
            label={say.t('said.field.pledge')}
            value={text(typed, 'pledge')}
            options={[
              NOTHING,
              ...props.pledges.map(({ id, title }) => ({ value: id, words: foreignText(title, TITLE) })),
            ]}
          />
        )}
        <WrittenIn {...props} />
      </More>
      <More page={page} title="stating.technical" isOpen={isTyped(props, TECHNICAL)}>
        <CountryField {...props} name="location" label="said.field.location" />
        <Technical {...props} />
      </More>
    </>
  )
}

const PledgeFields: FC<StatingFieldsProps> = (props) => (
  <>
    <Measure {...props} />
    <Line {...props} name="title" label="said.field.title" hint="stating.hint.title" />
    <Lines {...props} name="description" label="said.field.description" hint="stating.hint.pledge" />
    <Line {...props} name="until" label="said.field.lastDay" type="date" />
    <More page={props.page} title="stating.more" isOpen={isTyped(props, ['language'])}>
      <WrittenIn {...props} />
    </More>
  </>
)

const GroupFields: FC<StatingFieldsProps> = (props) => (
  <>
    <Line {...props} name="name" label="said.field.name" />
    <Line {...props} name="code" label="said.field.groupCode" hint="stating.hint.code" isLatin />
    <Line {...props} name="source" label="said.field.source" hint="stating.hint.source" />
    <Line {...props} name="url" label="said.field.url" type="url" isLatin isOptional />
    <Line {...props} name="asOf" label="said.field.asOf" type="date" />
    <Lines {...props} name="countries" label="said.field.countries" hint="stating.hint.countries" />
  </>
)

/** What it is, and how much of it: of most kinds there is one unit. */
const Measure: FC<StatingFieldsProps> = (props) => {
  const { say } = props.page
  const options = CAPACITY_KINDS.flatMap((kind) =>
    UNITS_OF[kind].map((unit) => ({
      value: `${kind}/${unit}`,
      words: say.t(`capacity.kind.${kind}`),
      meaning: say.t('stating.countedIn', { unit: say.t(`capacity.unitName.${unit}`) }),
    })),
  )
  return (
    <>
      <Choice
        name="what"
        label={say.t(`stating.what.${props.noun === 'group' ? 'need' : props.noun}`)}
        value={text(props.typed, 'what')}
        options={options}
      />
      <Line {...props} name="amount" label="said.field.amount" hint="stating.hint.amount" type="number" />
    </>
  )
}

const Technical: FC<StatingFieldsProps> = (props) => (
  <>
    <Line {...props} name="memoryGb" label="stating.memoryGb" type="number" isOptional />
    <Boxes
      name="accelerators"
      legend={props.page.say.t('said.field.accelerators')}
      chosen={list(props.typed, 'accelerators')}
      options={Accelerator.options.map((value) => ({ value, words: value }))}
    />
    <Codes {...props} name="languages" label="said.field.forLanguages" hint="stating.hint.languages" />
  </>
)

const WrittenIn: FC<StatingFieldsProps> = (props) => (
  <Line {...props} name="language" label="said.field.writtenIn" hint="stating.hint.language" isLatin />
)

const Reserve: FC<StatingFieldsProps & { readonly row: number }> = ({ row, ...props }) => {
  const { say } = props.page
  return (
    <fieldset class="conditions">
      <Select
        name={`reserveGroup${row}`}
        label={say.t('stating.group')}
        value={text(props.typed, `reserveGroup${row}`)}
        options={[NOTHING, ...groupOptions(props)]}
      />
      <Line {...props} name={`reserveAmount${row}`} label="said.field.amount" type="number" isOptional />
      <Select
        name={`reserveMode${row}`}
        label={say.t('stating.leftOver')}
        value={text(props.typed, `reserveMode${row}`)}
        options={(['soft', 'hard'] as const).map((value) => ({ value, words: say.t(`stating.${value}`) }))}
      />
    </fieldset>
  )
}

const Exclusion: FC<StatingFieldsProps & { readonly row: number }> = ({ row, ...props }) => (
  <fieldset class="conditions">
    <Line {...props} name={`excludedReason${row}`} label="said.field.reason" isOptional />
    <Codes {...props} name={`excludedCountries${row}`} label="said.field.countries" />
    <Codes {...props} name={`excludedGroups${row}`} label="stating.groups" />
    <Codes {...props} name={`excludedMembers${row}`} label="stating.members" />
    <Codes {...props} name={`excludedPurposes${row}`} label="stating.purposes" />
  </fieldset>
)

interface LineProps extends StatingFieldsProps {
  readonly name: string
  readonly label: MessageKey
  readonly hint?: MessageKey
  readonly type?: 'number' | 'date' | 'url'
  readonly isLatin?: boolean
  readonly isOptional?: boolean
}

const Line: FC<LineProps> = ({
  page: { say },
  typed,
  refused,
  name,
  label,
  hint,
  type,
  isLatin,
  isOptional,
}) => (
  <Field
    name={name}
    label={isOptional ? say.t('stating.optional', { field: say.t(label) }) : say.t(label)}
    hint={hint && say.t(hint)}
    value={text(typed, name)}
    type={type ?? 'text'}
    isLatin={isLatin || type !== undefined}
    isOptional={isOptional ?? false}
    isRefused={refused === name}
  />
)

const Lines: FC<LineProps> = ({ page: { say }, typed, refused, name, label, hint, isOptional }) => (
  <TextArea
    name={name}
    label={isOptional ? say.t('stating.optional', { field: say.t(label) }) : say.t(label)}
    hint={hint && say.t(hint)}
    value={text(typed, name)}
    isOptional={isOptional ?? false}
    isRefused={refused === name}
  />
)

/** Several codes in one line. */
const Codes: FC<Omit<LineProps, 'isLatin' | 'isOptional' | 'type'>> = (props) => (
  <Line
    {...props}
    typed={{ ...props.typed, [props.name]: list(props.typed, props.name).join(' ') }}
    isLatin
    isOptional
  />
)

const CountryField: FC<LineProps> = ({ page: { say }, typed, name, label }) => (
  <Select
    name={name}
    label={say.t(label)}
    value={text(typed, name)}
    options={[NOTHING, ...countriesInOrder(say).map(({ code, name: words }) => ({ value: code, words }))]}
  />
)

interface Box {
  readonly value: string
  readonly words: string
}

/** Some of a few values. Nothing where there are none. */
const Boxes: FC<{
  readonly name: string
  readonly legend: string
  readonly chosen: readonly string[]
  readonly options: readonly Box[]
}> = ({ name, legend, chosen, options }) => {
  if (options.length === 0) return null
  return (
    <fieldset class="choice boxes">
      <legend>{legend}</legend>
      {options.map(({ value, words }) => (
        <label>
          <input type="checkbox" name={name} value={value} checked={chosen.includes(value)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** Questions that few need to answer. */
const More: FC<
  PropsWithChildren<{ readonly page: PageContext; readonly title: MessageKey; readonly isOpen: boolean }>
> = ({ page, title, isOpen, children }) => (
  <details class="more" open={isOpen}>
    <summary>{page.say.t(title)}</summary>
    <div class="form">{children}</div>
  </details>
)

/** What the form has no question for and must not lose. */
const Kept: FC<StatingFieldsProps & { readonly name: string }> = ({ typed, name }): Child =>
  text(typed, name) === '' ? null : <input type="hidden" name={name} value={text(typed, name)} />

const NOTHING: Box = { value: '', words: '—' }

function sectorOptions({ say }: PageContext): readonly Box[] {
  return SECTORS.map((value) => ({ value, words: say.t(`capacity.sector.${value}`) }))
}

function groupOptions({ page: { say }, groups }: StatingFieldsProps): readonly Box[] {
  return groups.map(({ id, name, asOf, member }) => ({
    value: id,
    words: say.t('stating.groupOf', {
      group: foreignText(name, TITLE),
      member: foreignText(member, TITLE),
      date: say.date(momentOf(asOf)),
    }),
  }))
}

/** Whether something in these fields is typed or was refused: then they are not folded away. The language is always typed. */
function isTyped({ typed, refused }: StatingFieldsProps, names: readonly string[]): boolean {
  return names.some((name) => name === refused || (name !== 'language' && list(typed, name).length > 0))
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at + 1)
}
