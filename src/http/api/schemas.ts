import { z } from '@hono/zod-openapi'

/** What the node's own API answers with. Names become components of `openapi.json`. */

export const Health = z.object({ status: z.literal('ok') }).openapi('Health')

export const NodeDescription = z
  .object({
    handle: z
      .string()
      .openapi({ description: "The member's handle, which is also a namespace", example: 'nairobi' }),
    name: z.string().openapi({ description: 'What the institution calls itself' }),
    url: z.string().nullable().openapi({ description: 'Where the node is meant to be reached' }),
    software: z.object({ name: z.literal('ayni'), version: z.string() }),
  })
  .openapi('Node')

export const RepositoryBrief = z
  .object({
    kind: z.enum(['model', 'dataset']),
    id: z.string().openapi({ example: 'nairobi/swahili-asr' }),
    title: z.string(),
    summary: z.string(),
    licence: z.string().nullable(),
    languages: z.array(z.string()).openapi({ description: 'BCP 47' }),
    task: z.string().nullable(),
    sizeBytes: z.int().openapi({ description: 'Bytes of all files of the default branch' }),
    modifiedAt: z.iso.datetime(),
    page: z.url(),
  })
  .openapi('Repository')

export const Arrivals = z
  .object({
    since: z.iso.datetime(),
    arrivals: z.array(
      z.object({ what: z.enum(['new', 'changed']), at: z.iso.datetime(), repository: RepositoryBrief }),
    ),
  })
  .openapi('Arrivals')

export const WeightFacts = z
  .object({
    format: z.enum(['safetensors', 'gguf']),
    paths: z.array(z.string()),
    parameterCount: z.int(),
    precisions: z.record(z.string(), z.int()).openapi({ description: 'Parameters by precision' }),
    tensorBytes: z.int().openapi({ description: 'Bytes that the tensors take in memory as they are' }),
    memoryBytes: z.int().openapi({
      description:
        'Bytes of memory that loading and using them once takes: weights exact, the rest an estimate',
    }),
  })
  .openapi('Weights')

export const RepositoryHolders = z
  .object({
    id: z.string().openapi({ example: 'nairobi/swahili-asr' }),
    commit: z
      .string()
      .openapi({ description: 'The newest of the default branch: what is said below is of it' }),
    home: z.object({
      member: z.string().openapi({ description: 'Member id of who writes it' }),
      name: z.string(),
      url: z.string().nullable().openapi({ description: 'Where its node answers, as far as is known here' }),
    }),
    checkedAt: z.iso.datetime().nullable().openapi({
      description:
        "Of a copy: when the home's log was last fetched and verified. Null where it is written here",
    }),
    files: z.int().openapi({ description: 'Large files, the same bytes counted once' }),
    bytes: z.int(),
    here: z
      .object({ files: z.int(), bytes: z.int() })
      .openapi({ description: 'How much of them is on this node' }),
    holders: z
      .array(
        z.object({
          member: z.string(),
          name: z.string(),
          isHome: z.boolean(),
          files: z.int().openapi({ description: 'Large files of which it showed pieces that were right' }),
          verifiedAt: z.iso
            .datetime()
            .nullable()
            .openapi({ description: 'When the oldest of them was compared' }),
        }),
      )
      .openapi({
        description: 'Other members that hold them, as far as this node saw without asking for it',
      }),
  })
  .openapi('Holders')

export const Refusal = z
  .object({
    error: z.string().openapi({ description: 'A sentence in the language asked for' }),
    reason: z.string().openapi({ description: 'One of a closed set of words' }),
    field: z.string().optional(),
  })
  .openapi('Refusal')
