import { open, readFile, rm } from 'node:fs/promises'

import { failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { XorbStore } from '../ports.ts'
import type { Body } from '../types.ts'

/** A file of our own below `incoming/`, removed at the end of its scope unless the store has taken it away. */
export class StagedFile implements AsyncDisposable {
  readonly path: string

  constructor(store: Pick<XorbStore, 'stage'>) {
    this.path = store.stage()
  }

  /** Writes the body, piece by piece. Refuses with `tooLarge` as soon as it exceeds `limit` bytes. */
  async receive(body: Body, limit: number): Promise<Result<{ readonly size: number }>> {
    let size = 0
    const file = await open(this.path, 'wx')
    try {
      for await (const piece of body) {
        size += piece.length
        if (size > limit) return fail(failure('tooLarge', { limit }))
        await writeAll(file, piece)
      }
      return succeed({ size })
    } finally {
      await file.close()
    }
  }

  /** The whole content; only for what is bounded and not a blob. */
  read(): Promise<Uint8Array> {
    return readFile(this.path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { force: true })
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length;) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done)
    done += bytesWritten
  }
}
