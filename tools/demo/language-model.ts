/** A language identifier: hashed character n-grams into multinomial logistic regression. Small, real, the same on every machine. */
import {
  type Catalogues,
  hashText,
  type Sentence,
  sentencesOf,
  type Split,
  splitSentences,
} from './sentences.ts'

/** Columns of the weights: n-grams are hashed into so many. */
export const BUCKETS = 32_768
/** Lengths of n-grams in code points. */
export const SHORTEST_GRAM = 1
export const LONGEST_GRAM = 4

const EPOCHS = 12
/** Steps of the first epoch; they shrink to nothing over the epochs. */
const WEIGHT_RATE = 5
const BIAS_RATE = 0.5
/** Keeps weights of rare n-grams small: their share that a step takes away. */
const DECAY = 5e-6

/** What was learnt: one row of weights per language, and how often it is right on sentences it never saw. */
export interface LanguageModel {
  /** Row order. */
  readonly languages: readonly string[]
  /** languages × BUCKETS, row by row. */
  readonly weight: Float32Array
  readonly bias: Float32Array
  /** Share of held-out sentences whose language it names, 0 to 1. */
  readonly accuracy: number
  /** The same by language. */
  readonly accuracies: Readonly<Record<string, number>>
  /** Rows: the language it is; columns: the one it was taken for; in the order of `languages`. */
  readonly confusion: readonly (readonly number[])[]
  readonly split: Split
  readonly seed: number
}

/** Learns from message catalogues. The same catalogues and seed give the same weights, bit for bit. Takes a second or two. */
export function trainLanguageModel({
  catalogues,
  seed,
}: {
  catalogues: Catalogues
  seed: number
}): LanguageModel {
  const languages = Object.keys(catalogues).sort()
  const split = splitSentences(sentencesOf(catalogues), seed)
  const { weight, bias } = fit(languages, split.train, seed)
  const confusion = confusionOf({ languages, weight, bias }, split.test)
  const share = (row: readonly number[], at: number) => (row[at] ?? 0) / Math.max(1, total(row))
  return {
    languages,
    weight,
    bias,
    accuracy: total(confusion.map((row, at) => row[at] ?? 0)) / Math.max(1, split.test.length),
    accuracies: Object.fromEntries(
      languages.map((language, at) => [language, share(confusion[at] ?? [], at)]),
    ),
    confusion,
    split,
    seed,
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}

type Parameters = Pick<LanguageModel, 'languages' | 'weight' | 'bias'>

/** The probability of each language for a text, in the order of `languages`. */
export function probabilitiesOf(model: Parameters, text: string): readonly number[] {
  return softmax(scoresOf(model, featuresOf(text)))
}

type Features = Iterable<readonly [bucket: number, value: number]>

function scoresOf({ languages, weight, bias }: Parameters, features: Features): readonly number[] {
  return languages.map((_, row) => {
    let score = bias[row] ?? 0
    for (const [bucket, value] of features) score += value * (weight[row * BUCKETS + bucket] ?? 0)
    return score
  })
}

/** The likeliest language of a text. */
export function identifyLanguage(model: Parameters, text: string): string {
  const probabilities = probabilitiesOf(model, text)
  return model.languages[probabilities.indexOf(Math.max(...probabilities))] ?? ''
}

/**
 * Bucket and value of each n-gram of a text: compatibility-normalised, lower case, digits left out, a space at both
 * ends; counts of n-grams, scaled to length 1.
 */
export function featuresOf(text: string): ReadonlyMap<number, number> {
  const normal = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{N}\s]+/gu, ' ')
    .trim()
  const characters = Array.from(` ${normal} `)
  const counts = new Map<number, number>()
  for (let length = SHORTEST_GRAM; length <= LONGEST_GRAM; length++) {
    for (let start = 0; start + length <= characters.length; start++) {
      const bucket = hashText(characters.slice(start, start + length).join('')) % BUCKETS
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
    }
  }
  const norm = Math.sqrt(total(Array.from(counts.values(), (count) => count * count)))
  return new Map(Array.from(counts, ([bucket, count]) => [bucket, count / norm]))
}

function softmax(scores: readonly number[]): readonly number[] {
  const largest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - largest))
  const sum = total(powers)
  return powers.map((power) => power / sum)
}

/** Stochastic gradient descent on the cross-entropy, sentences in a seeded order. */
function fit(
  languages: readonly string[],
  sentences: readonly Sentence[],
  seed: number,
): Omit<Parameters, 'languages'> {
  const model = {
    languages,
    weight: new Float32Array(languages.length * BUCKETS),
    bias: new Float32Array(languages.length),
  }
  const examples = sentences.map(({ text, language }) => ({
    features: [...featuresOf(text)],
    label: languages.indexOf(language),
  }))
  const random = randomFrom(seed)
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const pace = 1 - epoch / EPOCHS
    for (const { features, label } of shuffled(examples, random)) step(model, features, label, pace)
  }
  return model
}

function step(model: Parameters, features: Features, label: number, pace: number): void {
  const { weight, bias } = model
  softmax(scoresOf(model, features)).forEach((probability, row) => {
    const error = probability - Number(row === label)
    for (const [bucket, value] of features) {
      const at = row * BUCKETS + bucket
      const before = weight[at] ?? 0
      weight[at] = before - pace * (WEIGHT_RATE * error * value + DECAY * before)
    }
    bias[row] = (bias[row] ?? 0) - pace * BIAS_RATE * error
  })
}

/** Numbers in [0, 1) from a seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Fisher–Yates. */
function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1))
    const [left, right] = [result[last], result[chosen]]
    if (left !== undefined && right !== undefined) [result[last], result[chosen]] = [right, left]
  }
  return result
}

function confusionOf(model: Parameters, sentences: readonly Sentence[]): number[][] {
  const counts = model.languages.map(() => model.languages.map(() => 0))
  for (const { text, language } of sentences) {
    const row = counts[model.languages.indexOf(language)]
    const column = model.languages.indexOf(identifyLanguage(model, text))
    if (row) row[column] = (row[column] ?? 0) + 1
  }
  return counts
}
