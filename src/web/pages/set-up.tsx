import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import { Field, Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import type { PageContext } from '../page-context.ts'

/** What the first visitor fills in, as it was last sent. */
export interface SetUpView {
  /** From the one-time link. */
  readonly key: string
  readonly memberName: string
  readonly handle: string
  readonly name: string
  readonly fullName: string
  readonly failure: Failure | null
}

/** The first minute of a node: the member, and its first person. */
export const SetUpPage: FC<{ readonly page: PageContext; readonly view: SetUpView }> = ({ page, view }) => {
  const { say } = page
  const refused = view.failure?.field
  return (
    <Layout page={page} title={say.t('setUp.title')}>
      <div class="narrow">
        <h1>{say.t('setUp.title')}</h1>
        <p class="lead">{say.t('setUp.intro')}</p>
        <Form page={page} action={`/set-up/${view.key}`} failure={view.failure}>
          <h2>{say.t('setUp.member')}</h2>
          <Field
            name="memberName"
            label={say.t('setUp.memberName')}
            hint={say.t('setUp.memberNameHint')}
            value={view.memberName}
            isRefused={refused === 'memberName' || refused === 'body.name'}
          />
          <Field
            name="handle"
            label={say.t('setUp.handle')}
            hint={say.t('setUp.handleHint')}
            value={view.handle}
            isLatin
            isRefused={refused === 'handle'}
          />
          <p class="quiet">{say.t('permanent.said')}</p>
          <h2>{say.t('setUp.you')}</h2>
          <Field
            name="fullName"
            label={say.t('field.fullName')}
            value={view.fullName}
            autocomplete="name"
            isOptional
            isRefused={refused === 'fullName'}
          />
          <Field
            name="name"
            label={say.t('field.name')}
            hint={say.t('field.nameHint')}
            value={view.name}
            autocomplete="username"
            isLatin
            isRefused={refused === 'name'}
          />
          <Field
            name="password"
            label={say.t('field.password')}
            hint={say.t('field.passwordHint')}
            type="password"
            autocomplete="new-password"
            isLatin
            isRefused={refused === 'password'}
          />
          <Submit>{say.t('setUp.submit')}</Submit>
        </Form>
      </div>
    </Layout>
  )
}

/** What anybody sees of a node that is not set up, except through its link. */
export const NotSetUpPage: FC<{ readonly page: PageContext }> = ({ page }) => (
  <Layout page={page} title={page.say.t('setUp.title')}>
    <div class="narrow">
      <h1>{page.say.t('setUp.notYet')}</h1>
      <p class="lead">{page.say.t('setUp.openLink')}</p>
    </div>
  </Layout>
)
