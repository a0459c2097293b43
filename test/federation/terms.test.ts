import { createRepo, uploadFiles } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { type Member, publishCard, startMember, until } from '../support/federation.ts'
import { randomBytesOf } from '../support/index.ts'

interface Publication {
  readonly name: string
  readonly licence: string
  readonly files: Readonly<Record<string, number>>
}

async function publish(home: Member, { name, licence, files }: Publication): Promise<void> {
  const hub = { hubUrl: home.url, accessToken: home.token, repo: { type: 'model' as const, name } }
  await createRepo(hub)
  const card = { path: 'README.md', content: new Blob([`---\nlicense: ${licence}\n---\n# ${name}\n`]) }
  const large = Object.entries(files).map(([path, size]) => ({
    path,
    content: new Blob([new Uint8Array(randomBytesOf(name + path, size))]),
  }))
  await uploadFiles({ ...hub, files: [card, ...large] })
}

const isHeld = async (node: Member, file: string) => {
  const head = await fetch(`${node.url}/${file.replace(/\/(?=[^/]+$)/, '/resolve/main/')}`, {
    method: 'HEAD',
  })
  return head.ok && head.headers.has('x-xet-hash')
}

async function following(node: Member, ...flags: readonly string[]) {
  const { stdout, code, stderr } = await node.cli('following', '--json', ...flags)
  if (code !== 0) throw new Error(stderr)
  const [follow] = JSON.parse(stdout) as readonly {
    readonly content: string
    readonly trust: string
    readonly failure: string | null
    readonly size: number
  }[]
  return follow
}

describe('the terms of following a member', () => {
  it('fetch what matches until the budget is used, and may be changed', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await publish(nairobi, {
      name: 'nairobi/open',
      licence: 'mit',
      files: { 'a.bin': 300_000, 'b.bin': 400_000 },
    })
    await publish(nairobi, { name: 'nairobi/closed', licence: 'other', files: { 'c.bin': 300_000 } })
    await cusco.follow(nairobi, '--content', 'all,licence=mit,budget=500kB')
    expect(await following(cusco)).toMatchObject({ content: 'all,licence=mit,budget=500000B' })
    await until(async () => (await isHeld(cusco, 'nairobi/open/a.bin')) && isHeldPointer(cusco))
    expect(await isHeld(cusco, 'nairobi/open/b.bin')).toBe(false)
    expect(await isHeld(cusco, 'nairobi/closed/c.bin')).toBe(false)
    const changed = await cusco.cli('terms', 'nairobi', '--content', 'all')
    expect(changed).toMatchObject({ code: 0, stdout: expect.stringContaining('all') })
    await until(
      async () => (await isHeld(cusco, 'nairobi/open/b.bin')) && isHeld(cusco, 'nairobi/closed/c.bin'),
    )
    expect((await cusco.cli('terms', 'nairobi', '--content', 'everything')).code).toBe(2)
    expect((await cusco.cli('terms', 'nairobi')).code).toBe(2)
    expect((await cusco.cli('terms', 'quito', '--content', 'none')).code).toBe(1)
  })

  it('bound what a day brings: the rest comes later, without a hole, and the operator sees why', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    expect((await cusco.cli('terms', 'nairobi', '--quota', 'entries=1')).code).toBe(0)
    await publishCard(nairobi, 'nairobi/first', '# One\n')
    await publishCard(nairobi, 'nairobi/second', '# Two\n')
    await until(async () => (await following(cusco))?.failure === 'overQuota')
    await until(async () => cusco.log.includes('overQuota'))
    await publishCard(nairobi, 'nairobi/third', '# Three\n')
    const refused = await cusco.cli('following', '--retry', 'nairobi')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('another day') })
    expect((await fetch(`${cusco.url}/api/models/nairobi/third`)).status).toBe(401)
    expect((await cusco.cli('terms', 'nairobi', '--quota', 'entries=1000')).code).toBe(0)
    await until(async () => (await fetch(`${cusco.url}/api/models/nairobi/third`)).ok)
    expect(await following(cusco, '--retry', 'nairobi')).toMatchObject({ failure: null })
    expect((await cusco.cli('rebuild')).code).toBe(0)
  })

  it('say whether its word counts, and both ways nothing that was verified is lost', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    const isHere = async (name: string) => (await fetch(`${cusco.url}/api/models/${name}`)).ok
    const size = async () => (await following(cusco))?.size ?? 0
    await publish(nairobi, { name: 'nairobi/first', licence: 'mit', files: { 'a.bin': 300_000 } })
    await cusco.follow(nairobi, '--trust', 'witness', '--quota', 'entries=5000')
    expect(await following(cusco)).toMatchObject({ trust: 'witness', quota: { entries: 5000 } })
    expect(await isHere('nairobi/first')).toBe(false)

    const full = await cusco.cli('terms', 'nairobi', '--trust', 'full', '--content', 'all')
    expect(full).toMatchObject({ code: 0, stdout: expect.stringContaining('counts here') })
    await until(() => isHeld(cusco, 'nairobi/first/a.bin'))
    expect((await cusco.cli('rebuild')).code).toBe(0)

    const before = await size()
    expect((await cusco.cli('terms', 'nairobi', '--trust', 'witness')).code).toBe(0)
    await publishCard(nairobi, 'nairobi/second', '# Two\n')
    await until(async () => (await size()) > before)
    expect(await isHeld(cusco, 'nairobi/first/a.bin')).toBe(true)
    expect(await isHere('nairobi/second')).toBe(false)
    expect((await cusco.cli('rebuild')).code).toBe(0)

    expect((await cusco.cli('terms', 'nairobi', '--trust', 'full')).code).toBe(0)
    await until(() => isHere('nairobi/second'))
    expect(await following(cusco)).toMatchObject({ trust: 'full', quota: { entries: 5000 } })
    expect((await cusco.cli('terms', 'nairobi', '--trust', 'somewhat')).code).toBe(2)
  })

  it('let no large file come when a day has brought as many bytes as it may', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await publish(nairobi, {
      name: 'nairobi/open',
      licence: 'mit',
      files: { 'a.bin': 300_000, 'b.bin': 400_000 },
    })
    const file = (name: string) => fetch(`${cusco.url}/nairobi/open/resolve/main/${name}`)
    await until(async () => (await file('README.md')).ok)
    expect((await cusco.cli('terms', 'nairobi', '--quota', 'content=100kB')).code).toBe(0)
    expect((await (await file('a.bin')).bytes()).length).toBe(300_000)
    const late = await until(async () => {
      const response = await file('b.bin')
      return response.ok ? null : response
    })
    expect(late.status).toBe(503)
    expect(await late.json()).toMatchObject({ reason: 'overQuota' })
    expect((await file('a.bin')).status).toBe(200)
  })
})

describe('a member whose node was away', () => {
  it('is asked at once when the operator says so', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await nairobi.kill()
    await until(async () => (await cusco.cli('following', '--retry', 'nairobi')).code === 1)
    const { stdout } = await cusco.cli('following')
    expect(stdout).toContain('could not be reached')
    expect(stdout).toMatch(/Last tried \S+, asked next \S+\. To ask now: ayni following --retry nairobi/)
    const { size } = (await following(cusco)) ?? { size: 0 }
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/back', '# Back\n')
    expect((await following(cusco, '--retry', 'nairobi'))?.size).toBeGreaterThan(size)
  })
})

async function isHeldPointer(node: Member): Promise<boolean> {
  return (await fetch(`${node.url}/nairobi/closed/resolve/main/README.md`)).ok
}
