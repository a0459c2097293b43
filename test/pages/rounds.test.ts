import { describe, expect, it } from 'vitest'

import { createFixture, OPERATOR_COOKIE, type Stage } from './fixture.ts'
import { ROUND_IDS } from './round-fixture.ts'

const HOST = 'http://hub.example'

async function get(path: string, cookie = '', stage: Stage = 'full') {
  await using fixture = createFixture(stage)
  const response = await fixture.app.request(`${HOST}${path}`, { headers: { host: 'hub.example', cookie } })
  return { response, text: await response.text() }
}

/** Opens the page at `from` as the operator, then posts its form with `fields`, as often as there are any. */
async function submit(path: string, ...forms: readonly Record<string, string>[]) {
  await using fixture = createFixture()
  const headers = { host: 'hub.example', cookie: OPERATOR_COOKIE }
  const opened = await fixture.app.request(`${HOST}${path}`, { headers })
  const kept = opened.headers.getSetCookie().map((line) => line.split(';')[0])
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(await opened.text()) ?? []
  const cookie = [OPERATOR_COOKIE, ...kept].join('; ')
  const answers = []
  for (const fields of forms) {
    const body = new URLSearchParams({ csrf, ...fields })
    const response = await fixture.app.request(`${HOST}${path}`, {
      method: 'POST',
      headers: { ...headers, cookie },
      body,
    })
    answers.push({ response, text: await response.text() })
  }
  return { answers, asked: fixture.asked }
}

describe('the page of a round', () => {
  it.each([
    ['open', ['Open until 3 December 2026', 'one after the other', 'Quechua speech for schools']],
    ['due', ['it is not decided yet', 'Whoever would have least is raised first']],
    [
      'decided',
      ['the same result, to the byte', 'Universidad Andina del Cusco', 'its even share', '400 of 700'],
    ],
    ['differing', ['it is NOT the result that was stated', 'Some entries of these logs were erased here']],
    ['lacking', ['800', 'of the', '1,200', 'entries needed are here']],
  ] as const)('says of a round that is %s what there is to say', async (name, words) => {
    const { text } = await get(`/en/rounds/${ROUND_IDS[name]}`)
    for (const word of words) expect(text).toContain(word)
    expect(text).not.toContain('<script>alert')
    expect(text).not.toContain('Speak for')
  })

  it('leads the parties of what was matched to their agreement, and nobody else', async () => {
    const path = `/en/rounds/${ROUND_IDS.decided}`
    expect((await get(path)).text).not.toContain('/agreements/new')
    expect((await get(path, OPERATOR_COOKIE)).text).toContain('/agreements/new?need=')
    const differing = await get(`/en/rounds/${ROUND_IDS.differing}`, OPERATOR_COOKIE)
    expect(differing.text).not.toContain('/agreements/new')
  })

  it('gives both files to anybody, and is not there for a round that nobody announced', async () => {
    const { response } = await get(`/rounds/${ROUND_IDS.decided}/result.json`)
    expect(response.headers.get('content-disposition')).toContain('RESULT.json')
    expect((await get('/rounds/nothing')).response.status).toBe(404)
    expect((await get('/en/rounds', '', 'empty')).text).toContain('No round is known here yet')
  })

  it('shows what deciding it says before it is said', async () => {
    const form = { as: 'nairobi', say: 'close' }
    const { answers, asked } = await submit(`/rounds/${ROUND_IDS.due}`, form, { ...form, step: 'say' })
    const [shown, said] = answers
    expect(shown?.text).toContain('states the result of this round')
    expect(said?.response.headers.get('location')).toBe(`/rounds/${ROUND_IDS.due}?done=yes`)
    expect(asked).toEqual([
      { command: 'stateRound', input: { id: ROUND_IDS.due, as: 'nairobi', act: 'close' } },
    ])
  })
})

describe('announcing a round', () => {
  const FIELDS = {
    as: 'nairobi',
    unit: 'seat',
    title: 'Places',
    description: 'Training places.',
    language: 'en',
    rule: 'priority',
    order: 'ldc، cusco/sids',
    day: '2026-12-31',
    weights: 'ldc=2',
    members: '',
    shown: 'ldc',
  }

  it('shows the record first, and says it when it was seen', async () => {
    const { answers, asked } = await submit('/rounds/new', FIELDS, { ...FIELDS, step: 'say' })
    expect(answers[0]?.text).toContain('Places')
    expect(answers[0]?.text).toContain('In the public log will stand')
    expect(answers[1]?.response.headers.get('location')).toBe('/rounds?done=yes')
    expect(asked).toMatchObject([
      {
        command: 'announceRound',
        input: {
          kind: 'skills',
          order: ['ldc', 'cusco/sids'],
          deadline: '2027-01-01T00:00:00.000Z',
          weights: [{ group: 'ldc', weight: 2 }],
        },
      },
    ])
  })

  it.each([
    [{ day: '' }, 'deadline'],
    [{ day: '2026-13-45' }, 'deadline'],
    [{ weights: 'ldc' }, 'weights'],
    [{ order: '' }, 'order'],
    [{ unit: 'barrel' }, 'unit'],
    [{ title: '' }, 'title'],
  ])('keeps what was typed and names the field when %j', async (change, field) => {
    const { answers, asked } = await submit('/rounds/new', {
      ...FIELDS,
      ...change,
      description: 'Kept words.',
    })
    expect(answers[0]?.response.status).toBe(422)
    expect(answers[0]?.text).toContain(`“${field}”`)
    expect(answers[0]?.text).toContain('Kept words.')
    expect(asked).toEqual([])
  })

  it('is for those who speak for a member', async () => {
    expect((await get('/rounds/new')).response.status).toBe(401)
  })
})
