import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { parseSync } from 'oxc-parser'
import { describe, expect, it } from 'vitest'

/** Lowest first: a file imports its own layer or one below. The edges, what people and programs see, are one layer. */
const LAYERS = [
  ['kernel'],
  ['records'],
  ['database'],
  ['content'],
  ['log'],
  ['features'],
  ['http', 'web'],
  ['cli'],
  ['adapters'],
  ['node'],
  ['main'],
]
/** A feature imports another only leftwards. */
const FEATURES = ['accounts', 'share', 'catalogue', 'follow', 'letters', 'capacity']
/** What a feature's folder, or a noun inside it, may hold; one that outgrew a file becomes a folder of that name. */
const FEATURE_FILES = new Set(['index', 'types', 'rules', 'commands', 'queries', 'projection', 'events'])
const FORBIDDEN_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'misc', 'shared'])

const sources = globSync('src/**/*.{ts,tsx}').filter((file) => !/\.test\.tsx?$|\.contract\.ts$/.test(file))

interface Import {
  readonly from: string
  readonly to: string
}

const imports: readonly Import[] = sources.flatMap((from) =>
  parseSync(from, readFileSync(from, 'utf8'))
    .module.staticImports.map(({ moduleRequest }) => moduleRequest.value)
    .filter((request) => request.startsWith('.'))
    .map((request) => ({ from, to: normalize(join(dirname(from), request)) })),
)

const rankOf = (layer: string) => LAYERS.findIndex((layers) => layers.includes(layer))
const layerOf = (file: string) => rankOf(file.split('/')[1]?.replace(/\.tsx?$/, '') ?? '')
const featureOf = (file: string) =>
  file.startsWith('src/features/') ? FEATURES.indexOf(file.split('/')[2] ?? '') : -1
const show = ({ from, to }: Import) => `${from} -> ${to}`

describe('the layout', () => {
  it('has a place for every file', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.filter((file) => layerOf(file) < 0)).toEqual([])
  })

  it('imports downwards only', () => {
    const adapters = rankOf('adapters')
    const upwards = imports.filter(({ from, to }) => layerOf(to) > layerOf(from))
    const driversUsed = imports.filter(({ from, to }) => layerOf(to) === adapters && layerOf(from) < adapters)
    expect([...upwards, ...driversUsed].map(show)).toEqual([])
  })

  it('lets adapters know ports and types only', () => {
    const adapters = rankOf('adapters')
    const edges = ['http', 'web', 'cli'].map(rankOf)
    const bad = imports.filter(({ from, to }) => layerOf(from) === adapters && edges.includes(layerOf(to)))
    expect(bad.map(show)).toEqual([])
  })

  it('lets a feature import another through its index, leftwards', () => {
    const between = imports.filter(
      ({ from, to }) => featureOf(from) >= 0 && featureOf(to) >= 0 && featureOf(from) !== featureOf(to),
    )
    const bad = between.filter(
      ({ from, to }) => featureOf(to) > featureOf(from) || !/features\/\w+\/index\.ts$/.test(to),
    )
    expect(bad.map(show)).toEqual([])
  })

  it('lets edges import features through their index', () => {
    const outside = imports.filter(({ from, to }) => featureOf(to) >= 0 && featureOf(from) < 0)
    expect(outside.filter(({ to }) => !/features\/\w+\/index\.ts$/.test(to)).map(show)).toEqual([])
  })

  it('keeps rules pure', () => {
    const rules = sources.filter((file) => file.endsWith('/rules.ts'))
    const impure = rules.filter((file) => /from 'node:/.test(readFileSync(file, 'utf8')))
    expect(rules.length).toBeGreaterThan(2)
    expect(impure).toEqual([])
  })

  it('gives every feature the same few files', () => {
    const files = sources.filter((file) => file.startsWith('src/features/'))
    const isNamedSo = (file: string) =>
      file.split('/').some((part) => FEATURE_FILES.has(part.replace(/\.tsx?$/, '')))
    const odd = files.filter((file) => !isNamedSo(file))
    expect(odd).toEqual([])
  })

  it('names folders and files by nouns, never by "utils"', () => {
    const bad = sources.filter((file) => file.split(/[/.]/).some((part) => FORBIDDEN_NAMES.has(part)))
    expect(bad).toEqual([])
  })

  it('reads environment, clock and randomness in main.ts only', () => {
    const reading = /process\.env|Date\.now\(|Temporal\.Now|Math\.random\(|randomBytes\(|randomUUID\(/
    const bad = sources.filter((file) => file !== 'src/main.ts' && reading.test(readFileSync(file, 'utf8')))
    expect(bad).toEqual([])
  })
})
