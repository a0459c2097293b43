import { fileURLToPath } from 'node:url'

import { createRepo } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { isoTime } from '../../src/kernel/time.ts'
import { queueRecord } from '../../src/log/index.ts'
import { MemberProfile, type PublicRecord } from '../../src/records/index.ts'
import { logsOf, publishCard as publish, startMember, until } from '../support/federation.ts'
import { succeedIn } from '../support/index.ts'
import { withStoppedNode } from '../support/stopped-node.ts'

/** A statement that a member may repeat as often as it likes. */
function profile(number: number): PublicRecord {
  const body = { handle: 'nairobi', name: `Nairobi ${number}` }
  return MemberProfile.parse({ type: 'member-profile/1', time: isoTime(number), body })
}

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

describe('members that follow one another', () => {
  it('hold the same log, cosigned, and serve it when its home is gone', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await publish(nairobi, 'nairobi/lugha', '# Lugha\n')
    const own = await until(async () => {
      const { own: log } = await logsOf(nairobi)
      return log && log.size >= 4 && log
    })
    const held = await until(async () => {
      const { held: logs } = await logsOf(cusco)
      return logs.find(({ origin, size }) => origin === own.origin && size === own.size)
    })
    await nairobi.kill()
    const checkpoint = await (await fetch(`${held.prefix}/checkpoint`)).text()
    const { members } = await logsOf(cusco)
    expect(checkpoint).toContain(`— ayni/${members[0]?.id}/witness `)
    const verify = [AYNI, 'log', 'verify', cusco.url, '--origin', own.origin, '--json']
    expect(JSON.parse(await succeedIn(process.execPath, verify))).toMatchObject({
      ok: true,
      size: own.size,
      origin: own.origin,
    })
  })

  it('are drawn in the colour of their choice, at home and where they are followed', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    const unknown = await nairobi.cli('member', 'colour', 'nairobi', 'puce')
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('lagoon')])
    const chosen = await nairobi.cli('member', 'colour', 'nairobi', 'lagoon', '--json')
    expect(JSON.parse(chosen.stdout)).toEqual({ handle: 'nairobi', colour: 'lagoon' })
    const listed = JSON.parse((await nairobi.cli('member', 'list', '--json')).stdout)
    expect(listed).toMatchObject([{ handle: 'nairobi', colour: 'lagoon' }])
    const pageOf = async (url: string) => (await fetch(`${url}/members`)).text()
    expect(await pageOf(nairobi.url)).toContain('data-colour="lagoon">')
    const [, mark = ''] = /class="mark" data-colour="lagoon"[^>]*><path d="([^"]+)"/.exec(
      await pageOf(nairobi.url),
    ) ?? ['', 'no mark']
    const drawn = await until(async () => {
      const page = await pageOf(cusco.url)
      return page.includes('class="mark" data-colour="lagoon"') && page
    })
    expect(drawn).toContain(mark)
    expect(drawn).toContain('<html lang="en-GB" dir="ltr" data-colour="cochineal">')
  })

  it('go on after each of them was killed', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await cusco.kill('SIGKILL')
    await publish(nairobi, 'nairobi/one', 'One\n')
    await nairobi.kill('SIGKILL')
    await nairobi.restart()
    await publish(nairobi, 'nairobi/two', 'Two\n')
    await cusco.restart()
    await until(async () => {
      const [own, held] = [(await logsOf(nairobi)).own, (await logsOf(cusco)).held[0]]
      return own && held?.size === own.size && own.size >= 6
    })
    expect((await cusco.cli('doctor')).code).toBe(0)
  })

  it('keep up with a log that has grown by whole bundles', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await nairobi.kill()
    await withStoppedNode(nairobi.dataFolder, async (node, memberId) => {
      await using _writer = node.writeLogs()
      await node.database.write(async (tx) => {
        for (let number = 0; number < 600; number++) await queueRecord(tx, memberId, profile(number))
      })
      await until(async () => ((await node.logs.list())[0]?.signedSize ?? 0) > 600)
    })
    await nairobi.restart()
    await until(async () => {
      const [own, held] = [(await logsOf(nairobi)).own, (await logsOf(cusco)).held[0]]
      return own && own.size > 600 && held?.size === own.size
    })
    expect((await cusco.cli('doctor')).code).toBe(0)
  })

  it('refuse whom they should not follow, with the reason', async () => {
    await using nairobi = await startMember('nairobi')
    const guarded = await nairobi.cli('follow', nairobi.url, '--yes')
    expect([guarded.code, guarded.stderr]).toEqual([1, expect.stringContaining('private')])
    await expect(nairobi.follow(nairobi)).rejects.toThrow('hosted on this node')
    const nobody = await nairobi.cli('follow', 'http://127.0.0.1:9', '--allow-private-address', '--yes')
    expect(nobody.code).toBe(1)
    const asked = await nairobi.cli('follow', nairobi.url, '--allow-private-address')
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await expect(cusco.follow(nairobi)).rejects.toThrow('already')
    expect((await cusco.cli('unfollow', 'nairobi')).code).toBe(0)
    expect((await cusco.cli('unfollow', 'nairobi')).code).toBe(1)
    expect((await logsOf(cusco)).held).toHaveLength(1)
    await cusco.follow(nairobi)
  })

  it('are not taken for a namesake that only follows, whose fingerprint stands beside its name', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using namesake = await startMember('nairobi')
    const [own, other] = [(await logsOf(nairobi)).members[0]?.id, (await logsOf(namesake)).members[0]?.id]
    await cusco.follow(nairobi)
    await namesake.follow(cusco)
    const groups = other?.slice(1).match(/.{4}/g)?.join(' ') ?? 'no member'
    const page = await until(async () => {
      const text = await (await fetch(`${cusco.url}/en/members`)).text()
      return text.includes('Its own log calls it so') && text
    })
    expect(page).toContain(groups)
    const publisher = await fetch(`${cusco.url}/en/nairobi`, { redirect: 'manual' })
    expect(publisher.headers.get('location')).toBe(`/en/members/${own}`)
  })

  it('count what was said while they were only witnessed, once they are followed in full', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await publish(nairobi, 'nairobi/asr', '# Speech')
    await cusco.follow(nairobi, '--trust', 'witness')
    const found = async () => (await fetch(`${cusco.url}/api/models/nairobi/asr`)).ok
    expect(await found()).toBe(false)
    expect((await cusco.cli('unfollow', 'nairobi')).code).toBe(0)
    await cusco.follow(nairobi)
    await until(found)
  })

  it('say nothing of what is private or in a namespace of one node alone', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    const hub = { hubUrl: nairobi.url, accessToken: nairobi.token }
    await createRepo({ ...hub, repo: { type: 'model', name: 'nairobi/secret' }, visibility: 'private' })
    await publish(nairobi, 'admin/mine', 'Mine\n')
    await publish(nairobi, 'nairobi/open', 'Open\n')
    await until(async () => ((await logsOf(cusco)).held[0]?.size ?? 0) >= 5)
    const { held } = await logsOf(cusco)
    const bundle = await fetch(`${held[0]?.prefix}/tile/entries/000.p/${held[0]?.size}`)
    const text = Buffer.from(await bundle.arrayBuffer()).toString('latin1')
    expect(text).toContain('nairobi/open')
    expect(text).not.toMatch(/secret|admin\/mine/)
  })
})
