import { raw } from 'hono/html'
import type { FC } from 'hono/jsx'

import type { ErasedFile } from '../../features/follow/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import { Command } from '../components/command.tsx'
import { Erased, type ErasureOffer, OfferErasure } from '../components/erasure.tsx'
import { Fact } from '../components/fact.tsx'
import { Notice } from '../components/notice.tsx'
import { PathTrail } from '../components/path-trail.tsx'
import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { RevisionMenu, type References } from '../components/revision-menu.tsx'
import type { PageContext } from '../page-context.ts'
import { revisionPath } from '../paths.ts'

/** What can be shown of a file. */
export type Preview =
  | {
      readonly kind: 'text'
      readonly text: string
      /** Whether only the beginning is shown. */ readonly isCut: boolean
    }
  /** Markdown; shown as a card is. */
  | { readonly kind: 'markdown'; readonly text: string; readonly isCut: boolean }
  /** A picture that browsers show, at most 5 MB. */
  | { readonly kind: 'picture' }
  /** Bytes for programs. */
  | { readonly kind: 'none' }

/** How many bytes of a text file a page shows: what a slow link still bears. */
export const PREVIEW_BYTES = 24_000

/** One file of one version. */
export interface FileView {
  readonly head: RepositoryHead
  readonly references: References
  readonly path: string
  readonly sizeBytes: number
  /** Hex; null for small files, which git knows by another hash. */
  readonly sha256: string | null
  readonly preview: Preview
  /** Who erased it, where it is not given out any more. */
  readonly erased: ErasedFile | null
  /** What erasing it would come to, for whoever may. */
  readonly offer: ErasureOffer | null
}

interface FilePageProps {
  readonly page: PageContext
  readonly view: FileView
  /** A Markdown preview as safe HTML; null for other previews. */
  readonly rendered: string | null
  /** Why it was not erased when that was asked. */
  readonly refused?: Failure | null
}

/** A file: what it is, how to get it, and its text where it has one. */
export const FilePage: FC<FilePageProps> = ({ page, view, rendered, refused = null }) => {
  const { say } = page
  const { head, path, erased, offer } = view
  const download = revisionPath(head, 'resolve', head.revision, path)
  return (
    <RepositoryFrame page={page} head={head} tab="files" title={path}>
      <div class="files-head">
        <PathTrail page={page} head={head} path={path} />
        <RevisionMenu page={page} head={head} references={view.references} to="tree" />
      </div>
      <dl class="facts">
        <Fact name={say.t('fact.size')}>{say.bytes(view.sizeBytes)}</Fact>
        {view.sha256 !== null && (
          <Fact name={say.t('file.checksum')} isWide>
            <code dir="ltr" class="digest">
              {view.sha256}
            </code>
          </Fact>
        )}
      </dl>
      {erased ? (
        <Erased page={page} erased={erased} />
      ) : (
        <>
          <p class="actions">
            <a class="button" href={download} download>
              {say.t('action.download')}
            </a>
          </p>
          <Command page={page} text={`curl -LO ${page.address}${download}`} />
          <PreviewSection view={view} page={page} rendered={rendered} source={download} />
        </>
      )}
      {offer && (
        <OfferErasure
          page={page}
          offer={offer}
          action={revisionPath(head, 'blob', head.revision, path)}
          refused={refused}
        />
      )}
    </RepositoryFrame>
  )
}

const PreviewSection: FC<FilePageProps & { readonly source: string }> = ({
  page,
  view,
  rendered,
  source,
}) => {
  const { preview } = view
  return (
    <section class="card-section" aria-label={page.say.t('file.contents')}>
      {'isCut' in preview && preview.isCut && <Notice tone="caution">{page.say.t('file.isCut')}</Notice>}
      {preview.kind === 'none' && <p class="quiet">{page.say.t('file.noPreview')}</p>}
      {preview.kind === 'picture' && (
        <div class="card">
          <img src={source} alt={view.path} loading="lazy" decoding="async" />
        </div>
      )}
      {preview.kind === 'markdown' && rendered !== null && <div class="card">{raw(rendered)}</div>}
      {preview.kind === 'text' && (
        <pre class="text" dir="auto">
          <code>{preview.text}</code>
        </pre>
      )}
    </section>
  )
}
