import type { Colour } from '../kernel/colour.ts'
import type { MemberId } from '../kernel/names.ts'
import type { Millis } from '../kernel/time.ts'
import type { Locale, Translator } from './i18n/index.ts'

/** Who is looking at a page, when they are signed in. */
export interface Viewer {
  readonly name: string
  readonly fullName: string
  /** May manage the node's people and storage. */
  readonly isOperator: boolean
}

/** The node as every page names it. */
export interface NodeIdentity {
  /** The member whose node this is, in its own words. */
  readonly name: string
  /** The member's handle; also the organisation it publishes as. Empty until the node is set up. */
  readonly handle: string
  /** Whose mark heads the pages; null before the member has a log. */
  readonly memberId: MemberId | null
  readonly colour: Colour
  readonly isSetUp: boolean
}

/** Addresses of the style sheets and of the islands, with the hash of their contents in them. */
export interface AssetUrls {
  readonly style: string
  /** Of what only the pages about needs and offers show. */
  readonly capacityStyle: string
  readonly islands: string
  readonly icon: string
}

/** What every page is given besides its own view: language, reader, node, and where it stands. */
export interface PageContext {
  readonly say: Translator
  readonly now: Millis
  readonly node: NodeIdentity
  /** The node's address as this reader wrote it, without a trailing slash. */
  readonly address: string
  readonly viewer: Viewer | null
  /** Path and query of the page without its language. */
  readonly path: string
  /** The language the path named: links keep it. Null when cookie or browser chose. */
  readonly chosen: Locale | null
  /** Goes into every form's hidden field `csrf`. */
  readonly csrf: string
  readonly assets: AssetUrls
}

/** `path` in the language that the reader chose by address, if they did. */
export function localPath(page: Pick<PageContext, 'chosen'>, path: string): string {
  return page.chosen === null ? path : inLanguage(page.chosen, path)
}

/** `path` in one language: `/ar/models`. */
export function inLanguage(locale: Locale, path: string): string {
  return path === '/' ? `/${locale}` : `/${locale}${path}`
}
