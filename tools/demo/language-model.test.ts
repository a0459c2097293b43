import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readFrontMatter } from '../../src/features/catalogue/index.ts'
import { readSafetensorsHeader } from '../../src/features/catalogue/safetensors/rules.ts'
import { writeDatasetFolder, writeModelFolder } from './folders.ts'
import {
  BUCKETS,
  featuresOf,
  identifyLanguage,
  type LanguageModel,
  probabilitiesOf,
  trainLanguageModel,
} from './language-model.ts'
import { readCatalogues } from './locales.ts'
import { writeSafetensors } from './safetensors.ts'
import { sentencesOf, splitSentences } from './sentences.ts'

const IDS = { model: 'nairobi/six-languages', dataset: 'nairobi/messages' }
const PYTHON = spawnSync('python3', ['--version']).status === 0

interface Folders extends AsyncDisposable {
  readonly model: string
  readonly dataset: string
}

async function writtenFolders(model: LanguageModel): Promise<Folders> {
  const root = await mkdtemp(join(tmpdir(), 'ayni-demo-'))
  const folders = { model: join(root, 'model'), dataset: join(root, 'dataset') }
  await writeModelFolder(folders.model, model, IDS)
  await writeDatasetFolder(folders.dataset, model, IDS)
  return { ...folders, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) }
}

describe('sentences of message catalogues', () => {
  it('are every variant of every message, without placeholders', () => {
    const catalogues = {
      en: {
        'count.files': '.input {$count :number} .match $count one {{{$count} file}} * {{{$count} files}}',
        greeting: 'Hello, {$name}, again',
      },
    }
    expect(sentencesOf(catalogues).map(({ text }) => text)).toEqual(['file', 'files', 'Hello, , again'])
  })

  it('are left out when they read the same in two languages, or say nothing', () => {
    const catalogues = {
      en: { a: 'GitHub', b: 'Yes', c: '{$x}', d: 'Yes' },
      fr: { a: 'GitHub', b: 'Oui', c: '—' },
    }
    expect(sentencesOf(catalogues)).toEqual([
      { text: 'Oui', language: 'fr', key: 'b' },
      { text: 'Yes', language: 'en', key: 'd' },
    ])
  })

  it('stand on one side with all their translations', async () => {
    const { train, test } = splitSentences(sentencesOf(await readCatalogues()), 1)
    const keys = new Set(test.map(({ key }) => key))
    expect(train.filter(({ key }) => keys.has(key))).toEqual([])
    expect(test.length).toBeGreaterThan(train.length / 8)
    expect(test.length).toBeLessThan(train.length / 2)
  })
})

describe('the language model', async () => {
  const catalogues = await readCatalogues()
  const model = trainLanguageModel({ catalogues, seed: 1 })

  it('names nine of ten held-out sentences rightly in every language, and more in all', () => {
    expect(model.accuracy).toBeGreaterThan(0.95)
    for (const language of model.languages)
      expect([language, (model.accuracies[language] ?? 0) > 0.9]).toEqual([language, true])
    expect(model.confusion.flat().reduce((sum, count) => sum + count)).toBe(model.split.test.length)
  })

  it('knows sentences that no message holds', () => {
    const said = {
      ar: 'أين تقع المكتبة من فضلك؟',
      en: 'Where is the library, please?',
      es: '¿Dónde está la biblioteca, por favor?',
      fr: 'Où se trouve la bibliothèque, s’il vous plaît ?',
      ru: 'Скажите, пожалуйста, где библиотека?',
      zh: '请问图书馆在哪里？',
    }
    for (const [language, text] of Object.entries(said)) expect(identifyLanguage(model, text)).toBe(language)
  })

  it('is the same each time it is trained, and another with another seed', () => {
    const few = Object.fromEntries(
      Object.entries(catalogues).map(([language, messages]) => [
        language,
        Object.fromEntries(Object.entries(messages).slice(0, 40)),
      ]),
    )
    const [first, again, other] = [1, 1, 2].map((seed) => trainLanguageModel({ catalogues: few, seed }))
    expect(again?.weight).toEqual(first?.weight)
    expect(other?.weight).not.toEqual(first?.weight)
  })

  it('gives probabilities, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const probabilities = probabilitiesOf(model, text)
        expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1)
        const length = [...featuresOf(text).values()].reduce((sum, value) => sum + value * value, 0)
        expect(length).toBeCloseTo(1)
      }),
    )
  })

  it('is written as a file that the catalogue reads', async () => {
    await using folders = await writtenFolders(model)
    const bytes = await readFile(join(folders.model, 'model.safetensors'))
    const reading = readSafetensorsHeader(bytes, bytes.length)
    expect(reading).toMatchObject({
      kind: 'header',
      header: {
        tensors: [
          { name: 'weight', shape: [6, BUCKETS] },
          { name: 'bias', shape: [6] },
        ],
      },
    })
    const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4)
    expect(view.getFloat32(0, true)).toBe(model.bias.at(-1))
  })

  it('has cards that can be read, with what was measured', async () => {
    await using folders = await writtenFolders(model)
    const card = readFrontMatter(await readFile(join(folders.model, 'README.md'), 'utf8'))
    expect(card).toMatchObject({ errors: [], warnings: [] })
    expect(card.metadata).toMatchObject({
      license: 'apache-2.0',
      language: ['ar', 'en', 'es', 'fr', 'ru', 'zh'],
      pipeline_tag: 'text-classification',
      datasets: [IDS.dataset],
      'model-index': [
        { results: [{ metrics: [{ type: 'accuracy', value: Number(model.accuracy.toFixed(4)) }] }] },
      ],
    })
    const data = readFrontMatter(await readFile(join(folders.dataset, 'README.md'), 'utf8'))
    expect(data).toMatchObject({
      errors: [],
      warnings: [],
      metadata: { task_categories: ['text-classification'] },
    })
    const lines = (await readFile(join(folders.dataset, 'test.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(model.split.test)
  })

  it.skipIf(!PYTHON)('says the same in Python, with nothing but its files', async () => {
    await using folders = await writtenFolders(model)
    const texts = model.split.test.slice(0, 40).map(({ text }) => text)
    const run = spawnSync('python3', [join(folders.model, 'predict.py')], {
      input: texts.join('\n'),
      encoding: 'utf8',
    })
    expect(run.stderr).toBe('')
    const said = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
    const expected = texts.map((text) => {
      const probabilities = probabilitiesOf(model, text)
      return [identifyLanguage(model, text), Math.max(...probabilities).toFixed(3), text]
    })
    expect(said).toEqual(expected)
  })
})

it('writes tensors at a multiple of eight, whatever their names', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (names) => {
      const tensors = names.map((name, index) => ({
        name,
        shape: [index],
        values: new Float32Array(index).fill(index),
      }))
      const bytes = writeSafetensors(tensors, {})
      const reading = readSafetensorsHeader(bytes, bytes.length)
      if (names.includes('__metadata__')) return
      if (reading.kind !== 'header') throw new Error(JSON.stringify(reading))
      expect(reading.header.tensors.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0)
    }),
  )
})
