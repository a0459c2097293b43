import { once } from 'node:events'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { failure } from '../../kernel/failure.ts'
import { fail, succeed } from '../../kernel/result.ts'
import type { AdminChannel } from './admin.ts'
import { connectToAdmin, listenForAdmin } from './index.ts'

const unheard: AdminChannel = () => Promise.reject(new Error('not to be asked'))
const quiet = { note: () => {}, signal: new AbortController().signal }

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'ayni-socket-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function listening(folder: string, channel: AdminChannel) {
  const socket = join(folder, 'node.sock')
  const errors: unknown[] = []
  const listener = await listenForAdmin({ socket, channel, onError: (error) => errors.push(error) })
  const connected = await connectToAdmin(socket)
  if (!connected) throw new Error('nobody answers')
  return { socket, errors, ask: connected, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() }
}

describe('the administration socket', () => {
  it('carries the input there, notes as they come, and the answer back', async () => {
    await using folder = await temporaryFolder()
    await using node = await listening(folder.path, async (name, input, { note }) => {
      note({ kind: 'xorbMissing', subject: 'aa', detail: 'gone' })
      note({ kind: 'fileDamaged', subject: 'bb', detail: 'bent' })
      return succeed({ name, input })
    })
    const notes: string[] = []
    const answer = await node.ask(
      'doctor',
      { deep: [1] },
      { ...quiet, note: ({ subject }) => notes.push(subject) },
    )
    expect(notes).toEqual(['aa', 'bb'])
    expect(answer).toEqual(succeed({ name: 'doctor', input: { deep: [1] } }))
  })

  it('carries an expected failure whole', async () => {
    await using folder = await temporaryFolder()
    const taken = failure('nameTaken', { name: 'jose', count: 1 }, 'name')
    await using node = await listening(folder.path, async () => fail(taken))
    expect(await node.ask('addUser', {}, quiet)).toEqual(fail(taken))
  })

  it('refuses a command it does not know, from a newer program', async () => {
    await using folder = await temporaryFolder()
    await using node = await listening(folder.path, unheard)
    const outgoing = request({ socketPath: node.socket, method: 'POST', path: '/toString' })
    outgoing.end('{}')
    const [answer] = await once(outgoing, 'response')
    const [text] = await once(answer, 'data')
    expect(JSON.parse(String(text))).toMatchObject({ failure: { reason: 'unknownOperation' } })
  })

  it('cuts the answer of a command that broke, and tells the node', async () => {
    await using folder = await temporaryFolder()
    await using node = await listening(folder.path, async () => {
      throw new Error('a bug')
    })
    await expect(node.ask('listUsers', {}, quiet)).rejects.toThrow('before it was done')
    expect(node.errors.map(String)).toEqual(['Error: a bug'])
  })

  it('tells a long command when nobody waits for it any more', async () => {
    await using folder = await temporaryFolder()
    const told = Promise.withResolvers<boolean>()
    await using node = await listening(folder.path, async (_name, _input, { note, signal }) => {
      note({ kind: 'xorbMissing', subject: 'aa', detail: '' })
      await once(signal, 'abort')
      told.resolve(signal.aborted)
      return succeed(null)
    })
    const leave = new AbortController()
    const asked = node.ask('doctor', {}, { note: () => leave.abort(), signal: leave.signal })
    await expect(asked).rejects.toThrow('aborted')
    expect(await told.promise).toBe(true)
    expect(node.errors).toEqual([])
  })

  it('is its owner’s only, replaces one left by a killed node, and is gone afterwards', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'node.sock'), '')
    {
      await using node = await listening(folder.path, unheard)
      expect((await stat(node.socket)).mode & 0o777).toBe(0o600)
    }
    await expect(stat(join(folder.path, 'node.sock'))).rejects.toThrow('ENOENT')
  })

  it('is not answered where no node runs', async () => {
    await using folder = await temporaryFolder()
    expect(await connectToAdmin(join(folder.path, 'node.sock'))).toBeNull()
  })

  it.runIf(process.platform === 'linux')(
    'works below a path longer than a socket’s address may be',
    async () => {
      await using folder = await temporaryFolder()
      const deep = join(folder.path, 'long-name-'.repeat(10), 'long-name-'.repeat(10))
      await mkdir(deep, { recursive: true })
      await using node = await listening(deep, async () => succeed('here'))
      expect(await node.ask('listUsers', {}, quiet)).toEqual(succeed('here'))
    },
  )
})
