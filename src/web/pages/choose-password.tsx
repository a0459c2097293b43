import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import { Field, Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import type { PageContext } from '../page-context.ts'

/** What a person's one-time link leads to. */
export interface ChoosePasswordView {
  readonly key: string
  readonly name: string
  readonly fullName: string
  readonly failure: Failure | null
}

/** A first or a new password, by one-time link. */
export const ChoosePasswordPage: FC<{ readonly page: PageContext; readonly view: ChoosePasswordView }> = ({
  page,
  view,
}) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('choosePassword.title')}>
      <div class="narrow">
        <h1>{say.t('choosePassword.title')}</h1>
        <p class="lead">
          {say.t('choosePassword.for', { person: view.fullName || view.name, name: view.name })}
        </p>
        <Form page={page} action={`/password/${view.key}`} failure={view.failure}>
          <input type="hidden" name="name" value={view.name} autocomplete="username" />
          <Field
            name="password"
            label={say.t('field.newPassword')}
            hint={say.t('field.passwordHint')}
            type="password"
            autocomplete="new-password"
            isLatin
            isRefused={view.failure?.field === 'password'}
          />
          <Submit>{say.t('choosePassword.submit')}</Submit>
        </Form>
      </div>
    </Layout>
  )
}
