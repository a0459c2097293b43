import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { logsOf, publishCard, startMember, until } from '../support/federation.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const DERIVED = ['log_entry', 'announced_ref', 'member', 'follow', 'card', 'card_tag']

/** Cusco, stopped, which followed Nairobi while it published three repositories and one a second time. */
async function stoppedFollower() {
  await using owned = new AsyncDisposableStack()
  const nairobi = owned.use(await startMember('nairobi'))
  const cusco = owned.use(await startMember('cusco'))
  await cusco.follow(nairobi)
  await publishCard(cusco, 'cusco/runasimi', '# Runasimi\n')
  for (const name of ['lugha', 'sauti', 'maneno'])
    await publishCard(nairobi, `nairobi/${name}`, `# ${name}\n`)
  await publishCard(nairobi, 'nairobi/lugha', '---\nlicense: mit\n---\n# Lugha mbili\n')
  await until(async () => {
    const [own, held] = [(await logsOf(nairobi)).own, (await logsOf(cusco)).held[0]]
    return own && own.size >= 10 && held?.size === own.size
  })
  const card = async () => (await fetch(`${cusco.url}/nairobi/lugha/resolve/main/README.md`)).text()
  await until(async () => (await card()).includes('mbili'))
  const rebuild = async () => {
    const { code, stdout } = await cusco.cli('rebuild', '--json')
    return { code, ...JSON.parse(stdout) }
  }
  const live = await rebuild()
  await cusco.kill('SIGTERM')
  const rest = owned.move()
  return { cusco, rebuild, live, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

function derivedIn(folder: string): unknown {
  using database = new DatabaseSync(join(folder, 'ayni.db'))
  return DERIVED.map((table) => [table, database.prepare(`select * from ${table} order by 1, 2`).all()])
}

describe('making projections anew', () => {
  it('comes to the same, and says where it did not', async () => {
    await using follower = await stoppedFollower()
    const { cusco, rebuild, live } = follower
    expect(live).toMatchObject({ code: 0, equal: true })
    const names = live.tables.map(({ table }: { table: string }) => table)
    expect(names).toEqual(expect.arrayContaining([...DERIVED, 'search', 'statement']))
    const before = derivedIn(cusco.dataFolder)
    using database = new DatabaseSync(join(cusco.dataFolder, 'ayni.db'))
    database.exec(`
      update announced_ref set commit_oid = '${'0'.repeat(40)}' where key = 'nairobi/sauti';
      delete from announced_ref where key = 'cusco/runasimi';
      update log_entry set type = null, inert = 'unknownType' where position = 2;
      update card set title = 'Something else';
      delete from catalogue_search_row;
      update member set handle = 'somebody' where hosted = 0;
    `)
    const damaged = await rebuild()
    expect(damaged).toMatchObject({ code: 1, equal: false })
    const differing = Object.fromEntries(
      damaged.tables.map(({ table, differing: rows }: { table: string; differing: number }) => [table, rows]),
    )
    expect(differing).toMatchObject({ log_entry: 2, announced_ref: 2, member: 1, follow: 0, card: 4 })
    expect(differing['search']).toBeGreaterThan(3)
    expect(derivedIn(cusco.dataFolder)).toEqual(before)
    expect(await rebuild()).toMatchObject({ code: 0, equal: true })
  })

  it('counts each entry once, whenever it is killed', async () => {
    await using follower = await stoppedFollower()
    const { cusco, rebuild } = follower
    const before = derivedIn(cusco.dataFolder)
    for (const afterBytes of [1, 10, 25, 60, 90]) {
      const child = spawn(process.execPath, [AYNI, 'rebuild', '--data', cusco.dataFolder])
      let told = 0
      child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.length
        if (told >= afterBytes) child.kill('SIGKILL')
      })
      await once(child, 'close')
      expect(derivedIn(cusco.dataFolder)).toEqual(before)
    }
    expect(await rebuild()).toMatchObject({ code: 0, equal: true })
  })
})
