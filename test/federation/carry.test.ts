import { cp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { createRepo } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { logsOf, publishCard, startMember } from '../support/federation.ts'
import { randomBytesOf, sha256Of, temporaryFolder } from '../support/index.ts'
import { exportAt, hubOf, importAt, putFile, shaAt, signedAt } from './carrying.ts'

describe('a carry', () => {
  it('brings a member to a node that nobody reaches, and cosignatures back', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using disk = await temporaryFolder()
    const [march, april, back] = ['march', 'april', 'back'].map((name) => join(disk.path, name))
    if (!march || !april || !back) throw new Error('no folders')
    const first = randomBytesOf('first', 700_000)
    const second = randomBytesOf('second', 700_000)
    await putFile(nairobi, 'nairobi/lugha', 'model.bin', first)
    await publishCard(nairobi, 'nairobi/lugha', '# Lugha\n')
    await createRepo({ ...hubOf(nairobi, 'nairobi/siri'), visibility: 'private' })
    await putFile(nairobi, 'nairobi/siri', 'secret.bin', randomBytesOf('secret', 300_000))
    const early = await signedAt(nairobi, 7)
    const made = Date.now()
    expect(await exportAt(nairobi, march)).toMatchObject({ logs: 1, repositories: 1, missing: 0 })
    const all = (await readdir(march, { recursive: true })).join('\n')
    expect(all).not.toContain(sha256Of(randomBytesOf('secret', 300_000)))
    expect(await readFile(join(march, 'blobs/sha256', sha256Of(first).slice(0, 2), sha256Of(first)))).toEqual(
      Buffer.from(first),
    )

    // Whoever is not followed is shown, and not taken by itself.
    const unknown = await importAt(cusco, march)
    expect([unknown.code, unknown.of('nairobi')?.outcome]).toEqual([1, 'notFollowed'])
    expect((await cusco.cli('carry', 'import', march, '--follow')).code).toBe(2)
    const taken = await importAt(cusco, march, '--follow', '--yes')
    expect(taken.of('nairobi')).toMatchObject({
      outcome: 'followed',
      held: early,
      repositories: 1,
      incomplete: 0,
    })
    expect(await shaAt(cusco, 'nairobi/lugha/resolve/main/model.bin')).toBe(sha256Of(first))
    expect(await shaAt(cusco, 'nairobi/siri/resolve/main/secret.bin')).toBe(401)
    const [follow] = JSON.parse((await cusco.cli('following', '--json')).stdout)
    expect(follow).toMatchObject({ handle: 'nairobi', url: null, failure: null, checked: taken.asOf })
    expect(Date.parse(taken.asOf)).toBeGreaterThanOrEqual(made)
    expect((await importAt(cusco, march)).of('nairobi')?.outcome).toBe('unchanged')

    // What was published since fits beside it, and needs it.
    await putFile(nairobi, 'nairobi/lugha', 'model.bin', second)
    const late = await signedAt(nairobi, early + 1)
    const part = await exportAt(nairobi, april, '--since', march)
    expect(part.bytes).toBeLessThan(720_000)
    expect((await importAt(cusco, april)).of('nairobi')?.outcome).toBe('grown')
    expect(await shaAt(cusco, 'nairobi/lugha/resolve/main/model.bin')).toBe(sha256Of(second))
    expect((await importAt(cusco, march)).of('nairobi')?.outcome).toBe('older')

    // The way back, with the node that gets it stopped.
    await exportAt(cusco, back)
    await nairobi.kill('SIGTERM')
    const home = await importAt(nairobi, back, '--follow', '--yes')
    expect(home.of('nairobi')).toMatchObject({ outcome: 'vouched', held: late })
    expect(home.of('cusco')?.outcome).toBe('followed')
    await nairobi.restart()
    const { own } = await logsOf(nairobi)
    const checkpoint = await (await fetch(`${own?.prefix}/checkpoint`)).text()
    expect(checkpoint).toContain(`— ayni/${(await logsOf(cusco)).members[0]?.id}/witness `)
  })

  it('that builds on an earlier one says what is missing, and takes both together', async () => {
    await using nairobi = await startMember('nairobi')
    await using disk = await temporaryFolder()
    const [march, april] = [join(disk.path, 'march'), join(disk.path, 'april')]
    const bytes = randomBytesOf('second', 300_000)
    await publishCard(nairobi, 'nairobi/lugha', '# Lugha\n')
    await signedAt(nairobi, 6)
    await exportAt(nairobi, march)
    await putFile(nairobi, 'nairobi/lugha', 'model.bin', bytes)
    await signedAt(nairobi, 7)
    await exportAt(nairobi, april, '--since', march)
    await using geneva = await startMember('geneva')
    const lacking = await importAt(geneva, april, '--follow', '--yes')
    expect(lacking.of('nairobi')).toMatchObject({ outcome: 'followed', incomplete: 1 })
    expect((await importAt(geneva, `${april},${march}`)).of('nairobi')).toMatchObject({ incomplete: 0 })
    expect(await shaAt(geneva, 'nairobi/lugha/resolve/main/model.bin')).toBe(sha256Of(bytes))
  })

  it('brings a member’s own lost entries back to it', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using disk = await temporaryFolder()
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    await signedAt(nairobi, 6)
    await nairobi.kill('SIGTERM')
    await cp(nairobi.dataFolder, join(disk.path, 'backup'), { recursive: true })
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/one', 'Two\n')
    const late = await signedAt(nairobi, 7)
    await exportAt(nairobi, join(disk.path, 'out'))
    await importAt(cusco, join(disk.path, 'out'), '--follow', '--yes')
    await exportAt(cusco, join(disk.path, 'back'))
    await nairobi.kill('SIGTERM')
    await rm(nairobi.dataFolder, { recursive: true })
    await rename(join(disk.path, 'backup'), nairobi.dataFolder)
    const home = await importAt(nairobi, join(disk.path, 'back'))
    expect(home.of('nairobi')).toMatchObject({ outcome: 'vouched', held: late })
  })
})
