import { open } from 'node:fs/promises'

import { CommandFailure } from './failures.ts'

/** More than any statement can hold. */
const LONGEST_FILE = 256 * 1024

/** What a file of JSON holds. Ends the command when it is none, or larger than any statement. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readStart(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CommandFailure(`${path} is not JSON: ${error.message}`)
  }
}

async function readStart(path: string): Promise<string> {
  await using file = await open(path).catch((cause: unknown) => {
    throw new CommandFailure(
      `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  })
  const bytes = new Uint8Array(LONGEST_FILE + 1)
  for (let length = 0; ;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > LONGEST_FILE) throw new CommandFailure(`${path} is larger than any statement can be.`)
    if (bytesRead === 0) return new TextDecoder().decode(bytes.subarray(0, length))
  }
}
