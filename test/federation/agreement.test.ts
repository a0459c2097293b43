import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { createRepo, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ask, type Member, shownAt as shownBy, startMember, until } from '../support/federation.ts'

interface Shown {
  readonly agreement: string
  readonly state: string
  readonly overdue: boolean
  readonly obligations: readonly {
    readonly claimed: string
    readonly delivered: string
    readonly accepted: string
    readonly deliveries: readonly { readonly delivery: string; readonly verdict: string | null }[]
  }[]
}

/** The agreement as a node shows it, once it is as wanted. */
function shownAt(node: Member, id: string, isWanted: (shown: Shown) => boolean): Promise<Shown> {
  return shownBy(node, ['agreement', 'show', id], isWanted)
}

const USAGE = `JobID|Start|End|Elapsed|AllocTRES
100|2026-10-02T00:00:00|2026-10-03T01:00:00|1-01:00:00|cpu=8,gres/gpu=2
100.batch|2026-10-02T00:00:00|2026-10-03T01:00:00|1-01:00:00|cpu=8,gres/gpu=2
101|2026-10-05T00:00:00|2026-10-05T05:00:00|05:00:00|gres/gpu=8
102|2026-11-05T00:00:00|2026-11-05T05:00:00|05:00:00|gres/gpu=8
`

/** Two nodes that follow one another. */
describe('two members that agree', () => {
  let lyon: Member
  let nairobi: Member

  beforeAll(async () => {
    ;[lyon, nairobi] = (await Promise.all(['lyon', 'nairobi'].map((handle) => startMember(handle)))) as [
      Member,
      Member,
    ]
    await lyon.follow(nairobi)
    await nairobi.follow(lyon)
  })
  afterAll(() => Promise.all([lyon, nairobi].map((node) => node[Symbol.asyncDispose]())))

  it('come from a sealed draft to what was delivered, shown and accepted', async () => {
    const file = join(lyon.dataFolder, '..', 'agreement.json')
    await writeFile(
      file,
      JSON.stringify({
        with: 'nairobi',
        title: 'Hours for speech',
        description: 'Training of a speech model for clinics.',
        language: 'en',
        obligations: [
          { by: 'lyon', kind: 'compute', unit: 'gpu-hour', amount: 90, text: 'Hours.', due: '2026-11-01' },
        ],
        from: '2026-10-01',
        until: '2026-12-31',
        country: 'KE',
        sector: 'health',
      }),
    )
    const { draft } = await ask<{ draft: string }>(lyon, 'agreement', 'draft', '--file', file, '--as', 'lyon')
    await ask(lyon, 'agreement', 'send', draft, '--note', 'As we spoke', '--as', 'lyon')
    const received = await until(async () => {
      const [first] = await ask<{ draft: string; note: string }[]>(nairobi, 'agreement', 'list', '--drafts')
      return first
    })
    expect(received).toMatchObject({ draft, note: 'As we spoke', state: 'received' })

    const { agreement: id } = await ask<{ agreement: string }>(
      nairobi,
      'agreement',
      'sign',
      draft,
      '--as',
      'nairobi',
    )
    await shownAt(lyon, id, ({ state }) => state === 'proposed')
    await ask(lyon, 'agreement', 'answer', id.slice(0, 12), '--sign', '--as', 'lyon')
    await shownAt(nairobi, id, ({ state }) => state === 'active')

    await ask(lyon, 'agreement', 'contact', id, '--tell', 'Odile, cluster@lyon.example', '--as', 'lyon')
    await until(async () => (await ask<unknown[]>(nairobi, 'agreement', 'contact', id, '--as', 'nairobi'))[0])

    const repo = { type: 'dataset' as const, name: 'lyon/usage' }
    const hub = { hubUrl: lyon.url, accessToken: lyon.token, repo }
    await createRepo(hub)
    await uploadFiles({ ...hub, files: [{ path: 'october.txt', content: new Blob([USAGE]) }] })
    const days = ['--amount', '100', '--from', '2026-10-01', '--until', '2026-10-31', '--as', 'lyon']
    const evidence = ['--evidence', 'slurm:datasets/lyon/usage@main:october.txt']
    await ask(lyon, 'delivery', 'state', id, ...days, ...evidence)
    // What was said arrives first, and is claimed; once the file is here it is opened and counted.
    const shown = await shownAt(nairobi, id, ({ obligations }) => obligations[0]?.delivered === '90')
    expect(shown).toMatchObject({ state: 'delivered', overdue: false, obligations: [{ claimed: '10' }] })

    const [delivery] = await ask<{ delivery: string }[]>(nairobi, 'delivery', 'list')
    const as = ['--as', 'nairobi']
    await ask(nairobi, 'delivery', 'dispute', delivery?.delivery ?? '', '--reason', 'Job 101 failed.', ...as)
    await shownAt(lyon, id, ({ state }) => state === 'disputed')
    await ask(nairobi, 'delivery', 'accept', delivery?.delivery ?? '', ...as)
    await shownAt(lyon, id, ({ state }) => state === 'accepted')
    await ask(lyon, 'agreement', 'end', id, '--as', 'lyon')
    const [here, there] = await Promise.all(
      [lyon, nairobi].map((node) => shownAt(node, id, ({ state }) => state === 'closed')),
    )
    expect(there).toEqual(here)
    for (const node of [lyon, nairobi]) {
      using database = new DatabaseSync(join(node.dataFolder, 'ayni.db'), { readOnly: true })
      const leaves = database.prepare('select cast(leaf as text) as text from log_tail').all()
      const said = `${node.log}${leaves.map(({ text }) => String(text)).join('')}`
      expect(said).toContain('Hours for speech')
      for (const secret of ['Odile', 'As we spoke']) expect(said).not.toContain(secret)
    }
  })
})
