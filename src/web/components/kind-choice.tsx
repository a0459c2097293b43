import type { FC } from 'hono/jsx'

import { RepositoryKind } from '../../kernel/names.ts'
import type { PageContext } from '../page-context.ts'
import { Choice } from './form.tsx'

/** Whether it is a model or a data set. */
export const KindChoice: FC<{ readonly page: PageContext; readonly value: RepositoryKind }> = ({
  page: { say },
  value,
}) => (
  <Choice
    name="kind"
    label={say.t('kind.what')}
    value={value}
    options={RepositoryKind.options.map((kind) => ({ value: kind, words: say.t(`kind.${kind}`) }))}
  />
)
