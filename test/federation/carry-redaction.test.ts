import { cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { decodeBundle } from '../../src/log/tlog/index.ts'
import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'
import { run, temporaryFolder } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const ILLEGAL = 'zqforbiddenwordszq'
const REASON = 'Court order 123/2026'
const WORDS = 'correct horse battery staple'

/** Files below a folder that hold the forbidden bytes. */
async function holding(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found: string[] = []
  for (const path of paths) if ((await readFile(path)).includes(ILLEGAL)) found.push(path)
  return found
}

async function verify(...args: readonly string[]) {
  const { stdout } = await run(process.execPath, [AYNI, 'log', 'verify', ...args, '--json'])
  return JSON.parse(stdout) as unknown
}

/** The log of a member at a node, and where the forbidden bytes stand in it. */
async function logAt(node: Member, memberId: string) {
  const { own, held } = await logsOf(node)
  const log = [own, ...held].find((each) => each?.origin === `ayni/${memberId}/0`)
  if (!log) return null
  const answer = await fetch(`${log.prefix}/tile/entries/000.p/${log.size}`)
  const leaves = answer.ok ? (decodeBundle(new Uint8Array(await answer.arrayBuffer()), log.size) ?? []) : []
  const positions = leaves.flatMap((leaf, at) => (Buffer.from(leaf).includes(ILLEGAL) ? [at] : []))
  return { ...log, positions }
}

it('what was redacted travels as redacted, and nothing brings the bytes back', async () => {
  await using oldNode = await startMember('nairobi')
  await using newNode = await startMember('cusco')
  await using dhaka = await startMember('dhaka')
  await using disk = await temporaryFolder()
  const at = (name: string) => join(disk.path, name)
  const added = await oldNode.cli('member', 'add', '--handle', 'kisumu', '--url', oldNode.url, '--json')
  const { member: id } = JSON.parse(added.stdout) as { member: string }
  await oldNode.follow(newNode)
  const charter = ['--name', 'Lakes', '--purpose', `About ${ILLEGAL}.`, '--member', 'cusco', '--as', 'kisumu']
  expect(await oldNode.cli('association', 'found', ...charter)).toMatchObject({ code: 0 })
  await publishCard(oldNode, 'kisumu/good', 'Words\n')
  const { origin, positions } = await until(async () => {
    const log = await logAt(oldNode, id)
    return log && log.positions.length > 0 && log.size > 6 && log
  })
  const exported = async () => {
    const done = await oldNode.cli('carry', 'export', '--to', at('out'), '--member', 'kisumu')
    expect([done.code, done.stderr]).toEqual([0, ''])
  }
  await exported()
  expect(await holding(at('out'))).not.toEqual([])
  await cp(at('out'), at('whole'), { recursive: true })
  const take = (node: Member, folder: string) =>
    node.cli('carry', 'import', folder, '--follow', '--yes', '--json')
  expect((await take(newNode, at('whole'))).code).toBe(0)

  // Erased from the log, here and at somebody who holds it.
  const redact = async (node: Member, where: readonly number[]) => {
    for (const position of where)
      expect((await node.cli('log', 'redact', origin, String(position), '--reason', REASON)).code).toBe(0)
  }
  for (const node of [oldNode, newNode]) {
    await redact(node, positions)
    expect(await holding(node.dataFolder)).toEqual([])
  }

  // Exported again into the same folder, nothing of it is there; it is whole, and whoever takes it in has it so.
  await exported()
  expect(await holding(at('out'))).toEqual([])
  const redacted = { ok: true, redacted: positions.length }
  expect(await verify(at('out'), '--origin', origin)).toMatchObject(redacted)
  // A carry that still has the bytes brings them to nobody who has the log without them.
  expect((await take(dhaka, at('out'))).code).toBe(0)
  for (const node of [dhaka, newNode]) {
    expect((await take(node, `${at('out')},${at('whole')}`)).code).toBe(0)
    expect(await holding(node.dataFolder)).toEqual([])
    expect(await verify(node.url, '--origin', origin)).toMatchObject(redacted)
  }

  // And so it moves.
  const move = (node: Member, ...args: readonly string[]) => node.cliWith([WORDS], 'member', ...args)
  const out = await until(async () => {
    const tried = await move(oldNode, 'move-out', 'kisumu', '--to', at('move'))
    return tried.stderr.includes('not signed yet') ? null : tried
  })
  expect([out.code, out.stderr]).toEqual([0, ''])
  expect(await holding(at('move'))).toEqual([])
  const moved = await move(newNode, 'move-in', at('move'), '--owner', 'admin', '--allow-private-address')
  expect([moved.code, moved.stderr]).toEqual([0, ''])
  await publishCard(newNode, 'kisumu/good', 'More words\n')
  const before = (await logAt(oldNode, id))?.size ?? 0
  await until(async () => ((await logAt(newNode, id))?.size ?? 0) > before + 1)
  expect(await verify(newNode.url, '--origin', origin)).toMatchObject(redacted)
  expect(await holding(newNode.dataFolder)).toEqual([])
  const page = await fetch(`${newNode.url}/en/log/${origin.slice(5)}/${positions[0]}`)
  expect([page.status, await page.text()]).toEqual([451, expect.stringContaining(REASON)])
})
