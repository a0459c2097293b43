import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Weights } from '../types.ts'
import { fitIn, isModel, memoryNeeded, parameterCountOf, planWeights, sumWeights } from './rules.ts'

const files = (...paths: string[]) => paths.map((path, index) => ({ path, size: 1000 + index }))
const plan = (...paths: string[]) =>
  planWeights(files(...paths)).plans.map((each) => each.index ?? each.paths)

describe('the weights of a revision', () => {
  it.each([
    ['one file', ['README.md', 'model.safetensors'], [['model.safetensors']]],
    [
      'the usual name before a larger file',
      ['model.safetensors', 'extra.safetensors'],
      [['model.safetensors']],
    ],
    ['the largest where no name is usual', ['a.safetensors', 'b.safetensors'], [['b.safetensors']]],
    ['the root before folders', ['onnx/model.safetensors', 'weights.safetensors'], [['weights.safetensors']]],
    ['a folder where the root has none', ['x/model.safetensors', 'notes.txt'], [['x/model.safetensors']]],
    [
      'every part of a pipeline',
      [
        'model_index.json',
        'unet/diffusion_pytorch_model.safetensors',
        'unet/diffusion_pytorch_model.fp16.safetensors',
        'vae/diffusion_pytorch_model.safetensors',
      ],
      [['unet/diffusion_pytorch_model.safetensors', 'vae/diffusion_pytorch_model.safetensors']],
    ],
    [
      'all shards, in their order',
      [
        'model-00002-of-00002.safetensors',
        'model-00001-of-00002.safetensors',
        'model.safetensors.index.json',
      ],
      [['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']],
    ],
    [
      'an index of shards with names of their own',
      ['model.safetensors.index.json'],
      ['model.safetensors.index.json'],
    ],
    [
      'every GGUF by size',
      ['big-Q8_0.gguf', 'a-00002-of-00002.gguf', 'a-00001-of-00002.gguf'].toReversed(),
      [['big-Q8_0.gguf'], ['a-00001-of-00002.gguf', 'a-00002-of-00002.gguf']],
    ],
    ['nothing where there is none', ['README.md', 'pytorch_model.bin'], []],
  ])('are %s', (_, paths, expected) => {
    expect(plan(...paths)).toEqual(expected)
  })

  it('are not summed when a shard is missing', () => {
    const { plans, problems } = planWeights(
      files('model-00001-of-00003.safetensors', 'model-00002-of-00003.safetensors'),
    )
    expect(plans).toEqual([])
    expect(problems).toEqual([
      { path: 'model-00001-of-00003.safetensors', reason: 'missingShard', detail: '2 of 3' },
    ])
  })

  it('are bounded in number', () => {
    const many = planWeights(files(...Array.from({ length: 70 }, (_, index) => `q${index}.gguf`)))
    expect(many.plans).toHaveLength(64)
    expect(many.problems).toEqual([{ path: 'q64.gguf', reason: 'tooManyWeightFiles', detail: '70' }])
  })
})

const tensor = (precision: string, parameterCount: number, bytes: number) => ({
  name: precision,
  precision,
  shape: [parameterCount],
  parameterCount,
  bytes,
})

it('sums tensors by precision', () => {
  const paths = ['model.safetensors']
  const tensors = [tensor('F32', 10, 40), tensor('BF16', 100, 200), tensor('F32', 5, 20)]
  expect(sumWeights({ format: 'safetensors', paths, index: null }, tensors, null)).toEqual({
    format: 'safetensors',
    paths,
    tensorBytes: 260,
    tensorCount: 3,
    parameterCount: 115,
    precisions: { F32: 15, BF16: 100 },
    gguf: null,
  })
})

function weights(tensorBytes: number, gguf: Partial<NonNullable<Weights['gguf']>> | null = null): Weights {
  const says = {
    architecture: 'llama',
    role: 'model',
    quantisation: null,
    contextLength: null,
    hasChatTemplate: false,
  }
  return {
    format: gguf ? 'gguf' : 'safetensors',
    paths: ['x'],
    tensorBytes,
    tensorCount: 1,
    parameterCount: tensorBytes / 2,
    precisions: {},
    gguf: gguf && { ...says, ...gguf },
  }
}

describe('the memory a model needs', () => {
  it('covers what llama.cpp allocated for a model of 853 million parameters, with little to spare', () => {
    // 864 MiB of weights, 128 MiB of cache at 4096 tokens, about 280 MiB of work buffers without flash attention
    const measured = (864 + 128 + 280) * 1024 * 1024
    const ratio = memoryNeeded(weights(864 * 1024 * 1024)) / measured
    expect(ratio).toBeGreaterThan(1)
    expect(ratio).toBeLessThan(1.25)
  })

  it('grows with the weights', () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.nat(1e12), (one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)]
        expect(memoryNeeded(weights(small))).toBeGreaterThan(small)
        expect(memoryNeeded(weights(small))).toBeLessThanOrEqual(memoryNeeded(weights(large)))
      }),
    )
  })

  it.each([
    [5e9, ['fits', 'fits', 'fits']],
    [7e9, ['tooLarge', 'fits', 'fits']],
    [14e9, ['tooLarge', 'tooLarge', 'fits']],
    [21e9, ['tooLarge', 'tooLarge', 'tooLarge']],
  ])('for %d bytes of weights decides for 8, 16 and 24 GB: %j', (bytes, expected) => {
    expect([8e9, 16e9, 24e9].map((memory) => fitIn([weights(bytes)], memory).kind)).toEqual(expected)
  })

  it('is that of the best weights that fit', () => {
    const all = [weights(16e9), weights(4e9, {}), weights(9e9, {}), weights(1e9, { role: 'mmproj' })]
    expect(fitIn(all, 8e9)).toMatchObject({ kind: 'fits', weights: { tensorBytes: 4e9 } })
    expect(fitIn(all, 16e9)).toMatchObject({ kind: 'fits', weights: { tensorBytes: 9e9 } })
    expect(fitIn(all, 2e9)).toMatchObject({ kind: 'tooLarge', weights: { tensorBytes: 4e9 } })
  })

  it('is unknown without a header', () => {
    expect(fitIn([], 8e9)).toEqual({ kind: 'unknown' })
    expect(fitIn([weights(1, { architecture: 'clip' })], 8e9)).toEqual({ kind: 'unknown' })
  })
})

it('counts the parameters of the safetensors, else of the largest GGUF that is a model', () => {
  const projector = weights(1e12, { role: 'mmproj' })
  expect(isModel(projector)).toBe(false)
  expect(parameterCountOf([weights(8), weights(20, {})])).toBe(4)
  expect(parameterCountOf([weights(20, {}), weights(40, {}), projector])).toBe(20)
  expect(parameterCountOf([projector])).toBeNull()
})
