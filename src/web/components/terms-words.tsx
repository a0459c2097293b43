import type { FC } from 'hono/jsx'

import type { FileAmount, LeftOut, Quota } from '../../features/follow/index.ts'
import type { Translator } from '../i18n/index.ts'
import type { PageContext } from '../page-context.ts'
import { Fact } from './fact.tsx'
import { Meter } from './meter.tsx'
import type { ChosenTerms } from './terms-fields.tsx'

/** On which terms a member is followed, and how much of what they allow is used. */
export interface TermsInForce {
  readonly terms: ChosenTerms
  /** Bytes of its large files that are here. */
  readonly heldBytes: number
  readonly today: Quota
  /** Null where nothing is left out, or it is not known yet. */
  readonly leftOut: LeftOut | null
}

interface TermsWordsProps {
  readonly page: PageContext
  readonly view: TermsInForce
}

/** The terms in words, for whoever decides about them. */
export const TermsWords: FC<TermsWordsProps> = ({ page, view }) => {
  const { say } = page
  const { terms, heldBytes } = view
  const budget = terms.filter?.budget ?? null
  return (
    <>
      <dl class="facts one">
        <Fact name={say.t('terms.trust')} aside={say.t(`terms.trust.${terms.trust}Means`)}>
          {say.t(`terms.trust.${terms.trust}`)}
        </Fact>
        {terms.trust === 'full' && (
          <Fact name={say.t('terms.content')} aside={conditionsOf(say, terms)}>
            {say.t(`terms.content.${terms.filter ? 'some' : terms.content}`)}
          </Fact>
        )}
        <Fact name={say.t('terms.held')}>
          {budget === null
            ? say.bytes(heldBytes)
            : say.t('terms.of', { used: say.bytes(heldBytes), most: say.bytes(budget) })}
          {budget !== null && budget > 0 && <Meter share={heldBytes / budget} tone="plain" />}
        </Fact>
      </dl>
      {view.leftOut && <LeftOutWords page={page} leftOut={view.leftOut} />}
      <Today page={page} view={view} />
    </>
  )
}

/** The conditions of a filter, as one list of words. */
function conditionsOf(say: Translator, { filter }: ChosenTerms): string | undefined {
  if (!filter) return undefined
  const { kinds, licences, maxFile, budget } = filter
  const conditions = [
    ...kinds.map((kind) => say.t(kind === 'model' ? 'terms.onlyModels' : 'terms.onlyDatasets')),
    ...(licences.length > 0 ? [say.t('terms.onlyLicences', { licences: say.list(licences) })] : []),
    ...(maxFile === null ? [] : [say.t('terms.upToFile', { size: say.bytes(maxFile) })]),
    ...(budget === null ? [] : [say.t('terms.upToBudget', { size: say.bytes(budget) })]),
  ]
  return say.list(conditions)
}

const LeftOutWords: FC<{ readonly page: PageContext; readonly leftOut: LeftOut }> = ({
  page: { say },
  leftOut: { repositories, tooLong, noRoom },
}) => {
  const amount = ({ files, bytes }: FileAmount) => ({ count: files, size: say.bytes(bytes) })
  const sentences = [
    ...(repositories > 0 ? [say.t('leftOut.repositories', { count: repositories })] : []),
    ...(tooLong.files > 0 ? [say.t('leftOut.tooLong', amount(tooLong))] : []),
    ...(noRoom.files > 0 ? [say.t('leftOut.noRoom', amount(noRoom))] : []),
  ]
  if (sentences.length === 0) return <p>{say.t('leftOut.nothing')}</p>
  return (
    <>
      <ul class="left-out">
        {sentences.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      <p class="quiet">{say.t('leftOut.onDemand')}</p>
    </>
  )
}

const Today: FC<TermsWordsProps> = ({ page: { say }, view: { today, terms } }) => {
  const { quota } = terms
  const rows = [
    ['terms.entries', today.entries, quota.entries, say.number],
    ['terms.records', today.records, quota.records, say.bytes],
    ['terms.objects', today.objects, quota.objects, say.bytes],
    ['terms.large', today.content, quota.content, say.bytes],
  ] as const
  return (
    <div class="scroll">
      <table class="today">
        <caption>{say.t('terms.day')}</caption>
        <thead>
          <tr>
            <th scope="col">{say.t('terms.what')}</th>
            <th scope="col" class="number">
              {say.t('terms.usedToday')}
            </th>
            <th scope="col" class="number">
              {say.t('terms.most')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, used, most, write]) => (
            <tr>
              <th scope="row">{say.t(name)}</th>
              <td class="number">{write(used)}</td>
              <td class="number">{write(most)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
