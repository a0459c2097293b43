import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'
import { run, temporaryFolder } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

/** Two members of which the second follows the first, and the first knows it. */
async function startPair() {
  await using owned = new AsyncDisposableStack()
  const nairobi = owned.use(await startMember('nairobi'))
  const cusco = owned.use(await startMember('cusco'))
  await cusco.follow(nairobi)
  expect((await nairobi.cli('follower', 'allow', cusco.url)).code).toBe(0)
  const rest = owned.move()
  return { nairobi, cusco, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** Waits until the follower holds the log of that number as its home does, over at least so many entries. */
async function inStep(nairobi: Member, cusco: Member, number: number, least: number): Promise<number> {
  return until(async () => {
    const ends = (log: { readonly origin: string }) => log.origin.endsWith(`/${number}`)
    const own = (await logsOf(nairobi)).own
    const held = (await logsOf(cusco)).held.find(ends)
    return own && ends(own) && own.size >= least && own.size === held?.size && own.size
  })
}

async function catalogueOf(member: Member): Promise<readonly string[]> {
  const models = (await (await fetch(`${member.url}/api/models`)).json()) as { readonly id: string }[]
  return models.map(({ id }) => id).toSorted()
}

/** What a stranger finds, at the home and at the copy. */
async function expectWhole(member: Member, ...origin: readonly string[]): Promise<void> {
  const said = await run(process.execPath, [AYNI, 'log', 'verify', member.url, ...origin, '--json'])
  expect(said.stderr).toBe('')
  expect(JSON.parse(said.stdout)).toMatchObject({ ok: true })
}

/** Makes the look at which key of a member has vouched for the newest checkpoint of a node's log; false before one has. */
function witnessIn(node: Member, memberId: string): () => Promise<string | false> {
  return async () => {
    const { own } = await logsOf(node)
    const checkpoint = await (await fetch(`${own?.prefix}/checkpoint`)).text()
    const line = checkpoint.split('\n').find((each) => each.startsWith(`— ayni/${memberId}/witness `))
    // The first four bytes name the key.
    return line
      ? Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .subarray(0, 4)
          .toString('hex')
      : false
  }
}

describe('keys over time', () => {
  it('changes them while others follow on, and anybody can check it by the name of the log', async () => {
    await using pair = await startPair()
    const { nairobi, cusco } = pair
    const size = await inStep(nairobi, cusco, 0, 3)
    const [one = '', two = '', three = ''] = nairobi.recovery
    expect((await nairobi.cliWith([one], 'member', 'rotate-keys', 'nairobi')).stderr).toContain('1')
    const rotated = await nairobi.cliWith([one, three], 'member', 'rotate-keys', 'nairobi', '--json')
    expect(rotated.code).toBe(0)
    expect([rotated.stdout, nairobi.log].join()).not.toContain(two.slice(0, 9))
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    await inStep(nairobi, cusco, 0, size + 2)
    const [hint] = (await (await fetch(`${nairobi.url}/.well-known/ayni`)).json()).logs
    expect(hint.keysAt).toEqual([size])
    await expectWhole(nairobi)
    await expectWhole(cusco, '--origin', hint.origin)
    await using lima = await startMember('lima')
    await lima.follow(nairobi)
    await until(async () => (await catalogueOf(lima)).includes('nairobi/one'))
  })

  it('ends a log and goes on in the next, which followers find by themselves', async () => {
    await using pair = await startPair()
    const { nairobi, cusco } = pair
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    await inStep(nairobi, cusco, 0, 4)
    const done = await nairobi.cliWith(
      nairobi.recovery.slice(1),
      'member',
      'succeed',
      'nairobi',
      '--reason',
      'compromise',
      '--json',
    )
    expect(done.stderr).toBe('')
    expect(JSON.parse(done.stdout)).toMatchObject({ origin: expect.stringMatching(/\/1$/) })
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    await inStep(nairobi, cusco, 1, 2)
    await until(async () => (await catalogueOf(cusco)).join() === 'nairobi/one,nairobi/two')
    const { own, held } = await logsOf(nairobi)
    for (const origin of [own?.origin ?? '', held[0]?.origin ?? '']) {
      await expectWhole(nairobi, '--origin', origin)
      await expectWhole(cusco, '--origin', origin)
      expect((await fetch(`${cusco.url}/en/log/${origin.slice(5)}`)).status).toBe(200)
    }
    expect((await cusco.cli('rebuild')).code).toBe(0) // all came to the same
    expect(await catalogueOf(cusco)).toEqual(['nairobi/one', 'nairobi/two'])
    const following = JSON.parse((await cusco.cli('following', '--json')).stdout)
    expect(following).toMatchObject([{ handle: 'nairobi', frozen: null, failure: null }])
  })

  it('counts as a witness under new keys too, and is called what its own log says', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi) // nobody told nairobi of it, which does not follow back
    const witness = witnessIn(nairobi, (await logsOf(cusco)).members[0]?.id ?? '')
    const first = await until(() => witness())
    const page = await until(async () => {
      const text = await (await fetch(`${nairobi.url}/en/members`)).text()
      return text.includes('Its own log calls it so') && text
    })
    expect(page).toMatch(/<bdi>Test Institute<\/bdi>[^]*cusco[^]*class="fingerprint"/)

    expect((await cusco.cliWith(cusco.recovery.slice(1), 'member', 'rotate-keys', 'cusco')).code).toBe(0)
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const second = await until(async () => {
      const key = await witness()
      return key !== first && key
    })
    const ended = ['member', 'succeed', 'cusco', '--reason', 'compromise']
    expect((await cusco.cliWith(cusco.recovery.slice(1), ...ended)).code).toBe(0)
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    await until(async () => ![first, second].includes((await witness()) || first))

    // Now its logs are here, and another change is learnt from there.
    await nairobi.follow(cusco)
    await until(async () => (await logsOf(nairobi)).held.some(({ origin }) => origin.endsWith('/1')))
    await publishCard(nairobi, 'nairobi/three', 'Three\n')
    await until(witness)
    expect(nairobi.log).not.toContain('no signature of its own')
  })

  it('goes on without its followers after an old backup was restored and none of them answers', async () => {
    await using pair = await startPair()
    const { nairobi, cusco } = pair
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const early = await inStep(nairobi, cusco, 0, 4)
    await using backup = await temporaryFolder()
    await nairobi.kill('SIGTERM')
    await cp(nairobi.dataFolder, join(backup.path, 'data'), { recursive: true })
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/lost', 'Lost\n')
    await inStep(nairobi, cusco, 0, early + 2)
    await cusco.kill('SIGTERM')
    await nairobi.kill('SIGKILL')
    await rm(nairobi.dataFolder, { recursive: true })
    await cp(join(backup.path, 'data'), nairobi.dataFolder, { recursive: true })
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/three', 'Three\n')
    await until(async () => nairobi.log.includes('follower'))
    expect((await logsOf(nairobi)).own?.size).toBe(early) // what is said waits, unsigned
    const done = await nairobi.cliWith(
      nairobi.recovery.slice(0, 2),
      'member',
      'succeed',
      'nairobi',
      '--reason',
      'loss',
      '--json',
    )
    expect(JSON.parse(done.stdout)).toMatchObject({ cut: early })
    await cusco.restart()
    await inStep(nairobi, cusco, 1, 3)
    await until(async () => (await catalogueOf(cusco)).join() === 'nairobi/one,nairobi/three')
  })
})
