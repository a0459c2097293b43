import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { temporaryFolder } from './folder.ts'
import { run, type Finished } from './process.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const READY = /^ayni ready (http:\/\/\S+)$/
/** Generous: a busy two-core machine is slower than the second in which a node should start. */
const START_MS = 60_000

export interface NodeOptions {
  /** Where the node keeps its data; a fresh temporary folder by default. The caller removes a folder of its own. */
  readonly dataFolder?: string
  readonly handle?: string
  readonly admin?: string
  /** The folder is set up already, and this is a write token of its first account. */
  readonly as?: { readonly admin: string; readonly token: string }
  /** A free port by default. */
  readonly port?: number
  /** Where it says that it answers. */
  readonly address?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A real node: its own process, data folder and port. Disposing ends the process and removes a temporary folder. */
export interface TestNode extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; stays the same over restarts. */
  readonly url: string
  readonly handle: string
  /** Name of the first account, and a write token of it. */
  readonly admin: string
  readonly token: string
  /** As they were shown once; none where the folder was set up before. */
  readonly recovery: readonly string[]
  readonly dataFolder: string
  /** Process id of the running server. */
  readonly pid: number
  /** Everything it wrote to its log so far, restarts included. */
  readonly log: string
  /** Adds a person and returns a write token of theirs. */
  addUser(name: string): Promise<string>
  /** Makes another token for a person. */
  addToken(name: string, scope: 'read' | 'write'): Promise<string>
  /** Runs `ayni ARGS --data FOLDER`, whether the node runs or not. */
  cli(...args: readonly string[]): Promise<Finished>
  /** The same, with lines on its standard input. */
  cliWith(lines: readonly string[], ...args: readonly string[]): Promise<Finished>
  /** Ends the process and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again on the same folder and port, ending it first when it still runs. */
  restart(): Promise<void>
  /** Largest resident memory of the server so far, in bytes. Linux only. */
  peakMemory(): Promise<number>
}

/** Makes a member in an empty folder and serves it on a free port. */
export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const { handle = 'nairobi', admin = 'admin', port = 0, address, env = {} } = options
  await using cleanup = new AsyncDisposableStack()
  const dataFolder = options.dataFolder ?? join(cleanup.use(await temporaryFolder()).path, 'data')
  const forRun = { env, timeoutMs: START_MS }
  const cli = (...args: readonly string[]) =>
    run(process.execPath, [AYNI, ...args, '--data', dataFolder], forRun)
  const cliWith = (lines: readonly string[], ...args: readonly string[]) =>
    run(process.execPath, [AYNI, ...args, '--data', dataFolder], {
      ...forRun,
      input: lines.map((line) => `${line}\n`).join(''),
    })
  const created =
    options.as ??
    (await json(cli('init', '--handle', handle, '--name', 'Test Institute', '--admin', admin, '--json')))
  const addToken = async (name: string, scope: 'read' | 'write') =>
    textIn(await json(cli('token', 'add', name, '--scope', scope, '--json')), 'token')
  const log: string[] = []
  let server = await serve({ dataFolder, port, address, env, log })
  cleanup.defer(() => end(server.child, 'SIGTERM'))
  const kept = cleanup.move()

  return {
    url: server.url,
    handle,
    admin: textIn(created, 'admin'),
    token: textIn(created, 'token'),
    recovery: linesIn(created, 'recovery'),
    dataFolder,
    cli,
    cliWith,
    get pid() {
      return server.child.pid ?? -1
    },
    get log() {
      return log.join('\n')
    },
    async addUser(name) {
      await json(cli('user', 'add', name, '--json'))
      return addToken(name, 'write')
    },
    addToken,
    kill: (signal = 'SIGKILL') => end(server.child, signal),
    async restart() {
      await end(server.child, 'SIGTERM')
      server = await serve({ dataFolder, port: Number(new URL(server.url).port), address, env, log })
    },
    async peakMemory() {
      const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8')
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface Server {
  readonly child: ChildProcess
  readonly url: string
}

interface Serving {
  readonly dataFolder: string
  readonly port: number
  readonly address: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly log: string[]
}

async function serve({ dataFolder, port, address, env, log }: Serving): Promise<Server> {
  const args = ['serve', '--data', dataFolder, '--port', String(port), ...(address ? ['--url', address] : [])]
  const child = spawn(process.execPath, [AYNI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const url = READY.exec(line)?.[1]
      if (url) resolve(url)
      else log.push(line)
    })
    child.once('error', reject)
    child.once('close', (code, signal) =>
      reject(new Error(`the node ended with ${code ?? signal} before it was ready\n${log.join('\n')}`)),
    )
  })
  const overdue = setTimeout(() => child.kill('SIGKILL'), START_MS)
  try {
    return { child, url: await ready }
  } finally {
    clearTimeout(overdue)
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

async function json(running: Promise<Finished>): Promise<unknown> {
  const { code, signal, stdout, stderr } = await running
  if (code !== 0) throw new Error(`ayni ended with ${code ?? signal}\n${stdout}\n${stderr}`)
  return JSON.parse(stdout)
}

function linesIn(value: unknown, key: string): readonly string[] {
  const lines: unknown = Object.entries(value ?? {}).find(([name]) => name === key)?.[1]
  return Array.isArray(lines) ? lines.map(String) : []
}

function textIn(value: unknown, key: string): string {
  const text =
    typeof value === 'object' && value !== null ? Object.entries(value).find(([k]) => k === key)?.[1] : null
  if (typeof text !== 'string') throw new Error(`ayni did not print "${key}"`)
  return text
}
