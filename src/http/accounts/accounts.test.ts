import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { memoryLogs } from '../../../test/support/logs.ts'
import { openSqlite } from '../../adapters/sqlite/index.ts'
import { createAccounts } from '../../features/accounts/index.ts'
import { failure } from '../../kernel/failure.ts'
import { Handle, Name, RepositoryId } from '../../kernel/names.ts'
import { fail } from '../../kernel/result.ts'
import { createTranslators } from '../../web/i18n/index.ts'
import { createApp } from '../app.ts'
import { accountRoutes } from './index.ts'

const CONSOLE = { kind: 'console' } as const

async function node() {
  const folder = await mkdtemp(join(tmpdir(), 'ayni-account-routes-'))
  const database = openSqlite(join(folder, 'ayni.db'))
  const random = (length: number) => randomBytes(length)
  const deps = { database, clock: () => Date.UTC(2026, 10, 24, 5), random }
  const accounts = createAccounts({ ...deps, logs: memoryLogs(deps) })
  const founded = await accounts.initialise({
    handle: Handle.parse('nairobi'),
    displayName: 'Nairobi AI Institute',
    url: null,
    admin: Name.parse('__DUMMY_HUB_USER__'),
    fullName: 'Dummy User',
  })
  if (!founded.ok) throw new Error(founded.failure.reason)
  const log = { info() {}, warn() {}, error() {} }
  const routes = [accountRoutes({ accounts })]
  const assertions = { believe: async () => fail(failure('invalidAssertion')) }
  const app = createApp({ accounts, assertions, translators: createTranslators(), random, log, routes })
  return {
    accounts,
    token: founded.value.token,
    async get(path: string, token?: string) {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await app.request(path, { headers })
      return { status: response.status, headers: response.headers, body: await response.json() }
    },
    app,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

describe('whoami-v2', () => {
  it('tells who a token belongs to, its reach, and the organisations with the person’s role', async () => {
    await using fresh = await node()
    const { status, body } = await fresh.get('/api/whoami-v2', fresh.token)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      type: 'user',
      name: '__DUMMY_HUB_USER__',
      fullname: 'Dummy User',
      emailVerified: false,
      isPro: false,
      canPay: false,
      periodEnd: null,
      orgs: [{ type: 'org', name: 'nairobi', fullname: 'Nairobi AI Institute', roleInOrg: 'admin' }],
      auth: {
        type: 'access_token',
        accessToken: { displayName: 'init', role: 'write', createdAt: '2026-11-24T05:00:00.000Z' },
      },
    })
  })

  it('calls a limited token what the clients call it', async () => {
    await using fresh = await node()
    const limit = { repository: RepositoryId.parse('nairobi/asr'), kind: 'model', right: 'read' } as const
    const issued = await fresh.accounts.createToken(CONSOLE, {
      user: '__DUMMY_HUB_USER__',
      displayName: 'ci',
      scope: { limits: [limit] },
    })
    if (!issued.ok) throw new Error(issued.failure.reason)
    const { body } = await fresh.get('/api/whoami-v2', issued.value.token)
    expect(body.auth.accessToken.role).toBe('fineGrained')
  })

  it.each([undefined, 'hf_wrong'])(
    'is refused with 401 and no code that means a repository (token %s)',
    async (token) => {
      await using fresh = await node()
      const { status, headers, body } = await fresh.get('/api/whoami-v2', token)
      expect(status).toBe(401)
      expect(headers.get('x-error-code')).toBeNull()
      expect(body.error).toBe('Invalid credentials in Authorization header')
    },
  )
})

describe('overviews', () => {
  it('of a person names what is public of them', async () => {
    await using fresh = await node()
    const { status, body } = await fresh.get('/api/users/__dummy_hub_user__/overview')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      user: '__DUMMY_HUB_USER__',
      fullname: 'Dummy User',
      numModels: 0,
      orgs: [{ name: 'nairobi' }],
    })
  })

  it('of an organisation counts its people and repositories', async () => {
    await using fresh = await node()
    const { body } = await fresh.get('/api/organizations/nairobi/overview')
    expect(body).toMatchObject({ name: 'nairobi', numUsers: 1, numModels: 0, numDatasets: 0 })
  })

  it.each([
    '/api/users/nairobi/overview',
    '/api/organizations/unknown/overview',
    '/api/users/unknown/followers',
  ])('of nobody are not found: %s', async (path) => {
    await using fresh = await node()
    expect((await fresh.get(path)).status).toBe(404)
  })
})

describe('lists of people', () => {
  it('name the members of an organisation to whoever is signed in', async () => {
    await using fresh = await node()
    expect((await fresh.get('/api/organizations/nairobi/members')).status).toBe(401)
    const { body } = await fresh.get('/api/organizations/nairobi/members', fresh.token)
    expect(body).toMatchObject([{ user: '__DUMMY_HUB_USER__', type: 'user', role: 'admin' }])
  })

  it('of followers are empty: people do not follow people here', async () => {
    await using fresh = await node()
    expect((await fresh.get('/api/users/__DUMMY_HUB_USER__/following')).body).toEqual([])
    expect((await fresh.get('/api/organizations/nairobi/followers')).body).toEqual([])
  })
})

describe('a picture', () => {
  it('is drawn for every account at the address its overview gives', async () => {
    await using fresh = await node()
    const { body } = await fresh.get('/api/organizations/nairobi/overview')
    const response = await fresh.app.request(body.avatarUrl)
    expect(response.headers.get('content-type')).toBe('image/svg+xml')
    expect(await response.text()).toMatch(/^<svg .*>N<\/text><\/svg>$/)
    expect((await fresh.app.request('/avatars/unknown.svg')).status).toBe(404)
  })
})
