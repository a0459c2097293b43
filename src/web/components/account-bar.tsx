import type { FC } from 'hono/jsx'

import type { Totals } from '../../features/capacity/index.ts'

/** Parts of one bar, the widest first: each lies inside the one before where all goes well. */
const PARTS = ['promised', 'committed', 'delivered', 'accepted'] as const
export type AccountPart = (typeof PARTS)[number]

const WIDTH = 100
const HEIGHT = 16

/**
 * What was promised, agreed, delivered and accepted, as bars inside each other. A picture of what stands in the table beside it,
 * so readers who do not see it lose nothing.
 */
export const AccountBar: FC<{ readonly totals: Totals }> = ({ totals }) => {
  const largest = PARTS.map((part) => totals[part]).reduce((one, other) => (one > other ? one : other), 1n)
  return (
    <svg
      class="tally"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {PARTS.map((part, index) => (
        <rect
          class={`tally-${part}`}
          y={index * 2}
          width={widthOf(totals[part], largest)}
          height={HEIGHT - index * 4}
        />
      ))}
    </svg>
  )
}

/** In hundredths of the picture, rounded to a tenth; whatever is there is seen. */
function widthOf(amount: bigint, largest: bigint): number {
  if (amount <= 0n) return 0
  return Math.max(1, Number((amount * 1000n) / largest) / 10)
}

export const ACCOUNT_PARTS: readonly AccountPart[] = PARTS
