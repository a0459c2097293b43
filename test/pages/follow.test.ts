import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'

import { publishCard, startMember, until, type Member } from '../support/federation.ts'
import { CHROMIUM, launchChromium, newReader } from './chromium.ts'

const PASSWORD = 'quipu weaving at dawn'

/** Chooses a password by the one-time link, which signs in. */
async function signIn(page: Page, node: Member): Promise<void> {
  const made = await node.cli('user', 'link', node.admin, '--json')
  const { link } = JSON.parse(made.stdout) as { readonly link: string }
  await page.goto(new URL(new URL(link).pathname, node.url).href)
  await page.locator('main [name="password"]').fill(PASSWORD)
  await page.locator('main button').first().click()
}

/** Fills in whom to follow, at the private address that both have here. */
async function lookAt(page: Page, node: Member, url: string, isPrivate: boolean): Promise<void> {
  await page.goto(`${node.url}/en/members`)
  await page.locator('main [name="url"]').fill(url)
  if (isPrivate) await page.locator('main [name="allowPrivate"]').check()
  await page.getByRole('button', { name: 'See who it is' }).click()
}

async function follows(node: Member): Promise<readonly { readonly handle: string }[]> {
  return JSON.parse((await node.cli('following', '--json')).stdout) as { readonly handle: string }[]
}

const textOf = (page: Page) => page.locator('main').textContent()

describe.skipIf(CHROMIUM === undefined)('an operator without scripts (skipped without Chromium)', () => {
  it('follows a member from the page, finds what it shares, and lets it go again', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using browser = await launchChromium()
    await using context = await newReader(browser, { hasScripts: false, width: 360 })
    const page = await context.newPage()
    await publishCard(nairobi, 'nairobi/lugha', '# Lugha\n')
    await signIn(page, cusco)

    await lookAt(page, cusco, nairobi.url, false)
    expect(await textOf(page)).toContain('private or reserved network')
    await lookAt(page, cusco, nairobi.url, true)
    const shown = await textOf(page)
    expect(shown).toMatch(/Follow Test Institute\?/)
    expect(shown).toContain('nobody yet')
    expect(await follows(cusco)).toEqual([])

    await page.locator('[name="content"][value="some"]').check()
    await page.locator('[name="budget"]').fill('plenty')
    await page.locator('[name="licences"]').fill('MIT')
    await page.getByRole('button', { name: 'Yes, follow' }).click()
    expect(await textOf(page)).toContain('needs a number')
    expect(await page.locator('[name="licences"]').inputValue()).toBe('MIT')
    expect(await follows(cusco)).toEqual([])
    await page.locator('[name="budget"]').fill('1.5')
    await page.getByRole('button', { name: 'Yes, follow' }).click()
    expect(await textOf(page)).toContain('The member is followed from now on.')
    await until(async () => (await fetch(`${cusco.url}/nairobi/lugha`)).ok)
    await page.goto(`${cusco.url}/en/members`)
    expect(await textOf(page)).toMatch(/Checked now\./)
    expect(await follows(cusco)).toMatchObject([{ content: 'all,licence=mit,budget=1500000000B' }])
    await page.getByRole('link', { name: 'Test Institute' }).click()
    await until(async () => {
      await page.reload()
      return (await textOf(page))?.includes('1 model or data set was left out')
    })
    await page.getByRole('link', { name: 'Change the terms' }).click()
    expect(await page.locator('[name="budget"]').inputValue()).toBe('1.5')
    await page.locator('[name="content"][value="on-demand"]').check()
    expect(await page.locator('[name="budget"]').isVisible()).toBe(false)
    await page.locator('summary', { hasText: 'How much may come' }).click()
    await page.locator('[name="large"]').fill('20')
    await page.getByRole('button', { name: 'Save the terms' }).click()
    expect(await textOf(page)).toContain('The terms were changed.')
    expect(await textOf(page)).toContain('20 GB')
    expect(await follows(cusco)).toMatchObject([{ content: 'on-demand', quota: { content: 20e9 } }])
    await page.goto(`${cusco.url}/en/nairobi/lugha`)
    expect(await textOf(page)).toContain('It can only be read here')
    await page.getByRole('link', { name: 'Test Institute' }).first().click()
    expect(await textOf(page)).toContain('nairobi/lugha')

    const home = page.url()
    await nairobi.kill()
    const askNow = page.getByRole('button', { name: 'Ask its node now' })
    await until(async () => {
      await page.goto(home)
      return askNow.isVisible()
    })
    await askNow.click()
    expect(await textOf(page)).toContain('could not be reached')
    await page.goto(home)
    await nairobi.restart()
    await askNow.click()
    expect(await textOf(page)).toContain('Its node was asked again, and it answered.')

    await page.goto(`${cusco.url}/en/members`)
    await page.getByRole('link', { name: 'Stop following' }).click()
    expect(await textOf(page)).toContain('stay, and so do the copies')
    expect(await follows(cusco)).toHaveLength(1)
    await page.getByRole('button', { name: 'Stop following' }).click()
    expect(await textOf(page)).toContain('Not followed any more. What was verified is kept.')
    expect(await follows(cusco)).toEqual([])
  })

  it('reads that statements wait while all followers are silent, and that they went on', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using browser = await launchChromium()
    await using context = await newReader(browser, { hasScripts: false })
    const page = await context.newPage()
    await cusco.follow(nairobi)
    await nairobi.follow(cusco)
    await until(async () => (await textIn(`${nairobi.url}/en/members`)).includes('follows this node'))
    await cusco.kill()
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/lugha', '# Lugha\n')
    await signIn(page, nairobi)
    await until(async () => (await textIn(`${nairobi.url}/en/log`)).includes('no follower has confirmed'))
    await page.goto(`${nairobi.url}/en`)
    expect(await textOf(page)).toContain('no follower has confirmed this log')
    await cusco.restart()
    await until(async () => (await textIn(`${nairobi.url}/en/log`)).includes('>nairobi/lugha</a>'))
    await page.goto(`${nairobi.url}/en`)
    expect(await textOf(page)).not.toContain('no follower has confirmed this log')
  })
})

async function textIn(url: string): Promise<string> {
  return (await fetch(url)).text()
}
