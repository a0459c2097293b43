import type { FC } from 'hono/jsx'

import type { FlowAccount } from '../../features/capacity/index.ts'
import type { Colour } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import { arrowBetween, heightFor, namePlace, placesFor, WIDTH } from '../federation-drawing.ts'
import { cutText, foreignText } from '../foreign-text.ts'
import type { PageContext } from '../page-context.ts'
import { MarkAt } from './mark.tsx'

/** How far it has come. Colour is never alone: each has its own line. */
export const FLOW_STATES = ['accepted', 'delivered', 'agreed', 'late'] as const
export type FlowState = (typeof FLOW_STATES)[number]

/** A member in the picture. */
export interface FlowMember {
  readonly memberId: MemberId
  readonly short: string
  readonly colour: Colour
}

/** Of more members, those with most agreements are drawn; the table names all. */
export const MOST_DRAWN = 12
const LONGEST_NAME = 12

/** Something late is late; what was shown, or taken, in full counts as such; all else is agreed. */
export function flowStateOf({ totals }: FlowAccount): FlowState {
  if (totals.some(({ overdue }) => overdue > 0n)) return 'late'
  if (totals.every(({ accepted, committed }) => accepted >= committed)) return 'accepted'
  return totals.every(({ delivered, committed }) => delivered >= committed) ? 'delivered' : 'agreed'
}

/** Who helps whom: an arrow leads from who gives to who receives. Readers who do not see it have the table beside it. */
export const FlowPicture: FC<{
  readonly page: PageContext
  readonly members: readonly FlowMember[]
  readonly flows: readonly FlowAccount[]
}> = ({ page, members, flows }) => {
  const drawn = members.slice(0, MOST_DRAWN)
  const places = placesFor(drawn.length, page.say.dir === 'rtl')
  const at = new Map(drawn.map(({ memberId }, index) => [memberId, places[index]]))
  return (
    <svg class="flows" viewBox={`0 0 ${WIDTH} ${heightFor(places)}`} aria-hidden="true" focusable="false">
      {flows.map((flow) => {
        const [from, to] = [at.get(flow.supplier), at.get(flow.receiver)]
        if (!from || !to) return null
        const arrow = arrowBetween(from, to)
        return (
          <g class={`flow ${flowStateOf(flow)}`}>
            <path d={arrow.line} />
            <path d={arrow.head} />
          </g>
        )
      })}
      {drawn.map((member, index) => {
        const place = places[index]
        if (!place) return null
        const name = namePlace(place)
        return (
          <>
            <MarkAt {...member} {...place} scale={2} />
            <text class="node-name" x={name.x} y={name.y} text-anchor={name.anchor}>
              {cutText(foreignText(member.short, 64), LONGEST_NAME)}
            </text>
          </>
        )
      })}
    </svg>
  )
}

/** What each kind of line means. */
export const FlowLegend: FC<{ readonly page: PageContext }> = ({ page: { say } }) => (
  <ul class="legend plain-list">
    {FLOW_STATES.map((state) => (
      <li>
        <svg class="flows" viewBox="0 0 40 10" width="40" height="10" aria-hidden="true">
          <g class={`flow ${state}`}>
            <path d="M2 5H38" />
          </g>
        </svg>{' '}
        {say.t(`ledger.flow.${state}`)}
      </li>
    ))}
  </ul>
)
