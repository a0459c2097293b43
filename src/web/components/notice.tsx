import type { FC, PropsWithChildren } from 'hono/jsx'

/** How urgent a notice is. Colour is never alone: each tone has its sign. */
export type Tone = 'good' | 'caution' | 'danger'

const SIGNS = { good: '✓', caution: '!', danger: '!' } as const satisfies Record<Tone, string>

/** A sentence that stands out. `danger` is announced to readers who do not see it. */
export const Notice: FC<PropsWithChildren<{ readonly tone: Tone }>> = ({ tone, children }) => (
  <div class={`notice ${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
    <span class="sign" aria-hidden="true">
      {SIGNS[tone]}
    </span>
    <p>{children}</p>
  </div>
)
