import { once } from 'node:events'
import { createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, it } from 'vitest'

import { DAY } from '../../src/kernel/time.ts'
import { logsOf, publishCard, startMember, until } from '../support/federation.ts'
import { withStoppedNode } from '../support/stopped-node.ts'

/** Stands before a node like a content network: passes everything on, and shows a kept checkpoint when it is told to. */
async function cachingProxy(target: string) {
  let kept: Uint8Array | null = null
  let shown = 0
  const server = createServer((request, response) => {
    if (kept && request.url?.endsWith('/checkpoint')) {
      shown++
      return void response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(kept)
    }
    const { method, headers } = request
    const passed = ask(new URL(request.url ?? '/', target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    response.on('close', () => passed.destroy())
    request.pipe(passed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    /** Shows this from now on; null shows what there is. */
    keep(checkpoint: Uint8Array | null) {
      kept = checkpoint
      shown = 0
    },
    get shown() {
      return shown
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

it(
  'an old checkpoint that is shown again is ignored, then said after a day, then forgotten',
  { timeout: 120_000 },
  async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using proxy = await cachingProxy(nairobi.url)
    const done = await cusco.cli('follow', proxy.url, '--allow-private-address', '--yes')
    expect(done).toMatchObject({ code: 0 })
    const own = async () => (await logsOf(nairobi)).own
    const held = async () => (await logsOf(cusco)).held[0]?.size ?? 0
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const early = await until(async () => ((await own())?.size ?? 0) >= 3 && (await own()))
    const checkpoint = new Uint8Array(await (await fetch(`${early.prefix}/checkpoint`)).arrayBuffer())
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    const late = await until(async () => {
      const size = (await own())?.size ?? 0
      return size > early.size && (await held()) === size && size
    })
    const following = async () => JSON.parse((await cusco.cli('following', '--json')).stdout)[0]

    // Nothing goes back, and it is no failure yet.
    proxy.keep(checkpoint)
    await cusco.cli('following', '--retry', 'nairobi')
    await until(async () => proxy.shown > 0)
    const before = await following()
    expect([await held(), before.failure, before.frozen]).toEqual([late, null, null])
    await publishCard(nairobi, 'nairobi/three', 'Three\n')
    await cusco.cli('following', '--retry', 'nairobi')
    expect([await held(), (await following()).checked]).toEqual([late, before.checked])
    expect((await fetch(`${cusco.url}/nairobi/two`)).status).toBe(200)

    // A day later it is said, on the page as on the command line.
    await cusco.kill('SIGTERM')
    await withStoppedNode(cusco.dataFolder, (node) =>
      node.database.write((tx) =>
        tx
          .updateTable('follow')
          .set({ checked_at: Date.now() - DAY })
          .execute(),
      ),
    )
    await cusco.restart()
    await until(async () => (await following()).failure === 'logStale')
    expect(await (await fetch(`${cusco.url}/en/members`)).text()).toContain(
      'has shown an older state of the log',
    )
    expect(await held()).toBe(late)

    // And forgotten when what is shown is new.
    proxy.keep(null)
    await cusco.cli('following', '--retry', 'nairobi')
    await until(async () => (await held()) > late && (await following()).failure === null)
  },
)
