import { describe, expect, it } from 'vitest'

import { fitOf, holdingsOf } from './memory.ts'

const billions = (parameters: number, bytesEach: number) => ({
  parameters: parameters * 1e9,
  bytes: parameters * 1e9 * bytesEach,
  precisions: [],
})

describe('the memory that a model takes', () => {
  it('counts the weights, a fifth more, and half a gigabyte', () => {
    expect(holdingsOf(billions(1, 2))[0]).toEqual({ as: 'published', bytes: 2e9 * 1.2 + 5e8 })
  })

  it('offers only reductions that take less', () => {
    expect(holdingsOf(billions(7, 2)).map(({ as }) => as)).toEqual(['published', 'eightBit', 'fourBit'])
    expect(holdingsOf(billions(7, 1)).map(({ as }) => as)).toEqual(['published', 'fourBit'])
    expect(holdingsOf(billions(7, 0.5)).map(({ as }) => as)).toEqual(['published'])
  })

  it.each([
    [6.79e9, 'fits'],
    [6.81e9, 'tight'],
    [8e9, 'tight'],
    [8.01e9, 'tooLarge'],
  ])('%d bytes in 8 GB: %s', (bytes, fit) => {
    expect(fitOf(bytes)).toBe(fit)
  })
})
