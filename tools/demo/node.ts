import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { run, start, type Running } from './running.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const Initialised = z.object({
  handle: z.string(),
  admin: z.string(),
  token: z.string(),
  link: z.string().optional(),
})

const Goods = z.array(z.object({ verified: z.int(), copies: z.array(z.unknown()) }))

/** An example member, and how its people look at its node. */
export interface DemoMember {
  readonly handle: string
  readonly name: string
  /** The language of its people. */
  readonly language: string
  /** In which its node is drawn. */
  readonly colour: string
  /** Where its node listens; another port is taken when this one is in use. */
  readonly port: number
}

/** A node that was set up for the demo and answers. */
export interface DemoNode extends AsyncDisposable {
  readonly url: string
  readonly handle: string
  readonly name: string
  readonly language: string
  /** Follows the member of another node, as its operator would on the command line. */
  follow(other: DemoNode, content: 'on-demand' | 'all'): Promise<void>
  /** Promises a model to everybody, with full copies at so many members. */
  promise(model: string, holders: number): Promise<void>
  /** Copies of what was promised that this node looked at, and how many of them it verified. */
  copies(): Promise<{ readonly looked: number; readonly verified: number }>
  /** Runs `ayni ARGS --json` at this node, and returns what it answers. */
  ask(args: readonly string[]): Promise<unknown>
  readonly admin: string
  /** A write token of the first account. */
  readonly token: string
  /** Where the first account chooses a password, once. */
  readonly signInLink: string | null
  /** Resolves when the node ended, by itself or because it was disposed. */
  readonly ended: Promise<unknown>
}

/** Makes a member in an empty folder and serves it. */
export async function startDemoNode(
  folder: string,
  { handle, name, language, colour, port }: DemoMember,
  signal: AbortSignal,
): Promise<DemoNode> {
  const made = await ayni(['init', '--data', folder, '--handle', handle, '--name', name, '--json'], signal)
  const { admin, token, link } = Initialised.parse(JSON.parse(made))
  await ayni(['member', 'colour', handle, colour, '--data', folder], signal)
  const { running, url } = await serve(folder, await freePort(port), signal)
  return {
    url,
    handle,
    name,
    language,
    async follow(other, content) {
      const how = ['--allow-private-address', '--content', content, '--yes']
      await ayni(['follow', other.url, '--data', folder, ...how], signal)
    },
    async promise(model, holders) {
      const until = `${new Date().getUTCFullYear() + 5}-12-31`
      const terms = ['--licence', 'Apache-2.0', '--holders', String(holders), '--until', until]
      await ayni(['public-good', 'promise', model, ...terms, '--data', folder], signal)
    },
    async copies() {
      const said = await ayni(['public-good', 'list', '--data', folder, '--json'], signal)
      const [good] = Goods.parse(JSON.parse(said))
      return { looked: good?.copies.length ?? 0, verified: good?.verified ?? 0 }
    },
    async ask(args) {
      const answer: unknown = JSON.parse(await ayni([...args, '--data', folder, '--json'], signal))
      return answer
    },
    admin,
    token,
    signInLink: link === undefined ? null : atNode(link, url),
    ended: once(running.child, 'close'),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

/** Runs a command to its end and returns what it printed. */
async function ayni(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { code, said } = await run(process.execPath, [AYNI, ...args], { signal })
  if (code !== 0) throw new Error(`ayni ${args[0]} ended with ${code}\n${said}`)
  return said
}

function atNode(link: string, url: string): string {
  const { pathname, search } = new URL(link)
  return new URL(pathname + search, url).href
}

async function serve(
  folder: string,
  port: number,
  signal: AbortSignal,
): Promise<{ running: Running; url: string }> {
  await using owned = new AsyncDisposableStack()
  // The address is said, because the node tells it to those whom it follows.
  const where = ['--port', String(port), '--url', `http://127.0.0.1:${port}`]
  const running = start(process.execPath, [AYNI, 'serve', '--data', folder, ...where], {
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

/** The port, or one that is free when somebody else listens there. */
async function freePort(usual: number): Promise<number> {
  return (await tryPort(usual)) ?? (await tryPort(0)) ?? usual
}

async function tryPort(port: number): Promise<number | null> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address ? address.port : null
  } catch {
    return null // somebody else listens there
  } finally {
    server.close()
  }
}
