import type { FC } from 'hono/jsx'

import { Command } from '../components/command.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { localPath, type PageContext } from '../page-context.ts'

interface RecoveryKeysProps {
  readonly page: PageContext
  /** The member's full name. */
  readonly member: string
  /** As people print them. */
  readonly keys: readonly string[]
  /** How many of them speak for the member. */
  readonly threshold: number
}

/** Shown once, to be printed, right after a member was made. */
export const RecoveryKeysPage: FC<RecoveryKeysProps> = ({ page, member, keys, threshold }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('recovery.title')}>
      <div class="narrow">
        <h1>{say.t('recovery.title')}</h1>
        <p class="lead">{say.t('recovery.intro', { member, threshold, count: keys.length })}</p>
        <Notice tone="caution">{say.t('recovery.once')}</Notice>
        {keys.map((key, index) => (
          <>
            <h2>{say.t('recovery.key', { number: index + 1 })}</h2>
            <Command page={page} text={key} />
          </>
        ))}
        <p>
          <a class="button" href={localPath(page, '/')}>
            {say.t('recovery.done')}
          </a>
        </p>
      </div>
    </Layout>
  )
}
