import { describe, expect, it } from 'vitest'

import { defineCommand } from './command.ts'
import { UsageError } from './failures.ts'
import { editDistance, suggestion } from './suggestion.ts'
import type { World } from './world.ts'

const nothing = (): never => {
  throw new Error('not to be used')
}
const world: World = {
  version: '0',
  stdout: { write: nothing },
  stderr: { write: nothing },
  clock: () => 0,
  signal: AbortSignal.abort(),
  savedToken: undefined,
  savedNode: undefined,
  confirm: async () => false,
  readSecrets: async () => [],
  openFolder: nothing,
  openNode: nothing,
  serveNode: nothing,
}

/** What a command line comes out as. */
async function read(...line: readonly string[]) {
  let seen: unknown
  const command = defineCommand({
    summary: '',
    examples: [],
    args: {
      name: { type: 'positional', required: true },
      folder: { type: 'positional', required: false },
      data: { type: 'string', default: 'data' },
      scope: { type: 'enum', options: ['read', 'write'] },
      json: { type: 'boolean' },
    },
    run: async ({ name, folder, data, scope, json }) => {
      seen = { name, folder, data, scope, json }
    },
  })
  await command.run(line, world)
  return seen
}

describe('a command line', () => {
  it('is read into typed arguments, options before or after words', async () => {
    const expected = { name: 'jose', folder: undefined, data: 'x', scope: 'read', json: true }
    expect(await read('jose', '--data', 'x', '--scope=read', '--json')).toEqual(expected)
    expect(await read('--json', '--scope', 'read', '--data=x', 'jose')).toEqual(expected)
    expect(await read('--', '--odd')).toMatchObject({ name: '--odd', data: 'data' })
  })

  it.each([
    [[], /NAME/],
    [['jose', 'folder', 'more'], 'One word too many: “more”.'],
    [['jose', '--dta', 'x'], 'There is no option --dta. Did you mean --data?'],
    [['jose', '--dta'], 'There is no option --dta. Did you mean --data?'],
    [['jose', '--no-json'], 'There is no option --no-json. Did you mean --json?'],
    [['jose', '-x'], 'There is no option -x.'],
    [['jose', '--data'], 'The option --data needs a value.'],
    [['jose', '--data='], 'The option --data needs a value.'],
    [['jose', '--data', '--json'], 'The option --data needs a value.'],
    [['jose', '--json=yes'], 'The option --json takes no value.'],
    [['jose', '--scope', 'all'], /scope.*all.*read.*write/],
    [['jose', '--name', 'x'], 'There is no option --name.'],
  ])('that does not fit is refused before anything is done: %j', async (line, sentence) => {
    const refused = read(...line)
    await expect(refused).rejects.toThrow(UsageError)
    await expect(refused).rejects.toThrow(sentence)
  })
})

describe('a suggestion', () => {
  it.each([
    ['usr', ['user', 'serve'], ' Did you mean user?'],
    ['--handel', ['--handle', '--name'], ' Did you mean --handle?'],
    ['frobnicate', ['user', 'org'], ''],
    ['x', [], ''],
  ])('is made for %s when something known is near', (typed, known, said) => {
    expect(suggestion(typed, known)).toBe(said)
  })

  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
  ])('counts the edits from %s to %s', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance)
    expect(editDistance(right, left)).toBe(distance)
  })
})
