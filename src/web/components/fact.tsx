import type { Child, FC, PropsWithChildren } from 'hono/jsx'

interface FactProps {
  readonly name: string
  /** A quieter word after the value. */
  readonly aside?: Child
  readonly isWide?: boolean
}

/** One line of a list of facts. */
export const Fact: FC<PropsWithChildren<FactProps>> = ({ name, aside, isWide = false, children }) => (
  <div class={isWide ? 'fact wide' : 'fact'}>
    <dt>{name}</dt>
    <dd>
      <span class="value">{children}</span>
      {aside !== undefined && <span class="aside"> {aside}</span>}
    </dd>
  </div>
)
