import { spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended: `code` is null when a signal did it. */
export interface Finished {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Killed after this long; it then counts as failed. */
  readonly timeoutMs?: number
  readonly input?: string
}

/** Runs a program to its end and collects what it printed. Rejects only when it cannot be started. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env, timeoutMs, input }: RunOptions = {},
): Promise<Finished> {
  const options: SpawnOptions = {
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
  }
  const child = spawn(program, args, options)
  child.stdin?.end(input)
  const [stdout, stderr] = [textOfStream(child.stdout), textOfStream(child.stderr)]
  const [code, signal]: unknown[] = await once(child, 'close')
  return {
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
    stdout: await stdout,
    stderr: await stderr,
  }
}

/** Like {@link run}, for a program that must succeed: returns stdout, throws with what it said otherwise. */
export async function succeedIn(
  program: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  const { code, signal, stdout, stderr } = await run(program, args, options)
  if (code === 0) return stdout
  throw new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}\n${stdout}\n${stderr}`)
}

async function textOfStream(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (!stream) return ''
  const parts: string[] = []
  for await (const part of stream.setEncoding('utf8')) parts.push(String(part))
  return parts.join('')
}
