import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'

import { MemberId, Sha256 } from '../../../../kernel/names.ts'
import { momentOf } from '../../../../kernel/time.ts'
import { Agreement, SECTORS } from '../../../../records/index.ts'
import type { LedgerLine } from '../types.ts'
import { type Activity, writeIati } from './iati.ts'

const SUPPLIER = MemberId.parse(`m${'a'.repeat(32)}`)
const RECEIVER = MemberId.parse(`m${'b'.repeat(32)}`)
const ID = Sha256.parse('1'.repeat(64))
const AT = momentOf('2026-11-24T12:00:00.000Z')
const NAMES = new Map([
  [SUPPLIER, 'National Compute Centre & Sons <Ltd>'],
  [RECEIVER, 'جامعة "الشرق"'],
])

const schema = (fileName: string) => ({
  fileName,
  contents: readFileSync(new URL(`../../../../../test/fixtures/iati/${fileName}`, import.meta.url), 'utf8'),
})

async function problemsOf(contents: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: { fileName: 'export.xml', contents },
    schema: [schema('iati-activities-schema.xsd')],
    preload: [schema('iati-common.xsd'), schema('xml.xsd')],
  })
  return errors.map(({ message }) => message)
}

function activity(changes: Partial<Activity> = {}, body: object = {}): Activity {
  const agreement = Agreement.parse({
    type: 'agreement/1',
    time: '2026-09-01T00:00:00.000Z',
    body: {
      title: 'GPU hours & <speech>',
      description: 'What the round of September decided.\nIn two paragraphs: "one" & \'two\' ]]>.',
      language: 'quy',
      parties: [SUPPLIER, RECEIVER],
      obligations: [
        { by: SUPPLIER, kind: 'compute', unit: 'gpu-hour', amount: 4000, text: 'hours', due: '2027-02-28' },
        {
          by: RECEIVER,
          kind: 'model-adaptation',
          unit: 'model',
          amount: 1,
          text: 'weights',
          due: '2026-08-31',
        },
      ],
      from: '2026-09-01',
      until: '2027-02-28',
      country: 'UG',
      sector: 'language',
      goals: [4, 17],
      ...body,
    },
  })
  return {
    id: ID,
    body: agreement.body,
    state: 'active',
    since: AT,
    ended: null,
    changed: AT,
    lines: agreement.body.obligations.map((obligation, index): LedgerLine => ({
      agreement: ID,
      obligation: index,
      title: agreement.body.title,
      state: 'active',
      supplier: obligation.by,
      receiver: obligation.by === SUPPLIER ? RECEIVER : SUPPLIER,
      kind: obligation.kind,
      unit: obligation.unit,
      country: agreement.body.country,
      sector: agreement.body.sector,
      due: obligation.due,
      need: null,
      offer: null,
      pledge: null,
      amount: BigInt(obligation.amount),
      claimed: 0n,
      delivered: 1250n,
      accepted: 1000n,
      disputed: 0n,
      overdue: 0n,
    })),
    ...changes,
  }
}

function exported(activities: readonly Activity[]): string {
  const publisher = { reference: 'XI-EXAMPLE-1', name: 'Nairobi & friends' }
  return [...writeIati(activities, publisher, (member) => NAMES.get(member) ?? member, AT)].join('')
}

describe('the export to IATI 2.03', () => {
  it('is valid by the official schema, in every state, for every purpose, with words that look like markup', async () => {
    const states = ['proposed', 'active', 'delivered', 'accepted', 'disputed', 'closed', 'cancelled'] as const
    const all = [
      ...states.map((state) =>
        activity({ state, ended: state === 'closed' ? AT : null, since: state === 'proposed' ? null : AT }),
      ),
      ...SECTORS.map((sector) => activity({}, { sector })),
    ]
    const xml = exported(all)
    expect(await problemsOf(xml)).toEqual([])
    expect(xml.match(/<iati-activity /g)).toHaveLength(all.length)
    expect(xml).toContain('<actual value="1250">')
    expect(xml).toContain('GPU hours &amp; &lt;speech&gt;')
  })

  it('is valid when there is nothing to tell, or nothing that somebody wanted', async () => {
    const nothing = exported([activity({ state: 'declined' })])
    expect(nothing).not.toContain('<iati-activity ')
    expect(await problemsOf(exported([activity()]))).toEqual([])
  })

  it('would be found invalid without its status: the schema is really asked', async () => {
    const broken = exported([activity()]).replace(/<activity-status[^>]*>/, '')
    expect((await problemsOf(broken)).join()).toContain('activity-date')
  })
})
