import { createRepo, uploadFiles } from '@huggingface/hub'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'

import { startMember, until, type Member } from '../support/federation.ts'
import { CHROMIUM, launchChromium, newReader } from './chromium.ts'

const PASSWORD = 'quipu weaving at dawn'
const USAGE = 'unit,amount,day\ngpu-hour,75.5,2026-10-03\ngpu-hour,20,2026-10-04\n'

/** Chooses a password by the one-time link, which signs in. */
async function signIn(page: Page, node: Member): Promise<void> {
  const made = await node.cli('user', 'link', node.admin, '--json')
  const { link } = JSON.parse(made.stdout) as { readonly link: string }
  await page.goto(new URL(new URL(link).pathname, node.url).href)
  await page.locator('main [name="password"]').fill(PASSWORD)
  await page.locator('main button').first().click()
  await page.waitForURL((url) => url.pathname === '/')
}

/** Looks at the page again until its main part has these words. */
async function untilSays(page: Page, words: string): Promise<void> {
  await until(async () => {
    if ((await page.locator('main').textContent())?.includes(words) === true) return true
    await page.reload()
    return false
  })
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).first().click()
}

describe.skipIf(CHROMIUM === undefined)(
  'an agreement on pages, at 360 pixels (skipped without Chromium)',
  () => {
    it('is drafted, sent, signed by both, delivered with evidence, accepted and closed', async () => {
      await using node = await startMember('nairobi')
      const added = await node.cli(
        'member',
        'add',
        '--handle',
        'kisumu',
        '--name',
        'Kisumu Lab',
        '--owner',
        node.admin,
      )
      expect(added.code).toBe(0)
      const repo = { type: 'dataset' as const, name: 'nairobi/usage' }
      const hub = { hubUrl: node.url, accessToken: node.token, repo }
      await createRepo(hub)
      await uploadFiles({ ...hub, files: [{ path: 'october.csv', content: new Blob([USAGE]) }] })

      await using browser = await launchChromium()
      await using context = await newReader(browser, { hasScripts: false, width: 360 })
      const page = await context.newPage()
      await signIn(page, node)
      await page.goto(`${node.url}/en/agreements/new`)
      const fill = (name: string, value: string) => page.locator(`main [name="${name}"]`).fill(value)
      await page.locator('main [name="as"]').selectOption('nairobi')
      await page.locator('main [name="with"]').selectOption({ label: 'Kisumu Lab' })
      await fill('title', 'Hours for speech')
      await fill('description', 'Ask amina@example.org')
      await page.locator('main [name="country"]').selectOption('KE')
      await fill('from', '2026-10-01')
      await fill('until', '2027-01-31')
      await fill('amount0', '90')
      await fill('due0', '2026-11-01')
      await fill('text0', 'Hours at night')
      await press(page, 'Look at it first')
      await page.locator('textarea[name="description"][aria-invalid]').waitFor() // the address of a person is refused, and nothing typed is lost
      await fill('description', 'Training of a model for clinics.')
      await press(page, 'Look at it first')
      await press(page, 'Keep as a draft')
      await fill('note', 'As we spoke')
      await press(page, 'Send to Kisumu Lab')
      await page.goto(`${node.url}/en/agreements`)
      await page.locator('li', { hasText: 'Received' }).getByRole('link').click()
      expect(await page.locator('main').textContent()).toContain('As we spoke')
      await press(page, 'Sign')
      expect(await page.locator('main').textContent()).toContain('public and permanent')
      await press(page, 'Say it in public and sign')
      await untilSays(page, 'Proposed')

      // The draft came back: Kisumu has stated it, and Nairobi answers.
      await press(page, 'Sign')
      await press(page, 'Say it in public')
      await untilSays(page, 'Signed by both')
      await page.locator('textarea[name="contact-nairobi"]').fill('Amina, +254 …')
      await press(page, 'Send, sealed')
      await untilSays(page, 'Amina')

      await page.getByRole('link', { name: 'Say what was delivered' }).click()
      await fill('amount', '90')
      await fill('from', '2026-10-01')
      await fill('until', '2026-10-31')
      await page.locator('main [name="repository"]').selectOption('dataset nairobi/usage')
      await fill('path', 'october.csv')
      await page.locator('main [name="format"]').selectOption('csv')
      await press(page, 'Look at it first')
      expect(await page.locator('main').textContent()).toMatch(/opened and counted here: .*95.* GPU hours/)
      await press(page, 'Say it in public')
      await untilSays(page, 'Shown of it')
      await press(page, 'Accept')
      await press(page, 'Say it in public')
      await untilSays(page, 'All is accepted')
      await press(page, 'Close: all is done')
      await press(page, 'Say it in public')
      await untilSays(page, 'Closed')

      // Whoever is not signed in sees what is public, and no more.
      await using strange = await newReader(browser, { hasScripts: false, width: 360 })
      const stranger = await strange.newPage()
      await stranger.goto(page.url())
      const seen = await stranger.locator('main').textContent()
      expect(seen).toContain('Hours for speech')
      expect(seen).not.toContain('Amina')
      expect(await stranger.locator('main button').count()).toBe(0)
    })
  },
)
