import { once } from 'node:events'
import { connect } from 'node:net'

import { createRepo, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { randomBytesOf, startNode, type TestNode } from '../support/index.ts'

const MIB = 1024 * 1024
const REPOSITORY = 'admin/left'

describe('a node whose clients leave in the middle', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await startNode()
    const hub = {
      hubUrl: node.url,
      accessToken: node.token,
      repo: { type: 'model' as const, name: REPOSITORY },
    }
    await createRepo(hub)
    const content = new Blob([new Uint8Array(randomBytesOf('left', 64 * MIB))])
    await uploadFiles({ ...hub, files: [{ path: 'model.bin', content }] })
  })
  afterAll(() => node[Symbol.asyncDispose]())

  /** Sends the start of a request, takes the first bytes of an answer where one comes, and is gone. */
  async function leave(
    how: 'reset' | 'close',
    lines: readonly string[],
    body: Uint8Array | null,
  ): Promise<void> {
    const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
    socket.on('error', () => {}) // what the node does to a connection that is gone is not looked at
    socket.write([...lines, 'Host: node', `Authorization: Bearer ${node.token}`, '', ''].join('\r\n'))
    if (body) await new Promise((resolve) => socket.write(body, resolve))
    else for (let pieces = 0; pieces < 200; pieces++) await once(socket, 'data')
    if (how === 'reset') socket.resetAndDestroy()
    else socket.destroy()
    await once(socket, 'close')
  }

  const MODEL = `/${REPOSITORY}/resolve/main/model.bin`
  const COMMIT = `/api/models/${REPOSITORY}/commit/main`
  it.each([
    ['a file', [`GET ${MODEL} HTTP/1.1`], null],
    ['a part of a file', [`GET ${MODEL} HTTP/1.1`, 'Range: bytes=1000-60000000'], null],
    ['a commit', [`POST ${COMMIT} HTTP/1.1`, `Content-Length: ${MIB}`], new Uint8Array(1000).fill(0x20)],
    ['JSON', ['POST /api/repos/create HTTP/1.1', `Content-Length: ${MIB}`], new Uint8Array(1000).fill(0x20)],
  ])('has nothing to say about it: %s', async (_what, lines, body) => {
    for (const how of ['reset', 'close', 'reset', 'close'] as const) await leave(how, lines, body)
    const health = await fetch(`${node.url}/api/ayni/v1/health`)
    expect(health.status).toBe(200)
    expect(node.log).toBe('')
  })
})
