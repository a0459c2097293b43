import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'

/** A program that runs beside this one. Disposing ends it with everything it started, and waits until it is gone. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess
}

/** Starts a program in a process group of its own, so that it can be ended whole. */
export function start(program: string, args: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(program, args, { ...options, detached: true })
  const ended = once(child, 'close')
  ended.catch(() => {}) // that it could not be started is told by the `error` event to whoever waits
  return {
    child,
    async [Symbol.asyncDispose]() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}

/** How a program ended: `code` is null when a signal ended it. `said` is all that it printed. */
export interface Ended {
  readonly code: number | null
  readonly said: string
}

/** Runs a program to its end; when `signal` aborts, ends it whole and rejects. */
export async function run(
  program: string,
  args: readonly string[],
  { signal, ...options }: SpawnOptions & { signal: AbortSignal },
): Promise<Ended> {
  signal.throwIfAborted()
  await using running = start(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const { child } = running
  let said = ''
  child.stdout?.on('data', (part: Buffer) => (said += part.toString()))
  child.stderr?.on('data', (part: Buffer) => (said += part.toString()))
  const aborted = once(signal, 'abort').then(() => signal.throwIfAborted())
  aborted.catch(() => {}) // when the program ends first, nobody listens any more
  await Promise.race([once(child, 'close'), aborted])
  return { code: child.exitCode, said }
}
