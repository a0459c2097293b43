import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { canonicalJson } from '../../src/kernel/canonical-json.ts'
import { signingKey, signNote } from '../../src/log/tlog/index.ts'
import { logsOf, publishCard, startMember, type Member } from '../support/federation.ts'
import { run, temporaryFolder } from '../support/index.ts'
import { exportAt, importAt, signedAt } from './carrying.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

async function catalogueOf(member: Member): Promise<string> {
  const models = (await (await fetch(`${member.url}/api/models`)).json()) as { readonly id: string }[]
  return models
    .map(({ id }) => id)
    .toSorted()
    .join()
}

async function verify(...args: readonly string[]) {
  const { code, stdout } = await run(process.execPath, [AYNI, 'log', 'verify', ...args, '--json'])
  return { code, said: JSON.parse(stdout) }
}

/** A carry over again, whose note somebody with that seed has signed, with another time where there is one. */
async function forge(from: string, to: string, seed: Uint8Array, time?: number): Promise<string> {
  await cp(from, to, { recursive: true })
  const [line = ''] = (await readFile(join(from, 'carry.json'), 'utf8')).split('\n')
  const note = JSON.parse(line)
  const said = canonicalJson(time === undefined ? note : { ...note, time: new Date(time).toISOString() })
  const signed = signNote(`${said}\n`, [signingKey(`ayni/${note.source}/carry`, 1, seed)])
  await writeFile(join(to, 'carry.json'), signed)
  return to
}

/** The witness keys that a node has had, oldest first. */
async function seedsOf({ dataFolder }: Member): Promise<readonly Uint8Array[]> {
  const [name = ''] = (await readdir(join(dataFolder, 'keys'))).filter((each) => /^m[^.]+\.json$/.test(each))
  const kept = JSON.parse(await readFile(join(dataFolder, 'keys', name), 'utf8'))
  const all = [kept, ...kept.former] as readonly { readonly witness: string }[]
  return all.map(({ witness }) => Uint8Array.from(Buffer.from(witness, 'base64'))).toReversed()
}

async function rotate(member: Member, least: number): Promise<number> {
  const keys = member.recovery.slice(0, 2)
  const rotated = await member.cliWith(keys, 'member', 'rotate-keys', member.handle)
  expect([rotated.code, rotated.stderr]).toEqual([0, ''])
  return signedAt(member, least + 1)
}

describe('a carry of a member', () => {
  it('whose keys have changed is believed by its log, and by no key that was given up', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using disk = await temporaryFolder()
    const at = (name: string) => join(disk.path, name)
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const early = await signedAt(nairobi, 5)
    await exportAt(nairobi, at('march'))
    const late = await rotate(nairobi, early)
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    const size = await signedAt(nairobi, late + 2)
    await exportAt(nairobi, at('april'), '--since', at('march'))
    const [former = new Uint8Array(), newer = new Uint8Array()] = await seedsOf(nairobi)
    const taking = (folder: string) => importAt(cusco, folder, '--follow', '--yes')

    // Before anything is known of it: the log of the carry tells who speaks.
    const old = await taking(await forge(at('april'), at('old'), former))
    expect(old).toMatchObject({ code: 1, stderr: expect.stringContaining('given up') })
    expect((await taking(at('march'))).of('nairobi')?.outcome).toBe('followed')
    const grown = await taking(await forge(at('april'), at('same'), newer))
    expect(grown.of('nairobi')).toMatchObject({ outcome: 'grown', held: size, incomplete: 0, reason: null })
    const [follow] = JSON.parse((await cusco.cli('following', '--json')).stdout)
    expect(follow).toMatchObject({ handle: 'nairobi', url: null, failure: null, checked: grown.asOf })
    // What is known tells it too: of a carry from before, and of one that only says so.
    expect((await taking(at('march'))).of('nairobi')?.outcome).toBe('older')
    const dated = await taking(await forge(at('march'), at('dated'), former, Date.now()))
    expect(dated).toMatchObject({ code: 1, stderr: expect.stringContaining('given up') })

    // The way back: what a member vouched for with keys that are new since counts as well.
    await rotate(cusco, (await logsOf(cusco)).own?.size ?? 0)
    await publishCard(nairobi, 'nairobi/two', 'Twice\n')
    await signedAt(nairobi, size + 1)
    await exportAt(nairobi, at('may'))
    await taking(at('may'))
    await exportAt(cusco, at('back'))
    expect((await importAt(nairobi, at('back'))).of('nairobi')?.outcome).toBe('vouched')
  })

  it('whose log has ended goes on in the next one', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using geneva = await startMember('geneva')
    await using disk = await temporaryFolder()
    const [march, april, spoilt] = [
      join(disk.path, 'march'),
      join(disk.path, 'april'),
      join(disk.path, 'spoilt'),
    ]
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    await signedAt(nairobi, 5)
    await exportAt(nairobi, march)
    await importAt(cusco, march, '--follow', '--yes')
    const succeed = ['member', 'succeed', 'nairobi', '--reason', 'compromise']
    expect((await nairobi.cliWith(nairobi.recovery.slice(1), ...succeed)).code).toBe(0)
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    const next = await rotate(nairobi, await signedAt(nairobi, 3))
    expect(await exportAt(nairobi, april)).toMatchObject({ logs: 2, repositories: 2, missing: 0 })
    const logs = [{ ok: true }, { ok: true }]
    expect(await verify(april)).toMatchObject({ code: 0, said: { ok: true, logs } })

    // An altered next log is not gone on to.
    const { own, held: ended } = await logsOf(nairobi)
    const size = ended[0]?.size ?? 0
    await cp(april, spoilt, { recursive: true })
    const bundle = join(spoilt, 'logs', own?.origin.slice(5) ?? '', `tile/entries/000.p/${next}`)
    const bytes = await readFile(bundle)
    bytes[300] = (bytes[300] ?? 0) ^ 1
    await writeFile(bundle, bytes)
    const damaged = await importAt(cusco, spoilt)
    expect(damaged).toMatchObject({ code: 1, asOf: null })
    expect(damaged.of('nairobi')).toMatchObject({ outcome: 'refused', reason: 'logNotBelieved', held: size })

    // Whoever has the first log goes on to the next; whoever has nothing takes both.
    const all = { held: size + next, repositories: 2, incomplete: 0, reason: null }
    expect((await importAt(cusco, april)).of('nairobi')).toMatchObject({ ...all, outcome: 'grown' })
    expect((await importAt(cusco, march)).of('nairobi')).toMatchObject({ outcome: 'older' })
    const taken = await importAt(geneva, april, '--follow', '--yes')
    expect(taken.of('nairobi')).toMatchObject({ ...all, outcome: 'followed' })
    for (const node of [cusco, geneva]) {
      expect(await catalogueOf(node)).toBe('nairobi/one,nairobi/two')
      const held = await verify(node.url, '--origin', own?.origin ?? '')
      expect(held).toMatchObject({ code: 0, said: { ok: true, size: next } })
    }
    expect((await cusco.cli('rebuild')).code).toBe(0)
    expect((await importAt(nairobi, march)).of('nairobi')).toMatchObject({ outcome: 'older' })
  })
})
