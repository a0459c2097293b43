import { request } from 'node:http'

/** An answer to a request that was written by hand. `null` when the connection broke before one came. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface RawRequest {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  /** Parts of the body, written as fast as the node takes them; throwing breaks the connection off. */
  readonly body?: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>
}

/** What became of it, and how many bytes of the body the node let us write. */
export interface RawOutcome {
  readonly answer: RawAnswer | null
  readonly writtenBytes: number
}

/**
 * Sends a request whose path no client library would let through unchanged, or whose body never ends.
 * Stops writing as soon as there is an answer.
 */
export function sendRaw(
  base: string,
  path: string,
  { method, headers, body = [] }: RawRequest,
): Promise<RawOutcome> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve) => {
    let writtenBytes = 0
    let answered = false
    const sent = request({ hostname, port, path, method, headers: { ...headers }, agent: false })
    const finish = (answer: RawAnswer | null) => {
      answered = true
      sent.destroy()
      resolve({ answer, writtenBytes })
    }
    sent.on('response', (response) => {
      answered = true
      const parts: Buffer[] = []
      const done = () => {
        const text = Buffer.concat(parts).toString('utf8')
        finish({ status: response.statusCode ?? 0, headers: response.headers, text })
      }
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', done)
      response.on('error', done)
    })
    sent.on('error', () => {
      if (!answered) finish(null)
    })
    const write = async () => {
      for await (const part of body) {
        if (answered) return
        writtenBytes += part.length
        if (!sent.write(part)) await drained(sent)
      }
      sent.end()
    }
    write().catch(() => sent.destroy(new Error('stopped'))) // the body threw: this client gives up half way
  })
}

function drained(sent: ReturnType<typeof request>): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      sent.off('drain', go).off('close', go).off('response', go)
      resolve()
    }
    sent.on('drain', go).on('close', go).on('response', go)
  })
}
