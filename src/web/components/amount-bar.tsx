import type { FC } from 'hono/jsx'

/**
 * A bar `share` of the room long and `filled` to a part of itself. A picture of the numbers beside it: readers who do not see it
 * lose nothing.
 */
export const AmountBar: FC<{ readonly share: number; readonly filled: number }> = ({ share, filled }) => {
  const length = Math.max(1, hundredths(share))
  const full = hundredths(share * filled)
  return (
    <svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="meter-rest" width={length} height="8" />
      <rect class="meter-fill" width={full} height="8" />
    </svg>
  )
}

function hundredths(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100
}
