import type { FC } from 'hono/jsx'

import type { MemberId } from '../../kernel/names.ts'
import { cutText } from '../foreign-text.ts'
import type { PageContext } from '../page-context.ts'

/** A member in the circle. */
export interface CircleMember {
  readonly memberId: MemberId
  readonly handle: string
  /** Whether it belongs now: not one that has left, or has not signed. */
  readonly isBound: boolean
  /** Whether it agreed to what is proposed; null where nothing is. */
  readonly hasAgreed: boolean | null
}

const WIDTH = 328
const MIDDLE = WIDTH / 2
/** So many have their names beside them: of more, names would lie over each other. The table has all. */
const MOST_NAMED = 12
const LONGEST_NAME = 12

/** Who belongs, as a circle of equals; whoever agreed to what is proposed has a tick. The table beside it says the same. */
export const AssociationPicture: FC<{
  readonly page: PageContext
  readonly members: readonly CircleMember[]
}> = ({ page, members }) => {
  const isNamed = members.length <= MOST_NAMED
  const radius = isNamed ? 72 : 120
  const height = 2 * radius + 80
  return (
    <svg class="federation" viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true" focusable="false">
      <circle class="circle" cx={MIDDLE} cy={height / 2} r={radius} />
      {members.map((member, index) => {
        const turn = (index / members.length) * 2 * Math.PI * (page.say.dir === 'rtl' ? -1 : 1)
        const at = (distance: number) => ({
          x: Math.round(MIDDLE + Math.sin(turn) * distance),
          y: Math.round(height / 2 - Math.cos(turn) * distance),
        })
        return <Member member={member} place={at(radius)} name={isNamed ? at(radius + 23) : null} />
      })}
    </svg>
  )
}

interface Point {
  readonly x: number
  readonly y: number
}

const Member: FC<{ readonly member: CircleMember; readonly place: Point; readonly name: Point | null }> = ({
  member: { handle, isBound, hasAgreed },
  place: { x, y },
  name,
}) => (
  <>
    <circle class={nodeClass(isBound, hasAgreed)} cx={x} cy={y} r="9" />
    {hasAgreed === true && <path class="tick" d={`M${x - 4} ${y}l3 3.5 5.5-7`} />}
    {name && (
      <text class="node-name" x={name.x} y={name.y + 4} text-anchor={anchorOf(name.x)}>
        {cutText(handle, LONGEST_NAME)}
      </text>
    )}
  </>
)

function nodeClass(isBound: boolean, hasAgreed: boolean | null): string {
  if (!isBound) return 'node gone'
  return hasAgreed === true ? 'node own' : 'node'
}

function anchorOf(x: number): 'start' | 'middle' | 'end' {
  if (Math.abs(x - MIDDLE) < 8) return 'middle'
  return x < MIDDLE ? 'end' : 'start'
}
