/** Writes what the demo publishes: a folder with the model, and one with the data it was trained on, each with its card. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { BUCKETS, type LanguageModel, LONGEST_GRAM, SHORTEST_GRAM } from './language-model.ts'
import { writeSafetensors } from './safetensors.ts'
import type { Sentence } from './sentences.ts'

const PREDICT = fileURLToPath(new URL('predict.py', import.meta.url))

/** The ids under which the two are published, `namespace/name`. */
export interface PublishedAs {
  readonly model: string
  readonly dataset: string
}

/** Writes `model.safetensors`, `config.json`, `predict.py` and the card. The same model gives the same bytes. */
export async function writeModelFolder(
  folder: string,
  model: LanguageModel,
  ids: PublishedAs,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { languages, weight, bias } = model
  const tensors = [
    { name: 'weight', shape: [languages.length, BUCKETS], values: weight },
    { name: 'bias', shape: [languages.length], values: bias },
  ]
  await writeFile(
    join(folder, 'model.safetensors'),
    writeSafetensors(tensors, { languages: languages.join(' ') }),
  )
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(configOf(model), null, 2)}\n`)
  await writeFile(join(folder, 'README.md'), modelCard(model, ids))
  await copyFile(PREDICT, join(folder, 'predict.py'))
}

function configOf({ languages, seed }: LanguageModel) {
  return {
    model_type: 'hashed-ngram-classifier',
    buckets: BUCKETS,
    shortest_gram: SHORTEST_GRAM,
    longest_gram: LONGEST_GRAM,
    id2label: Object.fromEntries(languages.map((language, row) => [row, language])),
    label2id: Object.fromEntries(languages.map((language, row) => [language, row])),
    seed,
  }
}

/** Writes `train.jsonl` and `test.jsonl`, one object a line with `text`, `language` and `key`, and the card. */
export async function writeDatasetFolder(
  folder: string,
  model: LanguageModel,
  ids: PublishedAs,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'train.jsonl'), linesOf(model.split.train))
  await writeFile(join(folder, 'test.jsonl'), linesOf(model.split.test))
  await writeFile(join(folder, 'README.md'), datasetCard(model, ids))
}

function linesOf(sentences: readonly Sentence[]): string {
  return sentences.map(({ text, language, key }) => `${JSON.stringify({ text, language, key })}\n`).join('')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function listed(languages: readonly string[]): string {
  return languages.map((language) => `- ${language}\n`).join('')
}

function modelCard(model: LanguageModel, ids: PublishedAs): string {
  const { languages, accuracy, accuracies, confusion, split, seed } = model
  const parameters = languages.length * (BUCKETS + 1)
  return `---
license: apache-2.0
language:
${listed(languages)}pipeline_tag: text-classification
library_name: safetensors
tags:
- language-identification
- example
datasets:
- ${ids.dataset}
metrics:
- accuracy
model-index:
- name: Six-language identifier
  results:
  - task:
      type: text-classification
      name: Language identification
    dataset:
      type: ${ids.dataset}
      name: Messages of Ayni
      split: test
    metrics:
    - type: accuracy
      value: ${accuracy.toFixed(4)}
---

# Six-language identifier

Tells Arabic, Chinese, English, French, Russian and Spanish apart from a few words. An example that a node of Ayni
trains from its own messages when it is shown for the first time: small, but a real model with measured accuracy.

يتعرّف هذا النموذج الصغير على لغة النص من بين ست لغات.

这个小模型识别一段文字属于六种语言中的哪一种。

Ce petit modèle reconnaît la langue d’un texte parmi six langues.

Эта небольшая модель определяет язык текста из шести языков.

Este pequeño modelo identifica el idioma de un texto entre seis lenguas.

## Use

\`predict.py\` needs nothing but Python:

\`\`\`sh
python3 predict.py 'Bonjour tout le monde' '你好'
\`\`\`

## How it works

Multinomial logistic regression on character n-grams of ${SHORTEST_GRAM} to ${LONGEST_GRAM}, hashed into ${BUCKETS} columns: ${parameters.toLocaleString('en')} parameters.
Trained on ${split.train.length} sentences of [${ids.dataset}](/datasets/${ids.dataset}) with seed ${seed}; the same messages give the same weights, bit for bit.

## Measured

On ${split.test.length} sentences of messages that were kept apart, in all their translations: **${percent(accuracy)}** are named rightly.
A share this high is easily reached: three of the six languages have a script of their own.

| language | right | taken for ${languages.join(' · ')} |
|---|---|---|
${languages.map((language, row) => `| ${language} | ${percent(accuracies[language] ?? 0)} | ${(confusion[row] ?? []).join(' · ')} |`).join('\n')}

## Limits

It knows the vocabulary of one program. Single words, names, and text in a seventh language come out as one of the six.
`
}

function datasetCard({ languages, split, seed }: LanguageModel, ids: PublishedAs): string {
  const count = split.train.length + split.test.length
  return `---
license: apache-2.0
language:
${listed(languages)}pretty_name: Messages of Ayni in six languages
task_categories:
- text-classification
size_categories:
- ${count < 1000 ? 'n<1K' : '1K<n<10K'}
multilinguality:
- translation
tags:
- language-identification
- example
configs:
- config_name: default
  data_files:
  - split: train
    path: train.jsonl
  - split: test
    path: test.jsonl
---

# Messages of Ayni in six languages

${count} short sentences from the pages and refusals of Ayni, each with its language and the message it belongs to. An example data set,
made to train [${ids.model}](/${ids.model}).

| column | what it holds |
|---|---|
| \`text\` | a sentence without its placeholders; of a message with plural forms, each form |
| \`language\` | ${languages.join(', ')} |
| \`key\` | the message; the same in all languages, so translations can be aligned |

\`train.jsonl\` has ${split.train.length} sentences, \`test.jsonl\` ${split.test.length}. A message is in one of them with all its translations, chosen by a hash
of its key and the seed ${seed}. Sentences that read the same in several languages are left out. The sentences were written by the
people who translated the program; no personal data is in them.
`
}
