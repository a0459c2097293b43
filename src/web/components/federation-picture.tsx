import type { FC } from 'hono/jsx'

import type { Age } from '../../features/follow/index.ts'
import type { Colour } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { arrowBetween, heightFor, namePlace, placesFor, WIDTH, type Place } from '../federation-drawing.ts'
import { cutText, foreignText } from '../foreign-text.ts'
import type { PageContext } from '../page-context.ts'
import { MarkAt } from './mark.tsx'

/** A member in the picture. */
export interface PictureMember {
  readonly memberId: MemberId
  /** Its handle, or the beginning of its id. */
  readonly short: string
  readonly isOwn: boolean
  readonly colour: Colour
}

/** That one follows another, and when it last copied. */
export interface PictureTie {
  readonly from: MemberId
  readonly to: MemberId
  readonly at: Millis | null
  readonly age: Age
}

/** What the picture shows; the table beside it says the same. */
export interface PictureView {
  /** The first is our own. */
  readonly members: readonly PictureMember[]
  readonly ties: readonly PictureTie[]
  /** Ties between others that are left out, because they would hide ours. */
  readonly isThinned: boolean
}

interface PictureProps {
  readonly page: PageContext
  readonly view: PictureView
}

/** Up to so many members, each arrow has its words beside it. */
const FEW = 3
/** Of more members, the picture shows the colours alone: it would weigh too much. */
const MOST_WOVEN = 12
const LONGEST_NAME = 12

/**
 * Who follows whom: an arrow leads from whoever copies to whose log it copies, and its line tells how fresh the copy is.
 * Readers who do not see it have the table beside it, which says the same.
 */
export const FederationPicture: FC<PictureProps> = ({ page, view }) => {
  const places = placesFor(view.members.length, page.say.dir === 'rtl')
  const at = new Map(view.members.map(({ memberId }, index) => [memberId, places[index]]))
  const isFew = view.members.length <= FEW
  const arrows = view.ties.flatMap((tie) => {
    const [from, to] = [at.get(tie.from), at.get(tie.to)]
    return from && to ? [{ tie, arrow: arrowBetween(from, to) }] : []
  })
  return (
    <svg
      class="federation"
      viewBox={`0 0 ${WIDTH} ${heightFor(places)}`}
      aria-hidden="true"
      focusable="false"
    >
      {arrows.map(({ tie, arrow }) => (
        <g class={`tie ${tie.age}`}>
          <path d={arrow.line} />
          <path d={arrow.head} />
        </g>
      ))}
      {isFew &&
        arrows.map(({ tie, arrow }) => (
          <text class="tie-words" x={arrow.words.x} y={arrow.words.y + 4} text-anchor="middle">
            {shortAge(page, tie.at)}
          </text>
        ))}
      {view.members.map((member, index) => {
        const place = places[index]
        return place && <Member page={page} view={view} member={member} place={place} isFew={isFew} />
      })}
    </svg>
  )
}

const Member: FC<
  PictureProps & { readonly member: PictureMember; readonly place: Place; readonly isFew: boolean }
> = ({ page, view, member, place, isFew }) => {
  const name = namePlace(place)
  const age = isFew ? null : ageBeside(page, view, member)
  return (
    <>
      {member.isOwn && <circle class="own-ring" cx={place.x} cy={place.y} r="16" />}
      {view.members.length > MOST_WOVEN ? (
        <circle class="member" data-colour={member.colour} cx={place.x} cy={place.y} r="9" />
      ) : (
        <MarkAt {...member} {...place} scale={2} />
      )}
      <text
        class={member.isOwn ? 'node-name own' : 'node-name'}
        x={name.x}
        y={age === null ? name.y : name.y - 6}
        text-anchor={name.anchor}
      >
        {cutText(foreignText(member.short, 64), LONGEST_NAME)}
      </text>
      {age !== null && (
        <text class="tie-words" x={name.x} y={name.y + 8} text-anchor={name.anchor}>
          {age}
        </text>
      )}
    </>
  )
}

/** Where there is no room on the lines: when we last copied the member, else when it last copied us. */
function ageBeside(page: PageContext, { members, ties }: PictureView, member: PictureMember): string | null {
  const own = new Set(members.filter(({ isOwn }) => isOwn).map(({ memberId }) => memberId))
  if (member.isOwn) return null
  const tie =
    ties.find(({ from, to }) => own.has(from) && to === member.memberId) ??
    ties.find(({ from, to }) => own.has(to) && from === member.memberId)
  return tie ? shortAge(page, tie.at) : null
}

function shortAge({ say, now }: PageContext, at: Millis | null): string {
  return at === null ? say.t('picture.notYet') : say.relativeShort(Math.min(at, now), now)
}

/** What each kind of line means. */
export const PictureLegend: FC<{ readonly page: PageContext }> = ({ page: { say } }) => (
  <ul class="legend plain-list">
    {(['fresh', 'hours', 'days', 'never'] as const).map((age) => (
      <li>
        <svg class="federation" viewBox="0 0 40 10" width="40" height="10" aria-hidden="true">
          <g class={`tie ${age}`}>
            <path d="M2 5H38" />
          </g>
        </svg>{' '}
        {say.t(`picture.${age}`)}
      </li>
    ))}
  </ul>
)
