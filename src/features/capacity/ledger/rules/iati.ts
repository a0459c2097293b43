import type { MemberId } from '../../../../kernel/names.ts'
import { isoTime, type Millis } from '../../../../kernel/time.ts'
import type { Agreement, CapacityUnit, Sector } from '../../../../records/index.ts'
import type { AgreementState } from '../../agreements/index.ts'
import type { LedgerLine } from '../types.ts'
import { element, writeXml, type XmlElement } from './xml.ts'

/** What is told of one agreement. */
export interface Activity {
  readonly id: string
  readonly body: Agreement['body']
  readonly state: AgreementState
  /** When both had signed, and when it ended; null while they have, or it has, not. */
  readonly since: Millis | null
  readonly ended: Millis | null
  /** When the newest statement about it was made. */
  readonly changed: Millis
  readonly lines: readonly LedgerLine[]
}

/** Who publishes the export. */
export interface Publisher {
  /** Its identifier on a list of organisations, where it has one; else its member id. */
  readonly reference: string
  readonly name: string
}

/** What members are called. */
export type NameOf = (member: MemberId) => string

/** Codes of the OECD's list of purposes (IATI sector vocabulary 1). */
const PURPOSES: Readonly<Record<Sector, string>> = {
  health: '12110',
  education: '11110',
  agriculture: '31110',
  climate: '41010',
  language: '16061',
  government: '15110',
  research: '43082',
  safety: '22010',
  economy: '25010',
  humanitarian: '72010',
  other: '43010',
}

/** The names of units are English in the export, as its code lists are. */
const UNITS: Readonly<Record<CapacityUnit, string>> = {
  'gpu-hour': 'GPU hours (H100-equivalent)',
  'terabyte-month': 'Terabyte-months of storage',
  dataset: 'Data sets',
  seat: 'Training places',
  model: 'Adapted models',
  'expert-day': 'Days of experts',
  'megabit-month': 'Megabit-months of connectivity',
}

/** Activity status of IATI: pipeline, implementation, finalisation, closed, cancelled. */
const STATUS: Readonly<Record<Exclude<AgreementState, 'declined'>, string>> = {
  proposed: '1',
  active: '2',
  disputed: '2',
  delivered: '3',
  accepted: '3',
  closed: '4',
  cancelled: '5',
}

/** OECD type of aid: other technical assistance. */
const TECHNICAL_ASSISTANCE = 'D02'
/** IATI organisation type: other. Of what type members are, they do not say. */
const OTHER_ORGANISATION = '90'

/**
 * Agreements as activities of IATI 2.03, one text at a time. What is given in kind stands as results with target and actual value:
 * transactions of IATI are money alone. What was declined is left out.
 */
export function* writeIati(
  activities: readonly Activity[],
  publisher: Publisher,
  nameOf: NameOf,
  at: Millis,
): Generator<string> {
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03" generated-datetime="${isoTime(at)}">\n`
  for (const activity of activities) {
    if (activity.state === 'declined') continue
    yield `${writeXml(activityOf(activity, STATUS[activity.state], publisher, nameOf))}\n`
  }
  yield '</iati-activities>\n'
}

function activityOf(activity: Activity, status: string, publisher: Publisher, nameOf: NameOf): XmlElement {
  const { id, body, changed } = activity
  const words = (text: string) => element('narrative', { 'xml:lang': body.language }, text)
  return element(
    'iati-activity',
    { 'xml:lang': 'en', 'last-updated-datetime': isoTime(changed) },
    element('iati-identifier', {}, `${publisher.reference}-${id}`),
    element(
      'reporting-org',
      { ref: publisher.reference, type: OTHER_ORGANISATION },
      narrative(publisher.name),
    ),
    element('title', {}, words(body.title)),
    element('description', { type: '1' }, words(body.description)),
    ...participants(activity, nameOf),
    element('activity-status', { code: status }),
    ...datesOf(activity),
    element('recipient-country', { code: body.country }),
    element('sector', { vocabulary: '1', code: PURPOSES[body.sector] }),
    ...(body.goals ?? []).map((goal) => element('tag', { vocabulary: '2', code: String(goal) })),
    element('default-aid-type', { code: TECHNICAL_ASSISTANCE, vocabulary: '1' }),
    ...activity.lines.map((line) => resultOf(line, body, nameOf)),
  )
}

/** Whoever gives extends, whoever receives implements: one member may do both. */
function participants({ body, lines }: Activity, nameOf: NameOf): readonly XmlElement[] {
  return body.parties.flatMap((member) => {
    const extending = lines.some(({ supplier }) => supplier === member) ? ['3'] : []
    const implementing = lines.some(({ receiver }) => receiver === member) ? ['4'] : []
    return [...extending, ...implementing].map((role) =>
      element('participating-org', { ref: member, role }, narrative(nameOf(member))),
    )
  })
}

/** Planned start, actual start, planned end, actual end. */
function datesOf({ body, since, ended }: Activity): readonly XmlElement[] {
  const dates: readonly (readonly [string, string | null])[] = [
    ['1', body.from],
    ['2', since === null ? null : isoTime(since).slice(0, 10)],
    ['3', body.until],
    ['4', ended === null ? null : isoTime(ended).slice(0, 10)],
  ]
  return dates.flatMap(([type, day]) =>
    day === null ? [] : [element('activity-date', { type, 'iso-date': day })],
  )
}

function resultOf(line: LedgerLine, body: Agreement['body'], nameOf: NameOf): XmlElement {
  const { unit, amount, delivered, accepted, claimed, due } = line
  const said = `Accepted by the receiver: ${accepted}. Claimed without evidence: ${claimed}.`
  const title = `${UNITS[unit]}, from ${nameOf(line.supplier)} to ${nameOf(line.receiver)}`
  return element(
    'result',
    { type: '1', 'aggregation-status': '1' },
    element('title', {}, narrative(title)),
    element(
      'indicator',
      { measure: '1', ascending: '1' },
      element('title', {}, narrative(UNITS[unit])),
      element(
        'period',
        {},
        element('period-start', { 'iso-date': body.from < due ? body.from : due }),
        element('period-end', { 'iso-date': due }),
        element('target', { value: String(amount) }),
        element('actual', { value: String(delivered) }, element('comment', {}, narrative(said))),
      ),
    ),
  )
}

function narrative(text: string): XmlElement {
  return element('narrative', {}, text)
}
