/** The text of a card, pure: what it is called, what it says first, and its words for search. Nothing here makes HTML. */
import MarkdownIt, { type Token } from 'markdown-it'

/** UTF-16 units of Markdown that are looked at: enough for a title, a summary and the index. */
const LONGEST_READ = 32 * 1024
const LONGEST_SUMMARY = 300
const LONGEST_TITLE = 200

/** A card's text, plain. */
export interface Prose {
  /** First heading of the highest level; null when there is none that names anything. */
  readonly title: string | null
  /** First paragraph that is more than links and badges, whole sentences up to 300 characters; may be empty. */
  readonly summary: string
  /** Headings, paragraphs, lists and tables without code. */
  readonly text: string
}

/** Reads the Markdown after the front matter. Only its first 32,768 units count. */
export function readProse(markdown: string): Prose {
  const tokens = new MarkdownIt({ html: true }).parse(markdown.slice(0, LONGEST_READ), {})
  const blocks = tokens.flatMap((token, index) => blockOf(token, tokens[index - 1]))
  return {
    title: titleOf(blocks),
    summary: summaryOf(blocks),
    text: blocks.map(({ text }) => text).join('\n'),
  }
}

interface Block {
  /** `h1` … `h6`, `p`, `td`, … */
  readonly tag: string
  readonly text: string
  /** Text outside links. */
  readonly own: string
}

function blockOf(token: Token, opening: Token | undefined): readonly Block[] {
  if (token.type === 'html_block') return htmlBlock(token.content)
  if (token.type !== 'inline') return []
  const isQuoted = token.level > 1 && opening?.tag === 'p'
  const tag = isQuoted ? 'aside' : (opening?.tag ?? 'p')
  return [{ tag, text: plain(token.children ?? []), own: plain(withoutLinks(token.children ?? [])) }]
}

function htmlBlock(html: string): readonly Block[] {
  const tag = /<(h[1-6])[\s>]/i.exec(html)?.[1]?.toLowerCase() ?? 'html'
  const text = tidy(html.replace(/<!--[\s\S]*?-->|<[^<>]{0,1000}>/g, ' '))
  return text === '' ? [] : [{ tag, text, own: text }]
}

function plain(tokens: readonly Token[]): string {
  return tidy(
    tokens
      .map(({ type, content }) => {
        if (type === 'text' || type === 'code_inline') return content
        return type === 'softbreak' || type === 'hardbreak' ? ' ' : ''
      })
      .join(''),
  )
}

function withoutLinks(tokens: readonly Token[]): readonly Token[] {
  let depth = 0
  return tokens.filter(({ type }) => {
    if (type === 'link_open') depth++
    if (type === 'link_close') depth--
    return depth === 0
  })
}

function tidy(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, ' ').trim()
}

/** Headings that templates begin with and that name nothing. */
const EMPTY_TITLE = /^(?:(?:model|dataset|data)\s?card|readme|introduction|overview|description)$/i

function titleOf(blocks: readonly Block[]): string | null {
  const headings = blocks.filter(
    ({ tag, text }) => /^h[1-6]$/.test(tag) && text !== '' && !EMPTY_TITLE.test(text),
  )
  const first = headings.toSorted((left, right) => left.tag.localeCompare(right.tag))[0]
  const title = first?.text.replace(/^(?:model|dataset) card (?:for|of)\s+/i, '')
  return title === undefined ? null : shorten(title, LONGEST_TITLE)
}

function summaryOf(blocks: readonly Block[]): string {
  const first = blocks.find(({ tag, own }) => tag === 'p' && /\p{L}{2}|\p{Script=Han}/u.test(own))
  return first ? wholeSentences(first.text) : ''
}

function wholeSentences(text: string): string {
  let kept = ''
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)) {
    if (kept.length + segment.trimEnd().length > LONGEST_SUMMARY) break
    kept += segment
  }
  return kept.trim() === '' ? shorten(text, LONGEST_SUMMARY) : kept.trim()
}

/** Cuts at the last word that fits, with an ellipsis. */
function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text
  const cut = text.slice(0, longest - 1).toWellFormed()
  const lastSpace = cut.lastIndexOf(' ')
  return `${lastSpace > longest / 2 ? cut.slice(0, lastSpace) : cut}…`
}
