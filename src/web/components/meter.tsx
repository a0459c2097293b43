import type { FC } from 'hono/jsx'

import type { Tone } from './notice.tsx'

/**
 * A bar filled to `share` of its length; above 1 it is full and marked as overflowing. A picture of what stands in
 * words beside it, so readers who do not see it lose nothing.
 */
export const Meter: FC<{ readonly share: number; readonly tone: Tone | 'plain' }> = ({ share, tone }) => {
  const filled = Math.min(100, Math.max(1, Math.round(share * 100)))
  return (
    <svg
      class={`meter ${tone}`}
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="meter-rest" width="100" height="8" />
      <rect class="meter-fill" width={filled} height="8" />
    </svg>
  )
}
