import type { FC } from 'hono/jsx'

import { Meter } from './meter.tsx'
import type { Tone } from './notice.tsx'

/** More boxes than this are a bar. */
const MOST_BOXES = 24

/**
 * `of` boxes in a row, of which `filled` are full. A picture of what stands in words beside it, so readers who do not see it
 * lose nothing.
 */
export const Shares: FC<{ readonly filled: number; readonly of: number; readonly tone: Tone }> = ({
  filled,
  of,
  tone,
}) => {
  if (of > MOST_BOXES) return <Meter share={filled / of} tone={tone} />
  const boxes = Array.from({ length: of }, (_, at) => at)
  return (
    <svg
      class={`shares ${tone}`}
      viewBox={`0 0 ${of * 20} 16`}
      width={of * 20}
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      {boxes.map((at) => (
        <rect
          class={at < filled ? 'share-full' : 'share-empty'}
          x={at * 20 + 1}
          y="1"
          width="14"
          height="14"
        />
      ))}
    </svg>
  )
}
