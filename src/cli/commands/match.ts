import { createReadStream } from 'node:fs'

import {
  type Explanation,
  match as decide,
  type MatchResult,
  MAX_ROUND_BYTES,
  readRound,
  type Round,
} from '../../features/capacity/index.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import { createTranslator, type Translator } from '../../web/i18n/index.ts'
import { describeShare } from '../../web/matching-words.ts'
import { JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { print, table } from '../print.ts'

/** Decides a round that stands in a file. */
export const match = {
  ...defineCommand({
    summary: 'Decide which needs get what of which offers, by the rule that a round states',
    examples: [
      'ayni match round.json',
      'ayni match round.json --json > result.json',
      'ayni match check round.json result.json',
    ],
    args: {
      round: { type: 'positional', required: true, description: 'The round’s file; - reads standard input' },
      json: JSON_OUTPUT,
    },
    async run(args, world) {
      const round = await readRoundFile(args.round)
      const result = decide(round)
      print(world, args.json, result, lines(round, result, createTranslator('en')))
    },
  }),
  commands: { check: async () => (await import('./match-check.ts')).check },
}

/** A round from its file. A bad one ends the command with a sentence, its reason and its place. */
export async function readRoundFile(path: string): Promise<Round> {
  const json = await readJson(path, MAX_ROUND_BYTES)
  const round = readRound(json)
  if (!round.ok) throw refusal(round.failure)
  return round.value
}

/** What a file of at most `limit` bytes holds; more is not read. */
export async function readJson(path: string, limit: number): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of path === '-' ? createReadStream('', { fd: 0 }) : createReadStream(path)) {
    size += chunk.length
    if (size > limit) throw refusal(failure('matchTooLarge', { limit }))
    chunks.push(chunk)
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'its bytes are not UTF-8'
    throw new CommandFailure(`${path} is not JSON: ${why}`)
  }
}

function refusal(refused: Failure): CommandFailure {
  const { reason, field } = refused
  const place = field === undefined || field === '' ? '' : ` at ${field}`
  return new CommandFailure(`${createTranslator('en').failure(refused)}\n${reason}${place}`)
}

function lines(round: Round, result: MatchResult, say: Translator): readonly string[] {
  const { fairness, levels, explanations } = result
  return [
    ...table([
      ['need', 'institution', 'asked', 'received', 'why'],
      ...explanations.map((explanation, at) => row(round, explanation, at, say)),
    ]),
    '',
    ...(levels.at(-1) ?? []).map(({ level, institutions }) => `Level ${level}: ${institutions.join(', ')}`),
    `Least part of what an institution asked for: ${fairness.least ?? 'none asked'}`,
    `Gini coefficient: ${fairness.gini ?? 'none asked'}`,
    ...fairness.groups.map(({ group, share }) => `Part of all that went to ${group}: ${share}`),
    `Result: ${result.resultHash}`,
  ]
}

function row(round: Round, explanation: Explanation, at: number, say: Translator): readonly string[] {
  const { id = '', institution = '', amount = '' } = round.needs[at] ?? {}
  const received = 'received' in explanation ? explanation.received : '0'
  const words = describeShare(say, explanation, {
    rule: round.rule.name,
    asked: amount,
    nameOf: (offer) => offer,
  })
  return [id, institution, amount, received, words]
}
