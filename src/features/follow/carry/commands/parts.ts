import { failure, Refusal } from '../../../../kernel/failure.ts'
import { NOTE } from '../rules.ts'
import type { CarryFolder } from '../types.ts'

/** The folders of one export: one, or as many numbered ones as it takes. What an interrupted run wrote whole is not written again. */
export class Parts {
  readonly #folders: { readonly folder: CarryFolder; used: number }[] = []
  readonly #next: (number: number) => CarryFolder
  readonly #maxBytes: number | null
  readonly #common: (folder: CarryFolder) => Promise<void>
  bytes = 0

  /** `common` writes what every part has. */
  constructor(
    next: (number: number) => CarryFolder,
    maxBytes: number | null,
    common: (folder: CarryFolder) => Promise<void>,
  ) {
    this.#next = next
    this.#maxBytes = maxBytes
    this.#common = common
  }

  get folders(): readonly CarryFolder[] {
    return this.#folders.map(({ folder }) => folder)
  }

  /** Opens the first folder, and those that an interrupted run began. From here on none of them is taken for whole. */
  async begin(): Promise<void> {
    await this.#open()
    while (this.#maxBytes !== null && (await this.#next(this.#folders.length + 1).used()) > 0)
      await this.#open()
  }

  /** Puts a file into the first folder that has it, or the last one while it has room. `size` in bytes. */
  async put(path: string, size: number, body: () => AsyncIterable<Uint8Array> | Uint8Array): Promise<void> {
    for (const { folder } of this.#folders) if ((await folder.size(path)) === size) return
    const last = this.#folders.at(-1)
    const place = last && this.#hasRoom(last.used + size) ? last : await this.#open()
    if (!this.#hasRoom(place.used + size))
      throw new Refusal(failure('carryTooSmall', { size, limit: this.#maxBytes ?? 0 }))
    await place.folder.write(path, body())
    place.used += size
    this.bytes += size
  }

  /** Puts a small file into every folder. */
  async putEverywhere(path: string, body: (part: number, of: number) => Promise<Uint8Array>): Promise<void> {
    for (const [at, { folder }] of this.#folders.entries())
      await folder.write(path, await body(at + 1, this.#folders.length))
  }

  #hasRoom(bytes: number): boolean {
    return this.#maxBytes === null || bytes <= this.#maxBytes
  }

  async #open() {
    const folder = this.#next(this.#folders.length + 1)
    await folder.remove(NOTE)
    await this.#common(folder)
    const place = { folder, used: await folder.used() }
    this.#folders.push(place)
    return place
  }
}
