import type { FC } from 'hono/jsx'

import type { AssessedEvidence } from '../../features/capacity/index.ts'
import type { CapacityUnit, Evidence } from '../../records/index.ts'
import { foreignText } from '../foreign-text.ts'
import type { Translator } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { recordPath, revisionPath } from '../paths.ts'
import { describeAmount } from '../vocabulary.ts'
import { Identifier } from './text.tsx'

/** What a delivery rests on, and what each piece shows when it is opened here. */
export const EvidenceList: FC<{
  readonly page: PageContext
  readonly evidence: readonly AssessedEvidence[]
  readonly unit: CapacityUnit
}> = ({ page, evidence, unit }) => (
  <ul class="plain-list evidence">
    {evidence.map(({ evidence: each, opened }) => (
      <li>
        <Named page={page} evidence={each} /> {describe(page.say, opened, unit)}
      </li>
    ))}
  </ul>
)

const Named: FC<{ readonly page: PageContext; readonly evidence: Evidence }> = ({ page, evidence }) => {
  if (evidence.kind === 'revision') {
    const { origin, index } = evidence.record
    return <a href={localPath(page, recordPath(origin, index))}>{page.say.t('evidence.revision')}:</a>
  }
  const { format, repository: id, repositoryKind: kind, commit, path } = evidence
  return (
    <>
      <a href={localPath(page, revisionPath({ kind, id }, 'blob', commit, path))}>
        <Identifier name={foreignText(`${id}/${path}`, 200)} />
      </a>{' '}
      ({page.say.t(`evidence.format.${format}`)}):
    </>
  )
}

function describe(say: Translator, opened: AssessedEvidence['opened'], unit: CapacityUnit): string {
  switch (opened.state) {
    case 'counted':
      return say.t('evidence.counted', { amount: describeAmount(say, unit, Number(opened.amount)) })
    case 'refused':
      return say.t(`evidence.refused.${opened.reason}`)
    case 'repeated':
      return say.t('evidence.repeated')
    case 'unopened':
      return say.t('evidence.unopened')
  }
}
