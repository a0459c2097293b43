import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { run, startNode, temporaryFolder } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

/** A node on a folder, from its first line on. */
async function serve(data: string) {
  const child = spawn(process.execPath, [AYNI, 'serve', '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, line: String(line), url: String(line).replace('ayni ready ', ''), said }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('ayni serve', () => {
  it('says when it is ready, invites to set up an empty node by a new link each time, and ends cleanly when asked', async () => {
    await using folder = await temporaryFolder()
    const data = join(folder.path, 'data')
    const keys: unknown[] = []
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, line, url, said } = await serve(data)
      expect(line).toMatch(/^ayni ready http:\/\/127\.0\.0\.1:\d+$/)
      expect((await fetch(`${url}/api/whoami-v2`)).status).toBe(401)
      expect((await stat(join(data, 'node.sock'))).mode & 0o777).toBe(0o600)
      await until(() => said.length === 2)
      keys.push(said[1]?.split(`${url}/set-up/`)[1])
      child.kill(signal)
      expect(await once(child, 'exit')).toEqual([0, null])
      await expect(stat(join(data, 'node.sock'))).rejects.toThrow('ENOENT')
    }
    expect(keys).toEqual([expect.stringMatching(/^\w{43}$/), expect.stringMatching(/^\w{43}$/)])
    expect(new Set(keys).size).toBe(2)
  }, 120_000)

  it('keeps its folder and its port to itself, invites nobody once it is set up, and comes back after kill -9', async () => {
    await using node = await startNode()
    await using folder = await temporaryFolder()
    const other = (data: string, port: string) =>
      run(process.execPath, [AYNI, 'serve', '--data', data, '--port', port])
    const second = await other(node.dataFolder, '0')
    expect(second).toMatchObject({ code: 1, stdout: '' })
    expect(second.stderr).toContain('Another program is using this data folder')
    const { port } = new URL(node.url)
    const taken = await other(join(folder.path, 'x'), port)
    expect(taken).toMatchObject({ code: 1, stderr: `Port ${port} is taken. Choose another with --port.\n` })
    await node.kill('SIGKILL')
    await node.restart()
    expect((await node.cli('user', 'list')).code).toBe(0)
    expect(node.log).toBe('')
  }, 120_000)
})
