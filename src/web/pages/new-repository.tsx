import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import type { RepositoryKind } from '../../kernel/names.ts'
import { Command } from '../components/command.tsx'
import { Choice, Field, Form, Select, Submit } from '../components/form.tsx'
import { KindChoice } from '../components/kind-choice.tsx'
import { Layout } from '../components/layout.tsx'
import type { PageContext } from '../page-context.ts'

/** The form for a new repository, as it was last sent. */
export interface NewRepositoryView {
  /** Where the person may publish: their own name first. */
  readonly namespaces: readonly string[]
  readonly kind: RepositoryKind
  readonly namespace: string
  readonly name: string
  readonly visibility: 'public' | 'private'
  readonly failure: Failure | null
}

/** Create an empty repository, or learn how to publish from the command line. */
export const NewRepositoryPage: FC<{ readonly page: PageContext; readonly view: NewRepositoryView }> = ({
  page,
  view,
}) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('frame.new')}>
      <h1>{say.t('frame.new')}</h1>
      <div class="columns even">
        <section>
          <Form page={page} action="/new" failure={view.failure}>
            <KindChoice page={page} value={view.kind} />
            <Select
              name="namespace"
              label={say.t('new.namespace')}
              hint={say.t('new.namespaceHint')}
              value={view.namespace}
              options={view.namespaces.map((namespace) => ({ value: namespace, words: namespace }))}
            />
            <Field
              name="name"
              label={say.t('new.name')}
              hint={say.t('field.nameHint')}
              value={view.name}
              isLatin
              isRefused={view.failure?.field === 'name'}
            />
            <VisibilityChoice page={page} value={view.visibility} />
            <Submit>{say.t('new.submit')}</Submit>
          </Form>
        </section>
        <section>
          <h2>{say.t('new.fromTerminal')}</h2>
          <p>{say.t('new.fromTerminalHow')}</p>
          <Command page={page} text={uploadLines(page.address, `${view.namespaces[0] ?? 'NAME'}/my-model`)} />
          <p class="quiet">{say.t('new.cardHint')}</p>
        </section>
      </div>
    </Layout>
  )
}

/** Who may see a repository. */
export const VisibilityChoice: FC<{ readonly page: PageContext; readonly value: 'public' | 'private' }> = ({
  page: { say },
  value,
}) => (
  <>
    <Choice
      name="visibility"
      label={say.t('new.visibility')}
      value={value}
      options={[
        { value: 'public', words: say.t('visibility.public'), meaning: say.t('visibility.publicMeans') },
        { value: 'private', words: say.t('visibility.private'), meaning: say.t('visibility.privateMeans') },
      ]}
    />
    <p class="quiet">{say.t('permanent.published')}</p>
  </>
)

/** The exact lines that publish the folder one stands in. */
export function uploadLines(address: string, id: string, kind: RepositoryKind = 'model'): string {
  const type = kind === 'dataset' ? ' --repo-type dataset' : ''
  return [`export HF_ENDPOINT=${address}`, 'export HF_TOKEN=hf_…', `hf upload ${id} .${type}`].join('\n')
}
