import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { createRepo, downloadFile, uploadFiles } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { type Member, startMember, until } from '../support/federation.ts'
import { pythonClient, randomBytesOf, run, sha256Of, temporaryFolder } from '../support/index.ts'

const WEIGHTS = randomBytesOf('weights of siri', 1_500_000)
const CARD = '# Siri\n\nNot for everybody.\n'
const REPO = { type: 'model' as const, name: 'nairobi/siri' }

async function publishPrivate(home: Member): Promise<void> {
  const hub = { hubUrl: home.url, accessToken: home.token, repo: REPO }
  await createRepo({ ...hub, visibility: 'private' })
  const files = [
    { path: 'README.md', content: new Blob([CARD]) },
    { path: 'model.bin', content: new Blob([new Uint8Array(WEIGHTS)]) },
  ]
  await uploadFiles({ ...hub, files })
}

/** Hands everything on to a node and keeps what was sent there: what somebody on the way would see. */
async function listenTo(node: Member) {
  const heard: string[] = []
  const server = createServer((incoming, outgoing) => {
    const sent = request(`${node.url}${incoming.url}`, {
      method: incoming.method ?? 'GET',
      headers: incoming.headers,
    })
    heard.push(`${incoming.method} ${incoming.url}`)
    incoming.on('data', (piece: Buffer) => heard.push(piece.toString('latin1')))
    incoming.pipe(sent)
    sent.on('error', () => outgoing.destroy())
    sent.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', () => outgoing.destroy()).pipe(outgoing)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server has one
  return {
    heard,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What a member's node says, with the token of somebody there; null asks as nobody. */
async function at(node: Member, token: string | null, path: string, body?: object) {
  const response = await fetch(`${node.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown }
}

const WAITING = '/api/models/nairobi/siri/user-access-request'

interface Asked {
  readonly user: { readonly user: string }
  readonly fields: object
}

/** Asks at one member for a repository of another; the name under which the request arrives. */
async function askFor(cusco: Member, token: string, nairobi: Member): Promise<Asked> {
  const asked = await at(cusco, token, '/nairobi/siri/ask-access', {
    purpose: 'To compare it with ours.',
    contact: 'room 7',
  })
  expect(asked.status).toBe(200)
  return until(async () => {
    const { body } = await at(nairobi, nairobi.token, `${WAITING}/pending`)
    return (body as readonly Asked[])[0]
  })
}

const decide = (nairobi: Member, user: string, status: string) =>
  at(nairobi, nairobi.token, `${WAITING}/handle`, { user, status })

const infoAt = (node: Member, token: string | null) => at(node, token, '/api/models/nairobi/siri')

describe('a repository of another member that is not for everybody', () => {
  it('is asked for and granted after the logs of both were ended and continued', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await nairobi.follow(cusco)
    await publishPrivate(nairobi)
    for (const node of [nairobi, cusco]) {
      const ended = ['member', 'succeed', node.handle, '--reason', 'compromise', '--json']
      expect((await node.cliWith(node.recovery.slice(1), ...ended)).code).toBe(0)
    }
    const wayra = await cusco.addUser('wayra')
    const { user } = await askFor(cusco, wayra, nairobi)
    expect((await decide(nairobi, user.user, 'accepted')).status).toBe(200)
    await until(async () => (await infoAt(cusco, wayra)).status === 200)
  })

  it('is asked for, granted, fetched through one’s own node by unmodified clients, and closed again', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using geneva = await startMember('geneva')
    await using way = await listenTo(nairobi)
    await cusco.follow({ ...nairobi, url: way.url })
    await nairobi.follow(cusco)
    await geneva.follow(nairobi)
    await publishPrivate(nairobi)
    const wayra = await cusco.addUser('wayra')
    const other = await cusco.addUser('other')
    expect(await infoAt(cusco, wayra)).toMatchObject({ status: 404, body: { reason: 'repositoryNotFound' } })

    const request = await askFor(cusco, wayra, nairobi)
    expect(request.user.user).toMatch(/^[a-z2-7]{16}@cusco$/)
    expect(request.fields).toMatchObject({
      purpose: 'To compare it with ours.',
      contact: 'room 7',
      role: 'person',
    })
    expect(JSON.stringify(request)).not.toContain('wayra')
    expect((await infoAt(cusco, wayra)).status).toBe(404)
    const onTheWay = way.heard.join('\n')
    expect(onTheWay).toContain('POST /api/ayni/v1/messages')
    expect(onTheWay).toContain('"sealed"')
    expect(onTheWay).not.toMatch(/siri|wayra|room 7|compare/)

    expect((await decide(nairobi, request.user.user, 'accepted')).status).toBe(200)
    await until(async () => (await infoAt(cusco, wayra)).status === 200)
    const hub = { hubUrl: cusco.url, repo: REPO }
    const fetched = await downloadFile({ ...hub, path: 'model.bin', accessToken: wayra })
    expect(sha256Of(new Uint8Array((await fetched?.arrayBuffer()) ?? new ArrayBuffer()))).toBe(
      sha256Of(WEIGHTS),
    )

    // Nobody else learns anything, there or anywhere.
    for (const [node, token] of [
      [cusco, other],
      [cusco, cusco.token],
      [cusco, null],
      [geneva, geneva.token],
      [geneva, null],
      [nairobi, null],
    ] as const) {
      expect((await infoAt(node, token)).status).toBe(token === null ? 401 : 404)
      const search = await at(node, token, '/api/models?search=siri')
      expect(search.body).toEqual([])
    }

    expect((await decide(nairobi, request.user.user, 'rejected')).status).toBe(200)
    expect((await infoAt(cusco, wayra)).status).toBe(404)
    await expect(downloadFile({ ...hub, path: 'model.bin', accessToken: wayra })).rejects.toThrow('not found')
    for (const node of [nairobi, cusco, geneva]) expect((await node.cli('doctor')).code).toBe(0)
  })

  it('is fetched by the Python client through one’s own node', async ({ skip }) => {
    const client = await pythonClient('2.0.0')
    if (!client.ok) return skip(client.why)
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await nairobi.follow(cusco)
    await publishPrivate(nairobi)
    await using folder = await temporaryFolder()
    const env = { HF_ENDPOINT: cusco.url, HF_HOME: join(folder.path, 'home'), HF_TOKEN: cusco.token }
    const hf = join(client.value.programs, 'hf')
    const download = (target: string) =>
      run(hf, ['download', 'nairobi/siri', '--local-dir', join(folder.path, target)], { env })
    expect((await download('before')).code).not.toBe(0)
    await askFor(cusco, cusco.token, nairobi)
    const administer = (call: string) =>
      client.value.run(['-c', `from huggingface_hub import HfApi; api = HfApi(); ${call}`], {
        env: { HF_ENDPOINT: nairobi.url, HF_HOME: join(folder.path, 'home'), HF_TOKEN: nairobi.token },
      })
    const pending = await administer(
      'print(list(api.list_pending_access_requests("nairobi/siri"))[0].username)',
    )
    const user = pending.stdout.trim()
    expect(user).toMatch(/^[a-z2-7]{16}@cusco$/)
    await administer(`api.accept_access_request("nairobi/siri", "${user}")`)
    await until(async () => (await infoAt(cusco, cusco.token)).status === 200)
    expect(await download('granted')).toMatchObject({ code: 0 })
    const got = (name: string) => readFile(join(folder.path, 'granted', name))
    expect(sha256Of(new Uint8Array(await got('model.bin')))).toBe(sha256Of(WEIGHTS))
    expect((await got('README.md')).toString()).toBe(CARD)
    await administer(`api.cancel_access_request("nairobi/siri", "${user}")`)
    expect((await download('after')).code).not.toBe(0)
  })

  it('that lets whoever asks in is open as soon as the answer is here', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    const name = 'nairobi/phrases'
    const hub = { hubUrl: nairobi.url, accessToken: nairobi.token, repo: { type: 'dataset' as const, name } }
    await createRepo(hub)
    await uploadFiles({ ...hub, files: [{ path: 'phrases.csv', content: new Blob(['habari\n']) }] })
    const gate = await fetch(`${nairobi.url}/api/datasets/${name}/settings`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${nairobi.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ gated: 'auto' }),
    })
    expect(gate.status).toBe(200)
    await cusco.follow(nairobi)
    await nairobi.follow(cusco)
    const wayra = await cusco.addUser('wayra')
    const there = { hubUrl: cusco.url, repo: hub.repo, path: 'phrases.csv' }
    const asked = await at(cusco, wayra, `/datasets/${name}/ask-access`, { purpose: 'To learn.' })
    expect(asked.status).toBe(200)
    const file = await until(() => downloadFile({ ...there, accessToken: wayra }).catch(() => null))
    expect(await file.text()).toBe('habari\n')
    const stranger = await fetch(`${cusco.url}/datasets/${name}/resolve/main/phrases.csv`)
    expect(stranger.status).toBe(401)
  })

  it('waits until the home is back, survives kills, and is opened after the keys were changed', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await publishPrivate(nairobi)
    const request = { purpose: 'To compare it with ours.' }
    expect((await at(cusco, cusco.token, '/nairobi/siri/ask-access', request)).status).toBe(200)
    // Nairobi does not follow Cusco yet, and so does not know who that is.
    const refused = await until(async () => (await sentFrom(cusco)).find(({ failure }) => failure !== null))
    expect(refused).toMatchObject({ state: 'waiting', failure: 'senderNotFollowed', handle: 'nairobi' })
    await nairobi.follow(cusco)
    await nairobi.kill()
    await cusco.kill()
    expect((await cusco.cli('message', 'retry')).stdout).toBe('1 message will be sent again.\n')
    await cusco.restart()
    await until(async () => (await sentFrom(cusco)).find(({ failure }) => failure === 'hostNotReached'))
    await nairobi.restart()
    expect((await nairobi.cli('message', 'new-keys', 'nairobi')).code).toBe(0)
    await until(async () => {
      await cusco.cli('message', 'retry') // else it would be tried again in its own time
      return (await sentFrom(cusco))[0]?.state === 'delivered'
    })
    const { body } = await at(nairobi, nairobi.token, `${WAITING}/pending`)
    expect(body).toMatchObject([{ fields: { purpose: request.purpose } }])
    const received: unknown = JSON.parse((await nairobi.cli('message', 'list', '--json')).stdout)
    expect(received).toMatchObject([{ direction: 'in', kind: 'access-request/1', handle: 'cusco' }])
    expect(JSON.stringify(received)).not.toMatch(/siri|compare/)
  })
})

interface Sent {
  readonly state: string
  readonly failure: string | null
  readonly handle: string
}

async function sentFrom(node: Member): Promise<readonly Sent[]> {
  return JSON.parse((await node.cli('message', 'list', '--json')).stdout) as readonly Sent[]
}
