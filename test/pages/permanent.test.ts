import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'

import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'
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

/** Nothing is wider than the screen, and all of it runs right to left. */
async function expectFits(page: Page): Promise<void> {
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect([excess, await page.evaluate(() => getComputedStyle(document.body).direction)]).toEqual([0, 'rtl'])
}

/** Opens what is folded, sends its form without and then with the confirmation. */
async function confirmTwice(page: Page, summary: string, button: string, reason: string): Promise<void> {
  await page.getByText(summary, { exact: true }).click()
  await page.locator('main [name="reason"]').selectOption(reason)
  await expectFits(page)
  await page.getByRole('button', { name: button }).click()
  await page.locator('.notice.danger').waitFor()
  await expectFits(page)
  await page.locator('main [name="reason"]').selectOption(reason)
  await page.locator('main [name="confirmed"]').check()
  await page.getByRole('button', { name: button }).click()
}

describe.skipIf(CHROMIUM === undefined)(
  'what cannot be undone, in Arabic at 360 pixels (skipped without Chromium)',
  () => {
    it('a statement is taken back and a file is erased from their pages, each once it is confirmed', async () => {
      await using nairobi = await startMember('nairobi')
      await using browser = await launchChromium()
      await using context = await newReader(browser, { hasScripts: false, width: 360 })
      const page = await context.newPage()
      await publishCard(nairobi, 'nairobi/lugha', '# Lugha\n')
      await signIn(page, nairobi)
      const signed = async () => (await logsOf(nairobi)).own
      const at = await until(async () => ((await signed())?.size ?? 0) >= 4 && (await signed()))

      await page.goto(`${nairobi.url}/ar/log/${at.origin.slice(5)}/${at.size - 1}`)
      await confirmTwice(page, 'سحب هذا السجل', 'اسحبه', 'mistake')
      await until(async () => ((await signed())?.size ?? 0) > at.size)
      await page.reload()
      expect(await page.locator('main').textContent()).toContain('كان خطأ')
      expect(await page.getByText('سحب هذا السجل', { exact: true }).count()).toBe(0)
      await expectFits(page)

      const file = `${nairobi.url}/ar/nairobi/lugha/blob/main/README.md`
      expect(
        await (await context.request.get(`${nairobi.url}/nairobi/lugha/resolve/main/README.md`)).text(),
      ).toBe('# Lugha\n')
      await page.goto(file)
      await confirmTwice(page, 'محو هذا الملف', 'امحُه نهائيًا', 'personalData')
      await page.locator('.notice.caution').waitFor()
      expect(await page.locator('main').textContent()).toContain('احتوى بيانات شخصية')
      await expectFits(page)
      expect(
        (await context.request.get(`${nairobi.url}/nairobi/lugha/resolve/main/README.md`)).status(),
      ).toBe(451)
      await until(async () => ((await signed())?.size ?? 0) > at.size + 1)
      await page.reload()
      await page.locator('.notice.caution a').click() // the statement that says so
      expect(await page.locator('main').textContent()).toContain('محو ملف من')
    })
  },
)
