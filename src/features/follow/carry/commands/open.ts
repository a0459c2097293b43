import { createHash } from 'node:crypto'

import { fromUtf8, utf8 } from '../../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { momentOf } from '../../../../kernel/time.ts'
import { type Logs, MAX_NOTE_BYTES, signerOfLine, unverifiedLine, type Voice } from '../../../../log/index.ts'
import { blobPath, logsByMember, MOST_INDEX_BYTES, NOTE } from '../rules.ts'
import { type Carry, type CarryFolder, CarryIndex, CarryNote } from '../types.ts'
import { carriedLog } from './source.ts'

export interface OpenDeps {
  readonly openFolder: (path: string) => CarryFolder
  readonly logs: Pick<Logs, 'voice'>
}

/** Carries, the oldest first, and how many of their parts are not there. */
export interface OpenedCarries {
  readonly carries: readonly Carry[]
  readonly missingParts: number
}

/**
 * Opens folders: each a carry, a part of one, or one with numbered parts in it. Parts of one carry belong together whatever their order.
 * Only the signature and the index are believed, and they decide nothing but where to look and how old it is. Throws a {@link Refusal}:
 * `noCarryThere`, `carryNotBelieved`, `carryKeyGivenUp`.
 */
export async function openCarries(deps: OpenDeps, paths: readonly string[]): Promise<OpenedCarries> {
  const parts: Part[] = []
  for (const path of paths)
    for (const folder of await partsIn(deps.openFolder, path)) parts.push(await readPart(folder))
  const sets = [...Map.groupBy(parts, ({ note }) => `${note.source} ${note.index.sha256}`).values()]
  const carries: Carry[] = []
  let missingParts = 0
  for (const set of sets.toSorted((left, right) => timeOf(left) - timeOf(right))) {
    const [first] = set
    if (!first) continue
    const { note, index } = first
    const folders = set.map(({ folder }) => folder)
    const older = carries.flatMap((carry) => carry.folders)
    const voice = await voiceOf(deps, { note, index, folders }, older)
    if (voice) for (const part of set) requireSigned(voice, part)
    carries.push({ note, index, folders, time: timeOf(set), isDated: voice !== null })
    missingParts += Math.max(0, note.part.of - new Set(set.map((part) => part.note.part.number)).size)
  }
  return { carries, missingParts }
}

function timeOf(set: readonly Part[]): number {
  return Math.min(...set.map(({ note }) => momentOf(note.time)))
}

async function partsIn(
  openFolder: (path: string) => CarryFolder,
  path: string,
): Promise<readonly CarryFolder[]> {
  const folder = openFolder(path)
  if ((await folder.size(NOTE)) !== null) return [folder]
  const parts: CarryFolder[] = []
  for (const name of await folder.folders()) {
    if (!/^[1-9]\d{0,4}$/.test(name)) continue
    const part = openFolder(`${path}/${name}`)
    if ((await part.size(NOTE)) !== null) parts.push(part)
  }
  if (parts.length === 0) throw new Refusal(failure('noCarryThere', { path }))
  return parts
}

/** A folder with a note of which nobody has said yet who signed it. */
interface Part {
  readonly folder: CarryFolder
  readonly bytes: Uint8Array
  readonly note: CarryNote
  readonly index: CarryIndex
}

async function readPart(folder: CarryFolder): Promise<Part> {
  const bytes = await folder.read(NOTE, MAX_NOTE_BYTES)
  const line = bytes && unverifiedLine(bytes)
  const note = CarryNote.safeParse(line && parsed(utf8(line))).data
  if (!bytes || !note) throw notBelieved(folder, NOTE)
  const path = blobPath(note.index.sha256)
  const content = note.index.size <= MOST_INDEX_BYTES ? await folder.read(path, note.index.size) : null
  const isIt = content && createHash('sha256').update(content).digest('hex') === note.index.sha256
  const index = isIt ? CarryIndex.safeParse(parsed(content)).data : null
  if (!index) throw notBelieved(folder, path)
  return { folder, bytes, note, index }
}

/**
 * Who vouches for a carry: the newest log of its source that it has names the key. Null where that log is not whole, with what
 * `older` carries and this node have of it: then nobody has said how old the carry is, and what else is on it is taken all the same.
 */
async function voiceOf(
  { logs }: OpenDeps,
  { note, index, folders }: Pick<Carry, 'note' | 'index' | 'folders'>,
  older: readonly CarryFolder[],
): Promise<Voice | null> {
  const newest = logsByMember(index).get(note.source)?.at(-1)
  const files = newest && carriedLog([...folders, ...older], newest.origin)
  const voice = files && (await logs.voice(newest.origin, files))
  return voice?.ok ? voice.value : null
}

/** A key that was given up may be in anybody's hands: what it signs from then on counts for nothing. */
function requireSigned(voice: Voice, { folder, bytes, note }: Part): void {
  const signer = signerOfLine(voice, bytes)
  if (!signer) throw notBelieved(folder, NOTE)
  const isInForce = signer === voice.keys[0] && momentOf(note.time) <= (signer.until ?? Infinity)
  if (!isInForce) throw new Refusal(failure('carryKeyGivenUp', { path: folder.path }))
}

export function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return null // no JSON: no carry
  }
}

function notBelieved({ path }: CarryFolder, file: string): Refusal {
  return new Refusal(failure('carryNotBelieved', { path, file }))
}
