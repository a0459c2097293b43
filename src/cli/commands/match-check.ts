import { check as checkResult, type CheckReason, match as decide } from '../../features/capacity/index.ts'
import { JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { print } from '../print.ts'
import { readJson, readRoundFile } from './match.ts'

/** Most bytes of a result's file: it names a round's pairs and its nodes, some of them twice. */
const MAX_RESULT_BYTES = 256 * 1024 * 1024

/** Finds out whether a result is what its round's rule asks for, by its certificate and sums alone. */
export const check = defineCommand({
  summary: 'Check a result by its certificate, without computing it again',
  examples: [
    'ayni match check round.json result.json',
    'ayni match check round.json result.json --canonical --json',
  ],
  args: {
    round: { type: 'positional', required: true, description: 'The round’s file' },
    result: { type: 'positional', required: true, description: 'The result’s file; - reads standard input' },
    canonical: {
      type: 'boolean',
      description: 'Compute the result too, and say whether it is the same to the byte',
    },
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const round = await readRoundFile(args.round)
    const checked = checkResult(round, await readJson(args.result, MAX_RESULT_BYTES))
    if (!checked.ok) {
      const { reason, place } = checked.failure
      print(world, args.json, { ok: false, reason, place }, [])
      throw new CommandFailure(
        `The result is wrong: ${SENTENCES[reason]}.\n${reason}${place === '' ? '' : ` at ${place}`}`,
      )
    }
    const { resultHash } = checked.value
    const canonical = args.canonical ? decide(round).resultHash === resultHash : null
    print(world, args.json, { ok: true, resultHash, ...(canonical !== null && { canonical }) }, [
      `The result is right. Its hash: ${resultHash}.`,
      ...(canonical === null ? [] : [canonical ? CANONICAL : OTHER]),
    ])
  },
})

const CANONICAL = 'It is, to the byte, what this program computes.'
const OTHER = 'It is as fair as what this program computes, and another one.'

const SENTENCES = {
  malformed: 'it has not the form that a result must have',
  resultHash: 'its hash is not that of what it says',
  otherRound: 'it is of another round',
  otherRule: 'it is by another rule',
  leftOut: 'a need is left out that need not be',
  allocation: 'an amount is written wrongly or out of order',
  notEligible: 'something is given to whom it is not for',
  overNeed: 'a need gets more than it asks for',
  overOffer: 'an offer gives more than it has',
  overReserve: 'a reserve gives more than it has',
  overCap: 'an institution or a country gets more of an offer than it may',
  belowMinimum: 'a need gets less than is of use to it',
  belowBase: 'an institution has less than the pass before gave it',
  received: 'what institutions received is not the sum of what was given',
  level: 'the levels are not those of what was given',
  set: 'a tight set is not one of this network',
  notTight: 'a tight set could have given more',
  betterOff: 'somebody is better off at the cost of somebody worse off',
  fairness: 'a figure of fairness is not that of what was given',
  explanation: 'an explanation is not that of what was given',
} as const satisfies Record<CheckReason, string>
