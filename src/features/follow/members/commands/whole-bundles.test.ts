import { expect, it } from 'vitest'

import { utf8 } from '../../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { RedactedLeaf } from '../../../../kernel/redacted-leaf.ts'
import { leafHash, type LogFiles } from '../../../../log/index.ts'
import { encodeBundle, encodeRedacted } from '../../../../log/tlog/index.ts'
import { preferWhole } from './whole-bundles.ts'

const LEAVES = [utf8('one\n'), utf8('two\n'), new Uint8Array()]
const PATH = 'tile/entries/000.p/3'
const WHOLE = encodeBundle(LEAVES)
const REDACTED = encodeRedacted(
  LEAVES.map((leaf, at) => (at === 1 ? new RedactedLeaf(leafHash(leaf)) : leaf)),
)

function filesOf(files: Readonly<Record<string, Uint8Array>>): LogFiles {
  return { read: async (path) => files[path] ?? null }
}

const FORGED = filesOf({ [PATH]: encodeBundle([utf8('one\n'), utf8('tow\n'), new Uint8Array()]) })
const BROKEN = filesOf({ [PATH]: WHOLE.subarray(1) })
const AWAY: LogFiles = {
  async read() {
    throw new Refusal(failure('hostNotReached', { host: 'away' }))
  },
}
const HOME = filesOf({ 'redacted/entries/000.p/3': REDACTED })

it.each([
  ['from another that has them', HOME, [filesOf({ [PATH]: WHOLE })], WHOLE],
  [
    'although others lie, are broken or away',
    HOME,
    [FORGED, BROKEN, AWAY, filesOf({ [PATH]: WHOLE })],
    WHOLE,
  ],
  ['not where nobody has them', HOME, [FORGED, filesOf({})], null],
  ['not where the home has erased nothing', filesOf({}), [filesOf({ [PATH]: WHOLE })], null],
  ['from the home first', filesOf({ [PATH]: WHOLE }), [FORGED], WHOLE],
])('bytes that a home has erased come %s', async (_what, home, others, expected) => {
  expect(await preferWhole(home, async () => others).read(PATH, 1000)).toEqual(expected)
})
