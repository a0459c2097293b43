import { Origin, partsOfOrigin } from '../../kernel/names.ts'
import { SECOND } from '../../kernel/time.ts'
import { readGenesis } from '../../log/identity/genesis.ts'
import {
  bundlePath,
  decodeBundle,
  type LogFiles,
  type LogProblem,
  MAX_BUNDLE_BYTES,
  MAX_NOTE_BYTES,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
  verifierKey,
  verifyLog,
  widthOf,
} from '../../log/tlog/index.ts'
import { memberIdOf } from '../../records/index.ts'
import { JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure, UsageError } from '../failures.ts'
import { print } from '../print.ts'
import type { World } from '../world.ts'
import { type LogLocation, locateLog } from './log-location.ts'

/** Bundles read at once, each with its tile. 130 MB in memory where every entry is as long as it may be. */
const AHEAD = 8
const REDRAW_MS = SECOND / 10
const ERASE_LINE = '\r\u001b[K'

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
      description: 'Address of a node or of a log, or a folder with a log’s files',
    },
    origin: {
      type: 'string',
      valueHint: 'ORIGIN',
      description: 'Name of the log; at a node, by default the node’s own',
    },
    key: {
      type: 'string',
      valueHint: 'VKEY',
      description: 'Key of the log; by default the one that its first entry names',
    },
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const given = readKey(args.key)
    const done = new AbortController() // what is still being read when the outcome is known is of no use
    const signal = AbortSignal.any([world.signal, done.signal])
    try {
      const location = await locateLog(args.log, args.origin ?? null, signal)
      report(await check(location, given, world), args.json, world)
    } finally {
      done.abort()
    }
  },
})

function readKey(text: string | undefined): VerifierKey | null {
  if (text === undefined) return null
  const key = parseVerifierKey(text)
  if (key) return key
  throw new UsageError('The option --key needs a key as C2SP signed-note writes it: name+id+key.')
}

interface Outcome {
  /** What the log is called, as far as anybody said. */
  readonly origin: string | null
  /** Entries, null when no checkpoint could be trusted. */
  readonly size: number | null
  /** In base64. */
  readonly root: string | null
  readonly ok: boolean
  readonly problem?: LogProblem | typeof NO_GENESIS
}

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

function report(outcome: Outcome, asJson: boolean | undefined, world: World): void {
  const { origin, size, root, problem } = outcome
  const whole = problem ? [] : [`${origin} is whole. Entries: ${size}. Root: ${root}.`]
  print(world, asJson, outcome, whole)
  if (problem)
    throw new CommandFailure(`The log is not whole: ${SENTENCES[problem.reason]} (${problem.path}).`)
}

async function check(
  { files, origin }: LogLocation,
  given: VerifierKey | null,
  world: World,
): Promise<Outcome> {
  const key = given ?? (await keyInGenesis(files, origin))
  if (!key) return { origin, size: null, root: null, ok: false, problem: NO_GENESIS }
  using progress = startProgress(world)
  const { checkpoint, problem } = await verifyLog({
    files,
    origin,
    keys: [key],
    ahead: AHEAD,
    onProgress: (entries, size) => progress.show(entries, size),
  })
  return {
    origin: checkpoint?.origin ?? origin,
    size: checkpoint?.size ?? null,
    root: checkpoint?.root.toBase64() ?? null,
    ok: !problem,
    ...(problem && { problem }),
  }
}

/**
 * The key that a member's first entry names for its log. The log's name contains that entry's hash, so whoever serves it
 * cannot have made it up. Null when the first entry is another one.
 */
async function keyInGenesis(files: LogFiles, name: string | null): Promise<VerifierKey | null> {
  const origin = Origin.safeParse(name).data
  const parts = origin && partsOfOrigin(origin)
  if (parts?.log !== 0) throw new UsageError('The option --key is needed: this log does not say its own key.')
  const genesis = await firstEntry(files)
  const body = genesis && memberIdOf(genesis) === parts.member ? readGenesis(genesis) : null
  return body && verifierKey(`${origin}`, 1, Uint8Array.fromBase64(body.log))
}

async function firstEntry(files: LogFiles): Promise<Uint8Array | null> {
  const note = parseNote((await files.read('checkpoint', MAX_NOTE_BYTES)) ?? new Uint8Array())
  const width = widthOf(0, 0, (note && parseCheckpoint(note.text)?.size) ?? 0)
  const bundle = width > 0 ? await files.read(bundlePath(0, width), MAX_BUNDLE_BYTES) : null
  return (bundle && decodeBundle(bundle, width)?.[0]) ?? null
}

/** A line on the terminal that follows the check; nothing at all where stderr is no terminal. */
function startProgress({ stderr, clock }: Pick<World, 'stderr' | 'clock'>) {
  let drawnAt = -Infinity
  return {
    show(entries: number, size: number) {
      const now = clock()
      if (!stderr.isTTY || now - drawnAt < REDRAW_MS) return
      drawnAt = now
      stderr.write(`${ERASE_LINE}${entries} of ${size} entries`)
    },
    [Symbol.dispose]: () => void (stderr.isTTY && stderr.write(ERASE_LINE)),
  }
}
