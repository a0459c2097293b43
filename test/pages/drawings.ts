/**
 * Draws the pages that `docs/design` shows, from the fixture. Run after a change of style:
 * `node --import ./bin/tsx-hooks.js test/pages/drawings.ts`
 */
import { mkdir, readFile } from 'node:fs/promises'

import { launchChromium } from './chromium.ts'
import { serveFixture } from './serve.ts'

const FOLDER = new URL('../../docs/design/', import.meta.url)

/** Pixels from the top that are drawn, by width: the first screens. Keeps each picture below 120 kB. */
const HEIGHTS = new Map([
  [360, 1200],
  [1280, 660],
])

/** Three phones side by side, for the README. */
const ON_PHONES = ['home-ar-360', 'repository-en-360', 'repository-zh-360'] as const

/** As seen behind a reverse proxy, so that the lines to copy look as they will. */
const BEHIND_PROXY = { 'x-forwarded-host': 'hub.nilt.example', 'x-forwarded-proto': 'https' }

const DRAWINGS = [
  ...(['ar', 'zh', 'en'] as const).flatMap((locale) => [
    { name: `home-${locale}-360`, path: `/${locale}`, width: 360 },
    { name: `members-${locale}-360`, path: `/${locale}/members`, width: 360 },
    { name: `repository-${locale}-360`, path: `/${locale}/nairobi/silero-vad`, width: 360 },
  ]),
  { name: 'members-en-1280', path: '/en/members', width: 1280 },
  { name: 'needs-en-1280', path: '/en/needs', width: 1280 },
  { name: 'needs-ar-360', path: '/ar/needs', width: 360 },
  { name: 'ledger-en-1280', path: '/en/ledger', width: 1280 },
  { name: 'home-en-1280', path: '/en', width: 1280 },
  { name: 'repository-ru-1280-dark', path: '/ru/nairobi/silero-vad', width: 1280, scheme: 'dark' },
  { name: 'catalogue-fr-1280', path: '/fr/models', width: 1280 },
] as const

await using node = await serveFixture()
await using browser = await launchChromium()
await mkdir(FOLDER, { recursive: true })
for (const { name, path, width, ...rest } of DRAWINGS) {
  await using context = await browser.newContext({
    viewport: { width, height: 740 },
    colorScheme: 'scheme' in rest ? rest.scheme : 'light',
    extraHTTPHeaders: BEHIND_PROXY,
  })
  const page = await context.newPage()
  await page.goto(`${node.url}${path}`)
  await page.screenshot({
    path: new URL(`${name}.png`, FOLDER).pathname,
    fullPage: true,
    clip: { x: 0, y: 0, width, height: HEIGHTS.get(width) ?? 740 },
  })
}

await using context = await browser.newContext({ viewport: { width: 1150, height: 760 } })
const page = await context.newPage()
const shown = await Promise.all(
  ON_PHONES.map(async (name) => (await readFile(new URL(`${name}.png`, FOLDER))).toString('base64')),
)
await page.setContent(`<style>
  body { margin: 0; padding: 28px 41px; display: flex; gap: 24px; background: #e8dfcf; height: 704px; overflow: hidden }
  img { width: 340px; align-self: start; border-radius: 14px 14px 0 0; box-shadow: 0 2px 12px #0003 }
</style>${shown.map((data) => `<img src="data:image/png;base64,${data}">`).join('')}`)
await page.screenshot({ path: new URL('readme.png', FOLDER).pathname })
