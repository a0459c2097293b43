/** Words for what cards say in codes: tasks, licences, languages, precisions. */
import type { AssociationRule, CapacityUnit } from '../records/index.ts'
import type { MessageKey, Translator } from './i18n/index.ts'

const TASKS = [
  'audio-classification',
  'audio-text-to-text',
  'automatic-speech-recognition',
  'depth-estimation',
  'document-question-answering',
  'feature-extraction',
  'fill-mask',
  'image-classification',
  'image-feature-extraction',
  'image-segmentation',
  'image-text-to-text',
  'image-to-image',
  'image-to-text',
  'object-detection',
  'question-answering',
  'reinforcement-learning',
  'robotics',
  'sentence-similarity',
  'summarization',
  'tabular-classification',
  'tabular-regression',
  'text-classification',
  'text-generation',
  'text-ranking',
  'text-to-image',
  'text-to-speech',
  'text-to-video',
  'time-series-forecasting',
  'token-classification',
  'translation',
  'video-classification',
  'visual-question-answering',
  'voice-activity-detection',
  'zero-shot-classification',
  'zero-shot-image-classification',
] as const

type Task = (typeof TASKS)[number]

function isTask(task: string): task is Task {
  return TASKS.some((known) => known === task)
}

/** A task in words: `speech recognition`. One we have no word for keeps its code. */
export function describeTask(say: Translator, task: string): string {
  return isTask(task) ? say.t(`task.${task}`) : task
}

/** What a model is by its task: `A model for speech recognition`; `A model` when we have no word for it. */
export function describeModel(say: Translator, task: string | null): string {
  return task !== null && isTask(task) ? say.t(`model.${task}`) : say.t('model.any')
}

/** How many languages a sentence names; of more it says the number. */
export const MOST_LANGUAGES_NAMED = 4

/** Languages by name, or by their number when there are more than {@link MOST_LANGUAGES_NAMED}. */
export function describeLanguages(say: Translator, codes: readonly string[]): string {
  if (codes.length > MOST_LANGUAGES_NAMED) return say.t('count.languages', { count: codes.length })
  return say.list(codes.map(say.languageName))
}

/** `12 models and 3 data sets`, without what there is none of. At least one of the two must be above zero. */
export function describeOffer(say: Translator, models: number, datasets: number): string {
  return say.list([
    ...(models > 0 ? [say.t('count.models', { count: models })] : []),
    ...(datasets > 0 ? [say.t('count.datasets', { count: datasets })] : []),
  ])
}

/** What a licence lets people do, in classes that a reader can act on. */
type Terms =
  | 'permissive'
  | 'unconditional'
  | 'attribution'
  | 'shareAlike'
  | 'copyleft'
  | 'weakCopyleft'
  | 'networkCopyleft'
  | 'nonCommercial'
  | 'nonCommercialShareAlike'
  | 'nonCommercialNoDerivatives'
  | 'noDerivatives'
  | 'responsible'
  | 'ownTerms'

/** Names as their stewards write them, by the identifiers that cards use (SPDX, lower case, and the hub's own). */
const LICENCES: Readonly<Record<string, readonly [name: string, terms: Terms]>> = {
  'afl-3.0': ['Academic Free License 3.0', 'permissive'],
  'agpl-3.0': ['GNU AGPL 3.0', 'networkCopyleft'],
  'apache-2.0': ['Apache 2.0', 'permissive'],
  'artistic-2.0': ['Artistic License 2.0', 'permissive'],
  'bigcode-openrail-m': ['BigCode OpenRAIL-M', 'responsible'],
  'bigscience-bloom-rail-1.0': ['BigScience BLOOM RAIL 1.0', 'responsible'],
  'bigscience-openrail-m': ['BigScience OpenRAIL-M', 'responsible'],
  'bsd-2-clause': ['BSD 2-Clause', 'permissive'],
  'bsd-3-clause': ['BSD 3-Clause', 'permissive'],
  'bsl-1.0': ['Boost Software License 1.0', 'permissive'],
  'cc-by-2.0': ['CC BY 2.0', 'attribution'],
  'cc-by-3.0': ['CC BY 3.0', 'attribution'],
  'cc-by-4.0': ['CC BY 4.0', 'attribution'],
  'cc-by-nc-2.0': ['CC BY-NC 2.0', 'nonCommercial'],
  'cc-by-nc-3.0': ['CC BY-NC 3.0', 'nonCommercial'],
  'cc-by-nc-4.0': ['CC BY-NC 4.0', 'nonCommercial'],
  'cc-by-nc-nd-4.0': ['CC BY-NC-ND 4.0', 'nonCommercialNoDerivatives'],
  'cc-by-nc-sa-3.0': ['CC BY-NC-SA 3.0', 'nonCommercialShareAlike'],
  'cc-by-nc-sa-4.0': ['CC BY-NC-SA 4.0', 'nonCommercialShareAlike'],
  'cc-by-nd-4.0': ['CC BY-ND 4.0', 'noDerivatives'],
  'cc-by-sa-3.0': ['CC BY-SA 3.0', 'shareAlike'],
  'cc-by-sa-4.0': ['CC BY-SA 4.0', 'shareAlike'],
  'cc0-1.0': ['CC0 1.0', 'unconditional'],
  'cdla-permissive-1.0': ['CDLA Permissive 1.0', 'permissive'],
  'cdla-permissive-2.0': ['CDLA Permissive 2.0', 'permissive'],
  'cdla-sharing-1.0': ['CDLA Sharing 1.0', 'shareAlike'],
  'creativeml-openrail-m': ['CreativeML OpenRAIL-M', 'responsible'],
  'ecl-2.0': ['Educational Community License 2.0', 'permissive'],
  'epl-2.0': ['Eclipse Public License 2.0', 'weakCopyleft'],
  'etalab-2.0': ['Licence Ouverte 2.0', 'attribution'],
  'eupl-1.2': ['EUPL 1.2', 'networkCopyleft'],
  gemma: ['Gemma', 'ownTerms'],
  'gfdl-1.3': ['GNU FDL 1.3', 'shareAlike'],
  'gpl-2.0': ['GNU GPL 2.0', 'copyleft'],
  'gpl-3.0': ['GNU GPL 3.0', 'copyleft'],
  isc: ['ISC', 'permissive'],
  'lgpl-2.1': ['GNU LGPL 2.1', 'weakCopyleft'],
  'lgpl-3.0': ['GNU LGPL 3.0', 'weakCopyleft'],
  llama2: ['Llama 2', 'ownTerms'],
  llama3: ['Llama 3', 'ownTerms'],
  'llama3.1': ['Llama 3.1', 'ownTerms'],
  'llama3.2': ['Llama 3.2', 'ownTerms'],
  'llama3.3': ['Llama 3.3', 'ownTerms'],
  mit: ['MIT', 'permissive'],
  'mpl-2.0': ['Mozilla Public License 2.0', 'weakCopyleft'],
  'ms-pl': ['Microsoft Public License', 'permissive'],
  'odc-by': ['ODC-By 1.0', 'attribution'],
  odbl: ['ODbL 1.0', 'shareAlike'],
  openrail: ['OpenRAIL', 'responsible'],
  'openrail++': ['OpenRAIL++', 'responsible'],
  pddl: ['PDDL 1.0', 'unconditional'],
  postgresql: ['PostgreSQL', 'permissive'],
  unlicense: ['The Unlicense', 'unconditional'],
  wtfpl: ['WTFPL', 'unconditional'],
  zlib: ['zlib', 'permissive'],
}

/** A licence as a person reads it. */
export interface LicenceWords {
  /** What to call it. */
  readonly name: string
  /** What it allows, in a sentence. Not legal advice: the licence's own text rules. */
  readonly meaning: string
}

/** A licence in words. `licence` is a card's identifier, in any case; null when the card states none. */
export function describeLicence(say: Translator, licence: string | null): LicenceWords {
  if (licence === null || licence === '' || licence === 'unknown') {
    return { name: say.t('licence.none'), meaning: say.t('terms.none') }
  }
  const key = licence.toLowerCase()
  const known = Object.hasOwn(LICENCES, key) ? LICENCES[key] : undefined // a card may say `constructor`
  if (known) return { name: known[0], meaning: say.t(`terms.${known[1]}` satisfies MessageKey) }
  return { name: licence === 'other' ? say.t('licence.other') : licence, meaning: say.t('terms.ownTerms') }
}

/** How an association decides, in a sentence. */
export function describeRule(say: Translator, rule: AssociationRule): string {
  switch (rule.kind) {
    case 'two-thirds':
      return say.t('association.rule.twoThirds')
    case 'k-of-n':
      return say.t('association.rule.someOf', { k: say.number(rule.k) })
    case 'convener':
      return say.t('association.rule.convener')
  }
}

/** An amount with its unit: `1,200 training places`. A fraction (`22/3`) stands as it is. */
export function describeAmount(say: Translator, unit: CapacityUnit, amount: number | string): string {
  const count = Number(amount)
  return Number.isNaN(count)
    ? `${amount} ${say.t(`capacity.unitName.${unit}`)}`
    : say.t(`capacity.unit.${unit}`, { count })
}
