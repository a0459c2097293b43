/**
 * Draws the pages that `docs/design` shows, from the fixture. Run after a change of style:
 * `node --import ./bin/tsx-hooks.js test/pages/drawings.ts`
 */
import { mkdir } from 'node:fs/promises'

import { launchChromium } from './chromium.ts'
import { serveFixture } from './serve.ts'

const FOLDER = new URL('../../docs/design/', import.meta.url)

/** Pixels from the top that are drawn, by width: the first screens. Keeps each picture below 120 kB. */
const HEIGHTS = new Map([
  [360, 1200],
  [1280, 660],
])

/** As seen behind a reverse proxy, so that the lines to copy look as they will. */
const BEHIND_PROXY = { 'x-forwarded-host': 'hub.nilt.example', 'x-forwarded-proto': 'https' }

const DRAWINGS = [
  ...(['ar', 'zh', 'en'] as const).flatMap((locale) => [
    { name: `home-${locale}-360`, path: `/${locale}`, width: 360 },
    { name: `members-${locale}-360`, path: `/${locale}/members`, width: 360 },
    { name: `repository-${locale}-360`, path: `/${locale}/nairobi/silero-vad`, width: 360 },
  ]),
  { name: 'members-en-1280', path: '/en/members', width: 1280 },
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
