import type { Result } from '../../kernel/result.ts'
import { SECOND } from '../../kernel/time.ts'
import { within } from '../slow-answer.ts'

/** A line at least this often: clients wait 300 seconds for one, proxies 60. */
const HEARTBEAT = 5 * SECOND

/** How far the verification of a shard has come, in raw bytes. */
export class ShardProgress {
  #verified = 0
  #total = 0

  readonly update = (verified: number, total: number): void => {
    this.#verified = verified
    this.#total = total
  }

  line(): string {
    return `${JSON.stringify({ type: 'validating', verified: this.#verified, total: this.#total })}\n`
  }
}

/** The body of `POST /v2/shards`: lines of JSON while the outcome is awaited, the outcome last. */
export function progressLines(
  outcome: Promise<Result<unknown>>,
  progress: ShardProgress,
  messageOf: (result: Result<unknown> & { ok: false }) => string,
  onCancel: (cause: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(progress.line()))
    },
    async pull(controller) {
      const settled = await within(outcome, HEARTBEAT)
      if (!settled) return controller.enqueue(encoder.encode(progress.line()))
      controller.enqueue(encoder.encode(settled.ok ? LAST_LINES : errorLine(messageOf(settled))))
      controller.close()
    },
    cancel: onCancel,
  })
}

const LAST_LINES = [
  { type: 'committing', stage: 'uploading' },
  { type: 'committing', stage: 'syncing' },
  { type: 'result', result: 1 },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('')

function errorLine(message: string): string {
  return `${JSON.stringify({ type: 'error', message, retryable: false })}\n`
}
