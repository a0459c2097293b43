import type { FC } from 'hono/jsx'

import { fitOf, holdingsOf, REFERENCE_MEMORY_BYTES, type Fit, type Holding, type Weights } from '../memory.ts'
import type { PageContext } from '../page-context.ts'
import { Meter } from './meter.tsx'

/** Whether the model fits a machine with 8 GB: the answer, a picture, and a table with the other ways to hold it. */
export const MemoryFact: FC<{ readonly page: PageContext; readonly weights: Weights }> = ({
  page,
  weights,
}) => {
  const { say } = page
  const holdings = holdingsOf(weights)
  const [published] = holdings
  if (!published) return null
  const memory = say.bytes(REFERENCE_MEMORY_BYTES)
  return (
    <div class="fact wide">
      <dt>{say.t('memory.question', { memory })}</dt>
      <dd>
        <span class="value">
          {say.t(`memory.${fitOf(published.bytes)}`, { needed: say.bytes(published.bytes) })}
        </span>
        <Meter share={published.bytes / REFERENCE_MEMORY_BYTES} tone={TONES[fitOf(published.bytes)]} />
        <details class="small">
          <summary>{say.t('memory.table')}</summary>
          <HoldingTable page={page} holdings={holdings} />
          <p class="quiet">{say.t('memory.estimate')}</p>
        </details>
      </dd>
    </div>
  )
}

const TONES = { fits: 'good', tight: 'caution', tooLarge: 'danger' } as const satisfies Record<Fit, string>

const HoldingTable: FC<{ readonly page: PageContext; readonly holdings: readonly Holding[] }> = ({
  page: { say },
  holdings,
}) => (
  <table>
    <thead>
      <tr>
        <th scope="col">{say.t('memory.how')}</th>
        <th scope="col" class="number">
          {say.t('memory.needs')}
        </th>
        <th scope="col">{say.t('memory.question', { memory: say.bytes(REFERENCE_MEMORY_BYTES) })}</th>
      </tr>
    </thead>
    <tbody>
      {holdings.map((holding) => (
        <tr>
          <th scope="row">{say.t(`memory.as.${holding.as}`)}</th>
          <td class="number">{say.bytes(holding.bytes)}</td>
          <td>{say.t(`memory.short.${fitOf(holding.bytes)}`)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
