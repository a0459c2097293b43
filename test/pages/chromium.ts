import { existsSync } from 'node:fs'

import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where a Chromium is on this machine; undefined when there is none and tests of pages in a browser are skipped. */
export const CHROMIUM = process.env['AYNI_CHROMIUM'] ?? PLACES.find((place) => existsSync(place))

/** Starts a browser that talks to nobody but the pages it is given. */
export async function launchChromium(): Promise<Browser & AsyncDisposable> {
  return chromium.launch({
    ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
}

/** How a reader looks at pages. */
export interface Reader {
  readonly width?: number
  readonly hasScripts?: boolean
  readonly cookie?: { readonly name: string; readonly value: string; readonly url: string }
}

/** A fresh profile of the browser for one reader. */
export async function newReader(browser: Browser, reader: Reader): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: reader.width ?? 1280, height: 740 },
    javaScriptEnabled: reader.hasScripts ?? true,
    bypassCSP: true, // axe is put into the page; that the policy holds is tested on the headers
  })
  if (reader.cookie) await context.addCookies([reader.cookie])
  return context
}
