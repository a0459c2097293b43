import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { describeApi } from './index.ts'

it('the committed openapi.json is what the schemas say', () => {
  const committed: unknown = JSON.parse(readFileSync('openapi.json', 'utf8'))
  expect(committed).toEqual(JSON.parse(JSON.stringify(describeApi())))
})
