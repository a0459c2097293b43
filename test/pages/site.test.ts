import { describe, expect, it } from 'vitest'

import { AGREEMENT_IDS, DRAFT } from './agreement-data.ts'
import {
  ASSOCIATION_ENTRY,
  ARRIVING_ID,
  FAILING_ID,
  FOLLOWED_ID,
  HELD_LOG,
  OWN_LOG,
  STATEMENT_COUNT,
} from './fixture-data.ts'
import { DRAFT_ID, NEED_ID } from './fixture-needs.ts'
import { RECOVERY_KEYS, createFixture, OPERATOR_COOKIE, type Stage } from './fixture.ts'

const HOST = 'http://hub.example'

/** One browser in front of the fixture: keeps cookies, fills forms in. */
function createBrowser(fixture: ReturnType<typeof createFixture>, cookies = new Map<string, string>()) {
  async function send(path: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers)
    headers.set('host', 'hub.example')
    if (cookies.size > 0)
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fixture.app.request(`${HOST}${path}`, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return { response, text: await response.text() }
  }
  /** Opens the page at `from`, then posts its form with `fields`. */
  async function submit(from: string, to: string, fields: Record<string, string>, headers: HeadersInit = {}) {
    const { text } = await send(from)
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(text) ?? []
    return send(to, { method: 'POST', body: new URLSearchParams({ csrf, ...fields }), headers })
  }
  return { send, submit, cookies }
}

function signedIn(fixture: ReturnType<typeof createFixture>) {
  const [name = '', value = ''] = OPERATOR_COOKIE.split('=')
  return createBrowser(fixture, new Map([[name, value]]))
}

async function get(path: string, headers: HeadersInit = {}, stage: Stage = 'full') {
  await using fixture = createFixture(stage)
  return await createBrowser(fixture).send(path, { headers })
}

describe('a page', () => {
  it.each([
    ['/ar', {}, 'lang="ar" dir="rtl"'],
    ['/', { 'accept-language': 'zh-CN,en;q=0.5' }, 'lang="zh-Hans" dir="ltr"'],
    ['/', {}, 'lang="en-GB" dir="ltr"'],
    ['/fr/models', { 'accept-language': 'ru' }, 'lang="fr" dir="ltr"'],
  ])('at %s answers in the language that the reader reads', async (path, headers, opening) => {
    expect((await get(path, headers)).text).toContain(`<html ${opening} data-colour="olive">`)
  })

  it('keeps a language chosen by address in all its links', async () => {
    const { text } = await get('/ru/models')
    const paths = [...text.matchAll(/href="(\/[^"]*)"/g)].map(([, path = '']) => path)
    expect(paths.filter((path) => !/^\/(?:ar|zh|en|fr|ru|es|assets)(?:\/|$)/.test(path))).toEqual([])
  })

  it('carries the mark of its member in its head and in the browser’s tab', async () => {
    const { text } = await get('/')
    const [, icon = ''] = /<link rel="icon" href="([^"]*)"/.exec(text) ?? []
    const { response, text: drawn } = await get(icon)
    expect(response.headers.get('content-type')).toBe('image/svg+xml')
    const [, yarn = ''] = /<svg class="mark"[^>]*><path d="([^"]*)"/.exec(text) ?? []
    expect(yarn).not.toBe('')
    expect(drawn).toContain(yarn)
    for (const path of [
      icon.replace('olive', 'puce'),
      icon.replace('mark-m', 'mark-x'),
      '/assets/mark--olive.svg',
    ])
      expect((await get(path)).response.status).toBe(404)
  })

  it('lets nothing run that is not ours', async () => {
    const { response, text } = await get('/nairobi/silero-vad')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/)
  })

  it('gives strangers no cookie unless it holds a form', async () => {
    expect((await get('/models')).response.headers.getSetCookie()).toEqual([])
    const [cookie] = (await get('/sign-in')).response.headers.getSetCookie()
    expect(cookie).toMatch(/^csrf=[0-9a-f]{32}; .*HttpOnly.*SameSite=Lax/)
  })

  it('names this node’s own address in the lines to copy', async () => {
    const { text } = await get('/nairobi/silero-vad')
    expect(text).toContain('export HF_ENDPOINT=http://hub.example')
    expect(text).toContain(
      'curl -LO http://hub.example/nairobi/silero-vad/resolve/main/silero_vad_16k.safetensors',
    )
  })

  it('shows the card as safe HTML', async () => {
    const { text } = await get('/nairobi/silero-vad')
    expect(text).toContain('<h2 dir="auto">Silero VAD</h2>')
    expect(text).toContain('src="/nairobi/silero-vad/resolve/main/docs/overview.png"')
  })

  it.each(['/nairobi/Silero-VAD', '/ar/nairobi/Silero-VAD/tree/main/docs'])(
    'leads from an old or differently written name to the present one: %s',
    async (path) => {
      const { response } = await get(path)
      expect(response.status).toBe(302)
      expect(response.headers.get('location')).toBe(path.replace('Silero-VAD', 'silero-vad'))
    },
  )

  it.each([
    '/nairobi/hidden',
    '/datasets/nairobi/hidden',
    '/nairobi/hidden/tree/main',
    '/zh/nairobi/hidden/commits/main',
  ])('of a repository that a stranger may not see answers like a missing one: %s', async (path) => {
    const { response, text } = await get(path)
    expect([response.status, response.headers.get('location')]).toEqual([404, null])
    expect(text).not.toContain('Invalid username or password')
  })

  it.each([
    '/nope',
    '/a/b/c/d',
    '/nairobi/silero-vad/blob/main/..%2f..%2fetc',
    '/nairobi/silero-vad/tree/%zz',
    '/ar/nairobi/silero-vad/commit/123',
  ])('that does not exist says so: %s', async (path) => {
    const { response, text } = await get(path)
    expect(response.status).toBe(404)
    expect(text).toContain('<h1>')
  })

  it.each([
    ['/models/', '/models'],
    ['/ar/', '/ar'],
    ['//evil.example/', '/evil.example'],
    ['/\\evil.example/', '/evil.example'],
  ])('with slashes too many is one without, on this node: %s', async (path, location) => {
    const { response } = await get(path)
    expect([response.status, response.headers.get('location')]).toEqual([301, location])
  })

  it('leaves the paths of programs to other routes', async () => {
    const { response } = await get('/api/unknown')
    expect(response.headers.get('content-type')).not.toContain('html')
  })

  it('sends an asset once for all, compressed', async () => {
    const { text } = await get('/')
    const [, path = ''] = /href="(\/assets\/ayni-[^"]+)"/.exec(text) ?? []
    const { response } = await get(path, { 'accept-encoding': 'gzip, br' })
    expect(response.headers.get('cache-control')).toContain('immutable')
    expect(response.headers.get('content-encoding')).toBe('br')
  })

  it('compresses itself where the browser can read that', async () => {
    const { response } = await get('/models', { 'accept-encoding': 'gzip' })
    expect(response.headers.get('content-encoding')).toBe('gzip')
  })

  it('leads the first visitor to the set-up link, and shows nothing else', async () => {
    const { text } = await get('/', {}, 'not-set-up')
    expect(text).toContain('one-time link')
    expect((await get('/set-up/used', {}, 'not-set-up')).response.status).toBe(403)
  })
})

describe('a form', () => {
  it('signs in, and goes back to where the reader came from', async () => {
    await using fixture = createFixture()
    const browser = createBrowser(fixture)
    const fields = { name: 'wanjiru', password: 'correct horse battery', from: '/models?page=2' }
    const { response } = await browser.submit('/sign-in', '/sign-in', fields)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/models?page=2'])
    expect(response.headers.getSetCookie().join()).toMatch(
      /token=operator; Max-Age=2592000; .*HttpOnly.*SameSite=Lax/,
    )
    expect(fixture.asked).toEqual([
      {
        command: 'signIn',
        input: {
          name: 'wanjiru',
          password: 'correct horse battery',
          remote: '192.0.2.1',
          previous: undefined,
        },
      },
    ])
  })

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/\t/evil.example', 'models'])(
    'never leads away from this node: %s',
    async (from) => {
      await using fixture = createFixture()
      const fields = { name: 'wanjiru', password: 'correct horse battery', from }
      const { response } = await createBrowser(fixture).submit('/sign-in', '/sign-in', fields)
      expect(response.headers.get('location')).toBe('/')
    },
  )

  it('says what was refused and keeps what was typed, but for the password', async () => {
    await using fixture = createFixture()
    const { response, text } = await createBrowser(fixture).submit('/sign-in', '/sign-in', {
      name: 'wanjiru',
      password: 'wrong word',
    })
    expect(response.status).toBe(422)
    expect(text).toContain('The name or the password is wrong.')
    expect(text).toContain('value="wanjiru"')
    expect(text).not.toContain('wrong word')
  })

  it.each([
    ['another site sends it', { 'sec-fetch-site': 'cross-site' }, {}],
    ['a sibling of our site sends it', { 'sec-fetch-site': 'same-site' }, {}],
    ['another origin sends it', { origin: 'https://evil.example' }, {}],
    ['its token is missing', {}, { csrf: '' }],
    ['its token is made up', {}, { csrf: 'ab'.repeat(32) }],
  ])('does nothing when %s', async (_why, headers, fields) => {
    await using fixture = createFixture()
    const { response } = await signedIn(fixture).submit(
      '/settings',
      '/settings/profile',
      { fullName: 'X', ...fields },
      headers,
    )
    expect([response.status, fixture.asked]).toEqual([403, []])
  })

  it('larger than any of ours is refused unread', async () => {
    await using fixture = createFixture()
    const { response } = await signedIn(fixture).submit('/settings', '/settings/profile', {
      fullName: 'x'.repeat(70_000),
    })
    expect([response.status, fixture.asked]).toEqual([413, []])
  })

  it('shows a new token once, and tells no cache', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const { response, text } = await browser.submit('/settings', '/settings/tokens', {
      displayName: 'laptop',
      scope: 'write',
    })
    expect(text).toContain('hf_abcdefghijklmnopqrstuvwxyz01234567')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect((await browser.send('/settings')).text).not.toContain('hf_abcdefghijklmnopqrstuvwxyz01234567')
  })

  it('lets an operator say in which country a member is, and no words', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const fields = { member: 'nairobi', country: 'UG' }
    const { response } = await browser.submit('/settings', '/settings/country', fields)
    expect(response.headers.get('location')).toBe('/settings?done=country')
    expect(fixture.asked.at(-1)).toEqual({ command: 'setCountry', input: fields })
    const refused = await browser.submit('/settings', '/settings/country', { ...fields, country: 'Uganda' })
    expect(refused.response.status).toBe(422)
  })

  it('lets an operator choose the colour of a member, and none that nobody could read', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const fields = { member: 'nairobi', colour: 'violet' }
    const { response } = await browser.submit('/settings', '/settings/colour', fields)
    expect(response.headers.get('location')).toBe('/settings?done=colour')
    expect(fixture.asked.at(-1)).toEqual({ command: 'setColour', input: fields })
    const refused = await browser.submit('/settings', '/settings/colour', { ...fields, colour: '#ffff00' })
    expect([refused.response.status, fixture.asked.length]).toEqual([422, 1])
  })

  it('limits a token to the repositories it names', async () => {
    await using fixture = createFixture()
    const fields = {
      displayName: 'ci',
      scope: 'limited',
      repositories: 'nairobi/asr  datasets/nairobi/radio',
    }
    await signedIn(fixture).submit('/settings', '/settings/tokens', fields)
    expect(fixture.asked[0]?.input).toEqual({
      displayName: 'ci',
      scope: {
        limits: [
          { repository: 'nairobi/asr', kind: 'model', right: 'write' },
          { repository: 'nairobi/radio', kind: 'dataset', right: 'write' },
        ],
      },
    })
  })

  it('asks for a name when a limited token names nothing', async () => {
    await using fixture = createFixture()
    const { response } = await signedIn(fixture).submit('/settings', '/settings/tokens', {
      displayName: 'ci',
      scope: 'limited',
    })
    expect([response.status, fixture.asked]).toEqual([422, []])
  })

  it('deletes a repository only when its name was typed', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const [page, form] = ['/nairobi/silero-vad/settings', '/nairobi/silero-vad/settings/delete']
    const refused = await browser.submit(page, form, { confirmation: 'silero-vad' })
    expect([refused.response.status, fixture.asked]).toEqual([422, []])
    const done = await browser.submit(page, form, { confirmation: 'nairobi/silero-vad' })
    expect([done.response.headers.get('location'), fixture.asked.length]).toEqual(['/models', 1])
  })

  it('creates a repository and goes there; names the field when it cannot', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const fields = { kind: 'dataset', namespace: 'nairobi', name: 'radio', visibility: 'private' }
    const created = await browser.submit('/new', '/ar/new', fields)
    expect(created.response.headers.get('location')).toBe('/ar/datasets/nairobi/radio')
    const refused = await browser.submit('/new', '/new', { ...fields, name: '../radio' })
    expect(refused.text).toMatch(/id="field-name"[^>]*aria-invalid="true"/)
  })

  it('asks for access, filled in by the page that has nothing to show', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const nothing = await browser.send('/datasets/cusco/quechua')
    expect([nothing.response.status, nothing.text]).toEqual([
      404,
      expect.stringContaining('href="/access?kind=dataset&amp;repository=cusco%2Fquechua"'),
    ])
    const page = '/access?kind=dataset&repository=cusco%2Fquechua'
    expect((await browser.send(page)).text).toMatch(/name="repository"[^>]*value="cusco\/quechua"/)
    const wish = { kind: 'dataset', repository: 'cusco/quechua', purpose: 'To teach.', contact: '' }
    const asked = await browser.submit(page, '/zh/access', wish)
    expect(asked.response.headers.get('location')).toBe('/zh/access?done=asked')
    const refused = await browser.submit(page, '/access', { ...wish, repository: 'quechua' })
    expect(refused.response.status).toBe(422)
    expect(refused.text).toContain('value="To teach."')
    await browser.submit(page, `/access/${'0'.repeat(32)}/withdraw`, {})
    expect(fixture.asked).toEqual([
      { command: 'ask', input: wish },
      { command: 'withdraw', input: '0'.repeat(32) },
    ])
  })

  it('offers a stranger nothing to ask for', async () => {
    await using fixture = createFixture()
    const browser = createBrowser(fixture)
    expect((await browser.send('/datasets/cusco/quechua')).text).not.toContain('/access?')
    const { response } = await browser.send('/access')
    expect(response.headers.get('location')).toBe('/sign-in?from=%2Faccess')
  })

  it('grants, refuses and ends access', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const page = '/nairobi/silero-vad/settings'
    const { text } = await browser.send(page)
    expect(text).toContain('k3yq2mz7abcd5xyz@cusco')
    expect(text.match(/action="[^"]*\/settings\/requests"/g)).toHaveLength(3)
    const request = 'a'.repeat(32)
    const done = await browser.submit(page, `${page}/requests`, { request, status: 'accepted' })
    expect(done.response.headers.get('location')).toBe(`${page}?saved=yes`)
    expect(fixture.asked).toEqual([{ command: 'decide', input: { request, status: 'accepted', reason: '' } }])
    const reason = 'Das Rohmaterial ist noch gesperrt.'
    await browser.submit(page, `${page}/requests`, { request, status: 'rejected', reason })
    expect(fixture.asked.at(-1)).toEqual({
      command: 'decide',
      input: { request, status: 'rejected', reason },
    })
    const long = { request, status: 'rejected', reason: 'x'.repeat(501) }
    expect((await browser.submit(page, `${page}/requests`, long)).response.status).toBe(422)
  })

  it('promises a repository to everybody; names the field when it cannot', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const page = '/nairobi/silero-vad/public-good'
    const fields = { licence: 'MIT', holders: '5', until: '2032-01-31' }
    const refused = await browser.submit(page, page, { ...fields, holders: 'many' })
    expect([refused.response.status, fixture.asked]).toEqual([422, []])
    expect(refused.text).toMatch(/id="field-holders"[^>]*value="many"[^>]*aria-invalid="true"/)
    const done = await browser.submit(page, `/zh${page}`, fields)
    expect(done.response.headers.get('location')).toBe(`/zh${page}`)
    expect(fixture.asked[0]?.input).toMatchObject({
      terms: { licence: 'MIT', holders: 5, until: '2032-01-31' },
    })
  })

  it('sets the node up and signs its first operator in', async () => {
    await using fixture = createFixture('not-set-up')
    const typed = {
      memberName: 'معهد نيروبي',
      handle: 'nairobi',
      name: 'wanjiru',
      fullName: '',
      password: ' a pass phrase ',
    }
    const { response, text } = await createBrowser(fixture).submit('/set-up/fresh', '/set-up/fresh', typed)
    expect(response.headers.get('cache-control')).toContain('no-store')
    expect(RECOVERY_KEYS.filter((key) => text.includes(key))).toEqual(RECOVERY_KEYS)
    expect(fixture.asked[0]?.input).toEqual({ key: 'fresh', ...typed, address: HOST })
  })

  it('shows a person’s one-time link with this node’s address, once', async () => {
    await using fixture = createFixture()
    const { text } = await signedIn(fixture).submit('/people', '/people', {
      name: 'layla',
      isOperator: 'yes',
    })
    expect(text).toContain(`${HOST}/password/K3y0nc30n1y`)
    expect(fixture.asked[0]).toEqual({
      command: 'addPerson',
      input: { name: 'layla', fullName: '', isOperator: true },
    })
  })

  it('keeps the language for this browser', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    await browser.submit('/settings', '/settings/language', { language: 'ar' })
    expect((await browser.send('/models')).text).toContain('lang="ar"')
  })

  it('signs out', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    await browser.submit('/', '/sign-out', {})
    expect([fixture.asked[0]?.input, browser.cookies.has('token')]).toEqual(['operator', false])
  })
})

describe('the log', () => {
  const own = `/log/${OWN_LOG.slice(5)}`
  const held = `/log/${HELD_LOG.slice(5)}`

  it('tells whose it is, since when, and who vouches for it', async () => {
    const { text } = await get('/en/log')
    expect(text).toMatch(new RegExp(`has said ${STATEMENT_COUNT} things to the world since \\d+ \\w+ 2026`))
    expect(text).toContain('Signed as of 23 November 2026.')
    expect(text).toContain('3 witnesses vouch that nothing in it was changed or removed')
    expect(text).toContain('3 of 4 members known to follow it have signed the newest state')
    expect(text).toContain('2 hours ago: enough to rule out another history.')
  })

  it('says what was said in sentences that lead to what they speak of and to the record', async () => {
    const { text } = await get('/fr/log')
    expect(text).toMatch(/a publié une nouvelle version de <a href="\/fr\/nairobi\/silero-vad"/)
    expect(text).toContain(`href="/fr${own}/3"`)
    expect(text).toMatch(/a retiré <bdi>nairobi\/old-asr/)
  })

  it('leads to no repository of its own for what another member published', async () => {
    expect((await get(held)).text).not.toContain('href="/nairobi/silero-vad"')
  })

  it('can be chosen where there are several, and offers no choice where there is one', async () => {
    expect((await get('/log')).text).toContain(`href="${held}"`)
    expect((await get('/log', {}, 'empty')).text).not.toContain('Logs on this node')
  })

  it('has older pages and a way back', async () => {
    const { text } = await get(`${own}?before=5`)
    expect(text).toContain(`href="${own}"`)
    expect(text).not.toContain(`href="${own}/5"`)
    expect(text).toContain(`href="${own}/4"`)
  })

  it('says that nothing is there, or signed, or witnessed', async () => {
    expect((await get('/log', {}, 'not-set-up')).text).toContain('There is no log here yet')
    const { text } = await get('/log', {}, 'empty')
    expect(text).toContain('Nothing of it is signed yet.')
    expect(text).toContain('Nobody has witnessed it yet')
    expect(text).toContain('No statement is signed yet')
  })

  it.each([held, `${held}/15`, `${held}/1`])('lets no stranger’s text act or steer: %s', async (path) => {
    const { text } = await get(path)
    expect(text).not.toMatch(/<script>alert|<img src=x|[\u202a-\u202e\u2066\u2067]/)
    expect(text).not.toContain('x'.repeat(400))
  })

  it('says of a frozen log that it is, and why', async () => {
    expect((await get(held)).text).toMatch(/role="alert".*Danger: this log is frozen/)
    expect((await get(held)).text).toContain(`href="/api/ayni/v1/logs/${HELD_LOG.slice(5)}/evidence"`)
  })

  it('says of each statement how anybody checks it', async () => {
    const { text } = await get(`${own}/3`)
    expect(text).toContain('2 witnesses have seen it, the first at the latest on 24 November 2026.')
    expect(text).toContain(`href="/api/ayni/v1/logs/${OWN_LOG.slice(5)}/proof/3"`)
    expect(text).toContain(`#3&#39; --node ${HOST}`)
    expect((await get(`${held}/3`)).text).toContain('Nobody has witnessed it yet.')
  })

  it.each(['/log/nobody/0', `${own}/99`, `${own}/-1`, `${own}/01`, `/log/${'m'.padEnd(33, 'c')}/0`])(
    'that is not there is no page: %s',
    async (path) => {
      expect((await get(path)).response.status).toBe(404)
    },
  )
})

describe('a log that stands still', () => {
  it.each([
    [true, 'this node signs nothing more in its name'],
    [false, 'nothing more is taken from it'],
  ])('is told on the first page, own: %s', async (isOwn, words) => {
    const dangers = [{ kind: 'frozen', origin: OWN_LOG, member: 'Nairobi', isOwn, why: 'fork' }] as const
    await using fixture = createFixture('full', { dangers })
    const { text } = await createBrowser(fixture).send('/en')
    expect(text).toContain(words)
    expect(text).toContain('It contradicted itself.')
    expect(text).toContain(`href="/en/log/${OWN_LOG.slice(5)}"`)
  })

  it('is told with how many statements wait, and where to see for whom', async () => {
    const dangers = [{ kind: 'waiting', origin: OWN_LOG, count: 3 }] as const
    await using fixture = createFixture('full', { dangers })
    const { text } = await createBrowser(fixture).send('/en')
    expect(text).toMatch(/3 <a href="[^"]*">statements<\/a> wait unsigned/)
    expect(text).toContain('href="/en/members">See who follows')
  })
})

describe('members', () => {
  const LOOK = { url: 'hub.lima.example/', handle: '', allowPrivate: 'no' }
  const YES = {
    url: 'https://hub.lima.example',
    handle: 'lima',
    member: `m${'l'.repeat(32)}`,
    allowPrivate: 'no',
    content: 'all',
    trust: 'witness',
  }
  const TERMS = {
    trust: 'full',
    content: 'some',
    'kind-model': 'yes',
    licences: 'MIT، apache-2.0 ',
    maxFile: '2.147483648',
    maxFileUnit: 'GB',
    budget: '٥٠',
    budgetUnit: 'GB',
    entries: '5,000',
    records: '',
    recordsUnit: 'MB',
    objects: '1,5',
    objectsUnit: 'GB',
    large: '0.5',
    largeUnit: 'TB',
  }

  it('tell how much of a log is verified that is still coming', async () => {
    const { text } = await get('/en/members')
    expect(text).toContain('being verified for the first time: 32% so far')
  })

  it('are told to everybody, each with how fresh it is, in words, and its log', async () => {
    const { text } = await get('/en/members')
    expect(text).toContain('Checked 3 minutes ago.')
    expect(text).toContain('cairo.example could not be reached')
    expect(text).toContain('Danger: its log is frozen. It contradicted itself.')
    expect(text).toContain('It has not shown what it is called.')
    expect(text).toContain(`href="/en/log/${HELD_LOG.slice(5)}"`)
    expect(text).not.toContain('name="url"')
  })

  it('are pictured with words for each line, and a table that says the same', async () => {
    const { text } = await get('/en/members')
    const [picture = ''] = /<svg class="federation"[^]*?<\/svg>/.exec(text) ?? []
    expect(picture.match(/class="tie /g)).toHaveLength(6)
    for (const words of ['3 min ago', '5 hr ago', '4 days ago', 'not yet']) expect(picture).toContain(words)
    const [table = ''] = /<table class="ties">[^]*?<\/table>/.exec(text) ?? []
    expect(table.match(/<tr>/g)).toHaveLength(7)
  })

  it('are vouched for by nobody whose clock is wrong, which is said there and on the page of a log', async () => {
    const sentence = 'Until it is set, this node vouches for nobody’s log'
    for (const path of ['/en/members?page=2', `/en/log/${HELD_LOG.slice(5)}`])
      expect((await get(path)).text).toContain(sentence)
    for (const path of ['/en/members', '/en/log']) expect((await get(path)).text).not.toContain(sentence)
  })

  it('lead to no address that a browser should not follow', async () => {
    expect((await get(`/en/members/m${'b'.repeat(32)}`)).text).not.toContain('javascript:')
  })

  it('are followed in two steps, and the first changes nothing', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const shown = await browser.submit('/en/members', '/en/members/look', LOOK)
    expect(shown.response.status).toBe(200)
    expect(shown.text).toContain('<bdi>Universidad de Lima</bdi>?')
    expect(shown.text).toContain('llll llll llll llll llll llll llll llll')
    expect(shown.text).toContain('321 statements')
    expect(shown.text).toContain('2 that are not known here')
    expect(fixture.asked).toEqual([])
    const followed = await browser.submit('/en/members', '/en/members/follow', YES)
    expect(followed.response.headers.get('location')).toBe('/en/members?done=follow')
    expect(fixture.asked).toMatchObject([
      { command: 'follow', input: { memberId: YES.member, content: 'all', trust: 'witness' } },
    ])
  })

  it.each([
    ['an address without a node', { ...LOOK, url: 'nobody.example' }, 'No Ayni node answers', 'url'],
    ['no address at all', { ...LOOK, url: 'ftp://x' }, 'This is not an address', 'url'],
    ['a private address', { ...LOOK, url: 'http://10.0.0.7' }, 'private or reserved network', 'allowPrivate'],
  ])('refuse %s at the field, and keep what was typed', async (_, fields, words, field) => {
    await using fixture = createFixture()
    const { response, text } = await signedIn(fixture).submit('/en/members', '/en/members/look', fields)
    expect(response.status).toBe(422)
    expect(text).toContain(words)
    expect(text).toMatch(new RegExp(`<input[^>]*name="${field}"[^>]*aria-invalid="true"`))
    expect(text).toContain(`value="${fields.url}"`)
  })

  it('refuse another than the one who was shown', async () => {
    await using fixture = createFixture()
    const other = { ...YES, member: `m${'z'.repeat(32)}` }
    const { response, text } = await signedIn(fixture).submit('/en/members', '/en/members/follow', other)
    expect([response.status, fixture.asked]).toEqual([422, []])
    expect(text).toContain('Another member than the one you were shown')
  })

  it.each([
    ['/en/members/look', LOOK],
    ['/en/members/follow', YES],
    ['/en/members/allow', { follower: 'https://hub.lima.example' }],
    [`/en/members/${FOLLOWED_ID}/unfollow`, {}],
    [`/en/members/${FOLLOWED_ID}/terms`, TERMS],
    [`/en/members/${FOLLOWED_ID}/retry`, {}],
  ])('take no form from another site: %s', async (path, fields) => {
    await using fixture = createFixture()
    const headers = { 'sec-fetch-site': 'cross-site' }
    const { response } = await signedIn(fixture).submit('/en/members', path, fields, headers)
    expect([response.status, fixture.asked]).toEqual([403, []])
  })

  it('show an operator on which terms, what is used, and what was left out', async () => {
    await using fixture = createFixture()
    const path = `/en/members/${FOLLOWED_ID}`
    const { text } = await signedIn(fixture).send(path)
    for (const words of [
      'models only, under apache-2.0 and mit, each at most 2 GB and together at most 50 GB',
      '21 GB of 50 GB',
      '2 models and data sets were left out',
      '1 file (4 GB) was left out',
      'Asked next: in 40 minutes.',
    ])
      expect(text).toContain(words)
    expect((await get(path)).text).not.toContain('21 GB')
  })

  it('are followed on other terms, as they were typed in any script', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const path = `/en/members/${FOLLOWED_ID}/terms`
    const shown = await browser.send(path)
    expect(shown.text).toMatch(/name="budget"[^>]*value="50"/)
    expect(shown.text).toMatch(/name="licences"[^>]*value="apache-2.0, mit"/)
    const done = await browser.submit(path, path, TERMS)
    expect(done.response.headers.get('location')).toBe(`/en/members/${FOLLOWED_ID}?done=terms`)
    expect(fixture.asked).toMatchObject([
      {
        command: 'changeTerms',
        input: {
          trust: 'full',
          content: 'all',
          filter: { kinds: ['model'], licences: ['mit', 'apache-2.0'], maxFile: 2 ** 31, budget: 50e9 },
          quota: { entries: 5000, records: 250e6, objects: 1.5e9, content: 0.5e12 },
        },
      },
    ])
  })

  it.each([
    ['budget', { budget: 'much' }, '“Space for all of it'],
    ['objects', { objects: '1,500' }, 'Write thousands without a mark'],
    ['entries', { entries: '-1' }, '“Statements” needs a number'],
    ['maxFile', { maxFile: '5', maxFileUnit: 'PB' }, '“Largest file'],
    ['licences', { licences: 'mit, <b>' }, '“Only under these licences'],
    ['kind-model', { 'kind-model': '' }, 'Choose models, data sets or both'],
  ])('refuse terms at the field %s and keep all that was typed', async (field, wrong, words) => {
    await using fixture = createFixture()
    const path = `/en/members/${FOLLOWED_ID}/terms`
    const { response, text } = await signedIn(fixture).submit(path, path, { ...TERMS, ...wrong })
    expect([response.status, fixture.asked]).toEqual([422, []])
    expect(text).toContain(words)
    expect(text).toMatch(new RegExp(`<input[^>]*name="${field}"[^>]*aria-invalid="true"`))
    expect(text).toMatch(new RegExp(`name="large"[^>]*value="0.5"`))
    expect(text).toMatch(/<option value="TB" selected/)
  })

  it('refuse conditions that are none, and terms that are wrong before anybody is followed', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const none = { 'kind-dataset': 'yes', licences: '', maxFile: '', budget: '' }
    const path = `/en/members/${FOLLOWED_ID}/terms`
    expect((await browser.submit(path, path, { ...TERMS, ...none })).text).toContain('No condition was given')
    const wrong = { ...YES, ...TERMS, budget: 'x' }
    const { response, text } = await browser.submit('/en/members', '/en/members/follow', wrong)
    expect([response.status, fixture.asked]).toEqual([422, []])
    expect(text).toContain('Universidad de Lima')
    expect(text).toMatch(/name="budget"[^>]*value="x"[^>]*aria-invalid="true"/)
  })

  it('are asked again at once, and what they answer is said', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const [quito, cairo] = [FOLLOWED_ID, FAILING_ID].map((id) => `/en/members/${id}`)
    const failing = (await browser.send(`${cairo}`)).text
    expect(failing).not.toContain('Its large files') // nothing is copied of whom is only witnessed
    expect(failing).toContain('Last tried in vain 2 minutes ago. Asked next: in 40 minutes.')
    expect(failing).toContain('Its log says that its node is at https://new.cairo.example now')
    const asked = await browser.submit(`${quito}`, `${quito}/retry`, {})
    expect(asked.response.headers.get('location')).toBe(`${quito}?done=retry`)
    const lima = `/en/members/${ARRIVING_ID}`
    const slow = await browser.submit(`${quito}`, `${lima}/retry`, {})
    expect(slow.response.headers.get('location')).toBe(`${lima}?done=asked`)
    const silent = await browser.submit(`${cairo}`, `${cairo}/retry`, {})
    expect(silent.response.status).toBe(422)
    expect(silent.text).toContain('cairo.example could not be reached')
  })

  it('are let go after a question that says what stays', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const path = `/en/members/${FOLLOWED_ID}/unfollow`
    const asked = await browser.send(path)
    expect(asked.text).toContain('The 1,204 statements that were verified stay')
    expect(fixture.asked).toEqual([])
    const ended = await browser.submit(path, path, {})
    expect(ended.response.headers.get('location')).toBe('/en/members?done=unfollow')
    expect(fixture.asked).toMatchObject([{ command: 'unfollow' }])
  })

  it('have the pages of their namespaces lead to theirs', async () => {
    const { response } = await get('/ar/quito')
    expect([response.status, response.headers.get('location')]).toEqual([302, `/ar/members/${FOLLOWED_ID}`])
  })

  it('are named on the page of a copy, with its home and how much of it is here', async () => {
    const { text } = await get('/en/quito/lengua')
    expect(text).toContain('It can only be read here')
    expect(text).toContain('href="https://hub.quito.example/quito/lengua"')
    expect(text).toContain('Checked 3 minutes ago.')
    expect(text).toContain('This node: 2.4 MB of 14 MB')
    expect(text).toMatch(/Quito<\/bdi><\/a> \(its home\)/)
    expect(text).toMatch(/للذكاء الاصطناعي<\/bdi><\/a> \(verified [^)]*3 minutes ago[^)]*\)/)
    expect(text).toMatch(/\([^)]*1[^)]* of [^)]*3[^)]* files, verified [^)]*yesterday[^)]*\)/)
  })
})

describe('a need', () => {
  const typed = {
    as: 'nairobi',
    what: 'compute/gpu-hour',
    amount: '400',
    title: 'Speech for clinics',
    purpose: 'Nurses dictate.',
    country: 'KE',
    sector: 'health',
    language: 'en',
  }
  const body = {
    kind: 'compute',
    unit: 'gpu-hour',
    amount: 400,
    title: 'Speech for clinics',
    purpose: 'Nurses dictate.',
    country: 'KE',
    sector: 'health',
    language: 'en',
  }

  it('is shown as it would be said before it is said, and then said as it was shown', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const shown = await browser.submit('/needs/new', '/needs/new', { ...typed, step: 'look' })
    expect(shown.response.status).toBe(200)
    expect(shown.text).toContain('public and permanent')
    expect(shown.text).toContain('400 GPU hours')
    expect(fixture.asked).toEqual([])
    const kept = Object.fromEntries(
      [...shown.text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
    const edited = await browser.submit('/needs/new', '/needs/new', { ...kept, step: 'edit' })
    expect(edited.text).toMatch(/name="title"[^>]*value="Speech for clinics"/)
    const said = await browser.submit('/needs/new', '/needs/new', { ...kept, step: 'say' })
    expect(said.response.headers.get('location')).toBe('/needs/list?done=yes')
    expect(fixture.asked).toEqual([
      { command: 'state', input: { as: 'nairobi', noun: 'need', body, replaces: null, draft: null } },
    ])
  })

  it('is kept with its mistakes as a draft, and opened again', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const kept = await browser.submit('/needs/new', '/needs/new', { ...typed, amount: 'many', step: 'keep' })
    expect(kept.response.headers.get('location')).toBe(`/needs/new?draft=${DRAFT_ID}&kept=yes`)
    expect(fixture.asked).toMatchObject([
      { command: 'keep', input: { noun: 'need', draft: null, fields: { amount: 'many', replaces: '' } } },
    ])
    const { text } = await browser.send(`/needs/new?draft=${DRAFT_ID}&kept=yes`)
    expect(text).toContain('nobody else sees it')
    expect(text).toMatch(/name="amount"[^>]*value="many"/)
    expect(text).toMatch(new RegExp(`name="draft" value="${DRAFT_ID}"`))
  })

  it.each([
    ['no amount', { amount: '' }, 'How much', 'amount'],
    ['a minimum above it', { minimum: '500' }, 'Less than this is of no use', 'minimum'],
  ])('is not said with %s: the field is named and what was typed stays', async (_, wrong, label, field) => {
    await using fixture = createFixture()
    const { response, text } = await signedIn(fixture).submit('/needs/new', '/needs/new', {
      ...typed,
      ...wrong,
    })
    expect(response.status).toBe(422)
    expect(text).toMatch(new RegExp(`value of “[^”]*${label}[^”]*” cannot be used`))
    expect(text).toMatch(new RegExp(`name="${field}"[^>]*aria-invalid="true"`))
    expect(text).toContain('Nurses dictate.')
    expect(fixture.asked).toEqual([])
  })

  it('is taken back with a reason, after it was shown, by whoever may', async () => {
    await using fixture = createFixture()
    const path = `/needs/${NEED_ID}`
    const browser = signedIn(fixture)
    expect((await browser.send(path)).text).toContain(`${path}/withdraw`)
    const said = await browser.submit(`${path}/withdraw`, `${path}/withdraw`, { reason: 'mistake' })
    expect(said.response.headers.get('location')).toBe(`${path}?done=yes`)
    expect(fixture.asked).toEqual([
      { command: 'withdraw', input: { noun: 'need', id: NEED_ID, reason: 'mistake' } },
    ])
    expect((await get(path)).text).not.toContain('/withdraw')
    expect((await get(`${path}/withdraw`)).response.status).toBe(401)
    expect((await get('/needs/new')).response.status).toBe(401)
  })

  it('that is not known here is said to be not known', async () => {
    const { response, text } = await get('/needs/unknown')
    expect(response.status).toBe(404)
    expect(text).toContain('Nothing stated with the id')
  })
})

describe('an association', () => {
  const id = ASSOCIATION_ENTRY.id
  const path = `/associations/${id}`
  const charter = {
    as: 'nairobi',
    name: 'Lake Region',
    purpose: 'Speech models for our languages.',
    members: FOLLOWED_ID,
    rule: 'two-thirds',
  }

  it('is shown as it would be said before it is founded, and then said as it was shown', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const shown = await browser.submit('/associations/new', '/associations/new', {
      ...charter,
      deletionDays: '30',
    })
    expect(shown.response.status).toBe(200)
    expect(shown.text).toContain('public and permanent')
    expect(shown.text).toContain('More than two thirds of the members decide.')
    expect(fixture.asked).toEqual([])
    const kept = Object.fromEntries(
      [...shown.text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
    const edited = await browser.submit('/associations/new', '/associations/new', { ...kept, step: 'edit' })
    expect(edited.text).toMatch(/name="name"[^>]*value="Lake Region"/)
    expect(edited.text).toMatch(/value="m3e4ru2z\w+" checked/)
    const said = await browser.submit('/associations/new', '/associations/new', { ...kept, step: 'say' })
    expect(said.response.headers.get('location')).toBe('/associations?done=yes')
    expect(fixture.asked).toEqual([
      {
        command: 'foundAssociation',
        input: {
          as: 'nairobi',
          name: 'Lake Region',
          purpose: 'Speech models for our languages.',
          members: [charter.members],
          rule: { kind: 'two-thirds' },
          witnesses: null,
          deletionDays: 30,
        },
      },
    ])
  })

  it.each([
    ['a number that is none', { witnesses: 'many' }, 'Witnesses that each log needs', 'witnesses'],
    ['no number where one is asked for', { rule: 'k-of-n', k: '' }, 'How it decides', 'k'],
    ['no name', { name: '' }, 'Name', 'name'],
  ])(
    'is not founded with %s: the field is named and what was typed stays',
    async (_, wrong, label, field) => {
      await using fixture = createFixture()
      const { response, text } = await signedIn(fixture).submit('/associations/new', '/associations/new', {
        ...charter,
        ...wrong,
      })
      expect(response.status).toBe(422)
      expect(text).toMatch(new RegExp(`value of “[^”]*${label}[^”]*” cannot be used`))
      expect(text).toMatch(new RegExp(`name="${field}"[^>]*aria-invalid="true"`))
      expect(text).toContain('Speech models for our languages.')
      expect(text).toMatch(/value="m3e4ru2z\w+" checked/)
      expect(fixture.asked).toEqual([])
    },
  )

  it('is founded by nobody who is not signed in', async () => {
    expect((await get('/associations/new')).response.status).toBe(401)
  })

  it.each(['sign', 'endorse', 'leave'])('shows what %s says in public before it is said', async (act) => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const shown = await browser.submit(path, path, { as: 'nairobi', say: act })
    expect(shown.text).toMatch(/Nairobi AI Institute<\/bdi> (bound itself|agreed|left)/)
    expect(fixture.asked).toEqual([])
    const said = await browser.submit(path, path, { as: 'nairobi', say: act, step: 'say' })
    expect(said.response.headers.get('location')).toBe(`${path}?done=yes`)
    const words = { id, as: 'nairobi', say: act, add: [], remove: [] }
    expect(fixture.asked).toEqual([{ command: 'sayOfAssociation', input: words }])
  })

  it('keeps what was ticked of a list that is refused', async () => {
    await using fixture = createFixture()
    const lima = `m${'l'.repeat(32)}`
    const browser = signedIn(fixture)
    const shown = await browser.submit(path, path, { as: 'nairobi', say: 'propose', add: lima })
    expect(shown.text).toContain('lima')
    const refused = await browser.submit(path, path, {
      as: 'nairobi',
      say: 'propose',
      add: 'nobody',
      remove: lima,
    })
    expect(refused.response.status).toBe(422)
    expect(refused.text).toContain('No single member is known here as')
    expect(fixture.asked).toEqual([])
  })

  it('says of each member how far the others vouch for its log', async () => {
    const { text } = await get(path)
    expect(text).toMatch(/by [^<]*3[^<]* of [^<]*3[^<]*, [^<]*3[^<]* needed/)
    expect(text).toMatch(/enough for [^<]*9[^<]* statements of [^<]*12/)
    expect(text).toContain('its log is not here')
    const record = await get(`/log/${OWN_LOG.slice('ayni/'.length)}/${STATEMENT_COUNT - 1}`)
    expect(record.text).toContain('it does not count as witnessed yet')
  })
})

describe('an agreement', () => {
  const running = `/agreements/${AGREEMENT_IDS.running}`
  const proposed = `/agreements/${AGREEMENT_IDS.proposed}`

  it('says what was shown, what was only claimed, and why evidence shows nothing', async () => {
    const { text } = await get(`/en${running}`)
    for (const words of [
      /opened and counted here: [^<]*1,250 GPU hours/,
      /not opened here yet/,
      /cannot be read in this form/,
      /No evidence: this is claimed, not delivered/,
      /A third of the jobs ended after a few minutes/,
    ])
      expect(text).toMatch(words)
    expect(text).not.toContain('<button type="submit">Accept')
    expect(text).not.toContain('مكتب الشبكة')
  })

  it.each([
    ['sign', proposed, {}, /signed the agreement/],
    ['decline', proposed, {}, /declined the agreement/],
    ['accept', running, { delivery: 'd' }, /accepted a delivery/],
    ['dispute', running, { delivery: 'd', 'reason-d': 'Half is missing.' }, /Half is missing/],
    ['cancel', running, { 'reason-nairobi': 'A flood.' }, /A flood/],
  ])('shows what %s says in public before it is said', async (act, path, more, words) => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const shown = await browser.submit(path, path, { as: 'nairobi', act, ...more })
    expect(shown.text).toMatch(words)
    expect(shown.text).toContain('public and permanent')
    expect(fixture.asked).toEqual([])
    const said = await browser.submit(path, path, { as: 'nairobi', act, step: 'say', reason: 'R', ...more })
    expect(said.response.headers.get('location')).toBe(`${path}?done=yes`)
    expect(fixture.asked).toMatchObject([{ command: 'sayOfAgreement', input: { act } }])
  })

  it.each(['dispute', 'cancel'])('is not spoken of by %s without a reason', async (act) => {
    await using fixture = createFixture()
    const { response, text } = await signedIn(fixture).submit(running, running, { as: 'nairobi', act })
    expect(response.status).toBe(422)
    expect(text).toContain('role="alert"')
    expect(fixture.asked).toEqual([])
  })

  it('is spoken of by nobody but those who administer a party', async () => {
    expect((await get('/agreements/new')).response.status).toBe(401)
    expect((await get(`${running}/deliver?as=nairobi`)).response.status).toBe(401)
    await using fixture = createFixture()
    const { response } = await signedIn(fixture).submit(proposed, proposed, { as: 'quito', act: 'sign' })
    expect(response.status).toBe(403)
    expect((await get('/agreements/nothing')).response.status).toBe(404)
  })

  it('that cannot be sent is refused, and what was typed stays', async () => {
    await using fixture = createFixture()
    const path = `/agreements/drafts/${DRAFT.id}`
    const sent = await signedIn(fixture).submit(`${path}?as=nairobi`, path, {
      as: 'nairobi',
      act: 'send',
      note: 'unreachable',
    })
    expect([sent.response.status, sent.text]).toMatchObject([422, expect.stringContaining('Follow it first')])
  })

  it('is written with as many obligations as are asked for, and nothing typed is lost', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const typed = { as: 'nairobi', with: 'm', by0: 'us', amount0: '3', text0: 'Some <b>hours</b>', title: '' }
    const more = await browser.submit('/agreements/new', '/agreements/new', { ...typed, step: 'row' })
    expect(more.text).toContain('name="amount1"')
    expect(more.text).toContain('value="Some &lt;b&gt;hours&lt;/b&gt;"')
    const refused = await browser.submit('/agreements/new', '/agreements/new', typed)
    expect(refused.response.status).toBe(422)
    expect(refused.text).toMatch(/name="title"[^>]*aria-invalid="true"/)
    expect(refused.text).toMatch(/value of “[^”]*What it is about[^”]*” cannot be used/)
    expect(refused.text).toContain('value="Some &lt;b&gt;hours&lt;/b&gt;"')
  })

  it('is delivered only after its evidence was opened', async () => {
    await using fixture = createFixture()
    const browser = signedIn(fixture)
    const path = `${running}/deliver`
    const days = { from: '2026-11-01', until: '2026-11-20', as: 'nairobi', obligation: '1', amount: '1' }
    const missing = await browser.submit(`${path}?as=nairobi`, path, { ...days, path: 'missing' })
    expect([missing.response.status, missing.text]).toMatchObject([
      422,
      expect.stringContaining('No such file'),
    ])
    const bare = await browser.submit(`${path}?as=nairobi`, path, days)
    expect(bare.text).toContain('this is claimed, not delivered')
    const shown = await browser.submit(`${path}?as=nairobi`, path, { ...days, path: 'usage.csv' })
    expect(shown.text).toContain('opened and counted here')
    expect(fixture.asked).toEqual([])
    const said = await browser.submit(`${path}?as=nairobi`, path, { ...days, path: 'usage.csv', step: 'say' })
    expect(said.response.headers.get('location')).toBe(`${running}?done=yes`)
    expect(fixture.asked).toMatchObject([{ command: 'deliver', input: { path: 'usage.csv', amount: '1' } }])
  })
})
