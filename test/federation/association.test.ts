import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Member, startMember, until } from '../support/federation.ts'

const NAME = 'Lake Region AI'

/** Runs `ayni association ARGS --json` at a node; rejects with what it said when it was refused. */
async function association(node: Member, ...args: readonly string[]): Promise<unknown> {
  const done = await node.cli('association', ...args, '--json')
  if (done.code !== 0) throw new Error(done.stderr)
  return JSON.parse(done.stdout)
}

interface Shown {
  readonly association: string
  readonly epoch: number
  readonly since: string | null
  readonly members: Readonly<Record<string, string>>
  readonly unsigned: readonly string[]
  readonly left: readonly string[]
  readonly applicants: readonly string[]
  readonly open: {
    readonly convener: string
    readonly proposal: { readonly endorsed: readonly string[]; readonly roster: string } | null
  } | null
  readonly misconduct: readonly { readonly member: string; readonly kind: string }[]
}

/** The association as a node shows it, once it is as wanted: byte for byte. */
function shownAt(node: Member, isWanted: (shown: Shown) => boolean): Promise<string> {
  return until(async () => {
    const { code, stdout } = await node.cli('association', 'show', NAME, '--json')
    return code === 0 && isWanted(JSON.parse(stdout) as Shown) && stdout
  })
}

/** The same at all of them. */
async function agreed(nodes: readonly Member[], isWanted: (shown: Shown) => boolean): Promise<Shown> {
  const shown = await Promise.all(nodes.map((node) => shownAt(node, isWanted)))
  expect(new Set(shown).size).toBe(1)
  return JSON.parse(shown[0] ?? '') as Shown
}

describe('members that bind themselves to a charter', () => {
  let nodes: readonly Member[] = []
  const at = (handle: string) => nodes.find((node) => node.handle === handle) ?? orFail(handle)

  beforeAll(async () => {
    nodes = await Promise.all(['nairobi', 'cusco', 'dhaka'].map((handle) => startMember(handle)))
    await Promise.all(
      nodes.map(async (node) => {
        for (const other of nodes) if (node !== other) await node.follow(other)
      }),
    )
  })
  afterAll(() => Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())))

  it('found an association when each has signed', async () => {
    const charter = ['--name', NAME, '--purpose', 'Speech models for our languages.']
    await association(at('nairobi'), 'found', ...charter, '--member', 'cusco,dhaka', '--as', 'nairobi')
    const proposed = await agreed(nodes, ({ unsigned }) => unsigned.length === 2)
    expect(proposed).toMatchObject({ epoch: 0, since: null, open: null })
    await Promise.all([
      association(at('cusco'), 'sign', NAME, '--as', 'cusco'),
      association(at('dhaka'), 'sign', proposed.association, '--as', 'dhaka'),
    ])
    const founded = await agreed(nodes, ({ since }) => since !== null)
    expect(Object.values(founded.members).toSorted()).toEqual(['cusco', 'dhaka', 'nairobi'])
  })

  it('take in a fourth when the quorum agrees, at every node alike', async () => {
    // Hosted with the third.
    expect((await at('dhaka').cli('member', 'add', '--handle', 'suva')).code).toBe(0)
    await association(at('dhaka'), 'sign', NAME, '--as', 'suva')
    await Promise.all(
      ['nairobi', 'cusco'].map((handle) => at(handle).follow(at('dhaka'), '--member', 'suva')),
    )
    const founded = await agreed(nodes, ({ applicants }) => applicants.length === 1)
    const convener = founded.open?.convener ?? ''
    const by = founded.members[convener] ?? ''
    await association(at(by), 'propose', NAME, '--add', 'suva', '--as', by)
    const others = Object.values(founded.members).filter((handle) => handle !== by)
    await Promise.all(
      others.map(async (handle) => {
        await shownAt(at(handle), ({ open }) => open?.proposal?.endorsed.includes(convener) === true)
        await association(at(handle), 'endorse', NAME, '--as', handle)
      }),
    )
    const grown = await agreed(nodes, ({ epoch }) => epoch === 1)
    expect(Object.values(grown.members).toSorted()).toEqual(['cusco', 'dhaka', 'nairobi', 'suva'])
    expect(grown).toMatchObject({ misconduct: [], left: [], applicants: [] })
  })

  it('are followed all at once by somebody who knows one of them', async () => {
    await using lima = await startMember('lima')
    await lima.follow(at('nairobi'))
    await shownAt(lima, ({ members }) => Object.keys(members).length >= 3)
    const private_ = ['--allow-private-address', '--yes']
    const followed = (await association(lima, 'follow', NAME, ...private_)) as {
      handle: string
      state: string
    }[]
    expect(followed.length).toBeGreaterThanOrEqual(3)
    expect(new Set(followed.map(({ state }) => state))).toEqual(new Set(['followed']))
  })

  it('are followed as they come onto the list, on the terms of whoever follows the association', async () => {
    await using lima = await startMember('lima')
    await lima.follow(at('nairobi'))
    // Of the others nothing is heard yet, so the list is still that of the founders.
    const founders = JSON.parse(
      await shownAt(lima, ({ members }) => Object.keys(members).length === 3),
    ) as Shown
    const terms = [
      '--allow-private-address',
      '--yes',
      '--content',
      'all,licence=mit,budget=1GB',
      '--new-members',
    ]
    const refused = await lima.cli('association', 'follow', NAME, '--content', 'some', '--yes')
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--content')])
    await association(lima, 'follow', NAME, ...terms)
    expect(Object.values(founders.members)).not.toContain('suva')
    const taken = await until(async () => {
      const { stdout } = await lima.cli('following', '--json')
      const follows = JSON.parse(stdout) as readonly { readonly handle: string; readonly content: string }[]
      return follows.find(({ handle }) => handle === 'suva')
    })
    expect(taken.content).toBe('all,licence=mit,budget=1000000000B')
  })

  it('are witnesses of each other by a policy that programs read', async () => {
    const { stdout } = await at('cusco').cli('association', 'show', NAME, '--policy')
    expect(stdout).toMatch(/^group members 2 (\w+ ){3}\w+\nquorum members$/m)
  })

  it('leave when they want to, and show who agrees to two lists; a rebuild comes to the same', async () => {
    await association(at('cusco'), 'leave', NAME, '--as', 'cusco')
    const left = await agreed(nodes, (shown) => shown.left.length === 1)
    expect(left.left).toEqual([idOf(left, 'cusco')])
    await agreeToTwoLists(at('dhaka'), left)
    const shown = await agreed(nodes, ({ misconduct }) => misconduct.length > 0)
    const who = idOf(left, 'dhaka')
    expect(shown.misconduct).toMatchObject([{ member: who, kind: 'twoEndorsements', epoch: 2 }])
    expect((await at('nairobi').cli('rebuild')).code).toBe(0)
    expect(await agreed([at('nairobi')], () => true)).toEqual(shown)
  })
})

function orFail(handle: string): never {
  throw new Error(`no node of ${handle}`)
}

/** What no command does: an operator writes a second word into the queue of its log by hand. */
async function agreeToTwoLists(node: Member, { association: id, members }: Shown): Promise<void> {
  await node.kill('SIGTERM')
  const database = new DatabaseSync(join(node.dataFolder, 'ayni.db'))
  const insert = database.prepare(
    'insert into outgoing_record (member_id, type, json, created_at) values (?, ?, ?, 0)',
  )
  const type = 'association-endorse/1'
  for (const roster of ['ab', 'cd'].map((byte) => byte.repeat(32))) {
    const body = { association: id, epoch: 2, roster, round: 0 }
    const line = JSON.stringify({ body, time: '2026-12-24T12:00:00.000Z', type })
    insert.run(idOf({ members }, node.handle), type, line)
  }
  database.close()
  await node.restart()
}

function idOf({ members }: Pick<Shown, 'members'>, handle: string): string {
  return Object.entries(members).find(([, each]) => each === handle)?.[0] ?? ''
}
