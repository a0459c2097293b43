import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { createRepo, uploadFiles } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { type Member, startMember, until } from '../support/federation.ts'
import { randomBytesOf, sha256Of } from '../support/index.ts'

const SLOW_LINK = fileURLToPath(new URL('slow-link.ts', import.meta.url))
/** At the link's speed alone 78 seconds, and a fifth more for its stalls. */
const WEIGHTS = randomBytesOf('weights over a bad link', 5_000_000)
const LONG = 300_000

/** The link in its own process. */
async function startSlowLink(node: Member) {
  const child = spawn(process.execPath, [SLOW_LINK, new URL(node.url).port], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  const port = await nextLine()
  return {
    url: `http://127.0.0.1:${port}`,
    async delivered() {
      child.stdin.write('\n')
      return JSON.parse(await nextLine()) as { readonly down: number; readonly up: number }
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
    },
  }
}

async function publishWeights(home: Member): Promise<void> {
  const repo = { type: 'model' as const, name: 'nairobi/lugha' }
  const hub = { hubUrl: home.url, accessToken: home.token, repo }
  await createRepo(hub)
  await uploadFiles({ ...hub, files: [{ path: 'model.bin', content: new Blob([new Uint8Array(WEIGHTS)]) }] })
}

async function followThrough(link: { readonly url: string }, node: Member): Promise<string> {
  const done = await node.cli('follow', link.url, '--allow-private-address', '--yes')
  if (done.code !== 0) throw new Error(done.stderr)
  const file = `${node.url}/nairobi/lugha/resolve/main/model.bin`
  await until(async () => (await fetch(file, { method: 'HEAD' })).ok)
  return file
}

describe('over a link of 512 kbit/s that stalls a fifth of the time and cuts every connection within 8 seconds', () => {
  it(
    'a file of 5 MB comes whole for at most 1.1 times its bytes, although its receiver is killed on the way',
    async () => {
      await using nairobi = await startMember('nairobi')
      await using cusco = await startMember('cusco')
      await publishWeights(nairobi)
      await using link = await startSlowLink(nairobi)
      const file = await followThrough(link, cusco)
      const before = await link.delivered()
      void fetch(file).catch(() => {}) // whoever asked is cut off by the kill
      await until(async () => (await link.delivered()).down - before.down > 1_500_000)
      await cusco.kill()
      await cusco.restart()
      const bytes = await until(async () => {
        const response = await fetch(file).catch(() => null)
        return response?.ok ? response.bytes().catch(() => null) : null // cut: asked again
      })
      const after = await link.delivered()
      expect(sha256Of(bytes)).toBe(sha256Of(WEIGHTS))
      expect(after.down - before.down).toBeGreaterThan(WEIGHTS.length)
      expect(after.down - before.down).toBeLessThan(WEIGHTS.length * 1.1)
    },
    LONG,
  )
})
