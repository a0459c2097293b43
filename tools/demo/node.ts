import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { run, start, type Running } from './running.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
/** Where a node usually listens; another port is taken when this one is in use. */
const USUAL_PORT = 7700

const Initialised = z.object({
  handle: z.string(),
  admin: z.string(),
  token: z.string(),
  link: z.string().optional(),
})

/** A node that was set up for the demo and answers. */
export interface DemoNode extends AsyncDisposable {
  readonly url: string
  readonly handle: string
  readonly admin: string
  /** A write token of the first account. */
  readonly token: string
  /** Where the first account chooses a password, once. */
  readonly signInLink: string | null
  /** Resolves when the node ended, by itself or because it was disposed. */
  readonly ended: Promise<unknown>
}

/** Makes a member in an empty folder and serves it. */
export async function startDemoNode(folder: string, signal: AbortSignal): Promise<DemoNode> {
  const whose = ['--handle', 'nairobi', '--name', 'Nairobi AI Institute (example)', '--json']
  const made = await run(process.execPath, [AYNI, 'init', '--data', folder, ...whose], { signal })
  if (made.code !== 0) throw new Error(`ayni init ended with ${made.code}\n${made.said}`)
  const { handle, admin, token, link } = Initialised.parse(JSON.parse(made.said))
  const { running, url } = await serve(folder, signal)
  return {
    url,
    handle,
    admin,
    token,
    signInLink: link === undefined ? null : atNode(link, url),
    ended: once(running.child, 'close'),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

function atNode(link: string, url: string): string {
  const { pathname, search } = new URL(link)
  return new URL(pathname + search, url).href
}

async function serve(folder: string, signal: AbortSignal): Promise<{ running: Running; url: string }> {
  const port = (await isFree(USUAL_PORT)) ? USUAL_PORT : 0
  await using owned = new AsyncDisposableStack()
  const running = start(process.execPath, [AYNI, 'serve', '--data', folder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  owned.use(running)
  const { stdout, stderr } = running.child
  if (!stdout || !stderr) throw new Error('the node has no output')
  const log: string[] = []
  createInterface({ input: stderr }).on('line', (line) => log.push(line))
  for await (const line of createInterface({ input: stdout, signal })) {
    const url = /^ayni ready (\S+)$/.exec(line)?.[1]
    if (url === undefined) continue
    stdout.resume() // what else it prints must not fill the pipe
    owned.move()
    return { running, url }
  }
  signal.throwIfAborted()
  throw new Error(`the node ended before it was ready\n${log.join('\n')}`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false // somebody else listens there
  } finally {
    server.close()
  }
}
