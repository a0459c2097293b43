import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { temporaryFolder, type TemporaryFolder } from '../../../test/support/index.ts'
import { BY_HAND } from '../../features/capacity/matching/rounds.contract.ts'
import { runCommandLine, type World } from '../main.ts'

async function run(...args: readonly string[]) {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const absent = (): never => {
    throw new Error('not to be used')
  }
  const world: World = {
    version: '1.2.3',
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    clock: () => 0,
    signal: new AbortController().signal,
    savedToken: undefined,
    savedNode: undefined,
    confirm: async () => false,
    readSecrets: async () => [],
    openFolder: absent,
    openNode: absent,
    serveNode: absent,
  }
  const code = await runCommandLine(args, world)
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}

describe('ayni match', () => {
  let folder: TemporaryFolder
  const file = async (name: string, text: string) => {
    const path = join(folder.path, name)
    await writeFile(path, text)
    return path
  }
  beforeAll(async () => {
    folder = await temporaryFolder()
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  it('says of each need what it got and why', async () => {
    const { code, stdout } = await run('match', await file('round.json', JSON.stringify(BY_HAND)))
    expect(code).toBe(0)
    expect(stdout).toContain(
      'n01   ke           100    45        It got 45 of 100: its even share, 45 for each',
    )
    expect(stdout).toContain(
      'It got nothing: there would have been 6.25 for it, and less than 15 is of no use to it.',
    )
    expect(stdout).toContain('No offer may give it more: o4 (the most for one institution).')
    expect(stdout).toContain('Part of all that went to least: 95/318')
  })

  it('computes what its own check finds right, and the same to the byte', async () => {
    const round = await file('round.json', JSON.stringify(BY_HAND))
    const result = await file('result.json', (await run('match', round, '--json')).stdout)
    const { code, stdout } = await run('match', 'check', round, result, '--canonical', '--json')
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, ok: true, canonical: true })
    expect((await run('match', 'check', round, result)).stdout).toContain('The result is right.')
  })

  it('ends with 1 for a wrong result, with the reason and the place', async () => {
    const round = await file('round.json', JSON.stringify(BY_HAND))
    const { stdout } = await run('match', round, '--json')
    const wrong = await file('wrong.json', stdout.replace('"25/4"', '"24/4"'))
    const checked = await run('match', 'check', round, wrong, '--json')
    expect(checked).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The result is wrong: its hash'),
    })
    expect(JSON.parse(checked.stdout)).toEqual({ ok: false, reason: 'resultHash', place: 'resultHash' })
  })

  it('ends with 1 for what is no round, too large or not there, and with 2 when misused', async () => {
    const bad = await file('bad.json', JSON.stringify({ ...BY_HAND, unit: 'seat' }))
    expect(await run('match', bad)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('matchUnit at unit\n'),
    })
    const large = await file('large.json', ' '.repeat(10 * 1024 * 1024))
    expect(await run('match', large)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('at most 8.39 MB'),
    })
    const cut = await file('cut.json', '{"format":')
    expect(await run('match', cut)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not JSON') })
    expect(await run('match', join(folder.path, 'absent.json'))).toMatchObject({ code: 1 })
    expect(await run('match')).toMatchObject({ code: 2 })
    expect(await run('match', bad, 'more')).toMatchObject({ code: 2 })
  })
})
