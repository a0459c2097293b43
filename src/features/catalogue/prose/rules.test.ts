import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readProse } from './rules.ts'

describe('the title of a card', () => {
  it.each([
    ['# Swahili *speech* `asr`\n\ntext', 'Swahili speech asr'],
    ['## Second\n\n# First\n', 'First'],
    ['# Model Card for **Tiny**\n', 'Tiny'],
    ['# Model card\n\n## Kiswahili\n', 'Kiswahili'],
    ['<h1 align="center">Un <b>modèle</b></h1>\n', 'Un modèle'],
    ['النموذج\n======\n', 'النموذج'],
  ])('of %j is %j', (markdown, title) => {
    expect(readProse(markdown).title).toBe(title)
  })

  it.each(['', 'Only text.', '# ![logo](x.png)', '# README'])('is missing in %j', (markdown) => {
    expect(readProse(markdown).title).toBeNull()
  })
})

describe('the summary of a card', () => {
  it('is the first paragraph, without markup', () => {
    const { summary } = readProse('# T\n\nA **small** model\nof [speech](http://x). See `README`.\n\nMore.')
    expect(summary).toBe('A small model of speech. See README.')
  })

  it('passes over badges, links, quotes and HTML', () => {
    const markdown =
      '[![build](a.svg)](b) ![x](y.png)\n\n<div align="center"><img src="x"></div>\n\n[Paper](a) | [Demo](b)\n\n> A quote.\n\n此模型识别语音。'
    expect(readProse(markdown).summary).toBe('此模型识别语音。')
  })

  it('ends with a sentence, or with a word when one sentence is too long', () => {
    const sentence = 'This sentence is here to fill the space of a summary with words. '
    expect(readProse(sentence.repeat(9)).summary).toBe(sentence.repeat(4).trim())
    const long = readProse('word '.repeat(200)).summary
    expect(long).toMatch(/^(?:word )+word…$/)
    expect(long.length).toBeLessThanOrEqual(300)
  })

  it('is empty when nothing is said', () => {
    expect(readProse('# Title\n\n```\ncode\n```\n').summary).toBe('')
  })
})

it('gives the words of headings, lists and tables for search, and no code', () => {
  const { text } = readProse(
    '# A\n\n- one\n- two\n\n| x | y |\n|---|---|\n| three | four |\n\n```\nsecret\n```\n',
  )
  expect(text.split('\n')).toEqual(['A', 'one', 'two', 'x', 'y', 'three', 'four'])
})

it('keeps its limits whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (markdown) => {
      const { title, summary, text } = readProse(markdown)
      expect((title ?? '').length).toBeLessThanOrEqual(200)
      expect(summary.length).toBeLessThanOrEqual(300)
      expect(text.isWellFormed()).toBe(true)
    }),
    { numRuns: 300 },
  )
})

it.each([
  '[',
  '![',
  '*',
  '_',
  '`',
  '<',
  '<!--',
  '> ',
  '- ',
  '|',
  '&',
  '\\',
  '[a](',
  '**a',
  '~~',
  '<a',
  '#',
  '1. ',
])('makes a short summary of a card full of %j', (mark) => {
  expect(readProse(mark.repeat(100_000)).summary.length).toBeLessThanOrEqual(300)
})
