import { describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../support/test-node.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

const post = (node: TestNode, path: string, body: unknown, token?: string | null) =>
  node.fetch(path, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify(body),
    ...(token !== undefined && { token }),
  })

async function create(node: TestNode, name: string, more: Record<string, unknown> = {}): Promise<Response> {
  return post(node, '/api/repos/create', { name, organization: 'nairobi', ...more })
}

const line = (key: string, value: unknown) => JSON.stringify({ key, value })
const file = (path: string, text: string) =>
  line('file', { path, content: Buffer.from(text).toString('base64'), encoding: 'base64' })

function commit(
  node: TestNode,
  repository: string,
  lines: readonly string[],
  header: object = { summary: 'Change' },
) {
  return node.fetch(`/api/models/${repository}/commit/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: [line('header', header), ...lines].join('\n'),
  })
}

const code = (response: Response) => response.headers.get('x-error-code')

describe('creating a repository', () => {
  it('answers with an address on the host the client used', async () => {
    await using node = await testNode()
    const made = await node.fetch('/api/repos/create', {
      method: 'POST',
      headers: { ...JSON_TYPE, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hub.nairobi.example' },
      body: JSON.stringify({ name: 'asr', organization: 'nairobi' }),
    })
    expect(await made.json()).toMatchObject({
      url: 'https://hub.nairobi.example/nairobi/asr',
      name: 'nairobi/asr',
    })
  })

  it('again answers 409 with the address, which clients read', async () => {
    await using node = await testNode()
    await create(node, 'asr')
    const again = await create(node, 'ASR')
    expect(again.status).toBe(409)
    expect(await again.json()).toMatchObject({ url: expect.stringContaining('/nairobi/ASR') })
  })

  it.each([
    [{ visibility: 'private' }, true],
    [{ private: true }, true],
    [{ visibility: 'public' }, false],
    [{ private: true, visibility: 'public' }, true],
    [{}, false],
  ])('with %j is private: %s', async (settings, isPrivate) => {
    await using node = await testNode()
    await create(node, 'asr', settings)
    expect(await (await node.fetch('/api/models/nairobi/asr')).json()).toMatchObject({ private: isPrivate })
  })

  it.each(['a--b', 'x.git', 'é', '../x', ''])('refuses the name %j and says which field', async (name) => {
    await using node = await testNode()
    const refused = await create(node, name)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ reason: 'invalidName', field: 'name' })
  })

  it('is for those who may write in the namespace', async () => {
    await using node = await testNode()
    const stranger = await node.addUser('__DUMMY_HUB_USER__')
    expect(
      (await post(node, '/api/repos/create', { name: 'x', organization: 'nairobi' }, stranger)).status,
    ).toBe(403)
    expect((await post(node, '/api/repos/create', { name: 'x' }, null)).status).toBe(401)
    expect((await post(node, '/api/repos/create', { name: 'x' }, stranger)).status).toBe(200)
  })
})

describe('a private repository', () => {
  const ROUTES = [
    '/api/models/nairobi/secret',
    '/api/models/nairobi/secret/revision/main',
    '/api/models/nairobi/secret/tree/main',
    '/api/models/nairobi/secret/refs',
    '/api/models/nairobi/secret/commits/main',
    '/api/models/nairobi/secret/auth-check',
    '/api/models/nairobi/secret/xet-read-token/main',
    '/nairobi/secret/resolve/main/README.md',
    '/api/ayni/v1/models/nairobi/secret/weights',
  ]

  it.each(ROUTES)('answers %s as one that does not exist', async (route) => {
    await using node = await testNode()
    await create(node, 'secret', { private: true })
    await commit(node, 'nairobi/secret', [file('README.md', '# Secret')])
    const other = await node.addUser('other')
    for (const token of [null, other]) {
      const there = await node.fetch(route, { token })
      const nowhere = await node.fetch(route.replace('secret', 'nothing'), { token })
      expect([there.status, code(there), await there.text()]).toEqual([
        nowhere.status,
        code(nowhere),
        await nowhere.text(),
      ])
      expect(there.status).toBe(token === null ? 401 : 404)
      expect(code(there)).toBe('RepoNotFound')
    }
  })

  it('is in no list, no search and no count of others', async () => {
    await using node = await testNode()
    await create(node, 'secret', { private: true })
    await commit(node, 'nairobi/secret', [file('README.md', '---\ntags: [whisper]\n---\n# Secret whisper')])
    const lists = [
      '/api/models',
      '/api/models?search=whisper',
      '/api/models?filter=whisper',
      '/api/models-tags-by-type',
    ]
    for (const list of lists) {
      expect(await (await node.fetch(list, { token: null })).text()).not.toMatch(/secret|whisper/)
    }
    expect(await (await node.fetch('/api/models?search=whisper')).json()).toHaveLength(1)
    const overview = await (await node.fetch('/api/organizations/nairobi/overview', { token: null })).json()
    expect(overview).toMatchObject({ numModels: 0 })
  })
})

describe('reading files', () => {
  async function withFile(): Promise<TestNode> {
    const node = await testNode()
    await create(node, 'asr')
    await commit(node, 'nairobi/asr', [
      file('README.md', '# Swahili\n'),
      file('empty.txt', ''),
      file('a b/ü?.txt', 'x'),
    ])
    return node
  }

  it('HEAD says commit, ETag and length', async () => {
    await using node = await withFile()
    const head = await node.fetch('/nairobi/asr/resolve/main/README.md', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('x-repo-commit')).toMatch(/^[0-9a-f]{40}$/)
    expect(head.headers.get('content-length')).toBe('10')
    expect(head.headers.get('accept-ranges')).toBe('bytes')
  })

  it.each([
    [{ range: 'bytes=2-4' }, 206, 'Swa', 'bytes 2-4/10'],
    [{ range: 'bytes=-3' }, 206, 'li\n', 'bytes 7-9/10'],
    [{ range: 'bytes=10-' }, 416, null, 'bytes */10'],
  ])('with %j answers %i', async (headers, status, body, contentRange) => {
    await using node = await withFile()
    const part = await node.fetch('/nairobi/asr/resolve/main/README.md', { headers })
    expect(part.status).toBe(status)
    expect(part.headers.get('content-range')).toBe(contentRange)
    if (body !== null) expect(await part.text()).toBe(body)
  })

  it('is not modified for whoever has it, and whole for whoever has an older one', async () => {
    await using node = await withFile()
    const url = '/nairobi/asr/resolve/main/README.md'
    const etag = (await node.fetch(url)).headers.get('etag') ?? ''
    expect((await node.fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await node.fetch(url, { headers: { 'if-range': '"older"', range: 'bytes=2-' } })).status).toBe(
      200,
    )
    expect((await node.fetch(url, { headers: { 'if-range': etag, range: 'bytes=2-' } })).status).toBe(206)
  })

  it('finds awful names', async () => {
    await using node = await withFile()
    const found = await node.fetch(
      `/nairobi/asr/resolve/main/${encodeURIComponent('a b')}/${encodeURIComponent('ü?.txt')}`,
    )
    expect(await found.text()).toBe('x')
  })

  it.each(['nothing.txt', '..%2f..%2fetc%2fpasswd', '%2e%2e/README.md', 'README.md/x', '%ff', 'a%00b'])(
    'finds nothing at %s, and never outside',
    async (path) => {
      await using node = await withFile()
      const response = await node.fetch(`/nairobi/asr/resolve/main/${path}`)
      expect([400, 404]).toContain(response.status)
      expect(await response.text()).not.toContain('Swahili')
    },
  )

  it('says with the commit that a file is not there, so that clients remember', async () => {
    await using node = await withFile()
    const missing = await node.fetch('/nairobi/asr/resolve/main/nothing.txt')
    expect(code(missing)).toBe('EntryNotFound')
    expect(missing.headers.get('x-repo-commit')).toMatch(/^[0-9a-f]{40}$/)
    expect(code(await node.fetch('/nairobi/asr/resolve/nope/README.md'))).toBe('RevisionNotFound')
  })

  it('sends nothing that a browser would run', async () => {
    await using node = await withFile()
    await commit(node, 'nairobi/asr', [file('x.html', '<script>alert(1)</script>'), file('x.svg', '<svg/>')])
    for (const path of ['x.html', 'x.svg', 'README.md']) {
      const { headers } = await node.fetch(`/nairobi/asr/resolve/main/${path}`)
      expect(headers.get('content-security-policy')).toContain('sandbox')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-type')).toMatch(/^(text\/plain|application\/octet-stream)/)
    }
  })

  it('follows a moved repository by a relative redirect', async () => {
    await using node = await withFile()
    await post(node, '/api/repos/move', { fromRepo: 'nairobi/asr', toRepo: 'nairobi/speech' })
    const moved = await node.fetch('/nairobi/asr/resolve/main/README.md')
    expect([moved.status, moved.headers.get('location')]).toEqual([
      307,
      '/nairobi/speech/resolve/main/README.md',
    ])
  })
})

describe('a gated repository', () => {
  it('shows what it is and keeps its files', async () => {
    await using node = await testNode()
    await create(node, 'asr')
    await commit(node, 'nairobi/asr', [file('README.md', '# Swahili')])
    await node.fetch('/api/models/nairobi/asr/settings', {
      method: 'PUT',
      headers: JSON_TYPE,
      body: JSON.stringify({ gated: 'manual' }),
    })
    const other = await node.addUser('other')
    expect(await (await node.fetch('/api/models/nairobi/asr', { token: other })).json()).toMatchObject({
      gated: 'manual',
    })
    for (const route of [
      '/nairobi/asr/resolve/main/README.md',
      '/api/models/nairobi/asr/xet-read-token/main',
    ]) {
      const refused = await node.fetch(route, { token: other })
      expect([refused.status, code(refused)]).toEqual([403, 'GatedRepo'])
      expect((await node.fetch(route, { token: null })).status).toBe(401)
      expect((await node.fetch(route)).status).toBe(200)
    }
  })
})

describe('committing', () => {
  it.each([
    ['an unknown operation', [line('renamedFile', { path: 'a', newPath: 'b' })], 400, 'unknownOperation'],
    ['a path with a backslash', [file('..\\ddd', 'x')], 422, 'invalidPath'],
    ['a path that climbs', [file('a/../../b', 'x')], 422, 'invalidPath'],
    ['no JSON', ['{"key":'], 400, 'badRequest'],
    ['a value that is no object', ['{"key":"file","value":7}'], 400, 'invalidField'],
    ['a hash that is none', [line('lfsFile', { path: 'a', oid: 'xyz', size: 1 })], 400, 'invalidField'],
    [
      'bytes that never came',
      [line('lfsFile', { path: 'a', oid: 'a'.repeat(64), size: 1 })],
      400,
      'missingContent',
    ],
    ['a missing file deleted', [line('deletedFile', { path: 'nothing' })], 404, 'entryNotFound'],
  ])('%s changes nothing', async (_what, lines, status, reason) => {
    await using node = await testNode()
    await create(node, 'asr')
    const before = await (await node.fetch('/api/models/nairobi/asr')).json()
    const refused = await commit(node, 'nairobi/asr', [file('kept.txt', 'x'), ...lines])
    expect(refused.status).toBe(status)
    expect(await refused.json()).toMatchObject({ reason })
    expect(await (await node.fetch('/api/models/nairobi/asr')).json()).toEqual(before)
  })

  it('refuses a line longer than any regular file before it is whole', async () => {
    await using node = await testNode()
    await create(node, 'asr')
    const refused = await commit(node, 'nairobi/asr', [file('big.txt', 'x'.repeat(11 * 1024 * 1024))])
    expect(refused.status).toBe(413)
  })

  it('refuses more operations than it takes', async () => {
    await using node = await testNode()
    await create(node, 'asr')
    const lines = Array.from({ length: 100_001 }, (_, index) => line('deletedFile', { path: `f${index}` }))
    const refused = await commit(node, 'nairobi/asr', lines)
    expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([
      413,
      'tooManyFiles',
    ])
  })

  it('tells the sentence in the language asked for, and keeps the header in ASCII', async () => {
    await using node = await testNode()
    const asked = await node.fetch('/api/models/nairobi/none', { headers: { 'accept-language': 'ru' } })
    expect(await asked.text()).toMatch(/[а-я]/)
    expect(asked.headers.get('x-error-message')).toBe('Repository not found')
  })
})

describe('lists', () => {
  it('go on by an absolute link that repeats the query', async () => {
    await using node = await testNode()
    for (const name of ['a', 'b', 'c']) await create(node, name)
    const seen: string[] = []
    let next: string | null = '/api/models?author=nairobi&limit=2&sort=createdAt'
    while (next !== null) {
      const page: Response = await node.fetch(next)
      seen.push(...((await page.json()) as { id: string }[]).map(({ id }) => id))
      const link = /<(https?:\/\/[^>]+)>;\s+rel="([^"]+)"/.exec(page.headers.get('link') ?? '')
      next = link?.[1] ?? null
      if (next) expect(new URL(next).searchParams.get('author')).toBe('nairobi')
    }
    expect(seen).toEqual(['nairobi/c', 'nairobi/b', 'nairobi/a'])
  })

  it('refuse an unknown expand in the words clients parse', async () => {
    await using node = await testNode()
    const refused = await node.fetch('/api/models?expand=nonsense')
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      error: expect.stringMatching(/^"expand" must be one of \[author, /),
    })
  })

  it('page through a tree in the commit where they began', async () => {
    await using node = await testNode()
    await create(node, 'asr')
    await commit(
      node,
      'nairobi/asr',
      ['a', 'b', 'c'].map((name) => file(name, name)),
    )
    const first = await node.fetch('/api/models/nairobi/asr/tree/main?limit=2')
    await commit(node, 'nairobi/asr', [line('deletedFile', { path: 'a' }), file('b2', 'new')])
    const next = /<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const rest = (await (await node.fetch(next)).json()) as { path: string }[]
    expect(rest.map(({ path }) => path)).toEqual(['b', 'c'])
  })
})

describe('what is not built', () => {
  it.each([
    ['POST', '/oauth/device'],
    ['GET', '/api/models/nairobi/asr/discussions'],
    ['POST', '/api/models/nairobi/asr/duplicate'],
    ['GET', '/api/collections'],
    ['GET', '/nairobi/asr.git/info/refs?service=git-upload-pack'],
  ])('%s %s answers 501 with a sentence', async (method, path) => {
    await using node = await testNode()
    const response = await node.fetch(path, { method })
    expect(response.status).toBe(501)
    expect(((await response.json()) as { error: string }).error.length).toBeGreaterThan(20)
  })
})

describe('a request with a cookie', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 401],
    [{ origin: 'http://localhost' }, 401],
  ])('from %j answers %i: another site changes nothing here', async (headers, status) => {
    await using node = await testNode()
    const response = await node.fetch('/api/repos/create', {
      method: 'POST',
      token: null,
      headers: { ...JSON_TYPE, ...headers, cookie: 'x=y' },
      body: JSON.stringify({ name: 'x' }),
    })
    expect(response.status).toBe(status)
  })
})

describe('a deleted account', () => {
  it('ends its tokens and what was issued for them at once', async () => {
    await using node = await testNode()
    const token = await node.addUser('leaving')
    await create(node, 'asr')
    const issued = await node.fetch('/api/models/nairobi/asr/xet-read-token/main', { token })
    const { accessToken } = (await issued.json()) as { accessToken: string }
    const ask = async (bearer: string, path: string) => (await node.fetch(path, { token: bearer })).status
    const content = `/cas/x/v2/reconstructions/${'0'.repeat(64)}`
    expect([await ask(token, '/api/whoami-v2'), await ask(accessToken, content)]).toEqual([200, 404])
    await node.node.accounts.removeUser({ kind: 'console' }, 'leaving')
    expect([await ask(token, '/api/whoami-v2'), await ask(accessToken, content)]).toEqual([401, 401])
  })
})
