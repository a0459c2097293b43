/** What records of needs and offers, rounds, agreements and deliveries say, field by field. */
import { momentOf } from '../../kernel/time.ts'
import type { Condition, Eligible, Evidence, PublicRecord, Reference, Standing } from '../../records/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath, safeHref } from '../paths.ts'
import { describeAmount } from '../vocabulary.ts'
import {
  type BodyOf,
  code,
  type FieldName,
  lines,
  maybe,
  referenceValue,
  type Row,
  row,
  rowOfSome,
  type Value,
  words,
} from './record-rows.ts'
import { isHere, logHref, recordHref, type Speaker } from './statement.tsx'

type CapacityRecord = Extract<
  PublicRecord,
  {
    type:
      | 'need/1'
      | 'offer/1'
      | 'pledge/1'
      | 'country-group/1'
      | 'matching-round/1'
      | 'matching-result/1'
      | 'agreement/1'
      | 'agreement-signature/1'
      | 'agreement-end/1'
      | 'delivery/1'
      | 'delivery-verdict/1'
  }
>

export function capacityRows(page: PageContext, speaker: Speaker, record: CapacityRecord): readonly Row[] {
  const { say } = page
  const toRecord = (reference: Reference) => referenceValue(page, speaker, reference)
  switch (record.type) {
    case 'need/1':
      return needRows(page, toRecord, record.body)
    case 'offer/1':
      return offerRows(page, speaker, record.body)
    case 'pledge/1':
      return [
        ...titleRows(page, record.body),
        row('description', lines(record.body.description)),
        ...measureRows(page, record.body),
        row('lastDay', dayValue(page, record.body.until)),
      ]
    case 'country-group/1':
      return groupRows(page, record.body)
    case 'matching-round/1':
      return roundRows(page, speaker, record.body)
    case 'matching-result/1':
      return [
        row('round', toRecord(record.body.round)),
        row(
          'cut',
          ...record.body.cut.map(({ origin, size }) =>
            code(`${origin} ${size}`, logHref(page, speaker, origin)),
          ),
        ),
        row('input', code(record.body.input)),
        row('result', code(record.body.result)),
      ]
    case 'agreement/1':
      return agreementRows(page, toRecord, record.body)
    case 'agreement-signature/1':
      return [
        row('agreement', toRecord(record.body.agreement)),
        row('answer', words(say.t(`capacity.answer.${record.body.answer}`))),
      ]
    case 'agreement-end/1':
      return [
        row('agreement', toRecord(record.body.agreement)),
        row('end', words(say.t(`capacity.end.${record.body.end}`))),
        ...maybe('reason', record.body.reason, lines),
      ]
    case 'delivery/1':
      return [
        row('agreement', toRecord(record.body.agreement)),
        row('obligation', words(say.number(record.body.obligation + 1))),
        row('amount', words(say.number(record.body.amount))),
        ...windowRows(page, record.body),
        ...rowOfSome(
          'evidence',
          (record.body.evidence ?? []).map((each) => evidenceValue(page, speaker, each)),
        ),
        ...maybe('note', record.body.note, lines),
      ]
    case 'delivery-verdict/1':
      return [
        row('delivery', toRecord(record.body.delivery)),
        row('verdict', words(say.t(`capacity.verdict.${record.body.verdict}`))),
        ...maybe('reason', record.body.reason, lines),
      ]
  }
}

type ToRecord = (reference: Reference) => Value

function needRows(page: PageContext, toRecord: ToRecord, body: BodyOf<'need/1'>): readonly Row[] {
  const { say } = page
  return [
    ...titleRows(page, body),
    row('purpose', lines(body.purpose)),
    ...measureRows(page, body),
    ...maybe('minimum', body.minimum, (amount) => words(describeAmount(say, body.unit, amount))),
    ...aimRows(page, body),
    ...technicalRows(page, body),
    ...maybe('residency', body.residency, (codes) => countriesValue(page, codes)),
    ...rowOfSome(
      'accepts',
      (body.accepts ?? []).map((id) => code(id)),
    ),
    ...maybe('outputs', body.outputs, lines),
    ...rowOfSome('readiness', (body.readiness ?? []).map(toRecord)),
    ...maybe('replaces', body.replaces, toRecord),
  ]
}

function offerRows(page: PageContext, speaker: Speaker, body: BodyOf<'offer/1'>): readonly Row[] {
  const { say } = page
  const toRecord = (reference: Reference) => referenceValue(page, speaker, reference)
  const amount = (of: number) => words(describeAmount(say, body.unit, of))
  const reserves = (body.reserves ?? []).map((each) =>
    words(
      say.t(`capacity.reserve.${each.mode}`, { amount: describeAmount(say, body.unit, each.amount) }),
      recordHref(page, speaker, each.group.origin, each.group.index),
    ),
  )
  const excluded = (body.excluded ?? []).flatMap(({ reason, ...whom }) => [
    ...whomValues(page, toRecord, whom),
    lines(reason),
  ])
  return [
    ...titleRows(page, body),
    row('description', lines(body.description)),
    ...measureRows(page, body),
    ...technicalRows(page, body),
    ...maybe('location', body.location, (country) => words(say.countryName(country))),
    ...maybe('price', body.price, ({ micros, currency }) => words(say.money(micros, currency))),
    ...rowOfSome('eligible', body.eligible ? whomValues(page, toRecord, body.eligible) : []),
    ...rowOfSome('excluded', excluded),
    ...rowOfSome('reserves', reserves),
    ...maybe('memberCap', body.caps?.member, amount),
    ...maybe('countryCap', body.caps?.country, amount),
    ...rowOfSome('conditions', (body.conditions ?? []).map(conditionValue)),
    ...maybe('standing', body.standing, (standing) => standingValue(page, body, standing)),
    ...maybe('pledge', body.pledge, toRecord),
    ...maybe('replaces', body.replaces, toRecord),
  ]
}

function groupRows({ say }: PageContext, body: BodyOf<'country-group/1'>): readonly Row[] {
  return [
    row('groupCode', code(body.code)),
    row('name', words(body.name)),
    row('source', words(body.source)),
    ...maybe('url', body.url, (url) => code(url, safeHref(url))),
    row('asOf', words(say.date(momentOf(body.asOf)))),
    row('countries', words(say.list(body.countries.map(say.countryName)))),
  ]
}

function roundRows(page: PageContext, speaker: Speaker, body: BodyOf<'matching-round/1'>): readonly Row[] {
  const { say } = page
  const toRecord = (reference: Reference) => referenceValue(page, speaker, reference)
  const weights = (body.weights ?? []).map(({ group, weight }) =>
    words(
      say.t('capacity.weight', { weight: say.number(weight) }),
      recordHref(page, speaker, group.origin, group.index),
    ),
  )
  return [
    ...titleRows(page, body),
    row('description', lines(body.description)),
    row('capacityKind', words(say.t(`capacity.kind.${body.kind}`)), unitValue(page, body)),
    row('matchingRule', words(say.t(`capacity.rule.${body.rule.name}`))),
    ...rowOfSome('order', body.rule.name === 'priority' ? body.rule.order.map(toRecord) : []),
    row('deadline', words(say.dateTime(momentOf(body.deadline)))),
    ...rowOfSome(
      'roundMembers',
      (body.members ?? []).map((id) => code(id)),
    ),
    ...rowOfSome('weights', weights),
    ...rowOfSome('shown', (body.shown ?? []).map(toRecord)),
  ]
}

function agreementRows(page: PageContext, toRecord: ToRecord, body: BodyOf<'agreement/1'>): readonly Row[] {
  const { say } = page
  const owed = body.obligations.map(({ by, unit, amount, due, text }) =>
    words(
      say.t('capacity.owes', {
        amount: describeAmount(say, unit, amount),
        member: by,
        date: say.date(momentOf(due)),
        text,
      }),
    ),
  )
  const named = (field: FieldName, of: 'need' | 'offer' | 'pledge') =>
    rowOfSome(field, body.obligations.flatMap((each) => each[of] ?? []).map(toRecord))
  return [
    ...titleRows(page, body),
    row('description', lines(body.description)),
    row('parties', ...body.parties.map((id) => code(id))),
    row('obligations', ...owed),
    ...named('needs', 'need'),
    ...named('offers', 'offer'),
    ...named('pledge', 'pledge'),
    ...windowRows(page, body),
    ...aimRows(page, body),
    ...maybe('resultOf', body.result, toRecord),
    ...maybe('standing', body.standing, () => words(say.t('capacity.granted'))),
  ]
}

function titleRows(
  { say }: PageContext,
  { title, language }: { readonly title: string; readonly language: string },
): readonly Row[] {
  return [row('title', words(title)), row('writtenIn', words(say.languageName(language)))]
}

function measureRows(page: PageContext, body: BodyOf<'need/1' | 'offer/1' | 'pledge/1'>): readonly Row[] {
  const { say } = page
  return [
    row('capacityKind', words(say.t(`capacity.kind.${body.kind}`))),
    row('amount', words(describeAmount(say, body.unit, body.amount))),
  ]
}

function unitValue({ say }: PageContext, { unit }: BodyOf<'matching-round/1'>): Value {
  return words(say.t(`capacity.unitName.${unit}`))
}

/** Where it does good, and for what. */
function aimRows(page: PageContext, body: BodyOf<'need/1' | 'agreement/1'>): readonly Row[] {
  const { say } = page
  return [
    row('country', words(say.countryName(body.country))),
    row('sector', words(say.t(`capacity.sector.${body.sector}`))),
    ...maybe('goals', body.goals, (goals) => words(say.list(goals.map(say.number)))),
  ]
}

function technicalRows(page: PageContext, body: BodyOf<'need/1' | 'offer/1'>): readonly Row[] {
  const { say } = page
  return [
    ...maybe('memory', body.memoryGb, (size) => words(say.bytes(size * 1e9))),
    ...maybe('accelerators', body.accelerators, (names) => code(names.join(' '))),
    ...maybe('forLanguages', body.languages, (codes) => words(say.list(codes.map(say.languageName)))),
    ...windowRows(page, body),
  ]
}

function windowRows(
  page: PageContext,
  { from, until }: { readonly from?: string; readonly until?: string },
): readonly Row[] {
  const day = (of: string) => dayValue(page, of)
  return [...maybe('from', from, day), ...maybe('lastDay', until, day)]
}

function dayValue({ say }: PageContext, day: string): Value {
  return words(say.date(momentOf(day)))
}

function countriesValue({ say }: PageContext, codes: readonly string[]): Value {
  return words(say.list(codes.map(say.countryName)))
}

/** Groups, countries, members and purposes that an offer is for, or is not for. */
function whomValues(page: PageContext, toRecord: ToRecord, whom: Eligible): readonly Value[] {
  const { say } = page
  return [
    ...(whom.groups ?? []).map(toRecord),
    ...(whom.countries ? [countriesValue(page, whom.countries)] : []),
    ...(whom.members ?? []).map((id) => code(id)),
    ...(whom.purposes ?? []).map((purpose) => words(say.t(`capacity.sector.${purpose}`))),
  ]
}

function conditionValue({ id, text }: Condition): Value {
  return lines(`${id}: ${text}`)
}

function standingValue({ say }: PageContext, { unit }: BodyOf<'offer/1'>, standing: Standing): Value {
  const { each, member, month } = standing
  return words(
    say.t('capacity.standing', {
      each: describeAmount(say, unit, each),
      member: describeAmount(say, unit, member),
      month: describeAmount(say, unit, month),
    }),
  )
}

function evidenceValue(page: PageContext, speaker: Speaker, evidence: Evidence): Value {
  if (evidence.kind === 'revision') return referenceValue(page, speaker, evidence.record)
  const { format, repository: id, repositoryKind: kind, commit, path } = evidence
  const href = isHere(speaker, { kind, repository: id })
    ? localPath(page, revisionPath({ kind, id }, 'blob', commit, path))
    : null
  return code(`${id}/${path} (${format})`, href)
}
