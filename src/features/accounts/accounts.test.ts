import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { memoryLogs } from '../../../test/support/logs.ts'
import { openSqlite } from '../../adapters/sqlite/index.ts'
import type { Reason } from '../../kernel/failure.ts'
import { Handle, Name, RepositoryId } from '../../kernel/names.ts'
import type { Result } from '../../kernel/result.ts'
import { DAY, HOUR, MINUTE } from '../../kernel/time.ts'
import { type Actor, createAccounts, roleIn, type SessionActor } from './index.ts'

const CONSOLE = { kind: 'console' } as const
const PASSWORD = 'seven green bicycles'
const SET_UP = {
  handle: Handle.parse('nairobi'),
  displayName: 'Nairobi AI Institute',
  url: null,
  admin: Name.parse('amina'),
  fullName: 'Amina Odhiambo',
}

async function emptyNode() {
  const folder = await mkdtemp(join(tmpdir(), 'ayni-accounts-'))
  const database = openSqlite(join(folder, 'ayni.db'))
  let now = Date.UTC(2026, 10, 24)
  const deps = { database, clock: () => now, random: (length: number) => randomBytes(length) }
  const accounts = createAccounts({ ...deps, logs: memoryLogs(deps) })
  return {
    accounts,
    database,
    pass: (time: number) => {
      now += time
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

async function node() {
  const empty = await emptyNode()
  const { token, link } = value(await empty.accounts.initialise(SET_UP))
  return { ...empty, token, link }
}

type Node = Awaited<ReturnType<typeof node>>

function value<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`refused: ${result.failure.reason}`)
  return result.value
}

function reason(result: Result<unknown>): Reason | 'accepted' {
  return result.ok ? 'accepted' : result.failure.reason
}

async function bearer({ accounts }: Pick<Node, 'accounts'>, token: string): Promise<Actor> {
  return value(await accounts.authenticate({ authorization: `Bearer ${token}` }))
}

async function browser({ accounts }: Pick<Node, 'accounts'>, secret: string): Promise<SessionActor> {
  const actor = value(await accounts.authenticate({ cookie: `lang=fr; token=${secret}` }))
  if (actor.kind !== 'user' || actor.via !== 'session') throw new Error('not signed in')
  return actor
}

async function addUser({ accounts }: Node, name: string) {
  return value(await accounts.addUser(CONSOLE, { name: Name.parse(name), fullName: name }))
}

async function signedIn(node: Node, name: string): Promise<SessionActor> {
  const link = value(await node.accounts.createLink(CONSOLE, name))
  const { secret } = value(await node.accounts.redeemLink({ key: link.key, password: PASSWORD }))
  return browser(node, secret)
}

describe('what describes a member', () => {
  const said = ({ database }: Node) =>
    database.read
      .selectFrom('outgoing_record')
      .select('json')
      .where('type', '=', 'member-profile/1')
      .execute()

  it('is said in its log when it changes, and only then', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    expect(await accounts.member()).toMatchObject({ colour: null })
    for (const colour of ['indigo', 'indigo', 'violet'] as const)
      value(await accounts.setColour(CONSOLE, 'nairobi', colour))
    expect(await accounts.member()).toMatchObject({ colour: 'violet' })
    const bodies = (await said(fresh)).map(({ json }) => JSON.parse(json).body)
    const profile = { handle: 'nairobi', name: 'Nairobi AI Institute' }
    expect(bodies).toEqual([profile, { ...profile, colour: 'indigo' }, { ...profile, colour: 'violet' }])
  })

  it('is chosen by operators, for members that are hosted here', async () => {
    await using fresh = await node()
    await addUser(fresh, 'jose')
    const jose = await signedIn(fresh, 'jose')
    expect(reason(await fresh.accounts.setColour(jose, 'nairobi', 'olive'))).toBe('forbidden')
    expect(reason(await fresh.accounts.setColour(CONSOLE, 'lima', 'olive'))).toBe('memberNotFound')
    expect(await said(fresh)).toHaveLength(1)
  })

  it('has a country that is said in its log beside its colour, once each time that it changes', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    value(await accounts.setColour(CONSOLE, 'nairobi', 'indigo'))
    for (const country of ['KE', 'KE', 'UG']) value(await accounts.setCountry(CONSOLE, 'nairobi', country))
    expect(await accounts.member()).toMatchObject({ colour: 'indigo', country: 'UG' })
    const [, ...bodies] = (await said(fresh)).map(({ json }) => JSON.parse(json).body)
    const profile = { handle: 'nairobi', name: 'Nairobi AI Institute', colour: 'indigo' }
    expect(bodies).toEqual([profile, { ...profile, country: 'KE' }, { ...profile, country: 'UG' }])
  })

  it('has a country that operators tell, of members that are hosted here', async () => {
    await using fresh = await node()
    await addUser(fresh, 'jose')
    const jose = await signedIn(fresh, 'jose')
    expect(reason(await fresh.accounts.setCountry(jose, 'nairobi', 'KE'))).toBe('forbidden')
    expect(reason(await fresh.accounts.setCountry(CONSOLE, 'lima', 'KE'))).toBe('memberNotFound')
    expect(await said(fresh)).toHaveLength(1)
  })
})

describe('setting up', () => {
  it('creates the member, its handle as an organisation, and an operator with a write token', async () => {
    await using fresh = await node()
    const { accounts, token } = fresh
    expect(await accounts.member()).toMatchObject({ handle: 'nairobi', displayName: 'Nairobi AI Institute' })
    expect(token).toMatch(/^hf_[0-9A-Za-z]{34}$/)
    const actor = await bearer(fresh, token)
    expect(actor).toMatchObject({
      kind: 'user',
      name: 'amina',
      isOperator: true,
      via: 'token',
      scope: 'write',
    })
    expect(await accounts.roleIn(actor, 'Nairobi')).toBe('admin')
    expect(await accounts.roleIn(actor, 'amina')).toBe('admin')
    expect(await accounts.roleIn(actor, 'elsewhere')).toBeNull()
  })

  it('happens once: a second time is refused and changes nothing', async () => {
    await using fresh = await node()
    const before = await fresh.accounts.people()
    const again = { ...SET_UP, handle: Handle.parse('lima'), admin: Name.parse('jose') }
    expect(reason(await fresh.accounts.initialise(again))).toBe('alreadySetUp')
    expect(reason(await fresh.accounts.createSetUpLink())).toBe('alreadySetUp')
    expect(await fresh.accounts.people()).toEqual(before)
    expect(await fresh.accounts.account('lima')).toBeNull()
  })

  it('leaves the node empty when the person may not have the handle’s name', async () => {
    await using fresh = await emptyNode()
    const clash = { ...SET_UP, admin: Name.parse('Nairobi') }
    expect(reason(await fresh.accounts.initialise(clash))).toBe('nameTaken')
    expect(await fresh.accounts.member()).toBeNull()
  })

  it('works from a browser with the newest one-time link, once', async () => {
    await using fresh = await emptyNode()
    const { accounts } = fresh
    const older = value(await accounts.createSetUpLink())
    const { key } = value(await accounts.createSetUpLink())
    expect(value(await accounts.linkPurpose(key))).toEqual({ kind: 'set-up' })
    const wrong = await accounts.setUpByLink({ ...SET_UP, key: older.key, password: PASSWORD })
    expect(reason(wrong)).toBe('linkExpired')
    const { session } = value(await accounts.setUpByLink({ ...SET_UP, key, password: PASSWORD }))
    expect(await browser(fresh, session.secret)).toMatchObject({ name: 'amina', isOperator: true })
    expect(reason(await accounts.setUpByLink({ ...SET_UP, key, password: PASSWORD }))).toBe('linkExpired')
    expect(reason(await accounts.linkPurpose(key))).toBe('linkExpired')
  })

  it('must come before people', async () => {
    await using fresh = await emptyNode()
    const added = await fresh.accounts.addUser(CONSOLE, { name: Name.parse('jose'), fullName: '' })
    expect(reason(added)).toBe('notSetUp')
  })
})

describe('a token', () => {
  it('is accepted as Bearer and as the password of Basic, and refused when unknown', async () => {
    await using fresh = await node()
    const { accounts, token } = fresh
    const basic = Buffer.from(`anybody:${token}`).toString('base64')
    const byBasic = value(await accounts.authenticate({ authorization: `Basic ${basic}` }))
    expect(byBasic).toEqual(await bearer(fresh, token))
    const unusable = [`Bearer hf_wrong`, 'Bearer ', 'Basic !', 'Digest x', `Bearer ${'x'.repeat(9000)}`]
    for (const authorization of unusable) {
      expect(reason(await accounts.authenticate({ authorization }))).toBe('invalidCredentials')
    }
  })

  it('counts for more than a cookie', async () => {
    await using fresh = await node()
    const { secret } = value(await fresh.accounts.redeemLink({ key: fresh.link.key, password: PASSWORD }))
    const both = { authorization: 'Bearer hf_wrong', cookie: `token=${secret}` }
    expect(reason(await fresh.accounts.authenticate(both))).toBe('invalidCredentials')
  })

  it('is kept only as a hash', async () => {
    await using fresh = await node()
    const rows = await fresh.database.read.selectFrom('access_token').selectAll().execute()
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(fresh.token.slice(3))
  })

  it('is dead at the next request once revoked or once its person is removed', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    await addUser(fresh, 'jose')
    const make = async () =>
      value(await accounts.createToken(CONSOLE, { user: 'jose', displayName: '', scope: 'read' }))
    const [first, second] = [await make(), await make()]
    value(await accounts.revokeToken(CONSOLE, { user: 'JOSE', id: first.id }))
    expect(reason(await accounts.authenticate({ authorization: `Bearer ${first.token}` }))).toBe(
      'invalidCredentials',
    )
    expect(await bearer(fresh, second.token)).toMatchObject({ name: 'jose', scope: 'read' })
    const session = await signedIn(fresh, 'jose')
    value(await accounts.removeUser(CONSOLE, 'jose'))
    expect(reason(await accounts.authenticate({ authorization: `Bearer ${second.token}` }))).toBe(
      'invalidCredentials',
    )
    const left = await fresh.database.read.selectFrom('session').selectAll().execute()
    expect(left.filter((row) => row.user_id === session.userId)).toEqual([])
  })

  it('may be limited to named repositories', async () => {
    await using fresh = await node()
    const limit = { repository: RepositoryId.parse('nairobi/asr'), kind: 'model', right: 'write' } as const
    const scope = { limits: [limit] }
    const issued = value(
      await fresh.accounts.createToken(CONSOLE, { user: 'amina', displayName: 'ci', scope }),
    )
    expect(await bearer(fresh, issued.token)).toMatchObject({ scope })
    const actor = await bearer(fresh, issued.token)
    const listed = await fresh.accounts.tokensOf(actor.kind === 'user' ? actor.userId : '')
    expect(listed.find((token) => token.id === issued.id)).toMatchObject({ displayName: 'ci', scope })
  })

  it('tells when it was last used, to the hour', async () => {
    await using fresh = await node()
    const lastUse = async () => {
      const actor = await bearer(fresh, fresh.token)
      const [token] = await fresh.accounts.tokensOf(actor.kind === 'user' ? actor.userId : '')
      return token?.lastUsedAt
    }
    const first = await lastUse()
    fresh.pass(10 * MINUTE)
    expect(await lastUse()).toBe(first)
    fresh.pass(HOUR)
    expect(await lastUse()).toBe((first ?? 0) + HOUR + 10 * MINUTE)
  })

  it('cannot make tokens: that takes the person in a browser, or the console', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    const actor = await bearer(fresh, fresh.token)
    const wanted = { user: 'amina', displayName: '', scope: 'write' } as const
    expect(reason(await accounts.createToken(actor, wanted))).toBe('forbidden')
    const inBrowser = await signedIn(fresh, 'amina')
    expect(reason(await accounts.createToken(inBrowser, wanted))).toBe('accepted')
    await addUser(fresh, 'jose')
    const jose = await signedIn(fresh, 'jose')
    expect(reason(await accounts.createToken(jose, wanted))).toBe('forbidden')
    expect(reason(await accounts.createToken(jose, { ...wanted, user: 'unknown' }))).toBe('forbidden')
    expect(reason(await accounts.createToken(CONSOLE, { ...wanted, user: 'nairobi' }))).toBe(
      'accountNotFound',
    )
  })
})

describe('people and organisations', () => {
  it('share one name space without regard to case', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    const input = { name: Name.parse('AMINA'), fullName: '', owner: 'amina' }
    expect(reason(await accounts.addUser(CONSOLE, input))).toBe('nameTaken')
    expect(reason(await accounts.addOrganisation(CONSOLE, input))).toBe('nameTaken')
    expect(reason(await accounts.addUser(CONSOLE, { ...input, name: Name.parse('nairobi') }))).toBe(
      'nameTaken',
    )
  })

  it('are added by operators only', async () => {
    await using fresh = await node()
    await addUser(fresh, 'jose')
    const jose = await signedIn(fresh, 'jose')
    const amina = await signedIn(fresh, 'amina')
    const input = { name: Name.parse('mei'), fullName: 'Mei' }
    expect(reason(await fresh.accounts.addUser(jose, input))).toBe('forbidden')
    expect(reason(await fresh.accounts.addUser({ kind: 'anonymous' }, input))).toBe('signInRequired')
    expect(reason(await fresh.accounts.addUser(amina, input))).toBe('accepted')
  })

  it('are joined by roles, which their administrators give', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    await addUser(fresh, 'jose')
    await addUser(fresh, 'mei')
    value(
      await accounts.addOrganisation(CONSOLE, { name: Name.parse('lab'), fullName: 'Lab', owner: 'jose' }),
    )
    const jose = await signedIn(fresh, 'jose')
    const mei = await signedIn(fresh, 'mei')
    const give = (by: SessionActor, role: 'write' | null) =>
      accounts.setRole(by, { organisation: 'Lab', user: 'mei', role })
    expect(reason(await give(mei, 'write'))).toBe('forbidden')
    expect(reason(await give(jose, 'write'))).toBe('accepted')
    expect(await roleIn(fresh.database.read, mei, 'lab')).toBe('write')
    expect(reason(await give(mei, null))).toBe('forbidden')
    const namespaces = await accounts.namespacesOf(mei.userId)
    expect(namespaces.map(({ name, role }) => [name, role])).toEqual([
      ['mei', 'admin'],
      ['lab', 'write'],
    ])
    const lab = await accounts.account('LAB')
    const members = await accounts.membersOf(lab?.id ?? '')
    expect(members.map(({ name, role }) => [name, role])).toEqual([
      ['jose', 'admin'],
      ['mei', 'write'],
    ])
    value(await give(jose, null))
    expect(await accounts.roleIn(mei, 'lab')).toBeNull()
  })

  it('keep one operator and one administrator at least', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    await addUser(fresh, 'jose')
    expect(reason(await accounts.removeUser(CONSOLE, 'amina'))).toBe('lastOperator')
    expect(reason(await accounts.setOperator(CONSOLE, 'amina', false))).toBe('lastOperator')
    value(await accounts.setOperator(CONSOLE, 'jose', true))
    expect(reason(await accounts.removeUser(CONSOLE, 'amina'))).toBe('lastAdministrator')
    const demotion = { organisation: 'nairobi', user: 'amina', role: 'read' } as const
    expect(reason(await accounts.setRole(CONSOLE, demotion))).toBe('lastAdministrator')
    value(await accounts.setRole(CONSOLE, { organisation: 'nairobi', user: 'jose', role: 'admin' }))
    expect(reason(await accounts.removeUser(CONSOLE, 'amina'))).toBe('accepted')
  })

  it('are not removed while their namespace holds repositories', async () => {
    await using fresh = await node()
    await addUser(fresh, 'jose')
    const member = await fresh.accounts.member()
    await fresh.database.write((tx) =>
      tx
        .insertInto('repository')
        .values({
          id: 'r1',
          member_id: member?.id ?? '',
          kind: 'model',
          namespace: 'jose',
          name: 'asr',
          key: 'jose/asr',
          visibility: 'private',
          gated: 'no',
          created_at: 0,
          modified_at: 0,
        })
        .execute(),
    )
    expect(reason(await fresh.accounts.removeUser(CONSOLE, 'jose'))).toBe('accountInUse')
    expect(await fresh.accounts.countsIn('Jose', 'read')).toEqual({ models: 1, datasets: 0 })
    expect(await fresh.accounts.countsIn('jose', null)).toEqual({ models: 0, datasets: 0 })
  })

  it('are listed for operators with what they have', async () => {
    await using fresh = await node()
    await addUser(fresh, '__DUMMY_HUB_USER__')
    const people = await fresh.accounts.people()
    expect(
      people.map(({ name, isOperator, hasPassword, tokens }) => [name, isOperator, hasPassword, tokens]),
    ).toEqual([
      ['__DUMMY_HUB_USER__', false, false, 0],
      ['amina', true, false, 1],
    ])
    expect(await fresh.accounts.organisations()).toMatchObject([{ name: 'nairobi', members: 1 }])
  })
})

describe('signing in', () => {
  const attempt = { name: 'amina', password: PASSWORD, address: '192.0.2.1' }

  async function withPassword() {
    const fresh = await node()
    const { secret } = value(await fresh.accounts.redeemLink({ key: fresh.link.key, password: PASSWORD }))
    return { ...fresh, secret }
  }

  it('gives a session of thirty days, a new one each time, and ends the one before', async () => {
    await using fresh = await withPassword()
    const { accounts } = fresh
    const first = value(await accounts.signIn({ ...attempt, name: 'AMINA' }))
    const second = value(await accounts.signIn({ ...attempt, previous: first.secret }))
    expect(second.secret).not.toBe(first.secret)
    expect(await browser(fresh, second.secret)).toMatchObject({ name: 'amina', via: 'session' })
    expect(value(await accounts.authenticate({ cookie: `token=${first.secret}` }))).toEqual({
      kind: 'anonymous',
    })
    fresh.pass(30 * DAY)
    expect(value(await accounts.authenticate({ cookie: `token=${second.secret}` }))).toEqual({
      kind: 'anonymous',
    })
  })

  it('ends with signing out', async () => {
    await using fresh = await withPassword()
    await fresh.accounts.signOut(fresh.secret)
    const after = await fresh.accounts.authenticate({ cookie: `token=${fresh.secret}` })
    expect(value(after)).toEqual({ kind: 'anonymous' })
  })

  it('keeps neither password nor cookie in the clear', async () => {
    await using fresh = await withPassword()
    const rows = [
      ...(await fresh.database.read.selectFrom('account').select('password_hash').execute()),
      ...(await fresh.database.read.selectFrom('session').selectAll().execute()),
    ]
    expect(
      rows.some((row) => 'password_hash' in row && row.password_hash?.startsWith('$argon2id$v=19$')),
    ).toBe(true)
    expect(JSON.stringify(rows)).not.toContain(PASSWORD)
    expect(JSON.stringify(rows)).not.toContain(fresh.secret)
  })

  it('gives one answer for a wrong password, an unknown name, an organisation and a person without a password', async () => {
    await using fresh = await withPassword()
    await addUser(fresh, 'jose')
    for (const name of ['amina', 'nobody', 'nairobi', 'jose']) {
      const answer = await fresh.accounts.signIn({ ...attempt, name, password: 'not the password' })
      expect(reason(answer)).toBe('wrongPassword')
    }
  })

  it('slows down for a name, from whatever address, even when all guesses come at once', async () => {
    await using fresh = await withPassword()
    const guesses = Array.from({ length: 12 }, (_, index) =>
      fresh.accounts.signIn({
        name: 'amina',
        password: `guess number ${index}`,
        address: `192.0.2.${index}`,
      }),
    )
    const answers = (await Promise.all(guesses)).map(reason)
    expect(answers.filter((answer) => answer === 'wrongPassword')).toHaveLength(5)
    expect(answers.filter((answer) => answer === 'tooManyAttempts')).toHaveLength(7)
    expect(reason(await fresh.accounts.signIn(attempt))).toBe('tooManyAttempts')
    fresh.pass(MINUTE)
    expect(reason(await fresh.accounts.signIn(attempt))).toBe('accepted')
    expect(reason(await fresh.accounts.signIn(attempt))).toBe('accepted')
  })

  it('slows down for an address, whatever names it tries, and a success does not hide the search', async () => {
    await using fresh = await withPassword()
    for (let index = 0; index < 20; index++) {
      const answer = await fresh.accounts.signIn({ ...attempt, name: `name-${index}`, password: 'guessed' })
      expect(reason(answer)).toBe('wrongPassword')
      if (index === 10) expect(reason(await fresh.accounts.signIn(attempt))).toBe('accepted')
    }
    expect(reason(await fresh.accounts.signIn({ ...attempt, name: 'another' }))).toBe('tooManyAttempts')
    expect(reason(await fresh.accounts.signIn({ ...attempt, address: '192.0.2.2' }))).toBe('accepted')
  })

  it('forgets failures after a day', async () => {
    await using fresh = await withPassword()
    await fresh.accounts.signIn({ ...attempt, password: 'wrong' })
    fresh.pass(DAY)
    await fresh.accounts.signIn({ ...attempt, address: '192.0.2.2' })
    expect(await fresh.database.read.selectFrom('sign_in_attempt').selectAll().execute()).toEqual([])
  })
})

describe('a password', () => {
  it('is chosen with a one-time link that works once and dies with the next one', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    const { link: older } = await addUser(fresh, 'jose')
    const { key } = value(await accounts.createLink(CONSOLE, 'jose'))
    expect(value(await accounts.linkPurpose(key))).toEqual({
      kind: 'password',
      name: 'jose',
      fullName: 'jose',
    })
    expect(reason(await accounts.redeemLink({ key: older.key, password: PASSWORD }))).toBe('linkExpired')
    expect(reason(await accounts.redeemLink({ key, password: 'short' }))).toBe('weakPassword')
    const { secret } = value(await accounts.redeemLink({ key, password: PASSWORD }))
    expect(await browser(fresh, secret)).toMatchObject({ name: 'jose' })
    expect(reason(await accounts.redeemLink({ key, password: PASSWORD }))).toBe('linkExpired')
  })

  it('cannot be chosen with a link older than a week, nor the node be set up with a password link', async () => {
    await using fresh = await node()
    fresh.pass(7 * DAY)
    const { key } = fresh.link
    expect(reason(await fresh.accounts.redeemLink({ key, password: PASSWORD }))).toBe('linkExpired')
    await using empty = await emptyNode()
    const setUp = value(await empty.accounts.createSetUpLink())
    expect(reason(await empty.accounts.redeemLink({ key: setUp.key, password: PASSWORD }))).toBe(
      'linkExpired',
    )
  })

  it('is changed with the current one; other browsers are signed out', async () => {
    await using fresh = await node()
    const { accounts } = fresh
    const amina = await signedIn(fresh, 'amina')
    const address = '192.0.2.1'
    const elsewhere = value(await accounts.signIn({ name: 'amina', password: PASSWORD, address }))
    const change = { current: PASSWORD, next: 'eight purple tractors', address }
    expect(reason(await accounts.setPassword(amina, { ...change, current: 'wrong' }))).toBe('wrongPassword')
    expect(reason(await accounts.setPassword(amina, { ...change, next: 'short' }))).toBe('weakPassword')
    const { secret } = value(await accounts.setPassword(amina, change))
    expect(await browser(fresh, secret)).toMatchObject({ name: 'amina' })
    const after = await accounts.authenticate({ cookie: `token=${elsewhere.secret}` })
    expect(value(after)).toEqual({ kind: 'anonymous' })
    expect(reason(await accounts.signIn({ name: 'amina', password: PASSWORD, address }))).toBe(
      'wrongPassword',
    )
  })
})
