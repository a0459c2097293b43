import { readFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { failure, Refusal } from '../kernel/failure.ts'
import { fail } from '../kernel/result.ts'
import { runCommandLine } from './main.ts'
import type { World } from './world.ts'

/** What a command line says and ends with, in a world where only what is given works. */
async function say(line: string, parts: Partial<World> = {}) {
  const said = { stdout: '', stderr: '' }
  const absent = (): never => {
    throw new Error('not to be used')
  }
  const world: World = {
    version: '1.2.3',
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
    clock: () => 0,
    signal: new AbortController().signal,
    savedToken: undefined,
    savedNode: undefined,
    confirm: absent,
    readSecrets: absent,
    openFolder: absent,
    openNode: absent,
    serveNode: absent,
    ...parts,
  }
  const code = await runCommandLine(line === '' ? [] : line.split(' '), world)
  return { code, ...said }
}

const COMMANDS = [
  'init',
  'serve',
  'user add',
  'user list',
  'user remove',
  'user link',
  'user operator',
  'org add',
  'org list',
  'org role',
  'token add',
  'token list',
  'token revoke',
  'doctor',
  'publish',
  'get',
  'log verify',
  'log proof',
]

describe('the help', () => {
  it.each(COMMANDS)('of ayni %s shows examples that begin with it', async (command) => {
    const { code, stdout, stderr } = await say(`${command} --help`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`USAGE ayni ${command} `)
    expect(stdout).toMatch(new RegExp(`EXAMPLES\\n\\n  ayni ${command} `))
    expect(await say(`help ${command}`)).toEqual({ code, stdout, stderr })
  })

  it('of a group lists what is in it, and nothing is coloured where nobody looks', async () => {
    const { stdout } = await say('token -h')
    expect(stdout).toMatch(/add .*\n.*list .*\n.*revoke /)
    expect(stdout).not.toContain('\u001b')
    expect((await say('--help')).stdout).toMatch(/publish +Publish a folder/)
  })

  it('is not asked for by a word after --', async () => {
    expect((await say('user add -- --help --help')).code).toBe(2)
  })

  it('and the guide tell the same commands and options', async () => {
    const guide = await readFile(new URL('../../docs/guide/command-line.md', import.meta.url), 'utf8')
    for (const command of COMMANDS) {
      expect(guide).toContain(`ayni ${command}`)
      const { stdout } = await say(`${command} --help`)
      const options = [...stdout.matchAll(/^ +(--[a-z]+)/gm)].map(([, option = '']) => option)
      expect(options.filter((option) => !guide.includes(option))).toEqual([])
    }
  })

  it('goes with a version', async () => {
    expect(await say('--version')).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' })
  })
})

describe('the end of a command', () => {
  it.each([
    ['', 'Which command? One of init,', 'ayni'],
    ['user', 'Which command? One of add,', 'ayni user'],
    ['usr', 'There is no command “ayni usr”. Did you mean user?', 'ayni'],
    ['user constructor', 'There is no command “ayni user constructor”.', 'ayni user'],
    ['init --handel x', 'There is no option --handel. Did you mean --handle?', 'ayni init'],
    ['init --handle x', 'Missing required argument: --name', 'ayni init'],
    ['serve --port many', 'needs a number from 0 to 65535', 'ayni serve'],
    ['serve --url ftp://x', '--url needs an address', 'ayni serve'],
    ['org role a b owner', '“owner” is no role', 'ayni org role'],
    ['get asr --node http://x', '“asr” is no repository', 'ayni get'],
    ['get a/b', '--node needs the address', 'ayni get'],
    ['publish . a/b --node http://x', 'Publishing needs a token', 'ayni publish'],
    ['token add jose --scope read --only a', '“a” is no repository', 'ayni token add'],
  ])('that is misused is 2, with a pointer to the help: %s', async (line, sentence, path) => {
    const { code, stdout, stderr } = await say(line)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(sentence)
    expect(stderr.endsWith(`See: ${path} --help\n`)).toBe(true)
  })

  it.each(['Nairobi', 'nairobi.org', '-', 'a--b', '', 'x'.repeat(65)])(
    'that is refused is 1 with a sentence: the handle “%s”',
    async (handle) => {
      const { code, stderr } = await say(`init --handle=${handle} --name X`)
      expect(code).toBe(handle === '' ? 2 : 1)
      expect(stderr).toMatch(/handle/)
    },
  )

  it('that is refused with a reason says its sentence', async () => {
    const newer = failure('dataFolderNewer', { path: '/srv/data', found: 9, known: 1 })
    const { code, stderr } = await say('user list', { openFolder: async () => fail(newer) })
    expect(code).toBe(1)
    expect(stderr).toContain('was written by a newer version of Ayni')
  })

  it('that throws a refusal is the same', async () => {
    const openFolder = () => Promise.reject(new Refusal(failure('storageFull')))
    expect(await say('doctor', { openFolder })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('storage of this node is full'),
    })
  })

  it('that the operating system refuses is 1 with what it said', async () => {
    const denied = Object.assign(new Error('EACCES: permission denied, mkdir'), { syscall: 'mkdir' })
    const refused = await say('user list', { openFolder: () => Promise.reject(denied) })
    expect(refused).toEqual({ code: 1, stdout: '', stderr: 'EACCES: permission denied, mkdir\n' })
  })

  it('that is asked to stop is 130, as shells count it', async () => {
    const signal = AbortSignal.abort()
    const openFolder = () => Promise.reject(new DOMException('aborted', 'AbortError'))
    expect(await say('user list', { signal, openFolder })).toMatchObject({ code: 130, stderr: 'Stopped.\n' })
  })

  it('that is a bug is left to the program', async () => {
    await expect(say('user list')).rejects.toThrow('not to be used')
  })
})
