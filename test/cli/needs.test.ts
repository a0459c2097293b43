import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startNode, temporaryFolder, type TemporaryFolder, type TestNode } from '../support/index.ts'

const STATED = (
  '--kind compute --unit gpu-hour --amount 400 --purpose Clinics. --language en --country KE --sector health ' +
  '--goals 3,4 --as nairobi --json'
)
  .split(' ')
  .concat('--title', 'Speech for clinics')

describe('needs and offers on the command line', () => {
  let node: TestNode
  let folder: TemporaryFolder
  beforeAll(async () => {
    node = await startNode()
    folder = await temporaryFolder()
  })
  afterAll(async () => {
    await node[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  async function answer(...args: readonly string[]) {
    const { code, stdout, stderr } = await node.cli(...args)
    if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`)
    return JSON.parse(stdout)
  }
  async function known(noun: string, id: string) {
    for (;;) {
      const all = await answer(noun, 'list', '--all', '--json')
      const found = all.find((each: { id: string }) => each.id === id)
      if (found) return found
    }
  }
  async function file(name: string, value: unknown): Promise<string> {
    const path = join(folder.path, name)
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value))
    return path
  }

  it('state, show, replace and withdraw a need', async () => {
    const { id } = await answer('need', 'state', ...STATED)
    expect(await known('need', id)).toMatchObject({
      noun: 'need',
      handle: 'nairobi',
      state: 'open',
      body: { amount: 400, goals: [3, 4], unit: 'gpu-hour' },
    })
    const other = await answer('need', 'state', ...STATED, '--amount', '300', '--replaces', id)
    await known('need', other.id)
    const shown = await node.cli('need', 'show', id)
    expect(shown.stdout).toContain(`its place has ${other.id}`)
    await answer('need', 'withdraw', other.id, '--reason', 'mistake', '--as', 'nairobi', '--json')
    while ((await answer('need', 'list', '--json')).length > 0);
    const again = await node.cli('need', 'withdraw', other.id, '--reason', 'mistake', '--as', 'nairobi')
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr).toContain('not open any more')
  })

  it('state an offer from a file that names a list of countries by its code', async () => {
    const list = { code: 'ldc', name: 'Least developed', source: 'UN', asOf: '2026-11-24', countries: ['TD'] }
    const { id: group } = await answer(
      'group',
      'publish',
      await file('ldc.json', list),
      '--as',
      'nairobi',
      '--json',
    )
    await known('group', group)
    const offer = {
      kind: 'skills',
      title: 'Places',
      description: 'A course.',
      language: 'en',
      amount: 40,
      reserves: [{ group: 'ldc', amount: 20, mode: 'soft' }],
    }
    const path = await file('offer.json', offer)
    const { id } = await answer('offer', 'state', '--file', path, '--as', 'nairobi', '--json')
    const { body } = await known('offer', id)
    expect(body).toMatchObject({ unit: 'seat', reserves: [{ group: { leaf: group } }] })
    expect((await node.cli('group', 'list')).stdout).toContain('nairobi/ldc  as of 2026-11-24  1 countries')
  })

  it('say while the node is stopped as well; the log has it at the next start', async () => {
    await node.kill('SIGTERM')
    const { id } = await answer('need', 'state', ...STATED)
    await node.restart()
    expect(await known('need', id)).toMatchObject({ state: 'open' })
  })

  it.each([
    [['need', 'state', '--kind', 'compute', '--as', 'nairobi'], 1, 'The value of “unit”'],
    [['need', 'state', ...STATED, '--amount', 'many'], 2, '--amount needs a whole number'],
    [['need', 'state', ...STATED, '--purpose', 'Call +254 722 000 111'], 1, 'telephone number'],
    [['need', 'state', ...STATED, '--as', 'lima'], 1, 'No member of this name'],
    [['need', 'withdraw', 'abc', '--reason', 'mistake', '--as', 'nairobi'], 1, 'the id abc'],
    [['need', 'withdraw', 'abc', '--reason', 'whim', '--as', 'nairobi'], 2, '--reason needs one of'],
    [['offer', 'state', '--file', '/nowhere/offer.json', '--as', 'nairobi'], 1, 'ENOENT'],
  ] as const)('refuse with a reason: %j', async (args, code, sentence) => {
    const refused = await node.cli(...args)
    expect(refused).toMatchObject({ code, stdout: '' })
    expect(refused.stderr).toContain(sentence)
  })

  it.each([
    ['not JSON', 'x {'],
    ['no JSON object', '[1]'],
    ['larger than any statement', 'x'.repeat(300_000)],
  ])('refuse a file that is %s', async (sentence, text) => {
    const refused = await node.cli('group', 'publish', await file('bad.json', text), '--as', 'nairobi')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(sentence)
  })
})

describe('a standing offer', () => {
  it('grants each need once, whenever the node is killed', async () => {
    await using node = await startNode()
    await using folder = await temporaryFolder()
    async function answer(...args: readonly string[]) {
      const { code, stdout, stderr } = await node.cli(...args, '--json')
      if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`)
      return JSON.parse(stdout)
    }
    const agreements = async (): Promise<readonly { id: string }[]> => answer('agreement', 'list')
    const path = join(folder.path, 'offer.json')
    const offer = {
      kind: 'compute',
      unit: 'gpu-hour',
      title: 'Nights',
      description: 'A cluster.',
      language: 'en',
      amount: 5000,
      standing: { each: 400, member: 800, month: 800 },
    }
    await writeFile(path, JSON.stringify(offer))
    await answer('member', 'add', '--handle', 'kisumu', '--name', 'Kisumu', '--owner', node.admin)
    await answer('offer', 'state', '--file', path, '--as', 'nairobi')
    await node.kill('SIGKILL')
    const asked = STATED.map((word) => (word === 'nairobi' ? 'kisumu' : word)).filter(
      (each) => each !== '--json',
    )
    await answer('need', 'state', ...asked)
    await node.restart()
    while ((await agreements()).length < 1);
    await node.kill('SIGKILL')
    await answer('need', 'state', ...asked)
    await node.restart()
    await node.kill('SIGKILL')
    await node.restart()
    while ((await agreements()).length < 2);
    await answer('need', 'state', ...asked) // more than the member may have in a month
    while ((await answer('need', 'list')).length < 3);
    await node.restart()
    expect((await agreements()).length).toBe(2)
  })
})
