import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { fromUtf8 } from '../../src/kernel/bytes.ts'
import { isRedacted } from '../../src/kernel/redacted-leaf.ts'
import { decodeBundle, decodeRedacted } from '../../src/log/tlog/index.ts'
import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'
import { run } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const ILLEGAL = 'zqforbiddenwordszq'
const REASON = 'Court order 123/2026'

/** Files below a folder that hold some bytes. */
async function holding(folder: string, text: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true })
  const found: string[] = []
  for (const name of names) {
    const path = join(folder, name)
    if ((await stat(path)).isFile() && (await readFile(path)).includes(text)) found.push(name)
  }
  return found
}

async function bundleOf(prefix: string, size: number, kind: 'tile' | 'redacted') {
  const answer = await fetch(`${prefix}/${kind}/entries/000.p/${size}`)
  return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) }
}

async function verified(member: Member, ...origin: readonly string[]): Promise<unknown> {
  const said = await run(process.execPath, [AYNI, 'log', 'verify', member.url, ...origin, '--json'])
  return JSON.parse(said.stdout)
}

async function expectSound(member: Member): Promise<void> {
  expect(await member.cli('rebuild')).toMatchObject({ code: 0 })
  expect(await member.cli('doctor')).toMatchObject({ code: 0 })
}

it('erases what the law forbids to keep; the log stays whole, and whoever follows takes it so', async () => {
  await using nairobi = await startMember('nairobi')
  await using cusco = await startMember('cusco')
  await nairobi.follow(cusco)
  await cusco.follow(nairobi)
  const charter = ['--name', 'Lakes', '--purpose', `About ${ILLEGAL}.`, '--member', 'cusco']
  expect(await nairobi.cli('association', 'found', ...charter, '--as', 'nairobi')).toMatchObject({ code: 0 })
  await publishCard(nairobi, 'nairobi/one', 'One\n')
  await until(async () => (await cusco.cli('association', 'show', 'Lakes')).code === 0)
  const knowing = async () => {
    const { own } = await logsOf(nairobi)
    const size = own?.size ?? 0
    const leaves = decodeBundle((await bundleOf(own?.prefix ?? '', size, 'tile')).bytes, size) ?? []
    const position = leaves.findIndex((leaf) => fromUtf8(leaf).includes(ILLEGAL))
    return own && position > 0 && leaves.length > position + 1 && { ...own, position }
  }
  const { origin, prefix, position } = await until(knowing)
  const redact = (at: number) =>
    nairobi.cli('log', 'redact', origin, String(at), '--reason', REASON, '--json')
  expect(await redact(0)).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be erased') })
  expect(await redact(5000)).toMatchObject({ code: 1, stderr: expect.stringContaining('no entry') })
  expect(await holding(nairobi.dataFolder, ILLEGAL)).not.toEqual([])
  expect(await redact(position)).toMatchObject({ code: 0, stderr: '' })

  // Gone from the disk, and from all that was made of it.
  expect(await holding(nairobi.dataFolder, ILLEGAL)).toEqual([])
  expect((await nairobi.cli('association', 'show', 'Lakes')).code).toBe(1)
  const { size = 0 } = (await logsOf(nairobi)).own ?? {}
  const refused = await bundleOf(prefix, size, 'tile')
  expect([refused.status, fromUtf8(refused.bytes)]).toEqual([451, expect.stringContaining(REASON)])
  const left = decodeRedacted((await bundleOf(prefix, size, 'redacted')).bytes, size) ?? []
  expect(left.flatMap((leaf, at) => (isRedacted(leaf) ? [at] : []))).toEqual([position])
  const pages = `${nairobi.url}/en/log/${origin.slice(5)}`
  const page = await fetch(`${pages}/${position}`)
  expect([page.status, await page.text()]).toEqual([451, expect.stringContaining(REASON)])
  expect((await fetch(pages)).status).toBe(200)
  expect((await fetch(`${prefix}/proof/${position}`)).status).toBe(451)
  expect((await fetch(`${prefix}/proof/${position + 1}`)).status).toBe(200)
  expect(await verified(nairobi)).toMatchObject({ ok: true, redacted: 1, size })
  await expectSound(nairobi)

  // The log goes on, over a restart; who holds it keeps it, who comes later takes it as it is.
  await nairobi.restart()
  await publishCard(nairobi, 'nairobi/two', 'Two\n')
  await using dhaka = await startMember('dhaka')
  await dhaka.follow(nairobi)
  for (const member of [cusco, dhaka])
    await until(async () =>
      (await logsOf(member)).held.some((log) => log.origin === origin && log.size > size),
    )
  expect(await verified(cusco, '--origin', origin)).toMatchObject({ ok: true, redacted: 0 })
  expect(await verified(dhaka, '--origin', origin)).toMatchObject({ ok: true, redacted: 1 })
  expect(await holding(dhaka.dataFolder, ILLEGAL)).toEqual([])
  expect((await fetch(`${dhaka.url}/en/log/${origin.slice(5)}/${position}`)).status).toBe(451)
  await expectSound(dhaka)
  // Who follows somebody that still has the bytes takes them from there.
  await using lima = await startMember('lima')
  await lima.follow(cusco)
  await lima.follow(nairobi)
  expect(await verified(lima, '--origin', origin)).toMatchObject({ ok: true, redacted: 0 })
  expect(await lima.cli('association', 'show', 'Lakes')).toMatchObject({ code: 0 })
  const out = join(dhaka.dataFolder, '..', 'one.tlog-proof')
  const entry = `${origin}#${position + 1}`
  const proof = await run(process.execPath, [AYNI, 'log', 'proof', entry, '--node', dhaka.url, '--out', out])
  expect(proof).toMatchObject({ code: 0 })
})
