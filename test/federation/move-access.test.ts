import { join } from 'node:path'

import { createRepo, downloadFile, uploadFiles } from '@huggingface/hub'
import { expect, it } from 'vitest'

import { type Member, startMember, until } from '../support/federation.ts'
import { randomBytesOf, sha256Of, temporaryFolder } from '../support/index.ts'

const WORDS = 'correct horse battery staple'
const WEIGHTS = randomBytesOf('weights', 300_000)
const GONE = 'what no law allows'
const SIRI = '/api/models/kisumu/siri'

/** What a node says, with the token of somebody there; null asks as nobody. */
async function at(node: Member, token: string | null, path: string, body?: object, method = 'POST') {
  const answer = await fetch(`${node.url}${path}`, {
    ...(body && { method, body: JSON.stringify(body) }),
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
  })
  return { status: answer.status, body: (await answer.json().catch(() => null)) as unknown }
}

async function peopleAt(node: Member, status: string): Promise<readonly string[]> {
  const { body } = await at(node, node.token, `${SIRI}/user-access-request/${status}`)
  return (body as readonly { readonly user: { readonly user: string } }[]).map(({ user }) => user.user)
}

it('a member that moves takes along who may read, what was answered, and former names; what was erased stays so', async () => {
  await using oldNode = await startMember('nairobi')
  await using newNode = await startMember('cusco')
  await using dhaka = await startMember('dhaka')
  await using disk = await temporaryFolder()
  const to = join(disk.path, 'kisumu')
  expect((await oldNode.cli('member', 'add', '--handle', 'kisumu', '--url', oldNode.url)).code).toBe(0)
  const hub = { hubUrl: oldNode.url, accessToken: oldNode.token }
  const before = { type: 'model', name: 'kisumu/before' } as const
  const siri = { type: 'model', name: 'kisumu/siri' } as const
  const closed = { type: 'model', name: 'kisumu/closed' } as const
  await createRepo({ ...hub, repo: before })
  expect(
    (
      await at(oldNode, oldNode.token, '/api/repos/move', {
        fromRepo: 'kisumu/before',
        toRepo: 'kisumu/after',
      })
    ).status,
  ).toBe(200)
  await createRepo({ ...hub, repo: siri })
  await createRepo({ ...hub, repo: closed, private: true })
  await uploadFiles({ ...hub, repo: closed, files: [{ path: 'gone.txt', content: new Blob([GONE]) }] })
  const erasing = ['--member', 'kisumu', '--reason', 'legal', '--yes']
  expect((await oldNode.cli('content', 'erase', sha256Of(Buffer.from(GONE)), ...erasing)).code).toBe(0)
  await uploadFiles({
    ...hub,
    repo: siri,
    files: [{ path: 'model.bin', content: new Blob([new Uint8Array(WEIGHTS)]) }],
  })
  expect((await at(oldNode, oldNode.token, `${SIRI}/settings`, { gated: 'manual' }, 'PUT')).status).toBe(200)

  // One person of another member, who hears of the answer only later, and one of the node that is left.
  await dhaka.follow(oldNode, '--member', 'kisumu')
  for (const node of [oldNode, newNode]) await node.follow(dhaka)
  const wayra = await dhaka.addUser('wayra')
  const juma = await oldNode.addUser('juma')
  const wish = { purpose: 'To compare it with ours.', contact: 'room 7' }
  expect((await at(dhaka, wayra, '/kisumu/siri/ask-access', wish)).status).toBe(200)
  expect((await at(oldNode, juma, '/kisumu/siri/ask-access', wish)).status).toBe(200)
  const pending = await until(async () => {
    const people = await peopleAt(oldNode, 'pending')
    return people.length === 2 && people
  })
  await dhaka.kill('SIGTERM')
  for (const user of pending)
    expect(
      (await at(oldNode, oldNode.token, `${SIRI}/user-access-request/handle`, { user, status: 'accepted' }))
        .status,
    ).toBe(200)

  const move = (node: Member, ...args: readonly string[]) =>
    node.cliWith([WORDS], 'member', ...args, '--json')
  const out = await until(async () => {
    const tried = await move(oldNode, 'move-out', 'kisumu', '--to', to)
    return tried.stderr.includes('not signed yet') ? null : tried
  })
  expect([out.code, out.stderr]).toEqual([0, ''])
  const moved = await move(newNode, 'move-in', to, '--owner', 'admin', '--allow-private-address')
  expect([moved.code, moved.stderr]).toEqual([0, ''])

  // Gated as it was, with the same people let in; those of the old node are of another member now.
  const people = await peopleAt(newNode, 'accepted')
  expect(people).toHaveLength(2)
  expect(people).toContain(pending.find((name) => name.endsWith('@dhaka')))
  expect(people).toContainEqual(expect.stringMatching(/^[a-z2-7]{16}@nairobi$/))
  expect((await at(newNode, null, '/kisumu/siri/resolve/main/model.bin')).status).toBe(401)
  expect(
    (await at(newNode, await newNode.addUser('amaru'), '/kisumu/siri/resolve/main/model.bin')).status,
  ).toBe(403)
  expect((await at(newNode, null, '/api/models/kisumu/before')).body).toMatchObject({ id: 'kisumu/after' })
  const gone = await at(newNode, newNode.token, '/kisumu/closed/resolve/main/gone.txt')
  expect(gone.status).toBe(451)
  const again = [{ path: 'again.txt', content: new Blob([GONE]) }]
  const newHub = { hubUrl: newNode.url, accessToken: newNode.token, repo: closed }
  await expect(uploadFiles({ ...newHub, files: again })).rejects.toMatchObject({ statusCode: 451 })
  expect(await newNode.cli('doctor')).toMatchObject({ code: 0 })

  // The answer that did not arrive comes from the new node, and opens what it opened.
  await oldNode.follow(newNode, '--member', 'kisumu')
  await dhaka.restart()
  const there = { hubUrl: dhaka.url, accessToken: wayra, repo: siri, path: 'model.bin' }
  const file = await until(() => downloadFile(there).catch(() => null))
  expect(sha256Of(new Uint8Array(await file.arrayBuffer()))).toBe(sha256Of(WEIGHTS))
  await expect(downloadFile({ ...there, accessToken: dhaka.token })).rejects.toThrow('not found')
  await until(async () => {
    await newNode.cli('message', 'retry') // it was tried while nobody answered, and waits longer each time
    const { stdout } = await newNode.cli('message', 'list', '--json')
    const messages = JSON.parse(stdout) as readonly { readonly kind: string; readonly state: string }[]
    return messages.some(({ kind, state }) => kind === 'access-answer/1' && state === 'delivered')
  })
  expect((await newNode.cli('rebuild')).code).toBe(0)
})
