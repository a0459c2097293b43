/** An element of XML, or text. */
export type XmlNode = string | XmlElement
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlNode[]
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly XmlNode[]
): XmlElement {
  return { name, attributes, children }
}

/** Characters that XML 1.0 has no way to write. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is left out
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** The text of an element. Names are the caller's own; values may be anybody's. */
export function writeXml(node: XmlNode): string {
  if (typeof node === 'string') return escape(node, /[&<>\r]/g)
  const { name, attributes, children } = node
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escape(value, /[&<>"\t\n\r]/g)}"`,
  )
  const head = `<${name}${written.join('')}`
  return children.length === 0 ? `${head}/>` : `${head}>${children.map(writeXml).join('')}</${name}>`
}

function escape(text: string, special: RegExp): string {
  return text
    .toWellFormed()
    .replaceAll(UNWRITABLE, '')
    .replaceAll(special, (character) => ESCAPES[character] ?? character)
}
