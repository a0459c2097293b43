import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Finished, run, startNode, temporaryFolder, type TestNode } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

function ayni(...args: readonly string[]): Promise<Finished> {
  return run(process.execPath, [AYNI, ...args])
}

async function answer(running: Promise<Finished>): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await running
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

const INIT = ['--handle', 'nairobi', '--name', 'Nairobi AI Institute'] as const

describe('ayni init', () => {
  it('prints one object with the handle, the account and a write token, and happens once', async () => {
    await using folder = await temporaryFolder()
    const data = join(folder.path, 'data')
    const made = await answer(ayni('init', '--data', data, ...INIT, '--admin', '_amina', '--json'))
    expect(made).toMatchObject({
      handle: 'nairobi',
      admin: '_amina',
      token: expect.stringMatching(/^hf_\w{34}$/),
    })
    const names = await readdir(data)
    const again = await ayni('init', '--data', data, '--handle', 'lima', '--name', 'Lima')
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr).toContain('set up already')
    expect((await readFile(join(data, 'ayni.db'))).includes('lima')).toBe(false)
    expect(await readdir(data)).toEqual(names)
  })

  it('leaves a folder alone that is not ours', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'thesis.docx'), '')
    const refused = await ayni('init', '--data', folder.path, ...INIT)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('left untouched')
    expect(await readdir(folder.path)).toEqual(['thesis.docx'])
  })
})

describe('ayni user', () => {
  it('makes no node where there is none', async () => {
    await using folder = await temporaryFolder()
    const refused = await ayni('user', 'list', '--data', join(folder.path, 'absent'))
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('not set up yet')
    expect(await readdir(folder.path)).toEqual([])
  })
})

describe('administration', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await startNode()
  })
  afterAll(() => node[Symbol.asyncDispose]())

  async function whoami(token: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${String(token)}` }
    const response = await fetch(`${node.url}/api/whoami-v2`, { headers })
    return response.ok ? (await response.json()).name : response.status
  }

  it('is the same while the node runs and while it is stopped; what is removed is dead at once', async () => {
    const user = '__OTHER_USER__'
    const added = await answer(node.cli('user', 'add', user, '--fullname', 'Other User', '--json'))
    expect(added).toMatchObject({ name: user, link: expect.stringContaining(`${node.url}/password/`) })
    const first = await answer(node.cli('token', 'add', user, '--scope', 'read', '--json'))
    expect(await whoami(first['token'])).toBe(user)
    expect((await node.cli('token', 'revoke', user, String(first['id']))).code).toBe(0)
    expect(await whoami(first['token'])).toBe(401)

    await node.kill('SIGTERM')
    const second = await answer(node.cli('token', 'add', user, '--scope', 'write', '--json'))
    await answer(node.cli('org', 'add', 'speech', '--owner', user.toLowerCase(), '--json'))
    await node.restart()
    expect(await whoami(second['token'])).toBe(user)
    expect((await node.cli('user', 'remove', user)).stderr).toContain('last administrator')
    await answer(node.cli('org', 'role', 'speech', 'admin', 'admin', '--json'))
    expect((await node.cli('user', 'remove', user)).code).toBe(0)
    expect(await whoami(second['token'])).toBe(401)
  }, 180_000)

  it('examines what is stored, and ends with 1 when something is wrong', async () => {
    expect(await answer(node.cli('doctor', '--json'))).toEqual({ problems: [] })
    await writeFile(join(node.dataFolder, 'xorbs', 'stranger'), 'not ours')
    const running = await node.cli('doctor', '--json')
    await node.kill('SIGTERM')
    const stopped = await node.cli('doctor', '--json')
    expect(running.code).toBe(1)
    expect(JSON.parse(running.stdout)).toMatchObject({
      problems: [{ kind: 'xorbUnlisted', subject: 'stranger' }],
    })
    expect(stopped).toMatchObject({ code: 1, stdout: running.stdout })
  }, 180_000)
})
