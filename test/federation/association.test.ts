import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { describe, expect, it } from 'vitest'

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
  it('found an association, take in a fourth, and all compute the same; one leaves', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using dhaka = await startMember('dhaka')
    const nodes = [nairobi, cusco, dhaka]
    const at = (handle: string) => nodes.find((node) => node.handle === handle) ?? dhaka
    await Promise.all(
      nodes.map(async (node) => {
        for (const other of nodes) if (node !== other) await node.follow(other)
      }),
    )
    const charter = ['--name', NAME, '--purpose', 'Speech models for our languages.']
    await association(nairobi, 'found', ...charter, '--member', 'cusco,dhaka', '--as', 'nairobi')
    const proposed = await agreed(nodes, ({ unsigned }) => unsigned.length === 2)
    expect(proposed).toMatchObject({ epoch: 0, since: null, open: null })
    await Promise.all([
      association(cusco, 'sign', NAME, '--as', 'cusco'),
      association(dhaka, 'sign', proposed.association, '--as', 'dhaka'),
      // A fourth, hosted with the third, that wants to be taken in.
      dhaka
        .cli('member', 'add', '--handle', 'suva')
        .then(() => association(dhaka, 'sign', NAME, '--as', 'suva')),
    ])
    await Promise.all([nairobi, cusco].map((node) => node.follow(dhaka, '--member', 'suva')))
    const founded = await agreed(nodes, ({ since, applicants }) => since !== null && applicants.length === 1)
    const handles = Object.values(founded.members)
    expect(handles.toSorted()).toEqual(['cusco', 'dhaka', 'nairobi'])

    const convener = founded.members[founded.open?.convener ?? ''] ?? ''
    await association(at(convener), 'propose', NAME, '--add', 'suva', '--as', convener)
    await Promise.all(
      handles
        .filter((handle) => handle !== convener)
        .map(async (handle) => {
          await shownAt(
            at(handle),
            ({ open }) => open?.proposal?.endorsed.includes(idOf(founded, convener)) === true,
          )
          await association(at(handle), 'endorse', NAME, '--as', handle)
        }),
    )
    const grown = await agreed(nodes, ({ epoch }) => epoch === 1)
    expect(Object.values(grown.members).toSorted()).toEqual(['cusco', 'dhaka', 'nairobi', 'suva'])
    expect(grown).toMatchObject({ misconduct: [], left: [], applicants: [] })
    const { stdout: policy } = await cusco.cli('association', 'show', NAME, '--policy')
    expect(policy).toMatch(/^group members 2 (\w+ ){3}\w+\nquorum members$/m)

    await association(cusco, 'leave', NAME, '--as', 'cusco')
    const left = await agreed(nodes, (shown) => shown.left.length === 1)
    expect(left.left).toEqual([idOf(left, 'cusco')])

    await agreeToTwoLists(dhaka, left)
    const shown = await agreed(nodes, ({ misconduct }) => misconduct.length > 0)
    expect(shown.misconduct).toMatchObject([
      { member: idOf(left, 'dhaka'), kind: 'twoEndorsements', epoch: 2 },
    ])
    expect((await nairobi.cli('rebuild')).code).toBe(0)
    expect(await agreed([nairobi], () => true)).toEqual(shown)
  })
})

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
