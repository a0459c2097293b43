/** Reads the world (arguments, environment, clock, randomness) and hands it on. Nothing else in the program does. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { pino } from 'pino'

import { openDataFolder } from './adapters/disk/data-folder.ts'
import { UsageError } from './cli/failures.ts'
import { runCommandLine, type World } from './cli/main.ts'

/** Nothing may keep the process longer than this after it was told to end. */
const LAST_RESORT_MS = 25_000

const { env } = process
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    stop.abort()
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref()
  })
}

const clock = () => Date.now()
const random = (length: number) => randomBytes(length)
const log = pino(
  { level: env['AYNI_LOG'] ?? 'warn', redact: ['token', 'password', '*.token', '*.password'] },
  pino.destination(2),
)
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
} // our own file

const world: World = {
  version,
  stdout: process.stdout,
  stderr: process.stderr,
  clock,
  signal: stop.signal,
  savedToken: env['HF_TOKEN']?.trim() || tokenFile(),
  savedNode: env['HF_ENDPOINT'] || undefined,
  confirm,
  readSecrets,
  openFolder: openDataFolder,
  // Loaded when needed: a command that talks to a node starts without one, administration without pages.
  async openNode(folder) {
    const { openNode, administered } = await import('./node/open-node.ts')
    return administered(await openNode({ folder, clock, random, log }))
  },
  async serveNode(folder) {
    const { openNode, wireNode } = await import('./node/index.ts')
    return wireNode(await openNode({ folder, clock, random, log, stop: stop.signal }), version)
  },
}

process.exitCode = await runCommandLine(process.argv.slice(2), world)

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('There is no terminal to ask at. Say --yes.')
  const { createInterface } = await import('node:readline/promises')
  using lines = createInterface({ input: process.stdin, output: process.stderr })
  return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `, { signal: stop.signal })).trim())
}

async function readSecrets(question: (number: number) => string): Promise<readonly string[]> {
  const { createInterface } = await import('node:readline/promises')
  using lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  const isAsked = process.stdin.isTTY
  const typed: string[] = []
  if (isAsked) process.stderr.write(question(1))
  for await (const line of lines) {
    stop.signal.throwIfAborted()
    if (line.trim() !== '') typed.push(line.trim())
    else if (isAsked) break
    if (isAsked) process.stderr.write(question(typed.length + 1))
  }
  return typed
}

function tokenFile(): string | undefined {
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface')
  const path = env['HF_TOKEN_PATH'] ?? join(home, 'token')
  return existsSync(path) ? readFileSync(path, 'utf8').trim() || undefined : undefined
}
