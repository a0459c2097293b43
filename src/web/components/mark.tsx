import type { FC } from 'hono/jsx'

import type { Colour } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import { MARK_SIDE, markPath } from '../mark.ts'

/** A member's mark in its colour. It stands beside the member's name, which says the same to whoever does not see it. */
export const Mark: FC<{ readonly memberId: MemberId; readonly colour: Colour }> = ({ memberId, colour }) => (
  <svg class="mark" data-colour={colour} viewBox={`0 0 ${MARK_SIDE} ${MARK_SIDE}`} aria-hidden="true">
    <path d={markPath(memberId)} />
  </svg>
)

/** The mark inside another drawing, around a point. */
export const MarkAt: FC<{
  readonly memberId: MemberId
  readonly colour: Colour
  readonly x: number
  readonly y: number
  /** Units of the drawing for each field of the mark. */
  readonly scale: number
}> = ({ memberId, colour, x, y, scale }) => {
  const half = (MARK_SIDE * scale) / 2
  return (
    <g class="member" data-colour={colour} transform={`translate(${x - half} ${y - half})scale(${scale})`}>
      <path stroke="none" d={`M0 0h${MARK_SIDE}v${MARK_SIDE}H0z`} />
      <path d={markPath(memberId)} />
    </g>
  )
}
