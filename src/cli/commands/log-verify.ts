import { bundlePath, type LogProblem, TILE_WIDTH, type VerifierKey, verifyLog } from '../../log/tlog/index.ts'
import { JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure } from '../failures.ts'
import { print } from '../print.ts'
import { startCount } from '../progress.ts'
import type { World } from '../world.ts'
import { entryAt, firstKeys, followKeys, KEY, readKey } from './log-key.ts'
import { type LogLocation, locateLogs } from './log-location.ts'

/** Bundles read at once, each with its tile. 130 MB in memory where every entry is as long as it may be. */
const AHEAD = 8

/** Finds out whether a log is what it was, by nothing but its files and a key. */
export const verify = defineCommand({
  summary: 'Check every entry of a log, the tree over them and the signature',
  examples: [
    'ayni log verify https://hub.nairobi.example',
    'ayni log verify https://logs.example/lima --key lima+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
    'ayni log verify ./log --origin ayni/mwb3ljlc57vlqm52tryr3ksayaivdphjo/0 --json',
  ],
  args: {
    log: {
      type: 'positional',
      required: true,
      description:
        'Address of a node or of a log, or a folder with a log’s files, or a carry; carries of which one goes on from the other, separated by commas',
    },
    origin: {
      type: 'string',
      valueHint: 'ORIGIN',
      description: 'Name of the log; at a node, by default the node’s own; in a carry, by default all',
    },
    key: KEY,
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const given = readKey(args.key)
    const done = new AbortController() // what is still being read when the outcome is known is of no use
    const signal = AbortSignal.any([world.signal, done.signal])
    try {
      const outcomes: Outcome[] = []
      for (const location of await locateLogs(args.log, args.origin ?? null, signal))
        outcomes.push(await check(location, given, world))
      report(outcomes, args.json, world)
    } finally {
      done.abort()
    }
  },
})

interface Outcome {
  /** What the log is called, as far as anybody said. */
  readonly origin: string | null
  /** Entries, null when no checkpoint could be trusted. */
  readonly size: number | null
  /** In base64. */
  readonly root: string | null
  readonly ok: boolean
  /** Entries of which the source had only the hash. */
  readonly redacted: number
  readonly problem?: LogProblem | typeof NO_GENESIS
}

/** As of a carry that goes on from another one. */
const NO_FIRST = { reason: 'missing', path: bundlePath(0, TILE_WIDTH) } as const
const NO_GENESIS = { reason: 'noGenesis', path: bundlePath(0, 1) } as const

const SENTENCES = {
  missing: 'a file is missing',
  malformed: 'a file has not the form that it must have',
  unverified: 'the checkpoint is not signed by the log’s key',
  badSignature: 'the signature is not of this checkpoint',
  wrongOrigin: 'the checkpoint is another log’s',
  differs: 'the tree is not over these entries',
  wrongRoot: 'the checkpoint is not over these entries',
  noGenesis: 'the first entry is not the one that the log’s name stands for',
} as const satisfies Record<NonNullable<Outcome['problem']>['reason'], string>

/** One log is one object, the logs of a carry are a list in one. */
function report(outcomes: readonly Outcome[], asJson: boolean | undefined, world: World): void {
  const [only, ...others] = outcomes
  const whole = outcomes.filter(({ ok }) => ok)
  const answer = others.length === 0 ? only : { ok: whole.length === outcomes.length, logs: outcomes }
  print(
    world,
    asJson,
    answer,
    whole.map(
      ({ origin, size, root, redacted }) =>
        `${origin} is whole. Entries: ${size}. Root: ${root}.${redacted > 0 ? ` Redacted, checked by their hashes alone: ${redacted}.` : ''}`,
    ),
  )
  const broken = outcomes.flatMap(({ origin, problem }) =>
    problem
      ? [
          `${others.length === 0 ? 'The log' : origin} is not whole: ${SENTENCES[problem.reason]} (${problem.path}).`,
        ]
      : [],
  )
  if (broken.length > 0) throw new CommandFailure(broken.join('\n'))
}

async function check(
  { files, origin }: LogLocation,
  given: VerifierKey | null,
  world: World,
): Promise<Outcome> {
  const first = given ? null : await firstKeys(files, origin)
  const keys = given ? [given] : first && followKeys(first)
  if (!keys) {
    const problem = (await entryAt(files, 0)) ? NO_GENESIS : NO_FIRST
    return { origin, size: null, root: null, ok: false, redacted: 0, problem }
  }
  using count = startCount(world, 'entries')
  const { checkpoint, problem, redacted } = await verifyLog({
    files,
    origin,
    keys,
    ahead: AHEAD,
    onProgress: (entries, size) => count.show(entries, size),
  })
  return {
    origin: checkpoint?.origin ?? origin,
    size: checkpoint?.size ?? null,
    root: checkpoint?.root.toBase64() ?? null,
    ok: !problem,
    redacted,
    ...(problem && { problem }),
  }
}
