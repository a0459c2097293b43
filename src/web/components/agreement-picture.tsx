import type { FC } from 'hono/jsx'

import type { AssessedAgreement, AssessedObligation } from '../../features/capacity/index.ts'
import type { PageContext } from '../page-context.ts'

const STATIONS = ['proposed', 'signed', 'delivered', 'accepted'] as const
const WIDTH = 328
const STEP = WIDTH / STATIONS.length

/** How far an agreement has come, as four stations on a line. The table beside it says the same. */
export const AgreementPicture: FC<{ readonly page: PageContext; readonly agreement: AssessedAgreement }> = ({
  page,
  agreement,
}) => {
  const reached = stationsOf(agreement)
  const isOver = agreement.state === 'declined' || agreement.state === 'cancelled'
  const placeOf = (at: number) => {
    const x = STEP / 2 + at * STEP
    return page.say.dir === 'rtl' ? WIDTH - x : x
  }
  return (
    <svg class="federation journey" viewBox={`0 0 ${WIDTH} 62`} aria-hidden="true" focusable="false">
      <path class="journey-way" d={`M${placeOf(0)} 18H${placeOf(STATIONS.length - 1)}`} />
      <path class="journey-done" d={`M${placeOf(0)} 18H${placeOf(reached - 1)}`} />
      {STATIONS.map((station, at) => (
        <>
          <circle class={at < reached ? 'node own' : 'node'} cx={placeOf(at)} cy="18" r="10" />
          {at < reached && <path class="tick" d={`M${placeOf(at) - 4} 18l3 3.5 5.5-7`} />}
          {isOver && at === reached && <path class="cross" d={`M${placeOf(at) - 4} 14l8 8m0-8l-8 8`} />}
          <text class="node-name" x={placeOf(at)} y="50" text-anchor="middle">
            {page.say.t(`agreement.station.${station}`)}
          </text>
        </>
      ))}
    </svg>
  )
}

/** How many stations it has reached. */
function stationsOf({ isSigned, obligations }: AssessedAgreement): number {
  if (!isSigned) return 1
  const areAll = (is: (each: AssessedObligation) => boolean) => obligations.every(is)
  if (areAll(({ accepted, acknowledged, amount }) => accepted >= amount || acknowledged >= amount)) return 4
  return areAll(({ delivered, acknowledged, amount }) => delivered >= amount || acknowledged >= amount)
    ? 3
    : 2
}

/**
 * What of a promise was delivered, accepted and only claimed: the whole bar is what was promised. The parts differ in height and
 * line, not in colour alone; the table below says the same.
 */
export const PromiseBar: FC<{ readonly obligation: AssessedObligation }> = ({
  obligation: { amount, claimed, delivered, accepted },
}) => {
  const shareOf = (part: bigint) => Math.min(100, Number((part * 1000n) / amount) / 10)
  return (
    <svg
      class="promise-bar"
      viewBox="0 0 100 16"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="promise-whole" width="100" height="16" />
      <rect class="promise-claimed" width={shareOf(delivered + claimed)} height="16" />
      <rect class="promise-delivered" width={shareOf(delivered)} height="16" />
      <rect class="promise-accepted" y="9" width={shareOf(accepted)} height="7" />
    </svg>
  )
}
