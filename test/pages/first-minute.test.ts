import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { chromium as playwright, type Browser, type Page } from 'playwright-core'
import { expect, it } from 'vitest'

import { describeWith } from '../support/describe-with.ts'
import { temporaryFolder } from '../support/folder.ts'
import { succeedIn } from '../support/process.ts'
import { chromium } from '../support/tool.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const PASSWORD = 'quipu weaving at dawn'

/** A node that nobody has set up yet: its address, and the link it prints for its first visitor. */
async function serveEmptyFolder(dataFolder: string) {
  const child = spawn(process.execPath, [AYNI, 'serve', '--data', dataFolder, '--port', '0'])
  const line = async (stream: NodeJS.ReadableStream, pattern: RegExp) => {
    for await (const text of createInterface({ input: stream })) {
      const found = pattern.exec(text)?.[1]
      if (found !== undefined) return found
    }
    throw new Error('the node ended without a word')
  }
  const [url, link] = await Promise.all([
    line(child.stdout, /^ayni ready (\S+)$/),
    line(child.stderr, /(http:\/\/\S+\/set-up\/\S+)/),
  ])
  return {
    url,
    link,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function openBrowser(executablePath: string): Promise<Browser> {
  return playwright.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
}

/** Fills fields by name and sends the form that the last one is in. */
async function send(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields))
    await page.locator(`main [name="${name}"]`).first().fill(value)
  const last = page.locator(`main [name="${Object.keys(fields).at(-1)}"]`).first()
  await last.locator('xpath=ancestor::form').locator('button:not([type=button])').first().click()
}

async function writeModel(folder: string): Promise<void> {
  await mkdir(folder)
  const card =
    '---\nlicense: apache-2.0\nlanguage: [sw]\npipeline_tag: text-classification\n---\n# Lugha\n\nTells Swahili.\n'
  await writeFile(join(folder, 'README.md'), card)
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(300_000).fill(7))
}

describeWith(await chromium(), 'the first minute of a node', (executablePath) => {
  it.each([true, false])(
    'goes from a link to a published model, JavaScript: %s',
    async (javaScriptEnabled) => {
      await using folder = await temporaryFolder()
      await using node = await serveEmptyFolder(join(folder.path, 'data'))
      const browser = await openBrowser(executablePath)
      try {
        const context = await browser.newContext({ javaScriptEnabled, locale: 'en' })
        const page = await context.newPage()

        await page.goto(node.link)
        await send(page, {
          memberName: 'Instituto de IA de Cusco',
          handle: 'cusco',
          fullName: 'Amina',
          name: 'amina',
          password: PASSWORD,
        })
        await page.locator('main a.button').waitFor()
        expect(await page.locator('main code').allTextContents()).toHaveLength(3)
        await page.locator('main a.button').click()
        expect(await page.locator('h1').textContent()).toContain('Instituto de IA de Cusco')

        await page.goto(`${node.url}/settings`)
        await page.locator('main [name="scope"][value="write"]').check()
        await send(page, { displayName: 'laptop' })
        const shown = await page.locator('main code', { hasText: /^hf_/ }).first().textContent()
        const token = shown?.trim() ?? ''
        expect(token).toMatch(/^hf_\w{30,}$/)
        await page.reload()
        expect(await page.locator('main').textContent()).not.toContain(token)

        await writeModel(join(folder.path, 'lugha'))
        const target = ['cusco/lugha', '--node', node.url, '--token', token]
        await succeedIn(process.execPath, [AYNI, 'publish', join(folder.path, 'lugha'), ...target])
        await page.goto(`${node.url}/cusco/lugha`)
        expect(await page.locator('main').textContent()).toMatch(/Swahili[\s\S]*Apache/)

        await page.goto(`${node.url}/cusco/lugha/settings`)
        await page.locator('main [name="visibility"][value="private"]').check()
        await page
          .locator('main [name="visibility"]')
          .first()
          .locator('xpath=ancestor::form')
          .locator('button')
          .first()
          .click()
        const stranger = await (await browser.newContext({ javaScriptEnabled })).newPage()
        const hidden = await stranger.goto(`${node.url}/cusco/lugha`)
        const nowhere = await stranger.goto(`${node.url}/cusco/nothing`)
        expect([hidden?.status(), nowhere?.status()]).toEqual([404, 404])
        expect((await page.goto(`${node.url}/cusco/lugha`))?.status()).toBe(200)

        const again = await stranger.goto(node.link)
        expect(again?.status()).toBeGreaterThanOrEqual(400)
      } finally {
        await browser.close()
      }
    },
  )
})
