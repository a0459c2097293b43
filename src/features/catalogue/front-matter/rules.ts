/** The YAML block at the head of a card, pure. Cards come from strangers: work is bounded by counted limits, not by trust. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml'

import type { Json } from '../../../kernel/canonical-json.ts'

/** UTF-16 units of front matter that are read. Parsing takes about a millisecond per thousand of them. */
export const LONGEST_FRONT_MATTER = 256 * 1024

const DEEPEST = 64
const MOST_VALUES = 100_000
const MOST_ALIASES = 50
const MOST_COMPLAINTS = 20

/** A sentence for the card's author, in English, as the clients show it. */
export interface Complaint {
  readonly message: string
}

/** A card taken apart. */
export interface FrontMatter {
  /** Null when there is no block, it is empty, or it cannot be read. */
  readonly metadata: Readonly<Record<string, Json>> | null
  /** The Markdown after the block. */
  readonly body: string
  /** Whether the block is longer than this node reads; nothing else is then known of it. */
  readonly isTooLong: boolean
  readonly errors: readonly Complaint[]
  readonly warnings: readonly Complaint[]
}

/** Where the block ends is decided as `huggingface_hub` does (`REGEX_YAML_BLOCK` in repocard.py), in linear time. */
const OPENING = /^\uFEFF?\s*---[ \t]*(?:\r\n|\r|\n)/
const CLOSING = /^---[ \t]*$/m

/** Splits a card and reads its front matter: YAML 1.2, JSON values only, no duplicate keys. */
export function readFrontMatter(card: string): FrontMatter {
  const { block, body } = splitCard(card)
  const nothing = { metadata: null, body, isTooLong: false, errors: [], warnings: [] }
  if (block === null || block.trim() === '') return { ...nothing, warnings: [EMPTY] }
  if (block.length > LONGEST_FRONT_MATTER) return { ...nothing, isTooLong: true, warnings: [TOO_LONG] }
  return { ...nothing, ...readBlock(block) }
}

const EMPTY: Complaint = { message: 'empty or missing yaml metadata in repo card' }
const TOO_LONG: Complaint = {
  message: `yaml metadata longer than ${LONGEST_FRONT_MATTER} characters is kept but not read`,
}

function splitCard(card: string): { block: string | null; body: string } {
  const opening = OPENING.exec(card)?.[0]
  if (opening === undefined) return { block: null, body: card }
  const rest = card.slice(opening.length)
  const closing = CLOSING.exec(rest)
  if (!closing) return { block: null, body: card }
  return { block: rest.slice(0, closing.index), body: rest.slice(closing.index + closing[0].length) }
}

function readBlock(block: string): Pick<FrontMatter, 'metadata' | 'errors' | 'warnings'> {
  // The library's own check for duplicate keys and its pretty errors take quadratic time; both are done here instead.
  const document = parseDocument(block, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  const complaint = ({ message, pos: [offset] }: { message: string; pos: [number, number] }) => ({
    message: `${message} at ${place(block, offset)}`,
  })
  const warnings = document.warnings.slice(0, MOST_COMPLAINTS).map(complaint)
  const errors = document.errors.slice(0, MOST_COMPLAINTS).map(complaint)
  if (errors.length > 0) return { metadata: null, errors, warnings }
  const reader = new ValueReader(block)
  const value = reader.read(document.contents)
  if (reader.errors.length > 0) return { metadata: null, errors: reader.errors, warnings }
  if (value === null) return { metadata: null, errors, warnings: [...warnings, EMPTY] }
  if (!isObject(value)) return { metadata: null, errors: [NOT_A_MAP], warnings }
  return { metadata: value, errors, warnings }
}

const NOT_A_MAP: Complaint = { message: 'yaml metadata must be a map of names to values' }

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `line 2, column 5` of an offset. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/)
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

/** Turns parsed nodes into JSON within limits. After the first error it gives null for everything. */
class ValueReader {
  readonly errors: Complaint[] = []
  readonly #block: string
  readonly #anchors = new Map<string, Node>()
  #values = 0
  #aliases = 0

  constructor(block: string) {
    this.#block = block
  }

  read(node: Node | null, depth = 0): Json {
    if (this.errors.length > 0 || node === null) return null
    if (depth > DEEPEST) return this.#refuse(`nested deeper than ${DEEPEST} levels`, node)
    if (++this.#values > MOST_VALUES) return this.#refuse(`more than ${MOST_VALUES} values`, node)
    if (isAlias(node)) return this.#readAlias(node.source, node, depth)
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, node)
    if (isMap<ParsedNode, ParsedNode | null>(node)) return this.#readMap(node, depth)
    if (isSeq<ParsedNode>(node)) return node.items.map((item) => this.read(item, depth + 1))
    return isScalar(node) ? jsonScalar(node.value, node.source) : null
  }

  #readAlias(name: string, alias: Node, depth: number): Json {
    if (++this.#aliases > MOST_ALIASES) return this.#refuse(`more than ${MOST_ALIASES} aliases`, alias)
    const target = this.#anchors.get(name)
    return target ? this.read(target, depth + 1) : this.#refuse(`unknown alias ${name}`, alias)
  }

  #readMap(map: YAMLMap<ParsedNode, ParsedNode | null>, depth: number): Json {
    const members = new Map<string, Json>()
    for (const { key, value } of map.items) {
      if (!isScalar(key)) return this.#refuse('a name must be a word or a number', key)
      const name = String(key.value)
      if (members.has(name))
        return this.#refuse(`Map keys must be unique; "${name.slice(0, 100)}" is repeated`, key)
      members.set(name, this.read(value, depth + 1))
    }
    return Object.fromEntries(members)
  }

  #refuse(what: string, node: Node): null {
    this.errors.push({ message: `${what} at ${place(this.#block, node.range?.[0] ?? 0)}` })
    return null
  }
}

function jsonScalar(value: unknown, source: string | undefined): Json {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'number') return Number.isFinite(value) ? value : (source ?? String(value))
  return typeof value === 'boolean' ? value : null
}
