import type { FC } from 'hono/jsx'

import type { PageContext } from '../page-context.ts'

interface CommandProps {
  readonly page: PageContext
  /** What the reader copies, exactly; may have several lines. */
  readonly text: string
}

/** A command to copy. The button is an island: without JavaScript there is none, and the text can be selected. */
export const Command: FC<CommandProps> = ({ page, text }) => (
  <copy-text
    class="command"
    dir="ltr"
    data-copy={page.say.t('action.copy')}
    data-copied={page.say.t('action.copied')}
  >
    <pre>
      <code>{text}</code>
    </pre>
  </copy-text>
)

declare module 'hono/jsx' {
  // oxlint-disable-next-line typescript/no-namespace -- this is how hono/jsx learns a custom element
  namespace JSX {
    interface IntrinsicElements {
      'copy-text': HTMLAttributes
    }
  }
}
