import { expect, it } from 'vitest'

import { fromUtf8 } from '../../src/kernel/bytes.ts'
import { decodeBundle } from '../../src/log/tlog/index.ts'
import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'

const TERMS = ['--licence', 'MIT', '--until', '2099-12-31', '--holders', '2'] as const

async function modelsAt({ url }: Member): Promise<string> {
  const models = (await (await fetch(`${url}/api/models`)).json()) as { readonly id: string }[]
  return models
    .map(({ id }) => id)
    .toSorted()
    .join()
}

async function promisedAt(member: Member): Promise<number> {
  return JSON.parse((await member.cli('public-good', 'list', '--json')).stdout).length
}

/** Where a member's log says something of a type, the newest of them, once it is signed. */
async function positionOf(member: Member, text: string): Promise<number> {
  return until(async () => {
    const { own } = await logsOf(member)
    const size = own?.size ?? 0
    const bundle = await fetch(`${own?.prefix}/tile/entries/000.p/${size}`)
    const leaves = decodeBundle(new Uint8Array(await bundle.arrayBuffer()), size) ?? []
    const at = leaves.findLastIndex((leaf) => fromUtf8(leaf).includes(text))
    return at > 0 && at
  })
}

it('takes back what a member said, at home and wherever it is followed', async () => {
  await using nairobi = await startMember('nairobi')
  await using cusco = await startMember('cusco')
  await cusco.follow(nairobi)
  await publishCard(nairobi, 'nairobi/kept', 'Kept\n')
  await publishCard(nairobi, 'nairobi/wrong', 'Wrong\n')
  expect((await nairobi.cli('public-good', 'promise', 'nairobi/kept', ...TERMS)).code).toBe(0)
  await until(async () => (await modelsAt(cusco)) === 'nairobi/kept,nairobi/wrong')
  await until(async () => (await promisedAt(cusco)) === 1)

  const revision = await positionOf(nairobi, '"repository":"nairobi/wrong"')
  const promise = await positionOf(nairobi, '"type":"public-good/1"')
  const retract = (position: number, ...more: readonly string[]) =>
    nairobi.cli('log', 'retract', String(position), '--reason', 'mistake', '--json', ...more)
  for (const [position, said] of [
    [0, 'cannot be taken back'],
    [1, 'cannot be taken back'],
    [99_999, 'no entry'],
  ] as const)
    expect(await retract(position)).toMatchObject({ code: 1, stderr: expect.stringContaining(said) })
  expect((await nairobi.cli('log', 'retract', '1', '--reason', 'whim')).code).toBe(2)
  expect(JSON.parse((await retract(revision, '--member', 'nairobi')).stdout)).toMatchObject({
    position: revision,
    type: 'repository-revision/1',
    reason: 'mistake',
  })
  expect((await retract(promise)).code).toBe(0)
  await until(async () => (await modelsAt(cusco)) === 'nairobi/kept')
  await until(async () => (await promisedAt(cusco)) === 0)
  await until(async () => (await promisedAt(nairobi)) === 0)
  expect(await retract(promise)).toMatchObject({ code: 1 }) // once is enough
  const retraction = await positionOf(nairobi, '"type":"record-retraction/1"')
  expect(await retract(retraction)).toMatchObject({ code: 1 })

  const { own } = await logsOf(nairobi)
  const path = `/en/log/${own?.origin.slice(5)}`
  for (const { url } of [nairobi, cusco]) {
    const record = await (await fetch(`${url}${path}/${promise}`)).text()
    expect(record).toMatch(/Taken back<\/a> on .*It was a mistake\./)
    expect((await (await fetch(`${url}${path}`)).text()).split('Taken back</a> on')).toHaveLength(3)
  }
  for (const member of [nairobi, cusco]) expect((await member.cli('rebuild')).code).toBe(0) // all came to the same
  expect(await modelsAt(cusco)).toBe('nairobi/kept')

  // Said again, it stands again.
  await publishCard(nairobi, 'nairobi/wrong', 'Right\n')
  await until(async () => (await modelsAt(cusco)) === 'nairobi/kept,nairobi/wrong')
})
