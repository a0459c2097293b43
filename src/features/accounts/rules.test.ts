import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Name, RepositoryId } from '../../kernel/names.ts'
import { DAY, MINUTE, SECOND } from '../../kernel/time.ts'
import {
  ADDRESS_THROTTLE,
  addressUnit,
  ATTEMPT_LIFE,
  includesRight,
  NAME_THROTTLE,
  refusalOf,
  refusalOfName,
  refusalOfPassword,
  refusalToCreate,
  refusalToEnrol,
  refusalToManage,
  refusalToOperate,
  rightTo,
  throttleWait,
} from './rules.ts'
import type { Actor, GovernedRepository, Role, Scope, UserActor } from './types.ts'

const anonymous: Actor = { kind: 'anonymous' }

const person = {
  kind: 'user',
  userId: 'u1',
  name: Name.parse('amina'),
  fullName: 'Amina',
  isOperator: false,
} as const
const inBrowser: UserActor = { ...person, via: 'session', scope: 'write' }

function withToken(scope: Scope): UserActor {
  return { ...person, via: 'token', scope, token: { id: 't1', displayName: 'laptop', createdAt: 0 } }
}

const roles = fc.constantFrom<Role | null>(null, 'read', 'write', 'admin')
const names = fc.constantFrom('amina', 'Amina', 'nairobi', 'other')
const repositories: fc.Arbitrary<GovernedRepository> = fc.record({
  kind: fc.constantFrom('model', 'dataset'),
  namespace: names,
  name: fc.constantFrom('asr', 'ASR', 'corpus'),
  visibility: fc.constantFrom('public', 'private'),
})
const limits = fc.record({
  repository: fc
    .constantFrom('amina/asr', 'nairobi/asr', 'NAIROBI/corpus')
    .map((id) => RepositoryId.parse(id)),
  kind: fc.constantFrom<'model' | 'dataset'>('model', 'dataset'),
  right: fc.constantFrom<'read' | 'write'>('read', 'write'),
})
const scopes: fc.Arbitrary<Scope> = fc.oneof(
  fc.constantFrom<'read' | 'write'>('read', 'write'),
  fc.record({ limits: fc.array(limits, { maxLength: 3 }) }),
)
const actors: fc.Arbitrary<Actor> = fc.oneof(
  fc.constantFrom<Actor>(anonymous, inBrowser),
  scopes.map((scope) => withToken(scope)),
)

describe('the right to a repository', () => {
  it('is at least reading for everybody when it is public', () => {
    fc.assert(
      fc.property(actors, roles, repositories, (actor, role, repository) => {
        const right = rightTo(actor, role, { ...repository, visibility: 'public' })
        expect(includesRight(right, 'read')).toBe(true)
      }),
    )
  })

  it('is none for a stranger when it is private', () => {
    fc.assert(
      fc.property(scopes, repositories, (scope, repository) => {
        const foreign = { ...repository, namespace: 'other', visibility: 'private' } as const
        expect(rightTo(anonymous, null, foreign)).toBe('none')
        expect(rightTo(withToken(scope), null, foreign)).toBe('none')
      }),
    )
  })

  it('never grows with a token: the browser session of the same person may do all of it', () => {
    fc.assert(
      fc.property(scopes, roles, repositories, (scope, role, repository) => {
        const bySession = rightTo(inBrowser, role, repository)
        expect(includesRight(bySession, rightTo(withToken(scope), role, repository))).toBe(true)
      }),
    )
  })

  it('never shrinks with a higher role', () => {
    const rising = [null, 'read', 'write', 'admin'] as const
    fc.assert(
      fc.property(actors, repositories, fc.nat(2), (actor, repository, lower) => {
        const less = rightTo(actor, rising[lower] ?? null, repository)
        const more = rightTo(actor, rising[lower + 1] ?? null, repository)
        expect(includesRight(more, less)).toBe(true)
      }),
    )
  })

  it('is administration in one’s own namespace, in any case of its name', () => {
    const own = { kind: 'model', namespace: 'AMINA', name: 'x', visibility: 'private' } as const
    expect(rightTo(inBrowser, null, own)).toBe('admin')
    expect(rightTo(withToken('write'), null, own)).toBe('admin')
    expect(rightTo(withToken('read'), null, own)).toBe('read')
  })

  it('of a limited token reaches the repositories it names and no others', () => {
    const limit = { repository: RepositoryId.parse('nairobi/asr'), kind: 'model', right: 'write' } as const
    const token = withToken({ limits: [limit] })
    const named = { kind: 'model', namespace: 'Nairobi', name: 'ASR', visibility: 'private' } as const
    expect(rightTo(token, 'admin', named)).toBe('write')
    expect(rightTo(token, 'read', named)).toBe('read')
    expect(rightTo(token, null, named)).toBe('none')
    expect(rightTo(token, 'admin', { ...named, kind: 'dataset' })).toBe('none')
    expect(rightTo(token, 'admin', { ...named, name: 'other' })).toBe('none')
    expect(rightTo(token, 'admin', { ...named, name: 'other', visibility: 'public' })).toBe('read')
  })
})

describe('a refusal', () => {
  it('is given exactly when the right is missing', () => {
    const needs = fc.constantFrom<Role>('read', 'write', 'admin')
    fc.assert(
      fc.property(needs, actors, roles, repositories, (needed, actor, role, repository) => {
        const may = includesRight(rightTo(actor, role, repository), needed)
        expect(refusalOf(needed, actor, role, repository) === null).toBe(may)
      }),
    )
  })

  it('of a private repository is the same as of one that does not exist', () => {
    fc.assert(
      fc.property(actors, repositories, (actor, repository) => {
        const hidden = { ...repository, namespace: 'other', visibility: 'private' } as const
        expect(refusalOf('write', actor, null, hidden)).toEqual(refusalOf('write', actor, null, null))
      }),
    )
  })

  const open = { kind: 'model', namespace: 'nairobi', name: 'asr', visibility: 'public' } as const
  const closed = { ...open, visibility: 'private' } as const
  it.each([
    ['read', anonymous, null, closed, 'repositoryHidden'],
    ['read', anonymous, null, null, 'repositoryHidden'],
    ['write', anonymous, null, open, 'signInRequired'],
    ['read', inBrowser, null, closed, 'repositoryNotFound'],
    ['read', inBrowser, null, null, 'repositoryNotFound'],
    ['write', inBrowser, null, open, 'forbidden'],
    ['write', inBrowser, 'read', closed, 'forbidden'],
    ['admin', inBrowser, 'write', open, 'forbidden'],
    ['write', withToken('read'), 'write', open, 'readOnlyToken'],
    ['write', withToken('read'), 'read', open, 'forbidden'],
    ['write', withToken({ limits: [] }), 'admin', open, 'readOnlyToken'],
    ['read', withToken({ limits: [] }), 'admin', closed, 'repositoryNotFound'],
  ] as const)('to %s is what the clients expect (case %#)', (needed, actor, role, repository, reason) => {
    expect(refusalOf(needed, actor, role, repository)?.reason).toBe(reason)
  })

  it.each([
    [anonymous, null, 'signInRequired'],
    [inBrowser, null, 'forbidden'],
    [inBrowser, 'read', 'forbidden'],
    [inBrowser, 'write', undefined],
    [withToken('write'), 'admin', undefined],
    [withToken('read'), 'admin', 'readOnlyToken'],
    [withToken({ limits: [] }), 'admin', 'readOnlyToken'],
  ] as const)('to create is what the clients expect (case %#)', (actor, role, reason) => {
    expect(refusalToCreate(actor, role)?.reason).toBe(reason)
  })
})

describe('managing the node', () => {
  const operator = { ...inBrowser, isOperator: true } as const
  const operatorsToken = { ...withToken('write'), isOperator: true } as const

  it('is for the console and for operators in a browser, never for a token', () => {
    expect(refusalToOperate({ kind: 'console' })).toBeNull()
    expect(refusalToOperate(operator)).toBeNull()
    expect(refusalToOperate(operatorsToken)?.reason).toBe('forbidden')
    expect(refusalToOperate(inBrowser)?.reason).toBe('forbidden')
    expect(refusalToOperate(anonymous)?.reason).toBe('signInRequired')
  })

  it('lets a person manage their own credentials in a browser, and nobody else’s', () => {
    expect(refusalToManage(inBrowser, 'u1')).toBeNull()
    expect(refusalToManage(inBrowser, 'u2')?.reason).toBe('forbidden')
    expect(refusalToManage(withToken('write'), 'u1')?.reason).toBe('forbidden')
    expect(refusalToManage(operator, 'u2')).toBeNull()
  })

  it('lets the administrators of an organisation say who belongs to it', () => {
    expect(refusalToEnrol(inBrowser, 'admin')).toBeNull()
    expect(refusalToEnrol(inBrowser, 'write')?.reason).toBe('forbidden')
    expect(refusalToEnrol(withToken('write'), 'admin')?.reason).toBe('forbidden')
  })
})

describe('a name', () => {
  it.each(['api', 'Datasets', 'fr', 'settings', 'v1'])(
    'that is one of the node’s own pages is taken: %s',
    (name) => {
      expect(refusalOfName(Name.parse(name), 'organisation', 'nairobi')?.reason).toBe('nameTaken')
    },
  )

  it('under the handle is for organisations only: people are not published', () => {
    const name = Name.parse('Nairobi.speech')
    expect(refusalOfName(name, 'user', 'nairobi')?.reason).toBe('nameTaken')
    expect(refusalOfName(name, 'organisation', 'nairobi')).toBeNull()
  })

  it('may be what the first person is called by default', () => {
    expect(refusalOfName(Name.parse('admin'), 'user', 'nairobi')).toBeNull()
  })

  it('may begin with underscores, as the clients’ own test account does', () => {
    expect(refusalOfName(Name.parse('__DUMMY_HUB_USER__'), 'user', 'nairobi')).toBeNull()
  })
})

describe('a password', () => {
  it.each([
    'short',
    'aaaaaaaaaaaaaaa',
    'abababababab',
    '1234567890',
    'qwertyuiop',
    'Amina12!Amina',
    'password123',
    'amina odhiambo',
  ])('that is easily guessed is refused: %s', (password) => {
    expect(refusalOfPassword(password, ['amina', 'Amina Odhiambo'])?.reason).toBe('weakPassword')
  })

  it.each(['correct horse battery', 'куплю слона завтра', '我們明天去集市買大象吧', 'tr0ub4dor&3x'])(
    'that is not is accepted, in any script: %s',
    (password) => {
      expect(refusalOfPassword(password, ['amina', 'Amina Odhiambo'])).toBeNull()
    },
  )

  it('has a greatest length', () => {
    expect(refusalOfPassword('long enough '.repeat(100), [])?.reason).toBe('invalidField')
  })
})

describe('throttling', () => {
  const now = 1_800_000_000_000

  it('costs nothing for the first failures, then doubles from a second to a quarter of an hour', () => {
    const waits = Array.from({ length: 20 }, (_, count) =>
      throttleWait(
        NAME_THROTTLE,
        Array.from({ length: count }, () => now),
        now,
      ),
    )
    expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0])
    expect(waits.slice(5, 9)).toEqual([1, 2, 4, 8].map((seconds) => seconds * SECOND))
    expect(waits.at(-1)).toBe(15 * MINUTE)
  })

  it('never lets more than about a hundred guesses a day through for one name', () => {
    const failures: number[] = []
    for (let time = now; time < now + DAY; time += SECOND) {
      if (throttleWait(NAME_THROTTLE, failures, time) === 0) failures.push(time)
    }
    expect(failures.length).toBeLessThan(120)
  })

  it('forgets after a day, whatever the order of the failures', () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 * ATTEMPT_LIFE }).map((age) => now - age))
    fc.assert(
      fc.property(times, (failures) => {
        const recent = failures.filter((time) => time > now - ATTEMPT_LIFE)
        const wait = throttleWait(ADDRESS_THROTTLE, failures, now)
        expect(wait).toBe(throttleWait(ADDRESS_THROTTLE, recent.toReversed(), now))
        expect(wait).toBeLessThanOrEqual(ADDRESS_THROTTLE.longest)
      }),
    )
  })

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('takes addresses of one household together: %s is %s', (address, unit) => {
    expect(addressUnit(address)).toBe(unit)
  })
})
