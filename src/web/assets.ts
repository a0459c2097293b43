import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { transformSync } from 'oxc-transform'

import { Colour } from '../kernel/colour.ts'
import { MemberId } from '../kernel/names.ts'
import { MARK_SIDE, markPath } from './mark.ts'
import type { AssetUrls } from './page-context.ts'
import { PALETTE, paletteRules } from './palette.ts'

/** How a body may be encoded for the way. */
export type Encoding = 'identity' | 'gzip' | 'br'

/** A file that pages refer to, ready to be sent. */
export interface Asset {
  readonly contentType: string
  /** In one content encoding; compressed when first asked for, then kept. */
  body(encoding: Encoding): Uint8Array<ArrayBuffer>
}

/** The style sheets, the islands and the icon, under addresses that change with their contents. */
export interface Assets {
  readonly urls: AssetUrls
  /** By the last part of its address; undefined for what is not ours. */
  find(name: string): Asset | undefined
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="#8e1f4f">' +
  '<path d="M9 1h6v4h4v4h4v6h-4v4h-4v4H9v-4H5v-4H1V9h4V5h4zM10 10v4h4v-4z" fill-rule="evenodd"/></svg>'

/** Reads and strips the assets once, synchronously: a few milliseconds at start. */
export function createAssets(): Assets {
  const found = new Map<string, Asset>()
  function add(stem: string, extension: string, contentType: string, text: string): string {
    const name = `${stem}-${hash('sha256', text, 'hex').slice(0, 12)}.${extension}`
    found.set(name, { contentType, body: encoder(text) })
    return `/assets/${name}`
  }
  return {
    urls: {
      style: add('ayni', 'css', 'text/css; charset=utf-8', styleSheet('ayni').concat(paletteRules())),
      capacityStyle: add('capacity', 'css', 'text/css; charset=utf-8', styleSheet('capacity')),
      islands: add('islands', 'js', 'text/javascript; charset=utf-8', islands()),
      icon: add('icon', 'svg', 'image/svg+xml', ICON),
    },
    find: (name) => found.get(name) ?? markIcon(name),
  }
}

/** The mark of a member, as `markIconPath` names it: it follows from its name alone. */
function markIcon(name: string): Asset | undefined {
  const [, id, word] = /^mark-([a-z0-9]+)-([a-z]+)\.svg$/.exec(name) ?? []
  const [memberId, colour] = [MemberId.safeParse(id), Colour.safeParse(word)]
  if (!memberId.success || !colour.success) return undefined
  const { accent, onAccent } = PALETTE[colour.data].light
  const text =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${MARK_SIDE} ${MARK_SIDE}"><path fill="${accent}" ` +
    `d="M0 0h${MARK_SIDE}v${MARK_SIDE}H0z"/><path stroke="${onAccent}" d="${markPath(memberId.data)}"/></svg>`
  return { contentType: 'image/svg+xml', body: encoder(text) }
}

function encoder(text: string): Asset['body'] {
  const identity = new TextEncoder().encode(text)
  const made = new Map<Encoding, Uint8Array<ArrayBuffer>>([['identity', identity]])
  return (encoding) => {
    const known = made.get(encoding)
    if (known) return known
    const body = new Uint8Array(encoding === 'br' ? brotliCompressSync(identity) : gzipSync(identity))
    made.set(encoding, body)
    return body
  }
}

/** A sheet without comments and room for the eye. */
function styleSheet(name: 'ayni' | 'capacity'): string {
  const source = readFileSync(new URL(`styles/${name}.css`, import.meta.url), 'utf8')
  return source
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/\s*\n\s*/g, '\n')
    .replaceAll(/^([a-z-]+): /gm, '$1:')
    .replaceAll(';\n}', '}')
    .replaceAll(/ ?([{},;])\n/g, '$1')
    .trim()
}

/** All islands in one module: each registers its element and shares nothing. */
function islands(): string {
  const folder = new URL('islands/', import.meta.url)
  const names = readdirSync(folder).filter((name) => /^[a-z-]+\.[jt]s$/.test(name))
  return names
    .sort()
    .map((name) => plainScript(name, readFileSync(new URL(name, folder), 'utf8')))
    .join('\n')
}

function plainScript(name: string, source: string): string {
  if (name.endsWith('.js')) return source
  const { code, errors } = transformSync(name, source, { lang: 'ts' })
  if (errors.length > 0) throw new SyntaxError(errors.map((error) => error.message).join('\n'))
  return code
}
