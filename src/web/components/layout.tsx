import type { FC, PropsWithChildren } from 'hono/jsx'

import { LANGUAGE_TAGS, LOCALES, LOCALE_NAMES } from '../i18n/index.ts'
import { inLanguage, localPath, type PageContext } from '../page-context.ts'
import { markIconPath, withQuery } from '../paths.ts'
import { Mark } from './mark.tsx'
import { Weave } from './weave.tsx'

interface LayoutProps {
  readonly page: PageContext
  /** Of the browser's tab, before the node's name. */
  readonly title: string
  /** Pages with a search box of their own leave the header's out. */
  readonly hasOwnSearch?: boolean
}

/** The frame of every page: languages, navigation, content, foot. */
export const Layout: FC<PropsWithChildren<LayoutProps>> = ({
  page,
  title,
  hasOwnSearch = false,
  children,
}) => (
  <html lang={page.say.tag} dir={page.say.dir} data-colour={page.node.colour}>
    <Head page={page} title={title} />
    <body>
      <a class="skip" href="#main">
        {page.say.t('frame.skip')}
      </a>
      <header class="top">
        <Weave />
        <Languages page={page} />
        <div class="bar">
          <Home page={page} />
          {page.node.isSetUp && <Navigation page={page} />}
          {!hasOwnSearch && page.node.isSetUp && <SearchBox page={page} size="small" />}
          <Account page={page} />
        </div>
      </header>
      <main id="main">{children}</main>
      <Foot page={page} />
    </body>
  </html>
)

const Head: FC<{ readonly page: PageContext; readonly title: string }> = ({ page, title }) => (
  <head>
    <meta charset="utf-8" />
    <title>{title === page.node.name ? title : `${title} · ${page.node.name}`}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href={iconOf(page)} type="image/svg+xml" />
    <link rel="stylesheet" href={page.assets.style} />
    {ABOUT_CAPACITY.test(page.path) && <link rel="stylesheet" href={page.assets.capacityStyle} />}
    <script type="module" src={page.assets.islands}></script>
    {LOCALES.map((locale) => (
      <link
        rel="alternate"
        hreflang={LANGUAGE_TAGS[locale]}
        href={`${page.address}${inLanguage(locale, page.path)}`}
      />
    ))}
  </head>
)

/** Pages that need the second style sheet. */
const ABOUT_CAPACITY = /^\/(?:needs|offers|pledges|groups|rounds|agreements|ledger|benefits)(?:[/?]|$)/

function iconOf({ node: { memberId, colour }, assets }: PageContext): string {
  return memberId === null ? assets.icon : markIconPath(memberId, colour)
}

/** All six languages in their own letters, always in sight: who cannot read the page must find theirs. */
const Languages: FC<{ readonly page: PageContext }> = ({ page }) => (
  <nav class="languages" aria-label={page.say.t('frame.languages')}>
    {LOCALES.map((locale) => (
      <a
        href={inLanguage(locale, page.path)}
        lang={LANGUAGE_TAGS[locale]}
        hreflang={LANGUAGE_TAGS[locale]}
        aria-current={locale === page.say.locale ? 'true' : undefined}
      >
        {LOCALE_NAMES[locale]}
      </a>
    ))}
  </nav>
)

const Home: FC<{ readonly page: PageContext }> = ({ page }) => (
  <a class="home" href={localPath(page, '/')}>
    {page.node.memberId === null ? (
      <HouseMark />
    ) : (
      <Mark memberId={page.node.memberId} colour={page.node.colour} />
    )}
    <bdi class="full">{page.node.name}</bdi>
    <bdi class="short">{page.node.handle || page.node.name}</bdi>
  </a>
)

/** Of a node that is nobody's yet. */
function HouseMark() {
  return (
    <svg class="mark house" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M9 1h6v4h4v4h4v6h-4v4h-4v4H9v-4H5v-4H1V9h4V5h4zM10 10v4h4v-4z" fill-rule="evenodd" />
    </svg>
  )
}

const Navigation: FC<{ readonly page: PageContext }> = ({ page }) => (
  <nav class="sections" aria-label={page.say.t('frame.sections')}>
    <Section page={page} path="/models" words={page.say.t('frame.models')} />
    <Section page={page} path="/datasets" words={page.say.t('frame.datasets')} />
    <Section page={page} path="/members" words={page.say.t('frame.members')} />
    <Section page={page} path="/needs" words={page.say.t('frame.needs')} />
    {page.viewer?.isOperator && <Section page={page} path="/people" words={page.say.t('frame.people')} />}
    {page.viewer?.isOperator && <Section page={page} path="/storage" words={page.say.t('frame.storage')} />}
  </nav>
)

const Section: FC<{ readonly page: PageContext; readonly path: string; readonly words: string }> = ({
  page,
  path,
  words,
}) => (
  <a href={localPath(page, path)} aria-current={isWithin(page.path, path) ? 'page' : undefined}>
    {words}
  </a>
)

function isWithin(path: string, section: string): boolean {
  return path === section || path.startsWith(`${section}?`) || path.startsWith(`${section}/`)
}

/** One box that searches models and data sets. */
export const SearchBox: FC<{
  readonly page: PageContext
  readonly size: 'small' | 'large'
  readonly query?: string
  readonly action?: string
}> = ({ page, size, query = '', action = '/models' }) => (
  <search class={`search ${size}`}>
    <form action={localPath(page, action)}>
      <input
        type="search"
        name="search"
        value={query}
        dir="auto"
        placeholder={page.say.t('search.hint')}
        aria-label={page.say.t('action.search')}
      />
      <button type="submit" aria-label={page.say.t('action.search')}>
        {size === 'large' ? page.say.t('action.search') : <Lens />}
      </button>
    </form>
  </search>
)

function Lens() {
  return (
    <svg class="lens" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d="M6.5 1.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM10.3 10.3l4.2 4.2" />
    </svg>
  )
}

const Account: FC<{ readonly page: PageContext }> = ({ page }) => {
  if (!page.node.isSetUp) return null
  if (page.viewer === null) {
    const path = withQuery('/sign-in', { from: page.path === '/' ? undefined : page.path })
    return (
      <a class="account" href={localPath(page, path)} rel="nofollow">
        {page.say.t('action.signIn')}
      </a>
    )
  }
  return (
    <details class="account menu">
      <summary>
        <bdi>{page.viewer.fullName || page.viewer.name}</bdi>
      </summary>
      <div class="sheet">
        <a href={localPath(page, `/${page.viewer.name}`)}>{page.say.t('frame.mine')}</a>
        <a href={localPath(page, '/new')}>{page.say.t('frame.new')}</a>
        <a href={localPath(page, '/settings')}>{page.say.t('frame.settings')}</a>
        <form method="post" action={localPath(page, '/sign-out')}>
          <input type="hidden" name="csrf" value={page.csrf} />
          <button type="submit" class="plain">
            {page.say.t('action.signOut')}
          </button>
        </form>
      </div>
    </details>
  )
}

const Foot: FC<{ readonly page: PageContext }> = ({ page }) => (
  <footer class="foot">
    <p>{page.say.t('frame.foot')}</p>
    {page.node.isSetUp && (
      <p>
        <a href={localPath(page, '/log')}>{page.say.t('frame.log')}</a>
        {' · '}
        <a href={localPath(page, '/public-goods')}>{page.say.t('publicGood.list')}</a>
      </p>
    )}
    <p dir="ltr">{page.address}</p>
  </footer>
)
