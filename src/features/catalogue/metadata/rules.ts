/** What a card's front matter says, pure. Authors write it by hand: a field of the wrong kind is passed over, never refused. */
import type { Json } from '../../../kernel/canonical-json.ts'
import type { BaseModelRelation, Card, Evaluation, Gate, Licence } from '../types.ts'

/** Front matter as it was read. */
export type Metadata = Readonly<Record<string, Json>>

const MOST_WORDS = 500
const LONGEST_WORD = 300
const MOST_EVALUATIONS = 500

/** The words of a field: one, or a list of them; numbers count as words. Trimmed, each once, in their order. */
export function words(value: Json | undefined): readonly string[] {
  const items = isList(value) ? value : [value]
  const found = items.flatMap((item) => {
    const text = wordOf(item)
    return text === null ? [] : [text]
  })
  return [...new Set(found)].slice(0, MOST_WORDS)
}

function wordOf(value: Json | undefined): string | null {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return null
  const trimmed = text.trim().slice(0, LONGEST_WORD).toWellFormed()
  return trimmed === '' ? null : trimmed
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function membersOf(value: Json | undefined): Metadata {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {}
}

/** The licence; of several the first, as clients show one. */
export function licenceOf(metadata: Metadata): Licence | null {
  const id = words(metadata['license'])[0]
  if (id === undefined) return null
  return {
    id: id.toLowerCase(),
    name: wordOf(metadata['license_name']),
    link: wordOf(metadata['license_link']),
  }
}

/** Values that Hugging Face allows as languages although they are none. */
const NO_LANGUAGE = new Set(['code', 'multilingual'])

/** A language in its canonical BCP 47 form (`swa` → `sw`, `zh-hant` → `zh-Hant`), or null when it is none. */
export function canonicalLanguage(code: string): string | null {
  if (NO_LANGUAGE.has(code.toLowerCase())) return code.toLowerCase()
  try {
    return Intl.getCanonicalLocales(code.replaceAll('_', '-'))[0] ?? null
  } catch (cause) {
    if (cause instanceof RangeError) return null
    throw cause
  }
}

/** Languages as written: front matter says `language`, older cards `languages`. */
export function languageWords(metadata: Metadata): readonly string[] {
  return words(metadata['language'] ?? metadata['languages'])
}

/** The numbers of `model-index`, in its order. */
export function evaluationsOf(metadata: Metadata): Evaluation[] {
  const models = metadata['model-index']
  const results = (isList(models) ? models : []).flatMap((model) => listIn(model, 'results'))
  return results.flatMap(evaluationsOfResult).slice(0, MOST_EVALUATIONS)
}

function listIn(value: Json, key: string): readonly Json[] {
  const member = membersOf(value)[key]
  return isList(member) ? member : []
}

function evaluationsOfResult(result: Json): Evaluation[] {
  const { task, dataset } = membersOf(result)
  return listIn(result, 'metrics').flatMap((entry) => {
    const { name, type, value } = membersOf(entry)
    const metric = wordOf(name) ?? wordOf(type)
    const measured = typeof value === 'number' ? value : wordOf(value)
    return metric === null || measured === null
      ? []
      : [{ task: nameOf(task), dataset: nameOf(dataset), metric, value: measured }]
  })
}

function nameOf(value: Json | undefined): string | null {
  const { name, type } = membersOf(value)
  return wordOf(name) ?? wordOf(type)
}

/** What readers are asked before they get the files; null when the card asks nothing. */
export function gateOf(metadata: Metadata): Gate | null {
  const gate: Gate = {
    heading: longText(metadata['extra_gated_heading']),
    description: longText(metadata['extra_gated_description']),
    prompt: longText(metadata['extra_gated_prompt']),
    button: wordOf(metadata['extra_gated_button_content']),
    fields: Object.entries(membersOf(metadata['extra_gated_fields'])).slice(0, 50).map(gateField),
  }
  const isEmpty =
    gate.fields.length === 0 && !gate.heading && !gate.description && !gate.prompt && !gate.button
  return isEmpty ? null : gate
}

function gateField([label, kind]: [string, Json]): Gate['fields'][number] {
  const members = membersOf(kind)
  return {
    label: label.slice(0, LONGEST_WORD).toWellFormed(),
    kind: wordOf(kind) ?? wordOf(members['type']) ?? 'text',
    options: listIn(kind, 'options').flatMap(
      (option) => wordOf(option) ?? wordOf(membersOf(option)['label']) ?? [],
    ),
  }
}

function longText(value: Json | undefined): string | null {
  return typeof value === 'string' && value.trim() !== ''
    ? value.trim().slice(0, 10_000).toWellFormed()
    : null
}

const RELATIONS: ReadonlySet<string> = new Set<BaseModelRelation>([
  'adapter',
  'finetune',
  'merge',
  'quantized',
])

function isRelation(word: string | undefined): word is BaseModelRelation {
  return word !== undefined && RELATIONS.has(word)
}

/**
 * Base models with how this one was made of them: as the card says, else as its files show (an adapter's
 * configuration, GGUF without safetensors), else a merge of several or a fine-tune of one.
 */
export function baseModelsOf(
  metadata: Metadata,
  files: { isAdapter: boolean; isQuantised: boolean },
): Card['baseModels'] {
  const ids = words(metadata['base_model'])
  const declared = words(metadata['base_model_relation'])[0]
  const shown = files.isAdapter
    ? 'adapter'
    : files.isQuantised
      ? 'quantized'
      : ids.length > 1
        ? 'merge'
        : 'finetune'
  const relation = isRelation(declared) ? declared : shown
  return ids.map((id) => ({ id, relation }))
}

/** Fields of a data set's card that clients filter by as `field:value`. */
export const DATASET_TAG_FIELDS = [
  'task_categories',
  'task_ids',
  'annotations_creators',
  'language_creators',
  'multilinguality',
  'source_datasets',
  'size_categories',
] as const

/** Sentences about fields that are readable YAML but say nothing this node or a client can use. */
export function complaintsAbout(metadata: Metadata): readonly { readonly message: string }[] {
  return languageWords(metadata)
    .filter((code) => canonicalLanguage(code) === null)
    .map((code) => ({
      message: `"language": "${code}" is not a language code (BCP 47, such as sw or zh-Hant)`,
    }))
}
