import type { FC } from 'hono/jsx'

import type { ErasedFile } from '../../features/follow/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import { Origin } from '../../kernel/names.ts'
import { RetractionReason } from '../../records/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { recordPath } from '../paths.ts'
import { Check, Form, Select, Submit } from './form.tsx'
import { Notice } from './notice.tsx'
import { Words } from './words.tsx'

/** Who erased a file, when and why. */
export const Erased: FC<{ readonly page: PageContext; readonly erased: ErasedFile }> = ({ page, erased }) => {
  const { say } = page
  const { member, tombstone, reason, time } = erased
  const values = { date: say.date(time), reason: say.t(`said.reason.${reason}`) }
  return (
    <Notice tone="caution">
      {member && tombstone ? (
        <Words
          say={say}
          message="file.erasedBy"
          values={{ ...values, member: member.handle }}
          links={{
            record: localPath(page, recordPath(Origin.parse(tombstone.origin), tombstone.position)),
          }}
        />
      ) : (
        say.t('file.erasedHere', values)
      )}
    </Notice>
  )
}

/** What erasing a file would come to, for whoever may do it. */
export interface ErasureOffer {
  /** Whether the world is told. */
  readonly isStated: boolean
  /** Other repositories that lose the file. */
  readonly also: readonly string[]
  /** Public repositories of others here that keep it. */
  readonly keptBy: readonly string[]
  readonly deadlines: readonly { readonly association: string; readonly days: number }[]
}

interface OfferProps {
  readonly page: PageContext
  readonly offer: ErasureOffer
  readonly action: string
  /** Why it was not erased when that was asked. */
  readonly refused: Failure | null
}

/** The offer to erase a file for good. */
export const OfferErasure: FC<OfferProps> = ({ page, offer, action, refused }) => {
  const { say } = page
  const { isStated, also, keptBy, deadlines } = offer
  return (
    <details class="block" open={refused !== null}>
      <summary>{say.t('erase.title')}</summary>
      <p>{say.t(isStated ? 'erase.public' : 'erase.private')}</p>
      {also.length > 0 && <p>{say.t('erase.also', { repositories: also.join(', ') })}</p>}
      {keptBy.length > 0 && <p>{say.t('erase.kept', { repositories: keptBy.join(', ') })}</p>}
      {deadlines.map((deadline) => (
        <p>{say.t('erase.deadline', deadline)}</p>
      ))}
      <Form page={page} action={action} failure={refused}>
        <Select
          name="reason"
          label={say.t('retract.reason')}
          options={RetractionReason.options.map((value) => ({ value, words: say.t(`said.reason.${value}`) }))}
          value="legal"
        />
        <Check
          name="confirmed"
          label={say.t('erase.confirm')}
          meaning={say.t(isStated ? 'erase.finalPublic' : 'erase.final')}
          isChecked={false}
          isRefused={refused?.reason === 'notConfirmed'}
        />
        <Submit>{say.t('erase.do')}</Submit>
      </Form>
    </details>
  )
}
