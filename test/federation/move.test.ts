import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createRepo, uploadFiles } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { logsOf, startMember, until, type Member } from '../support/federation.ts'
import { randomBytesOf, sha256Of, temporaryFolder } from '../support/index.ts'
import { run } from '../support/process.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const WORDS = 'correct horse battery staple'
const PUBLIC = randomBytesOf('public', 300_000)
const SECRET = randomBytesOf('secret', 300_000)
const NEXT = randomBytesOf('next', 300_000)

async function put(
  node: Member,
  name: string,
  bytes: Uint8Array,
  visibility: 'public' | 'private' = 'public',
) {
  const hub = { hubUrl: node.url, accessToken: node.token, repo: { type: 'model' as const, name } }
  await createRepo({ ...hub, visibility }).catch(() => {}) // it is there already
  const content = new Blob([new Uint8Array(bytes)])
  await uploadFiles({ ...hub, files: [{ path: 'model.bin', content }] })
}

async function shaAt(node: Member, name: string, token?: string): Promise<string | number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(`${node.url}/${name}/resolve/main/model.bin`, { headers })
  return answer.ok ? sha256Of(new Uint8Array(await answer.arrayBuffer())) : answer.status
}

/** The command line with a passphrase on standard input. */
function withWords(node: Member, words: string, ...args: readonly string[]) {
  const all = [AYNI, ...args, '--data', node.dataFolder, '--json']
  return run(process.execPath, all, { input: `${words}\n`, timeoutMs: 60_000 })
}

async function logAt(node: Member, memberId: string) {
  const { own, held } = await logsOf(node)
  return [own, ...held].find((log) => log?.origin === `ayni/${memberId}/1`)
}

async function followAt(node: Member, handle: string) {
  const follows = JSON.parse((await node.cli('following', '--json')).stdout) as {
    readonly handle: string
    readonly url: string
    readonly stated: { readonly url: string; readonly failure: string | null } | null
    readonly frozen: string | null
  }[]
  return follows.find((follow) => follow.handle === handle)
}

describe('a member that moves', () => {
  it('goes on at another node, and whoever follows it goes there', async () => {
    await using oldNode = await startMember('nairobi')
    await using newNode = await startMember('cusco')
    await using follower = await startMember('dhaka')
    await using disk = await temporaryFolder()
    const to = join(disk.path, 'kisumu')
    const added = await oldNode.cli('member', 'add', '--handle', 'kisumu', '--url', oldNode.url, '--json')
    const { member: id, recovery } = JSON.parse(added.stdout) as { member: string; recovery: string[] }
    await put(oldNode, 'kisumu/lugha', PUBLIC)
    await put(oldNode, 'kisumu/siri', SECRET, 'private')
    await follower.follow(oldNode, '--member', 'kisumu', '--content', 'all')
    await until(async () => (await shaAt(follower, 'kisumu/lugha')) === sha256Of(PUBLIC))
    await until(async () => (await shaAt(oldNode, 'kisumu/siri', oldNode.token)) === sha256Of(SECRET))

    // Its first log has ended, and moves with the one that goes on.
    const succeed = ['member', 'succeed', 'kisumu', '--reason', 'compromise']
    expect((await oldNode.cliWith(recovery.slice(1), ...succeed)).code).toBe(0)
    await until(async () => ((await logAt(follower, id))?.size ?? 0) > 0)

    // A node's own member stays; a passphrase is no argument and not short.
    expect((await withWords(oldNode, WORDS, 'member', 'move-out', 'nairobi', '--to', to)).stderr).toContain(
      'does not move out',
    )
    expect((await withWords(oldNode, 'short', 'member', 'move-out', 'kisumu', '--to', to)).code).toBe(2)
    const out = await until(async () => {
      const tried = await withWords(oldNode, WORDS, 'member', 'move-out', 'kisumu', '--to', to)
      return tried.stderr.includes('not signed yet') ? null : tried // what was said a moment ago
    })
    expect([out.code, out.stderr]).toEqual([0, ''])
    expect(JSON.parse(out.stdout)).toMatchObject({ member: id, repositories: 1, sealed: 1, missing: 0 })
    const before = await logAt(oldNode, id)

    // Here it is a copy now: read by everybody, written by nobody, and what was private is nobody's.
    expect(await shaAt(oldNode, 'kisumu/lugha')).toBe(sha256Of(PUBLIC))
    expect(await shaAt(oldNode, 'kisumu/siri', oldNode.token)).toBe(404)
    await expect(put(oldNode, 'kisumu/lugha', NEXT)).rejects.toThrow('kisumu')
    const refused = await fetch(`${oldNode.url}/api/models/kisumu/lugha/branch/other`, {
      method: 'POST',
      headers: { authorization: `Bearer ${oldNode.token}` },
    })
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('kisumu')
    expect((await oldNode.cli('org', 'add', 'kisumu', '--owner', 'admin')).code).toBe(1)
    expect((await oldNode.cli('rebuild')).code).toBe(0)
    const files = await readdir(to, { recursive: true, withFileTypes: true })
    for (const file of files.filter((each) => each.isFile()))
      expect((await readFile(join(file.parentPath, file.name))).includes(SECRET.subarray(0, 64))).toBe(false)

    // Nothing comes in without the person who is to answer for it.
    const moveIn = ['member', 'move-in', to, '--owner', 'admin', '--allow-private-address']
    const nobody = [...moveIn.slice(0, 4), 'nobody']
    expect((await withWords(newNode, WORDS, ...nobody)).code).toBe(1)
    const moved = await withWords(newNode, WORDS, ...moveIn)
    expect([moved.code, moved.stderr]).toEqual([0, ''])
    expect(JSON.parse(moved.stdout)).toMatchObject({
      member: id,
      handle: 'kisumu',
      url: newNode.url,
      sealed: 1,
    })
    expect(await shaAt(newNode, 'kisumu/siri', newNode.token)).toBe(sha256Of(SECRET))
    expect([await shaAt(newNode, 'kisumu/siri'), await shaAt(follower, 'kisumu/siri')]).toEqual([401, 401])
    await until(async () => ((await logAt(newNode, id))?.size ?? 0) > (before?.size ?? 0))

    // The old node follows it as anybody, and whoever follows it there hears where it is.
    await oldNode.follow(newNode, '--member', 'kisumu')
    await until(async () => (await followAt(follower, 'kisumu'))?.url === newNode.url)
    await oldNode.kill('SIGTERM')
    await put(newNode, 'kisumu/lugha', NEXT)
    await until(async () => (await shaAt(follower, 'kisumu/lugha')) === sha256Of(NEXT))
    expect(await followAt(follower, 'kisumu')).toMatchObject({ stated: null, frozen: null })
    for (const number of [0, 1]) {
      const verify = [AYNI, 'log', 'verify', newNode.url, '--origin', `ayni/${id}/${number}`, '--json']
      const verified = await run(process.execPath, verify, { timeoutMs: 60_000 })
      expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true })
    }
    expect((await logAt(newNode, id))?.size).toBe((await logAt(follower, id))?.size)
    expect((await newNode.cli('doctor')).code).toBe(0)
    expect((await newNode.cli('rebuild')).code).toBe(0)
    expect((await newNode.cli('member', 'list')).stdout).toContain('kisumu')
  })
})
