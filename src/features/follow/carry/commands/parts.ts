import { concatBytes, equalBytes } from '../../../../kernel/bytes.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { pieceBytes, piecePath } from '../rules.ts'
import type { CarryFolder, CutFile } from '../types.ts'

type Body = () => AsyncIterable<Uint8Array> | Uint8Array

/** One folder that is being written. */
interface Part {
  readonly folder: CarryFolder
  used: number
}

/** The folders of one export: one, or as many numbered ones as it takes. What an interrupted run wrote whole is not written again. */
export class Parts {
  readonly #folders: Part[] = []
  readonly #next: (number: number) => CarryFolder
  readonly #maxBytes: number | null
  readonly #common: (folder: CarryFolder) => Promise<number>
  readonly #cut = new Map<string, CutFile>()
  /** Of what every part has. */
  #commonBytes = 0
  bytes = 0

  /** `common` takes the note away, writes what every part has, and resolves to its bytes. */
  constructor(
    next: (number: number) => CarryFolder,
    maxBytes: number | null,
    common: (folder: CarryFolder) => Promise<number>,
  ) {
    this.#next = next
    this.#maxBytes = maxBytes
    this.#common = common
  }

  get folders(): readonly CarryFolder[] {
    return this.#folders.map(({ folder }) => folder)
  }

  /** Files that lie in pieces, as no part has room for them. */
  get cut(): readonly CutFile[] {
    return [...this.#cut.values()]
  }

  /** Opens the first folder, and those that an interrupted run began. From here on none of them is taken for whole. */
  async begin(): Promise<void> {
    await this.#open()
    while (this.#maxBytes !== null && (await this.#next(this.#folders.length + 1).used()) > 0)
      await this.#open()
  }

  /** Puts a file into the first folder that has it, or the last one while it has room; in pieces where no folder has. `size` in bytes. */
  async put(path: string, size: number, body: Body): Promise<void> {
    if (this.#maxBytes !== null && size > this.#maxBytes - this.#commonBytes)
      return this.#putPieces({ path, size, piece: pieceBytes(this.#maxBytes) }, body())
    if (await this.#having(path, size)) return
    await this.#write(await this.#placeFor(size), path, size, body())
  }

  /** Puts a small file into every folder. */
  async putEverywhere(path: string, body: (part: number, of: number) => Promise<Uint8Array>): Promise<void> {
    for (const [at, { folder }] of this.#folders.entries())
      await folder.write(path, await body(at + 1, this.#folders.length))
  }

  /** Holds one piece at a time. One that is there already is held against the file: an interrupted run goes on where it stopped. */
  async #putPieces(file: CutFile, body: ReturnType<Body>): Promise<void> {
    let start = 0
    try {
      for await (const bytes of inPieces(body, file.piece)) {
        await this.#putPiece(piecePath(file, start), bytes)
        start += bytes.length
      }
    } catch (cause) {
      // What is damaged here is not carried at all. If we stop here, pieces are left that no index names.
      for (let at = 0; at < start; at += file.piece)
        for (const { folder } of this.#folders) await folder.remove(piecePath(file, at))
      throw cause
    }
    this.#cut.set(file.path, file)
  }

  async #putPiece(path: string, bytes: Uint8Array): Promise<void> {
    const there = await this.#having(path, bytes.length)
    const before = there && (await there.folder.read(path, bytes.length))
    if (before && equalBytes(before, bytes)) return
    await this.#write(there ?? (await this.#placeFor(bytes.length)), path, bytes.length, bytes)
  }

  async #having(path: string, size: number): Promise<Part | null> {
    for (const part of this.#folders) if ((await part.folder.size(path)) === size) return part
    return null
  }

  async #placeFor(size: number): Promise<Part> {
    const last = this.#folders.at(-1)
    const place = last && this.#hasRoom(last.used + size) ? last : await this.#open()
    if (this.#hasRoom(place.used + size)) return place
    throw new Refusal(failure('carryTooSmall', { size, limit: this.#maxBytes ?? 0 }))
  }

  async #write(part: Part, path: string, size: number, body: ReturnType<Body>): Promise<void> {
    await part.folder.write(path, body)
    part.used += size
    this.bytes += size
  }

  #hasRoom(bytes: number): boolean {
    return this.#maxBytes === null || bytes <= this.#maxBytes
  }

  async #open(): Promise<Part> {
    const folder = this.#next(this.#folders.length + 1)
    this.#commonBytes = await this.#common(folder)
    const part = { folder, used: await folder.used() }
    this.#folders.push(part)
    return part
  }
}

/** The same bytes in pieces of one length, and the rest. */
async function* inPieces(
  body: AsyncIterable<Uint8Array> | Uint8Array,
  length: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let bytes = 0
  for await (const part of body instanceof Uint8Array ? [body] : body) {
    for (let at = 0; at < part.length;) {
      const taken = part.subarray(at, at + length - bytes)
      held.push(taken)
      bytes += taken.length
      at += taken.length
      if (bytes < length) continue
      yield concatBytes(held)
      held = []
      bytes = 0
    }
  }
  if (bytes > 0) yield concatBytes(held)
}
