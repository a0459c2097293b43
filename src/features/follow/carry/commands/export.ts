import { createHash } from 'node:crypto'

import { END_OF_OBJECTS, objectHeader } from '../../../../content/git/index.ts'
import type { Content } from '../../../../content/index.ts'
import type { Database, LogTable } from '../../../../database/index.ts'
import { utf8 } from '../../../../kernel/bytes.ts'
import { canonicalJson } from '../../../../kernel/canonical-json.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { type GitOid, MemberId, Origin, Sha256 } from '../../../../kernel/names.ts'
import { isRedacted } from '../../../../kernel/redacted-leaf.ts'
import { type Clock, isoTime } from '../../../../kernel/time.ts'
import {
  bundlePath,
  decodeRedacted,
  type Logs,
  MAX_NOTE_BYTES,
  redactedPath,
  type Tile,
  TILE_WIDTH,
  tilePath,
  tilesOf,
  unverifiedLine,
  widthOf,
} from '../../../../log/index.ts'
import { hostedMembers } from '../../../accounts/index.ts'
import { continuesFrom, heldObjects, manifestOf, objectsBetween, type Share } from '../../../share/index.ts'
import { logsToCarry, type NamedLogs, nameOf, publicRepositories, type PublicRepository } from '../queries.ts'
import { blobPath, type CarriedLog, logFolder, MOST_BASES, NOTE, objectsPath, proofPath } from '../rules.ts'
import {
  type CarriedRef,
  type CarryFolder,
  type CarryIndex,
  CarryNote,
  type Exported,
  type ExportRequest,
} from '../types.ts'
import { openCarries, parsed } from './open.ts'
import { Parts } from './parts.ts'

export interface ExportDeps {
  readonly database: Database
  readonly logs: Logs
  readonly share: Pick<Share, 'queries'>
  readonly content: Pick<Content, 'fileOf' | 'openFile'>
  readonly clock: Clock
  readonly openFolder: (path: string) => CarryFolder
}

/** Refs of one repository beyond which a stream does not build on the one before it: an importer would no longer say that it has it. */
const MOST_CHAINED_REFS = 90

/** One export under way. */
interface Writing {
  readonly deps: ExportDeps
  readonly parts: Parts
  readonly signal: AbortSignal
  readonly content: ExportRequest['content']
  /** Commits by repository, and blobs, that an earlier carry has. */
  readonly commits: ReadonlyMap<string, ReadonlySet<GitOid>>
  readonly blobs: ReadonlySet<string>
  readonly put: Map<Sha256, number>
  readonly leftOut: Set<Sha256>
  readonly missing: Set<Sha256>
}

/**
 * Writes what everybody may read here as static files: logs, git objects, manifests, large files, proofs. `carry.json` comes last, so that
 * a folder without one is not whole; run again, it goes on. Throws a {@link Refusal}: `carryTooSmall`, `recordsWait`, `noCarryThere`,
 * `carryNotBelieved`, `memberNotFound`, `storageFull`.
 */
export async function exportCarry(
  deps: ExportDeps,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<Exported> {
  const { database, openFolder } = deps
  const source = await sourceOf(deps)
  const members = await countedLogs(deps, request.members, MemberId.parse(source.member_id))
  for (const named of request.members ?? [])
    if (!members.some(({ handle, memberId }) => handle === named || memberId === named))
      throw new Refusal(failure('memberNotFound', { member: named }))
  const folder = (number: number) =>
    openFolder(request.maxBytes === null ? request.to : `${request.to}/${number}`)
  const earlier = await earlierOf(deps, request.since)
  const carried = await describeLogs(deps, members, earlier.logs)
  const parts = new Parts(folder, request.maxBytes, async (part) => {
    let bytes = 0
    await forgetNote(part)
    for (const log of members.flatMap(({ logs }) => logs)) {
      const from = carried.find(({ origin }) => origin === log.origin)?.from ?? 0
      bytes += await writeLog(deps, part, log, from, signal)
    }
    return bytes
  })
  const writing: Writing = {
    deps,
    parts,
    signal,
    content: request.content,
    commits: earlier.commits,
    blobs: earlier.blobs,
    put: new Map(),
    leftOut: new Set(),
    missing: new Set(),
  }
  // If we stop anywhere from here on, there is no note, and whole files are found again.
  await parts.begin()
  const repositories: CarryIndex['repositories'] = []
  for (const member of members)
    for (const repository of await publicRepositories(database.read, member)) {
      const refs = await writeRepository(writing, member.logs, repository)
      if (refs.length > 0)
        repositories.push({
          member: member.memberId,
          kind: repository.kind,
          repository: repository.repository,
          refs,
        })
    }
  const index: CarryIndex = {
    type: 'carry-index/1',
    logs: carried,
    continues: earlier.continues,
    repositories,
    blobs: [...writing.put],
    pieces: [...parts.cut],
    earlier: [...new Set([...earlier.blobs, ...writing.leftOut])]
      .map((sha256) => Sha256.parse(sha256))
      .toSorted(),
    missing: [...writing.missing].toSorted(),
  }
  await writeNotes(writing, source, index)
  return {
    folders: parts.folders.map(({ path }) => path),
    logs: index.logs.length,
    repositories: repositories.length,
    blobs: writing.put.size,
    bytes: parts.bytes,
    missing: writing.missing.size,
  }
}

/**
 * The log in whose member's name the carry is signed: the first hosted here that has one. Its checkpoint covers the key in force now, so that
 * whoever reads the carry finds that key in it.
 */
async function sourceOf({ database, logs }: ExportDeps): Promise<LogTable> {
  for (const { id } of await hostedMembers(database.read)) {
    const log = await logs.current(id)
    if (!log) continue
    const { generations } = await logs.keys(log)
    const queued = await database.read
      .selectFrom('outgoing_record')
      .select('sequence')
      .where('member_id', '=', id)
      .where('type', '=', 'member-keys/1')
      .executeTakeFirst()
    const isCovered = log.checkpoint !== null && (generations.at(-1)?.position ?? 0) < log.signed_size
    if (!isCovered || queued) throw new Refusal(failure('recordsWait'))
    return log
  }
  throw new Refusal(failure('notSetUp'))
}

/** The logs that are carried, each up to the last entry that counts and is signed for. */
async function countedLogs(
  { database, logs: known }: ExportDeps,
  named: ExportRequest['members'],
  always: MemberId,
): Promise<readonly NamedLogs[]> {
  const members: NamedLogs[] = []
  for (const member of await logsToCarry(database.read, named, always)) {
    const logs: LogTable[] = []
    for (const log of member.logs) {
      const counted = await known.counted(log)
      if (counted) logs.push(counted)
    }
    if (logs.length > 0) members.push({ ...member, logs })
  }
  return members
}

async function describeLogs(
  { logs: known }: ExportDeps,
  members: readonly NamedLogs[],
  earlier: readonly CarriedLog[],
): Promise<CarryIndex['logs']> {
  const described: CarryIndex['logs'] = []
  for (const { logs, handle, name } of members)
    for (const log of logs) {
      const { origin, generations } = await known.keys(log)
      const later = generations.slice(1).map(({ position }) => position)
      described.push({
        origin,
        size: log.signed_size,
        root: rootIn(log.checkpoint),
        handle,
        name,
        keysAt: later.filter((position) => position < log.signed_size),
        from: await entriesIn(known, log, earlier),
      })
    }
  return described
}

/** How many entries of a log, in full bundles, earlier carries have: of the same history. */
async function entriesIn(
  known: ExportDeps['logs'],
  log: LogTable,
  earlier: readonly CarriedLog[],
): Promise<number> {
  let most = 0
  for (const { origin, size, root } of earlier) {
    if (origin !== log.origin || size > log.signed_size || size < most) continue
    if ((await known.rootAt(log, size)) === root) most = size
  }
  return most - (most % TILE_WIDTH)
}

/** The third line of a checkpoint. */
export function rootIn(checkpoint: Uint8Array | null): string {
  return (
    Buffer.from(checkpoint ?? [])
      .toString('utf8')
      .split('\n')[2] ?? ''
  )
}

async function earlierOf(
  deps: ExportDeps,
  since: string | null,
): Promise<Pick<Writing, 'commits' | 'blobs'> & Pick<CarryIndex, 'logs' | 'continues'>> {
  const commits = new Map<string, Set<GitOid>>()
  const blobs = new Set<string>()
  const { carries } = since === null ? { carries: [] } : await openCarries(deps, [since])
  for (const { index } of carries) {
    for (const repository of index.repositories)
      commits.set(nameOf(repository), new Set(repository.refs.map(({ commit }) => commit)))
    for (const [sha256] of index.blobs) blobs.add(sha256)
    for (const sha256 of index.earlier) blobs.add(sha256)
  }
  const continues = carries.map(({ note }) => ({ time: note.time, index: note.index.sha256 }))
  return { commits, blobs, logs: carries.flatMap(({ index }) => index.logs), continues }
}

/**
 * A log up to its checkpoint, in every part: it is small; its bytes. What is full in the first `from` entries is left out: of everything else, whoever has
 * those finds all that leads to the root.
 */
async function writeLog(
  { logs }: ExportDeps,
  folder: CarryFolder,
  log: LogTable,
  from: number,
  signal: AbortSignal,
): Promise<number> {
  const place = logFolder(Origin.parse(log.origin))
  let all = 0
  const put = async (path: string, read: () => Promise<Uint8Array | null>) => {
    signal.throwIfAborted()
    const there = await folder.size(`${place}/${path}`)
    const bytes = there === null ? await read() : null
    if (there === null && !bytes) throw new Error(`${path} of ${log.origin} is gone`)
    if (bytes) await folder.write(`${place}/${path}`, bytes)
    all += there ?? bytes?.length ?? 0
  }
  const putBundle = async ({ index, width }: Tile) => {
    const bundle = await logs.bundle(await asItLies(logs, log), index, width)
    if (bundle?.kind === 'redacted') return putRedacted(index, width, bundle.bytes)
    await put(bundlePath(index, width), async () => bundle?.bytes ?? null)
  }
  /** An interrupted run, or one before, may have written what has been erased since. */
  const putRedacted = async (index: number, width: number, bytes: Uint8Array) => {
    const stale: string[] = []
    for (let each = 1; each <= TILE_WIDTH; each++) {
      stale.push(`${place}/${bundlePath(index, each)}`)
      if (each !== width) stale.push(`${place}/${redactedPath(index, each)}`)
    }
    for (const [at, leaf] of (decodeRedacted(bytes, width) ?? []).entries())
      if (isRedacted(leaf)) stale.push(proofPath(Origin.parse(log.origin), index * TILE_WIDTH + at))
    for (const path of stale) if ((await folder.size(path)) !== null) await folder.remove(path)
    await folder.write(`${place}/${redactedPath(index, width)}`, bytes)
    all += bytes.length
  }
  for (const tile of tilesOf(log.signed_size)) {
    if (widthOf(tile.level, tile.index, from) === TILE_WIDTH) continue
    if (tile.level === 0) await putBundle(tile)
    await put(tilePath(tile), async () => logs.tile(await asItLies(logs, log), tile))
  }
  const checkpoint = await logs.checkpoint(log)
  if (checkpoint) await folder.write(`${place}/checkpoint`, checkpoint)
  return all + (checkpoint?.length ?? 0)
}

/** A log up to the checkpoint that is carried, where its entries are now: it may grow while it is written. */
async function asItLies(logs: ExportDeps['logs'], carried: LogTable): Promise<LogTable> {
  const now = (await logs.find(carried.origin)) ?? carried
  return { ...now, signed_size: carried.signed_size, checkpoint: carried.checkpoint }
}

async function writeRepository(
  writing: Writing,
  logs: readonly LogTable[],
  repository: PublicRepository,
): Promise<CarriedRef[]> {
  const { deps, parts, signal } = writing
  const { read } = deps.database
  const carried: CarriedRef[] = []
  const before = writing.commits.get(nameOf(repository)) ?? new Set<GitOid>()
  const held = await heldObjects(read, repository.id, [...new Set(repository.refs.map(({ oid }) => oid))])
  const isHeld = new Set(held.map(({ oid }) => oid))
  for (const { name, oid, manifest, origin, position } of repository.refs) {
    signal.throwIfAborted()
    if (!isHeld.has(oid)) continue // a copy that has not come yet
    const base = before.has(oid) ? null : await basesOf(writing, repository, oid, carried, before)
    if (base) await writeObjects(writing, repository.id, oid, base)
    if (manifest !== null && !(await writeManifest(writing, repository.id, oid, manifest))) continue
    await writeFiles(writing, repository.id, oid)
    const log = logs.find((each) => each.origin === origin)
    const proof = log && (await deps.logs.proof(await asItLies(deps.logs, log), position))
    if (proof) await parts.folders[0]?.write(proofPath(Origin.parse(origin), position), utf8(proof))
    carried.push({ ref: name, commit: oid, manifest, base })
  }
  return carried
}

/** What the stream of a commit may leave out: its ancestors in an earlier carry, and what comes just before it in this one. */
async function basesOf(
  { deps }: Writing,
  { refs }: PublicRepository,
  oid: GitOid,
  carried: readonly CarriedRef[],
  before: ReadonlySet<GitOid>,
): Promise<GitOid[]> {
  const same = carried.find(({ commit }) => commit === oid)
  if (same?.base) return same.base
  const { read } = deps.database
  const ancestors: GitOid[] = []
  for (const earlier of before)
    if (ancestors.length < MOST_BASES - 1 && (await continuesFrom(read, deps.share.queries, oid, earlier)))
      ancestors.push(earlier)
  const last = refs.length <= MOST_CHAINED_REFS ? carried.at(-1)?.commit : undefined
  return [...new Set([...ancestors, ...(last === undefined ? [] : [last])])]
}

async function writeObjects(
  { deps, parts }: Writing,
  repositoryId: string,
  want: GitOid,
  base: readonly GitOid[],
): Promise<void> {
  const open = async () => {
    const objects = await objectsBetween(deps.database.read, repositoryId, want, base)
    if (!objects) throw new Error(`${want} is no commit of ${repositoryId}`)
    return objects
  }
  let size = END_OF_OBJECTS.length
  for await (const { type, compressed, size: body } of await open())
    size += objectHeader(type, body, compressed.length).length + compressed.length
  await parts.put(objectsPath(want, base), size, async function* () {
    for await (const { type, size: body, compressed } of await open()) {
      yield objectHeader(type, body, compressed.length)
      yield compressed
    }
    yield END_OF_OBJECTS
  })
}

/** False when the commit's manifest is not the one that was announced: nobody could take it. */
async function writeManifest(
  writing: Writing,
  repositoryId: string,
  at: GitOid,
  sha256: Sha256,
): Promise<boolean> {
  const { deps, parts, put, blobs, leftOut } = writing
  if (blobs.has(sha256)) leftOut.add(sha256)
  if (blobs.has(sha256) || put.has(sha256)) return true
  const bytes = await manifestOf(deps.database.read, deps.share.queries, repositoryId, at)
  if (!bytes || createHash('sha256').update(bytes).digest('hex') !== sha256) return false
  await parts.put(blobPath(sha256), bytes.length, () => bytes)
  put.set(sha256, bytes.length)
  return true
}

async function writeFiles(writing: Writing, repositoryId: string, at: GitOid): Promise<void> {
  const { deps, parts, put, blobs, leftOut, missing, signal } = writing
  if (writing.content === 'none') return
  const { read } = deps.database
  const commit = await deps.share.queries.resolve(read, repositoryId, at)
  for (const { large } of commit.ok ? await deps.share.queries.files(read, commit.value) : []) {
    if (!large || put.has(large.sha256)) continue
    signal.throwIfAborted()
    if (blobs.has(large.sha256)) {
      leftOut.add(large.sha256)
      continue
    }
    const stored = await deps.content.fileOf(repositoryId, large.sha256)
    const reader = stored && (await deps.content.openFile(stored.xetHash))
    if (!reader) missing.add(large.sha256)
    else if (
      await isWhole(
        parts.put(blobPath(large.sha256), reader.size, () =>
          checked(reader.read({ start: 0, end: reader.size }, signal), large.sha256),
        ),
      )
    )
      put.set(large.sha256, reader.size)
    else missing.add(large.sha256)
  }
}

/** A file that is damaged here is not carried; the disk of the carry failing ends it all. */
async function isWhole(writing: Promise<void>): Promise<boolean> {
  try {
    await writing
    return true
  } catch (cause) {
    if (cause instanceof Refusal && cause.failure.reason === 'damagedContent') return false
    throw cause
  }
}

async function* checked(body: AsyncIterable<Uint8Array>, sha256: Sha256): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const part of body) {
    hash.update(part)
    yield part
  }
  if (hash.digest('hex') !== sha256) throw new Refusal(failure('damagedContent'))
}

/** The folder of a carry is none from here on; what its index named may not be said any more. */
async function forgetNote(folder: CarryFolder): Promise<void> {
  const bytes = await folder.read(NOTE, MAX_NOTE_BYTES)
  const line = bytes && unverifiedLine(bytes)
  const note = CarryNote.safeParse(line && parsed(utf8(line))).data
  await folder.remove(NOTE)
  // If we stop here, an index is left that no note names.
  if (note) await folder.remove(blobPath(note.index.sha256))
}

async function writeNotes({ deps, parts }: Writing, source: LogTable, index: CarryIndex): Promise<void> {
  const bytes = utf8(canonicalJson(index))
  const sha256 = Sha256.parse(createHash('sha256').update(bytes).digest('hex'))
  await parts.putEverywhere(blobPath(sha256), async () => bytes)
  const time = isoTime(deps.clock())
  await parts.putEverywhere(NOTE, async (number, of) => {
    const note: CarryNote = {
      type: 'carry/1',
      time,
      source: MemberId.parse(source.member_id),
      index: { sha256, size: bytes.length },
      part: { number, of },
    }
    const signed = await deps.logs.signLine(source, canonicalJson(note))
    if (signed === null) throw new Error(`the key of ${source.origin} is missing`)
    return utf8(signed)
  })
}
