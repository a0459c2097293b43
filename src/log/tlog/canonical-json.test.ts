import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'
import { z } from 'zod'

import { describeWith } from '../../../test/support/describe-with.ts'
import { testData } from '../../../test/support/index.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'

describeWith(await testData('tlog/jcs'), 'canonical JSON, by the vectors of RFC 8785’s author', (folder) => {
  const text = (...path: readonly string[]) => readFileSync(join(folder, ...path), 'utf8')

  it.each(readdirSync(join(folder, 'input')))('%s', (name) => {
    const written = canonicalJson(z.json().parse(JSON.parse(text('input', name))))
    expect(written).toBe(text('output', name))
    const hex = text('outhex', name.replace('.json', '.txt')).replaceAll(/\s/g, '')
    expect(Buffer.from(written).toString('hex')).toBe(hex)
  })
})
