import { createHash } from 'node:crypto'

import { fromUtf8, utf8 } from '../../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { momentOf } from '../../../../kernel/time.ts'
import { checkCandidate, MAX_NOTE_BYTES, readSignedLine, unverifiedLine } from '../../../../log/index.ts'
import { blobPath, logFolder, MOST_INDEX_BYTES, NOTE } from '../rules.ts'
import { type Carry, type CarryFolder, CarryIndex, CarryNote } from '../types.ts'
import { carriedLog } from './source.ts'

/** Carries, the oldest first, and how many of their parts are not there. */
export interface OpenedCarries {
  readonly carries: readonly Carry[]
  readonly missingParts: number
}

/**
 * Opens folders: each a carry, a part of one, or one with numbered parts in it. Parts of one carry belong together whatever their order.
 * Only the signature and the index are believed, and they decide nothing but where to look and how old it is. Throws a {@link Refusal}:
 * `noCarryThere`, `carryNotBelieved`.
 */
export async function openCarries(
  { openFolder }: { readonly openFolder: (path: string) => CarryFolder },
  paths: readonly string[],
): Promise<OpenedCarries> {
  const sets = new Map<
    string,
    { note: CarryNote; index: CarryIndex; folders: CarryFolder[]; parts: Set<number> }
  >()
  for (const path of paths)
    for (const folder of await partsIn(openFolder, path)) {
      const { note, index } = await openPart(folder)
      const key = `${note.source} ${note.index.sha256}`
      const set = sets.get(key) ?? { note, index, folders: [], parts: new Set<number>() }
      set.folders.push(folder)
      set.parts.add(note.part.number)
      sets.set(key, set)
    }
  const all = [...sets.values()]
  return {
    carries: all
      .map(({ note, index, folders }) => ({ note, index, folders, time: momentOf(note.time) }))
      .toSorted((left, right) => left.time - right.time),
    missingParts: all.reduce((sum, { note, parts }) => sum + Math.max(0, note.part.of - parts.size), 0),
  }
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

async function openPart(folder: CarryFolder): Promise<{ note: CarryNote; index: CarryIndex }> {
  const bytes = await folder.read(NOTE, MAX_NOTE_BYTES)
  const line = bytes && unverifiedLine(bytes)
  const note = CarryNote.safeParse(line && parsed(utf8(line))).data
  if (!bytes || !note) throw notBelieved(folder, NOTE)
  const place = logFolder(note.source, 0)
  const source = await checkCandidate(carriedLog([folder], place), note.source)
  if (!source.ok) throw notBelieved(folder, `${place}/${source.failure}`)
  if (readSignedLine(note.source, source.value.genesis, bytes) !== line) throw notBelieved(folder, NOTE)
  const path = blobPath(note.index.sha256)
  const content = note.index.size <= MOST_INDEX_BYTES ? await folder.read(path, note.index.size) : null
  const isIt = content && createHash('sha256').update(content).digest('hex') === note.index.sha256
  const index = isIt ? CarryIndex.safeParse(parsed(content)).data : null
  if (!index) throw notBelieved(folder, path)
  return { note, index }
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
