import type { FC } from 'hono/jsx'

import { Pagination } from '../components/pagination.tsx'
import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath } from '../paths.ts'

/** One named array in a model's files. */
export interface TensorEntry {
  readonly name: string
  /** As the file names it: `F32`, `BF16`, `Q4_K`. */
  readonly precision: string
  readonly shape: readonly number[]
  readonly parameters: number
}

/** What a model's files hold, from their headers alone. */
export interface TensorsView {
  readonly head: RepositoryHead
  readonly files: readonly {
    readonly path: string
    readonly format: 'safetensors' | 'gguf'
    readonly tensors: number
    readonly parameters: number
  }[]
  /** In the order of the files; one hundred to a page. */
  readonly tensors: readonly TensorEntry[]
  readonly page: number
  readonly pages: number
}

/** The tensors of a model: names, shapes, precisions. */
export const TensorsPage: FC<{ readonly page: PageContext; readonly view: TensorsView }> = ({
  page,
  view,
}) => {
  const { say } = page
  const { head } = view
  return (
    <RepositoryFrame page={page} head={head} tab="tensors" title={say.t('tab.tensors')}>
      {view.tensors.length === 0 ? (
        <p class="empty">{say.t('tensors.none')}</p>
      ) : (
        <>
          <p class="quiet">{say.t('tensors.fromHeaders')}</p>
          <TensorFiles page={page} view={view} />
          <TensorTable page={page} tensors={view.tensors} />
          <Pagination
            page={page}
            current={view.page}
            last={view.pages}
            path={revisionPath(head, 'tensors', head.revision)}
          />
        </>
      )}
    </RepositoryFrame>
  )
}

const TensorFiles: FC<{ readonly page: PageContext; readonly view: TensorsView }> = ({
  page,
  view: { head, files },
}) => (
  <ul class="plain-list">
    {files.map((file) => (
      <li>
        <a href={localPath(page, revisionPath(head, 'blob', head.revision, file.path))}>
          <bdi dir="ltr">{file.path}</bdi>
        </a>{' '}
        <span class="quiet">
          {page.say.t('count.tensors', { count: file.tensors })} ·{' '}
          {page.say.t('fact.parameterCount', { count: page.say.compact(file.parameters) })}
        </span>
      </li>
    ))}
  </ul>
)

const TensorTable: FC<{ readonly page: PageContext; readonly tensors: readonly TensorEntry[] }> = ({
  page,
  tensors,
}) => (
  <table class="tensors">
    <thead>
      <tr>
        <th scope="col">{page.say.t('files.name')}</th>
        <th scope="col">{page.say.t('tensors.precision')}</th>
        <th scope="col">{page.say.t('tensors.shape')}</th>
        <th scope="col" class="number">
          {page.say.t('fact.parameters')}
        </th>
      </tr>
    </thead>
    <tbody>
      {tensors.map((tensor) => (
        <tr>
          <th scope="row" class="mono" dir="ltr">
            {tensor.name}
          </th>
          <td class="mono" dir="ltr">
            {tensor.precision}
          </td>
          <td class="mono" dir="ltr">
            {tensor.shape.length === 0 ? '1' : tensor.shape.join('×')}
          </td>
          <td class="number">{page.say.number(tensor.parameters)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
