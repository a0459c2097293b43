import MarkdownIt from 'markdown-it'
import sanitizeHtml from 'sanitize-html'

/** What a card is rendered from. */
export interface CardSource {
  /** Markdown, without the front matter. Cut at {@link LONGEST_CARD} characters. */
  readonly markdown: string
  /** Where relative links lead: a path ending in `/`, such as `/ns/name/blob/main/`. */
  readonly linkBase: string
  /** Where relative pictures are: a path ending in `/`, such as `/ns/name/resolve/main/`. */
  readonly pictureBase: string
}

/** Characters of a card that are rendered: far above any real one, far below what could block the worker. */
export const LONGEST_CARD = 200_000

/** Renders Markdown into HTML that is safe to put into a page: see {@link createCardRenderer} for what it promises. */
export type RenderCard = (source: CardSource) => string

/** Builds the renderer. Slow to build, so a worker does it once. */
export function createRenderCard(): RenderCard {
  const markdown = new MarkdownIt({ html: true, linkify: true, typographer: false })
  keepOnlyTextOfHtml(markdown)
  return (source) => {
    const html = markdown.render(source.markdown.slice(0, LONGEST_CARD))
    return sanitizeHtml(html, sanitising(source))
  }
}

/**
 * Raw HTML never reaches the page: its tags fall away, its text stays, a `<br>` stays a line break. Cards written
 * for other hubs are full of centred paragraphs and badges, and showing their source would help nobody.
 */
function keepOnlyTextOfHtml(markdown: InstanceType<typeof MarkdownIt>): void {
  const { escapeHtml } = markdown.utils
  markdown.renderer.rules['html_inline'] = (tokens, index) =>
    /^<br\s*\/?>$/i.test(tokens[index]?.content ?? '') ? '<br>' : ''
  markdown.renderer.rules['html_block'] = (tokens, index) => {
    const text = textOfHtml(tokens[index]?.content ?? '')
    return text === '' ? '' : `<p>${escapeHtml(text)}</p>\n`
  }
}

function textOfHtml(html: string): string {
  return sanitizeHtml(html, {
    allowedTags: [],
    allowedAttributes: {},
    nonTextTags: ['script', 'style', 'textarea'],
  })
    .replaceAll(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' }

const BLOCKS = ['p', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'blockquote', 'table']
const INLINE = ['a', 'img', 'em', 'strong', 's', 'code', 'br']
const PARTS = ['li', 'pre', 'hr', 'thead', 'tbody', 'tr', 'th', 'td', 'span']

function sanitising(source: CardSource): sanitizeHtml.IOptions {
  return {
    allowedTags: [...BLOCKS, ...INLINE, ...PARTS],
    allowedAttributes: {
      '*': ['dir'],
      a: ['href', 'rel', 'title'],
      img: ['src', 'alt', 'title', 'loading', 'decoding'],
      ol: ['start'],
      th: ['scope'],
    },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    transformTags: {
      ...Object.fromEntries(BLOCKS.map((tag) => [tag, directed(tag)])),
      // The page's own headings are above: a card's first heading is the page's second.
      h1: directed('h2'),
      h2: directed('h3'),
      h3: directed('h4'),
      h4: directed('h5'),
      h5: directed('h6'),
      pre: () => ({ tagName: 'pre', attribs: { dir: 'ltr' } }),
      th: () => ({ tagName: 'th', attribs: { scope: 'col' } }),
      a: (_tag, attributes) => link(attributes, source.linkBase),
      img: (_tag, attributes) => picture(attributes, source),
    },
  }
}

/** Each block runs the way its first letter does: a card may mix languages. */
function directed(tag: string): sanitizeHtml.Transformer {
  return (_tag, attributes) => ({
    tagName: tag,
    attribs: { dir: 'auto', ...(attributes['start'] !== undefined && { start: attributes['start'] }) },
  })
}

function link(attributes: sanitizeHtml.Attributes, base: string): sanitizeHtml.Tag {
  const href = resolved(attributes['href'] ?? '', base)
  if (href === null) return { tagName: 'span', attribs: {} }
  const isOutside = /^[a-z]/i.test(href)
  return { tagName: 'a', attribs: isOutside ? { href, rel: 'nofollow noopener noreferrer' } : { href } }
}

/**
 * A picture in the repository is shown once it is near; one elsewhere is only linked, so that reading a card
 * tells no third party and costs no unseen bytes.
 */
function picture(attributes: sanitizeHtml.Attributes, { pictureBase }: CardSource): sanitizeHtml.Tag {
  const alt = attributes['alt'] ?? ''
  const src = resolved(attributes['src'] ?? '', pictureBase)
  if (src === null) return { tagName: 'span', attribs: {}, text: alt }
  if (!/^[a-z]/i.test(src))
    return { tagName: 'img', attribs: { src, alt, loading: 'lazy', decoding: 'async' } }
  return {
    tagName: 'a',
    attribs: { href: src, rel: 'nofollow noopener noreferrer' },
    text: alt || hostOf(src),
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}

/** An outside address as it is, a fragment as it is, a path below `base`; null for what a browser must not follow. */
function resolved(reference: string, base: string): string | null {
  if (reference === '' || reference.startsWith('#')) return reference === '' ? null : reference
  if (/^(?:https?:\/\/|mailto:)/i.test(reference)) return reference
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference) || reference.startsWith('//')) return null
  const url = URL.parse(reference, `http://card.invalid${base}`)
  const isBelow = url?.host === 'card.invalid' && (reference.startsWith('/') || url.pathname.startsWith(base))
  return url && isBelow ? `${url.pathname}${url.search}${url.hash}` : null
}
