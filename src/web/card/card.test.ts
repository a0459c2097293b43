import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createRenderCard } from './render.ts'
import { createCardRenderer } from './renderer.ts'

const bases = { linkBase: '/ns/name/blob/main/', pictureBase: '/ns/name/resolve/main/' }
const renderCard = createRenderCard()
const render = (markdown: string) => renderCard({ markdown, ...bases }).trim()

describe('a card', () => {
  it.each([
    ['# Title', '<h2 dir="auto">Title</h2>'],
    ['###### Deep', '<h6 dir="auto">Deep</h6>'],
    ['نموذج', '<p dir="auto">نموذج</p>'],
    ['[guide](docs/use.md)', '<p dir="auto"><a href="/ns/name/blob/main/docs/use.md">guide</a></p>'],
    ['[top](#use)', '<p dir="auto"><a href="#use">top</a></p>'],
    ['[home](/models)', '<p dir="auto"><a href="/models">home</a></p>'],
    ['[up](../../../x)', '<p dir="auto"><span>up</span></p>'],
    ['[net](//evil.example/x)', '<p dir="auto"><span>net</span></p>'],
    [
      '[site](https://example.org)',
      '<p dir="auto"><a href="https://example.org" rel="nofollow noopener noreferrer">site</a></p>',
    ],
  ])('renders %j', (markdown, html) => {
    expect(render(markdown)).toBe(html)
  })

  it('shows a picture of the repository once it is near', () => {
    expect(render('![plot](img/a%20b.png)')).toContain(
      '<img src="/ns/name/resolve/main/img/a%20b.png" alt="plot" loading="lazy" decoding="async" />',
    )
  })

  it('only links a picture that stands elsewhere', () => {
    const html = render('![badge](https://tracker.example/x.svg)')
    expect(html).toContain(
      '<a href="https://tracker.example/x.svg" rel="nofollow noopener noreferrer">badge</a>',
    )
    expect(html).not.toContain('<img')
  })

  it('keeps the text of raw HTML and none of its tags', () => {
    const html = render(
      '<p align="center"><img src="https://x.example/l.png"> Fast &amp; small</p>\n\na <b>bold</b> word<br>next',
    )
    expect(html).toBe('<p dir="auto">Fast &amp; small</p>\n<p dir="auto">a bold word<br />next</p>')
  })

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '![x](javascript:alert(1))',
    '<a href="javascript:alert(1)">x</a>',
    '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
    '<iframe src="/settings"></iframe>',
    '<form action="/sign-out" method="post"><button>x</button></form>',
    '<style>*{display:none}</style>',
    '<p style="position:fixed" class="notice" id="main">x</p>',
    '[x]: javascript:alert(1)\n[x]',
    '<math><mtext></table><img src=x onerror=alert(1)>',
    '`<script>`',
  ])('lets nothing run: %s', (markdown) => {
    expect(render(markdown)).not.toMatch(
      /<(?:script|style|iframe|form|button|svg|math)|\son\w+=|href="(?:javascript|data):|style=|class=|id=/i,
    )
  })

  it('holds only allowed tags whatever is written', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      'script',
      ' onerror=',
      '[a](',
      ')',
      'javascript:',
      '"',
      "'",
      '\n',
      '# ',
      '`',
      '&lt;',
      '<img src=',
      '![',
      ']',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 6 })), { maxLength: 30 }), (parts) => {
        expect(render(parts.join(''))).not.toMatch(
          /<(?:script|style|iframe|form|svg)|<[^>]*\son\w+=|href="javascript:/i,
        )
      }),
    )
  })

  it('marks code as running left to right and tables with their headings', () => {
    expect(render('```\nx = 1\n```')).toContain('<pre dir="ltr"><code>')
    expect(render('|a|\n|-|\n|b|')).toContain('<th scope="col">a</th>')
  })
})

describe('the renderer', () => {
  it('renders in a worker', async () => {
    await using cards = createCardRenderer()
    const answers = await Promise.all(['one', 'two'].map((markdown) => cards.render({ markdown, ...bases })))
    expect(answers.map((html) => html?.trim())).toEqual(['<p dir="auto">one</p>', '<p dir="auto">two</p>'])
  })

  it('gives up on a card that takes too long, and renders the next', async () => {
    await using cards = createCardRenderer({ timeoutMs: 300 })
    const slow = '*_'.repeat(100_000) // quadratic in the parser: seconds
    const answers = await Promise.all([
      cards.render({ markdown: slow, ...bases }),
      cards.render({ markdown: 'after', ...bases }),
    ])
    expect(answers.map((html) => html?.trim())).toEqual([undefined, '<p dir="auto">after</p>'])
  })

  it('answers what is still waiting when the node stops', async () => {
    const cards = createCardRenderer()
    const waiting = cards.render({ markdown: 'late', ...bases })
    await cards[Symbol.asyncDispose]()
    expect(await waiting).toBe(null)
  })
})
