import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { CATALOGUES, LOCALES } from '../../src/web/i18n/index.ts'
import { AGREEMENT_IDS, DRAFT } from './agreement-data.ts'
import { CHROMIUM, launchChromium, newReader } from './chromium.ts'
import {
  ASSOCIATION_ENTRY,
  COMMIT,
  COPY_ID,
  FAILING_ID,
  FOLLOWED_ID,
  HELD_LOG,
  HOSTILE_ID,
  OWN_LOG,
  STATEMENT_COUNT,
} from './fixture-data.ts'
import { DRAFT_ID, NEED_ID, OFFER_ID, STATED_PATHS } from './fixture-needs.ts'
import { OPERATOR_COOKIE } from './fixture.ts'
import { ROUND_IDS } from './round-fixture.ts'
import { serveFixture, type ServedFixture } from './serve.ts'

const PUBLIC_PAGES = [
  '/',
  '/models?task=text-classification',
  '/datasets?search=xyzzy',
  '/nairobi',
  '/nairobi/silero-vad',
  '/nairobi/silero-vad/tree/main',
  '/nairobi/silero-vad/blob/main/README.md',
  '/nairobi/silero-vad/blob/main/LICENSE',
  '/nairobi/silero-vad/blob/main/erased.bin',
  '/nairobi/silero-vad/tensors/main',
  '/nairobi/silero-vad/commits/main',
  `/nairobi/silero-vad/commit/${COMMIT}`,
  '/log',
  `/log/${HELD_LOG.slice(5)}`,
  ...Array.from(
    { length: STATEMENT_COUNT },
    (_, at) => `/log/${(at % 3 === 2 ? HELD_LOG : OWN_LOG).slice(5)}/${at}`,
  ),
  '/public-goods',
  '/associations',
  '/rounds',
  ...Object.values(ROUND_IDS).map((id) => `/rounds/${id}`),
  '/needs',
  '/ledger',
  '/ledger?kind=skills',
  '/benefits',
  `/associations/${ASSOCIATION_ENTRY.id}`,
  '/agreements',
  `/agreements/${AGREEMENT_IDS.running}`,
  '/needs/list',
  '/needs/list?kind=data&country=KE',
  '/offers/list',
  '/pledges',
  '/groups',
  ...STATED_PATHS,
  '/members',
  '/members?page=2',
  `/members/${FOLLOWED_ID}`,
  `/members/${HOSTILE_ID}`,
  `/members/${FAILING_ID}`,
  `/members/${FOLLOWED_ID}/terms`,
  `/${COPY_ID}`,
  '/sign-in',
  '/set-up/fresh',
  '/password/person',
  '/nairobi/nothing',
]
const OPERATOR_PAGES = [
  '/needs?as=operator',
  '/settings',
  '/needs/list?done=yes',
  '/needs/new',
  `/needs/new?draft=${DRAFT_ID}&kept=yes`,
  `/needs/new?replaces=${NEED_ID}`,
  '/offers/new',
  `/offers/new?replaces=${OFFER_ID}`,
  '/pledges/new',
  '/groups/new',
  `/needs/${NEED_ID}`,
  `/needs/${NEED_ID}/withdraw`,
  `/offers/${OFFER_ID}`,
  '/access?repository=cusco/quechua-2',
  '/new',
  '/nairobi/silero-vad/settings',
  '/nairobi/silero-vad/public-good',
  '/nairobi/silero-vad/blob/main/model.bin',
  '/people',
  '/storage',
  `/associations/${ASSOCIATION_ENTRY.id}?done=yes`,
  '/associations/new',
  '/agreements?done=yes',
  '/agreements/new',
  '/agreements/waiting',
  `/agreements/${AGREEMENT_IDS.running}?done=yes`,
  `/agreements/${AGREEMENT_IDS.proposed}`,
  `/agreements/${AGREEMENT_IDS.running}/deliver?as=nairobi&obligation=1`,
  `/agreements/drafts/${DRAFT.id}?as=nairobi`,
  '/rounds/new',
  '/rounds?done=yes',
  `/rounds/${ROUND_IDS.due}?done=yes`,
  '/members?done=follow',
  `/members/${FOLLOWED_ID}/unfollow`,
]
const PAGES = [...PUBLIC_PAGES, ...OPERATOR_PAGES]

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** Transferred bytes that a first visit may cost. */
const HEAVIEST_PAGE = 60_000

describe.skipIf(CHROMIUM === undefined)('pages in Chromium (skipped where there is none)', () => {
  let browser: Browser
  let node: ServedFixture
  const open = new Map<string, Page>()

  beforeAll(async () => {
    browser = await launchChromium()
    node = await serveFixture()
  })
  afterAll(async () => {
    await browser?.close()
    await node?.[Symbol.asyncDispose]()
  })

  /** The page at `path`, in a window that later pages of the same width reuse. Operators' pages open for one. */
  async function visit(path: string, width = 1280): Promise<Page> {
    const isForOperators = OPERATOR_PAGES.some((each) => path.endsWith(each))
    const key = `${width} ${isForOperators}`
    const [name = '', value = ''] = OPERATOR_COOKIE.split('=')
    const reader = { width, ...(isForOperators && { cookie: { name, value, url: node.url } }) }
    const page = open.get(key) ?? (await (await newReader(browser, reader)).newPage())
    open.set(key, page)
    await page.goto(`${node.url}${path}`)
    return page
  }

  it.each(PAGES)(
    '%s can be used by everybody, in light and in dark, and costs less than 60 kB',
    async (path) => {
      const page = await visit(path)
      expect(await loadedBytes(page)).toBeLessThan(HEAVIEST_PAGE)
      expect(await axeViolations(page)).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      const inTheDark = await axeViolations(page, ['color-contrast'])
      await page.emulateMedia({ colorScheme: 'light' })
      expect(inTheDark).toEqual([])
    },
  )

  it('each kind of line in the picture of members differs in more than colour', async () => {
    const page = await visit('/en/members')
    const dashes = await page
      .locator('.legend .tie path')
      .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).strokeDasharray))
    expect(new Set(dashes).size).toBe(4)
  })

  it('the first pages can be used by everybody in Arabic', async () => {
    for (const path of ['/ar', '/ar/nairobi/silero-vad', '/ar/people', '/ar/log', '/ar/members']) {
      expect(await axeViolations(await visit(path))).toEqual([])
    }
  })

  it.each(LOCALES)('no page is wider than a screen of 360 pixels in %s', async (locale) => {
    const wide: string[] = []
    for (const path of PAGES) {
      const page = await visit(`/${locale}${path === '/' ? '' : path}`, 360)
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (excess > 0) wide.push(`${path}: ${excess} px`)
    }
    expect(wide).toEqual([])
  })

  it.each(LOCALES)('every letter of the catalogue %s has a glyph', async (locale) => {
    const letters = [...new Set(Object.values(CATALOGUES[locale]).join(''))]
    expect(await missingGlyphs(await visit(`/${locale}`, 360), letters)).toEqual([])
  })

  it('a letter that no font has is noticed', async () => {
    expect(await missingGlyphs(await visit('/', 360), ['a', '\u{10ffff}'])).toEqual(['\u{10ffff}'])
  })

  it('a command is copied by its button', async () => {
    await using context = await newReader(browser, {})
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await context.newPage()
    await page.goto(`${node.url}/nairobi/silero-vad`)
    await page.getByRole('button', { name: 'Copy' }).first().click()
    expect(await page.getByRole('button', { name: 'Copied' }).count()).toBe(1)
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('snapshot_download(')
  })

  it('without scripts nothing is missing but the copy buttons', async () => {
    await using context = await newReader(browser, { hasScripts: false })
    const page = await context.newPage()
    await page.goto(`${node.url}/nairobi/silero-vad`)
    expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0)
    expect(await page.locator('copy-text code').first().textContent()).toContain('snapshot_download(')
    await page.getByText('Command line').click()
    expect(await page.getByText('hf download nairobi/silero-vad').isVisible()).toBe(true)
  })

  it('somebody signs in and out with the keyboard alone, without scripts', async () => {
    await using context = await newReader(browser, { hasScripts: false })
    const page = await context.newPage()
    await page.goto(`${node.url}/sign-in`)
    await page.locator('#field-name').focus()
    await page.keyboard.type('wanjiru')
    await page.keyboard.press('Tab')
    await page.keyboard.type('correct horse battery')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${node.url}/`)
    await page.locator('details.account > summary').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Sign out' }).press('Enter')
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    expect(node.asked.map(({ command }) => command)).toEqual(['signIn', 'signOut'])
  })
})

/** Bytes of a page and everything it loaded, before compression and whether cached or not. */
function loadedBytes(page: Page): Promise<number> {
  return page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map((entry) => (entry instanceof PerformanceResourceTiming ? entry.decodedBodySize : 0))
      .reduce((total, size) => total + size, 0),
  )
}

interface Violation {
  readonly id: string
  readonly nodes: readonly string[]
}

async function axeViolations(page: Page, rules?: readonly string[]): Promise<readonly Violation[]> {
  await page.evaluate(AXE)
  return page.evaluate(async (rules) => {
    const axe = Reflect.get(window, 'axe') as {
      run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
    }
    const { violations } = await axe.run(rules ? { runOnly: rules } : {})
    return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html.slice(0, 200)) }))
  }, rules)
}

/**
 * Letters that are drawn like a code point no font has. Pixels are compared, because the browser does not say
 * which font it took.
 */
function missingGlyphs(page: Page, letters: readonly string[]): Promise<readonly string[]> {
  return page.evaluate((letters) => {
    const canvas = document.createElement('canvas')
    canvas.lang = document.documentElement.lang
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (!context) throw new Error('no canvas')
    context.font = `24px ${getComputedStyle(document.body).fontFamily}`
    function drawn(letter: string): Uint32Array {
      if (!context) throw new Error('no canvas')
      context.clearRect(0, 0, 48, 36)
      context.fillText(letter, 8, 28)
      return new Uint32Array(context.getImageData(0, 0, 48, 36).data.buffer)
    }
    const missing = drawn('\u{10fffe}')
    return letters.filter((letter) => drawn(letter).every((pixel, index) => pixel === missing[index]))
  }, letters)
}
