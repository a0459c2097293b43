import type { Child, FC } from 'hono/jsx'

import type { MessageKey, MessagePart, Translator, Values } from '../i18n/index.ts'

interface WordsProps {
  readonly say: Translator
  readonly message: MessageKey
  readonly values?: Values
  /** Where the words between `{#name}` and `{/name}` lead; null sets them apart without leading anywhere. */
  readonly links: Readonly<Record<string, string | null>>
}

/** A message whose words carry links. Markup does not nest. */
export const Words: FC<WordsProps> = ({ say, message, values = {}, links }) => (
  <>{joinParts(say.parts(message, values), links)}</>
)

interface Open {
  readonly name: string
  words: string
}

function joinParts(parts: readonly MessagePart[], links: WordsProps['links']): readonly Child[] {
  const children: Child[] = []
  let open: Open | null = null
  for (const part of parts) {
    switch (part.kind) {
      case 'open':
        open = { name: part.name, words: '' }
        break
      case 'close':
        children.push(linked(open, links))
        open = null
        break
      case 'text':
        if (open) open.words += part.text
        else children.push(part.text)
    }
  }
  return children
}

function linked(open: Open | null, links: WordsProps['links']): Child {
  const href = open && links[open.name]
  if (!open || href === undefined)
    throw new Error(`markup ${open?.name ?? '(none open)'} has no meaning here`)
  if (href === null) return <bdi>{open.words}</bdi>
  return (
    <a href={href} class={open.name === 'repository' ? 'identifier' : undefined}>
      {open.words}
    </a>
  )
}
