import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { z } from 'zod'

import { fromUtf8 } from '../../kernel/bytes.ts'
import { Origin, partsOfOrigin, Sha256 } from '../../kernel/names.ts'
import {
  leafHash,
  MAX_PROOF_FILE_BYTES,
  parseProofFile,
  type ProofFileReason,
  type ProvenEntry,
  type VerifierKey,
  verifyProofFile,
} from '../../log/tlog/index.ts'
import { JSON_OUTPUT } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure, UsageError } from '../failures.ts'
import { HUB_ARGS, readNode } from '../hub-arguments.ts'
import { print } from '../print.ts'
import { download } from './log-files.ts'
import { KEY, newestKey, readKey } from './log-key.ts'
import { locateLog } from './log-location.ts'

const MAX_ANSWER_BYTES = 64 * 1024

/** Keeps the proof of one record, so that it can be shown when no node is there to ask. */
export const proof = defineCommand({
  summary: 'Fetch the proof that a record stands in a log, check it and keep it',
  examples: [
    'ayni log proof ayni/mwb3ljlc57vlqm52tryr3ksayaivdphjo/0#12 --node https://hub.nairobi.example',
    'ayni log proof 5f2b…64 hex digits…9c --node https://hub.nairobi.example --out record.tlog-proof',
  ],
  args: {
    record: {
      type: 'positional',
      required: true,
      description: 'Its leaf hash (64 hex digits), or the log’s name, # and its position',
    },
    node: HUB_ARGS.node,
    out: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Where to put the proof; by default named after log and position, here',
    },
    key: KEY,
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const wanted = readWanted(args.record)
    const given = readKey(args.key)
    const node = readNode(args.node, world)
    const place = wanted.kind === 'place' ? wanted : await findPlace(node, wanted.leafHash, world.signal)
    const { files, keysAt } = await locateLog(node, place.origin, world.signal)
    const bytes = await files.read(`proof/${place.position}`, MAX_PROOF_FILE_BYTES)
    if (!bytes) throw new CommandFailure(`${node} has no proof of ${place.origin}#${place.position} yet.`)
    const key = given ?? (await newestKey(files, place.origin, keysAt))
    if (!key) throw unproven('the log’s first entry is not the one that its name stands for')
    const proven = check(bytes, key, place, wanted.kind === 'hash' ? wanted.leafHash : null)
    const file = resolve(args.out ?? nameOf(place))
    await writeFile(file, bytes)
    report(proven, place, file, args.json, world)
  },
})

interface Place {
  readonly origin: Origin
  readonly position: number
}

type Wanted = ({ readonly kind: 'place' } & Place) | { readonly kind: 'hash'; readonly leafHash: Sha256 }

function readWanted(text: string): Wanted {
  const hash = Sha256.safeParse(text.toLowerCase())
  if (hash.success) return { kind: 'hash', leafHash: hash.data }
  const [, name, position] = /^(.*)#(0|[1-9]\d{0,14})$/.exec(text) ?? []
  const origin = Origin.safeParse(name)
  if (origin.success) return { kind: 'place', origin: origin.data, position: Number(position) }
  throw new UsageError(
    `“${text}” names no record. Give its leaf hash, 64 hex digits, or its place, such as ayni/m…/0#12.`,
  )
}

const Found = z.object({ origin: Origin, position: z.int().min(0) })

/** What a node says is only where to look: what is found there must have the hash. */
async function findPlace(node: string, hash: Sha256, signal: AbortSignal): Promise<Place> {
  const bytes = await download(`${node}/api/ayni/v1/entries/${hash}`, MAX_ANSWER_BYTES, signal)
  const text = bytes && fromUtf8(bytes)
  if (text === null) throw new CommandFailure(`${node} holds no signed record with this leaf hash.`)
  const found = Found.safeParse(jsonIn(text))
  if (found.success) return found.data
  throw new CommandFailure(`${node} does not answer where the record is.`)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // a web server that answers a page to everything
  }
}

const SENTENCES = {
  unverified: 'its checkpoint is not signed by the log’s key',
  badSignature: 'the signature is not of this checkpoint',
  notCheckpoint: 'what is signed is no checkpoint',
  wrongOrigin: 'its checkpoint is another log’s',
  noEntry: 'the record itself is missing in it',
  notIncluded: 'the record is not in the tree that is signed',
} as const satisfies Record<ProofFileReason, string>

function check(bytes: Uint8Array, key: VerifierKey, place: Place, hash: Sha256 | null): ProvenEntry {
  const file = parseProofFile(bytes)
  if (!file) throw unproven('it has not the form of a proof')
  const outcome = verifyProofFile(file, [key])
  if (!outcome.ok) throw unproven(SENTENCES[outcome.reason])
  if (outcome.checkpoint.origin !== place.origin) throw unproven(SENTENCES.wrongOrigin)
  if (file.index !== place.position) throw unproven('it is of another position')
  if (hash !== null && hashOf(outcome) !== hash) throw unproven('it is of another record')
  return outcome
}

function unproven(why: string): CommandFailure {
  return new CommandFailure(`The proof proves nothing: ${why}. Nothing was written.`)
}

function hashOf({ entry }: ProvenEntry): string {
  return Uint8Array.from(leafHash(entry)).toHex()
}

function nameOf({ origin, position }: Place): string {
  const { member, log } = partsOfOrigin(origin)
  return `${member}-${log}-${position}.tlog-proof`
}

function report(
  proven: ProvenEntry,
  { origin, position }: Place,
  file: string,
  asJson: boolean | undefined,
  world: Parameters<typeof print>[0],
): void {
  const { size, root } = proven.checkpoint
  const value = { origin, position, leafHash: hashOf(proven), size, root: root.toBase64(), file }
  print(world, asJson, value, [
    `${origin}#${position} stands in the log as signed at ${size} entries. The proof is in ${file}.`,
  ])
}
