import type { FileHandle } from 'node:fs/promises'

/** Bytes read at once. */
const READ_BYTES = 1024 * 1024

/** Reads a file front to back through one buffer, from which the reader takes as much as it needs. */
export class FileWindow {
  readonly #file: FileHandle
  readonly #buffer: Buffer
  #position: number
  #start = 0
  #end = 0
  #isAtEnd = false

  /** Starts at byte `position`; up to `longest` bytes can be had at once. */
  constructor(file: FileHandle, position: number, longest: number) {
    this.#file = file
    this.#position = position
    this.#buffer = Buffer.allocUnsafeSlow(READ_BYTES + longest)
  }

  /** At least `length` bytes from here on, unless the file ends before; a view that holds until the next call. */
  async peek(length: number): Promise<Buffer> {
    if (this.#end - this.#start < length && !this.#isAtEnd) await this.#fill(length)
    return this.#buffer.subarray(this.#start, this.#end)
  }

  skip(length: number): void {
    this.#start += length
  }

  async #fill(length: number): Promise<void> {
    this.#buffer.copyWithin(0, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    while (this.#end < length) {
      const { bytesRead } = await this.#file.read(
        this.#buffer,
        this.#end,
        this.#buffer.length - this.#end,
        this.#position,
      )
      this.#isAtEnd = bytesRead === 0
      if (this.#isAtEnd) return
      this.#end += bytesRead
      this.#position += bytesRead
    }
  }
}
