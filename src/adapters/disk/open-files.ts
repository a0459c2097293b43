import { type FileHandle, open } from 'node:fs/promises'

import { LRUCache } from 'lru-cache'

const MOST_OPEN = 64

/** Files kept open between reads, least recently used closed first. For files that never change. */
export class OpenFiles implements AsyncDisposable {
  readonly #files = new LRUCache<string, OpenFile>({ max: MOST_OPEN, dispose: (file) => file.retire() })
  readonly #closing = new Set<Promise<void>>()

  /** Runs `work` with the file at `path` open for reading; rejects as `open` does when it cannot be opened. */
  async use<Value>(path: string, work: (file: FileHandle) => Promise<Value>): Promise<Value> {
    const file = this.#files.get(path) ?? this.#open(path)
    return file.use(work)
  }

  /** Closes the file at `path` once nobody reads it. */
  forget(path: string): void {
    this.#files.delete(path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#files.clear()
    await Promise.all(this.#closing)
  }

  #open(path: string): OpenFile {
    const file = new OpenFile(path, (closed) => {
      this.#closing.add(closed)
      void closed.finally(() => this.#closing.delete(closed))
    })
    file.opening.catch(() => this.#files.delete(path)) // whoever asked is told; the next one tries again
    this.#files.set(path, file)
    return file
  }
}

/** One open file with the number of those who read it: retired, it closes when the last one is done. */
class OpenFile {
  readonly opening: Promise<FileHandle>
  readonly #onClose: (closed: Promise<void>) => void
  #users = 0
  #isRetired = false

  constructor(path: string, onClose: (closed: Promise<void>) => void) {
    this.opening = open(path, 'r')
    this.#onClose = onClose
  }

  async use<Value>(work: (file: FileHandle) => Promise<Value>): Promise<Value> {
    this.#users++
    try {
      return await work(await this.opening)
    } finally {
      this.#users--
      this.#closeWhenDone()
    }
  }

  retire(): void {
    this.#isRetired = true
    this.#closeWhenDone()
  }

  #closeWhenDone(): void {
    if (!this.#isRetired || this.#users > 0) return
    const nothingOpened = () => undefined
    this.#onClose(this.opening.then((file) => file.close(), nothingOpened))
  }
}
