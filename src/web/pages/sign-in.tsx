import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import { Field, Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import type { PageContext } from '../page-context.ts'

/** The form to sign in with, as it was last sent. */
export interface SignInView {
  readonly name: string
  /** Where to go afterwards: a path on this node. */
  readonly from: string
  readonly failure: Failure | null
}

/** Name and password. */
export const SignInPage: FC<{ readonly page: PageContext; readonly view: SignInView }> = ({ page, view }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('action.signIn')}>
      <div class="narrow">
        <h1>{say.t('signIn.title')}</h1>
        <Form page={page} action="/sign-in" failure={view.failure}>
          <input type="hidden" name="from" value={view.from} />
          <Field name="name" label={say.t('field.name')} value={view.name} autocomplete="username" isLatin />
          <Field
            name="password"
            label={say.t('field.password')}
            type="password"
            autocomplete="current-password"
            isLatin
          />
          <Submit>{say.t('action.signIn')}</Submit>
        </Form>
        <p class="quiet">{say.t('signIn.noAccount')}</p>
      </div>
    </Layout>
  )
}
