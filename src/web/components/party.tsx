import type { FC } from 'hono/jsx'

import type { Colour } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { memberPath } from '../paths.ts'
import { Mark } from './mark.tsx'

/** A member as pages name it. */
export interface Party {
  readonly memberId: MemberId
  /** In its own words, or its handle, or the beginning of its id where nothing else is known. */
  readonly name: string
  readonly colour: Colour
}

const NAME = 80

export function nameOf({ name }: Party): string {
  return foreignText(name, NAME)
}

/** A member's mark and name, leading to what is known of it. */
export const PartyName: FC<{ readonly page: PageContext; readonly party: Party }> = ({ page, party }) => (
  <>
    <Mark memberId={party.memberId} colour={party.colour} />
    <a href={localPath(page, memberPath(party.memberId))}>
      <bdi>{nameOf(party)}</bdi>
    </a>
  </>
)
