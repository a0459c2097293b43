import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { Readable } from 'node:stream'

import { JSON_OUTPUT, readRepository } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure, UsageError } from '../failures.ts'
import { HUB_ARGS, readNode } from '../hub-arguments.ts'
import { filesIn, type LocalFile, rulesIn, sampleOf } from '../hub/folder.ts'
import { hashFile } from '../hub/hash.ts'
import { createHub, type Hub, type UploadPlan } from '../hub/hub.ts'
import { inParallel } from '../hub/parallel.ts'
import { uploadLarge } from '../hub/upload.ts'
import { count, print } from '../print.ts'
import { type Progress, startProgress } from '../progress.ts'

const FILES_AT_ONCE = 4
const FILES_PER_PLAN = 256 // as Hugging Face clients ask (contract §1.8)

/** Publishes a folder as a model or data set. */
export const publish = defineCommand({
  summary: 'Publish a folder as a model or data set; run it again to go on where it stopped',
  examples: [
    'ayni publish ./asr nairobi/asr --node http://127.0.0.1:7700 --token hf_…',
    'ayni publish ./corpus nairobi/corpus --type dataset --node https://hub.nairobi.example --message "More speakers"',
  ],
  args: {
    folder: { type: 'positional', required: true, description: 'The folder with the files' },
    repository: {
      type: 'positional',
      required: true,
      description: 'namespace/name; made when it is not there',
    },
    ...HUB_ARGS,
    revision: { type: 'string', default: 'main', valueHint: 'BRANCH', description: 'Branch to commit to' },
    message: { type: 'string', valueHint: 'TEXT', description: 'What the commit says' },
    private: { type: 'boolean', description: 'Make a new repository private' },
    json: JSON_OUTPUT,
  },
  async run(args, world) {
    const { id, kind } = readRepository(args.repository, args.type)
    const token = args.token ?? world.savedToken
    if (token === undefined) throw new UsageError('Publishing needs a token: give --token, or set HF_TOKEN.')
    const hub = createHub({ node: readNode(args.node, world), id, kind, token, signal: world.signal })
    const files = await filesToPublish(args.folder)
    const created = await hub.create(args.private ?? false)
    const changes = await send(hub, files, args.revision, world)
    const bytes = files.reduce((total, { size }) => total + size, 0)
    const answer = {
      repository: id,
      kind,
      url: hub.page,
      created,
      files: files.length,
      bytes,
      changed: changes.length,
    }
    if (changes.length === 0) {
      print(world, args.json, { ...answer, commit: null }, [`${hub.page} has all of this already.`])
      return
    }
    const summary = args.message ?? `Publish ${basename(resolve(args.folder))}`
    const { commitOid, commitUrl } = await hub.commit(args.revision, () => commitLines(summary, changes))
    print(world, args.json, { ...answer, commit: commitOid, commitUrl }, [
      `Published ${count(changes.length, 'file')} of ${files.length}: ${hub.page}`,
    ])
  },
})

async function filesToPublish(folder: string): Promise<readonly LocalFile[]> {
  const found = await stat(folder)
  if (!found.isDirectory()) throw new CommandFailure(`${folder} is a file. Publish the folder that holds it.`)
  const files = await filesIn(folder)
  if (files.length === 0) throw new CommandFailure(`There is nothing to publish in ${folder}.`)
  return files
}

/** A file that the commit adds or changes; its bytes are at the node already when it is large. */
type Change =
  | { readonly kind: 'small'; readonly file: LocalFile }
  | { readonly kind: 'large'; readonly file: LocalFile; readonly oid: string }

/** Sends what the branch does not have, several files at a time; resolves to what a commit must name, by path. */
async function send(
  hub: Hub,
  files: readonly LocalFile[],
  revision: string,
  world: Parameters<typeof startProgress>[0] & { readonly signal: AbortSignal },
): Promise<readonly Change[]> {
  using progress = startProgress(world)
  const plans = await plan(hub, files, revision)
  const kept = files.filter(({ path }) => !plans.get(path)?.shouldIgnore)
  for (const { size } of kept) progress.expect(size)
  const changes: Change[] = []
  await inParallel(kept, FILES_AT_ONCE, world.signal, async (file, signal) => {
    progress.show(file.path)
    const change = await sendFile(hub, file, plans.get(file.path), progress, signal)
    if (change) changes.push(change)
  })
  return changes.sort((left, right) => (left.file.path < right.file.path ? -1 : 1))
}

async function plan(
  hub: Hub,
  files: readonly LocalFile[],
  revision: string,
): Promise<ReadonlyMap<string, UploadPlan>> {
  const rules = await rulesIn(files)
  const plans = new Map<string, UploadPlan>()
  for (let first = 0; first < files.length; first += FILES_PER_PLAN) {
    const samples = await Promise.all(files.slice(first, first + FILES_PER_PLAN).map(sampleOf))
    for (const planned of await hub.preupload(revision, samples, rules)) plans.set(planned.path, planned)
  }
  return plans
}

async function sendFile(
  hub: Hub,
  file: LocalFile,
  planned: UploadPlan | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<Change | null> {
  const isLarge = planned?.uploadMode === 'lfs'
  const hex = await hashFile(isLarge ? 'sha256' : 'git', file.location, file.size, signal)
  if (hex === planned?.oid || !isLarge) progress.advance(file.size)
  if (hex === planned?.oid) return null
  if (!isLarge) return { kind: 'small', file }
  await uploadLarge(hub, { location: file.location, oid: hex, size: file.size }, progress, signal)
  return { kind: 'large', file, oid: hex }
}

function commitLines(summary: string, changes: readonly Change[]): Readable {
  return Readable.from(lines(summary, changes), { objectMode: false })
}

async function* lines(summary: string, changes: readonly Change[]): AsyncGenerator<string> {
  yield line('header', { summary, description: '' })
  for (const change of changes) {
    const { path, location, size } = change.file
    if (change.kind === 'large') yield line('lfsFile', { path, algo: 'sha256', oid: change.oid, size })
    else yield line('file', { path, content: await readFile(location, 'base64'), encoding: 'base64' })
  }
}

function line(key: string, value: unknown): string {
  return `${JSON.stringify({ key, value })}\n`
}
