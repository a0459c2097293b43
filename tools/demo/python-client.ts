import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { run } from './running.ts'

const SCRIPT = fileURLToPath(new URL('python_client.py', import.meta.url))
const PACKAGES = ['huggingface_hub==2.0.0', 'hf_xet==1.6.0']

/** A Python with the official client in it, or in one sentence why there is none. */
export type Python =
  | { readonly ok: true; readonly interpreter: string }
  | { readonly ok: false; readonly why: string }

/**
 * The virtual environment in `folder`, made on first use. Asks the package index once and with short time-outs, so that a
 * machine without one is told within seconds.
 */
export async function pythonIn(folder: string, signal: AbortSignal): Promise<Python> {
  const interpreter = join(folder, 'bin', 'python')
  const complete = join(folder, '.complete')
  if (existsSync(complete)) return { ok: true, interpreter }
  await rm(folder, { recursive: true, force: true })
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--retries',
    '0',
    '--timeout',
    '5',
  ]
  const steps = [
    ['python3', ['-m', 'venv', folder]],
    [interpreter, [...pip, '--only-binary', ':all:', ...PACKAGES]],
  ] as const
  for (const [program, args] of steps) {
    const why = await attempt(program, args, signal)
    if (why !== null) return { ok: false, why }
  }
  await writeFile(complete, PACKAGES.join('\n'))
  return { ok: true, interpreter }
}

/** Null when it worked, else the last line it said. */
async function attempt(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { code, said } = await run(program, args, { signal })
    return code === 0 ? null : (said.trim().split('\n').at(-1) ?? `${program} ended with ${code}`)
  } catch (cause) {
    signal.throwIfAborted()
    return cause instanceof Error ? cause.message : String(cause) // there is no such program here
  }
}

/** Runs `python_client.py`; returns what it said. */
export async function runPythonClient(
  interpreter: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const { code, said } = await run(interpreter, [SCRIPT, ...args], {
    signal,
    env: { ...process.env, ...env },
  })
  if (code !== 0) throw new Error(`the Python client ended with ${code}\n${said}`)
  return said
}
