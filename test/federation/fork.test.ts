import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { utf8 } from '../../src/kernel/bytes.ts'
import { decodeBundle, formatVerifierKey, signingKey } from '../../src/log/tlog/index.ts'
import { writtenLog } from '../../src/log/tlog/written-log.contract.ts'
import { buildVerifier, findGo } from '../log-verifier/build.ts'
import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'
import { run, temporaryFolder, type TestNode } from '../support/index.ts'

/** What a member's log says up to `size`, and the key that signs it: whoever has stolen its folder has both. */
async function stolen(home: Member, size: number) {
  const { members, own } = await logsOf(home)
  const [member] = members
  if (!member || !own) throw new Error('no member')
  const bundle = await fetch(`${own.prefix}/tile/entries/000.p/${size}`)
  const entries = decodeBundle(new Uint8Array(await bundle.arrayBuffer()), size)
  const file = await readFile(join(home.dataFolder, 'keys', `${member.id}.json`), 'utf8')
  const seed = /"log":"([^"]+)"/.exec(file)?.[1]
  if (!entries || seed === undefined) throw new Error('no entries or no key')
  return { member, origin: own.origin, entries, key: signingKey(own.origin, 1, Uint8Array.fromBase64(seed)) }
}

/** Serves files below a log's prefix, and says whose log that is, as a node does. */
async function serveLog(
  member: { readonly id: string; readonly handle: string },
  files: ReadonlyMap<string, Uint8Array>,
) {
  const prefix = `/api/ayni/v1/logs/${member.id}/0/`
  const hint = JSON.stringify({
    members: [{ id: member.id, handle: member.handle, name: 'Nairobi' }],
    logs: [],
  })
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const body =
      path === '/.well-known/ayni'
        ? hint
        : files.get(path.startsWith(prefix) ? path.slice(prefix.length) : '')
    response.writeHead(body === undefined ? 404 : 200).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function heldOf(node: TestNode, origin: string) {
  return until(async () => (await logsOf(node)).held.find((log) => log.origin === origin))
}

async function evidenceAt(node: TestNode, origin: string): Promise<string> {
  const { prefix } = await heldOf(node, origin)
  return until(async () => {
    const answer = await fetch(`${prefix}/evidence`)
    return answer.ok && answer.text()
  })
}

describe('a log that shows two histories to two followers', () => {
  it('is caught by gossip; both freeze, and the evidence convinces a stranger', async ({ skip }) => {
    await using nairobi = await startMember('nairobi')
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const size = await until(async () => {
      const { own } = await logsOf(nairobi)
      return own && own.size >= 5 && own.size
    })
    const { member, origin, entries, key } = await stolen(nairobi, size)
    const other = [...entries.slice(0, 3), ...Array.from({ length: 9 }, (_, at) => utf8(`{"other":${at}}\n`))]
    await using forger = await serveLog(member, writtenLog(other, key).files)
    await using cusco = await startMember('cusco')
    await using quito = await startMember('quito')
    await cusco.follow(nairobi)
    const followed = await quito.cli('follow', forger.url, '--allow-private-address', '--yes')
    expect([followed.code, followed.stderr]).toEqual([0, expect.any(String)])
    expect([(await heldOf(cusco, origin)).size, (await heldOf(quito, origin)).size]).toEqual([size, 12])
    // Each has one history and sees nothing wrong, until they hear of one another.
    await cusco.follow(quito)
    await quito.follow(cusco)
    await quito.restart()
    const found = await evidenceAt(quito, origin)
    const told = await evidenceAt(cusco, origin)
    expect([found, told]).toEqual([expect.stringMatching(/^ayni\/fork@v1\n/), found])
    for (const node of [cusco, quito]) {
      const following = JSON.parse((await node.cli('following', '--json')).stdout)
      expect(following).toContainEqual(expect.objectContaining({ handle: 'nairobi', frozen: 'fork' }))
      const own = (await logsOf(node)).own ?? expect.unreachable('no log')
      const bundle = await until(async () => {
        const text = await (
          await fetch(`${own.prefix}/tile/entries/000.p/${(await logsOf(node)).own?.size}`)
        ).text()
        return text.includes('"log-fork/1"') && text
      })
      expect(bundle.split('"log-fork/1"')).toHaveLength(2)
    }
    // What was held stays as it was.
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    expect([(await heldOf(cusco, origin)).size, (await heldOf(quito, origin)).size]).toEqual([size, 12])

    const go = await findGo()
    if (!go.ok) {
      expect(process.env['CI']).not.toBe('true')
      return skip(go.why)
    }
    await using verifier = await buildVerifier(go.value)
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'evidence')
    await writeFile(path, found)
    const judged = await run(verifier.path, ['-fork', path, formatVerifierKey(key.verifier)])
    expect(judged).toMatchObject({ code: 0, stdout: `FORK ${origin} ${size} 12\n` })
  })
})
