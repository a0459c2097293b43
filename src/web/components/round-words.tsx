import type { FC } from 'hono/jsx'

import type { RoundState } from '../../features/capacity/index.ts'
import type { Colour } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import { momentOf } from '../../kernel/time.ts'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { memberPath } from '../paths.ts'
import { Mark } from './mark.tsx'

const NAME = 80

/** What a member is called here, and in which colour it is drawn. */
export interface RoundMember {
  readonly name: string
  readonly colour: Colour
}

/** A member with its mark; its id where it is not known here. */
export const RoundMemberName: FC<{
  readonly page: PageContext
  readonly memberId: MemberId
  readonly members: ReadonlyMap<MemberId, RoundMember>
}> = ({ page, memberId, members }) => {
  const member = members.get(memberId)
  if (!member) return <bdi class="identifier">{memberId.slice(0, 9)}</bdi>
  return (
    <>
      <Mark memberId={memberId} colour={member.colour} />{' '}
      <a href={localPath(page, memberPath(memberId))}>
        <bdi>{foreignText(member.name, NAME)}</bdi>
      </a>
    </>
  )
}

/** How a round stands, with its deadline while it is open. */
export function stateWords(page: PageContext, state: RoundState, deadline: string): string {
  return page.say.t(`round.state.${state}`, { date: page.say.dateTime(momentOf(deadline)) })
}
