import { once } from 'node:events'
import { chmod, open, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'

import { failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { CommandFailure } from '../failures.ts'
import type { AdminChannel, AdminCommandName } from './admin.ts'
import { ADMIN_COMMANDS } from './commands.ts'
import type { Conversation, Note } from './definition.ts'
import { Line } from './wire.ts'

const OWNER_ONLY = 0o600

/** How the node is administered while it runs. */
export interface AdminListener {
  /** Where to listen; a socket left by a killed process is replaced, since the caller holds the folder's lock. */
  readonly socket: string
  readonly channel: AdminChannel
  /** Told of commands that broke; their callers saw the answer cut off. */
  readonly onError: (error: unknown) => void
}

/**
 * Answers administration on a socket that only the folder's owner can open: `POST /COMMAND` with JSON,
 * answered by lines of JSON. Disposing ends commands under way.
 */
export async function listenForAdmin({ socket, channel, onError }: AdminListener): Promise<AsyncDisposable> {
  const server = createServer((incoming, outgoing) => {
    answer(channel, incoming, outgoing).catch(onError)
  })
  await rm(socket, { force: true })
  await atAddress(socket, async (address) => {
    server.listen(address)
    await once(server, 'listening')
  })
  await chmod(socket, OWNER_ONLY) // the folder is 0700, so nobody came in before
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await rm(socket, { force: true })
    },
  }
}

async function answer(
  channel: AdminChannel,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const write = (line: Line) => outgoing.write(`${JSON.stringify(line)}\n`)
  try {
    const result = await perform(channel, incoming, { note: (note) => write({ note }), signal: gone.signal })
    write(result.ok ? { value: result.value } : { failure: result.failure })
    outgoing.end()
  } catch (error) {
    outgoing.destroy()
    if (!gone.signal.aborted) throw error // a caller that left is no error
  }
}

async function perform(
  channel: AdminChannel,
  incoming: IncomingMessage,
  conversation: Conversation,
): Promise<Result<unknown>> {
  if (incoming.method === 'GET') return succeed(null) // somebody looks whether we are here
  const name = incoming.url?.slice(1) ?? ''
  if (!isCommand(name)) return fail(failure('unknownOperation', {}, name)) // asked by a newer program
  return channel(name, await json(incoming), conversation)
}

function isCommand(name: string): name is AdminCommandName {
  return Object.hasOwn(ADMIN_COMMANDS, name)
}

/** The channel to the node that listens on `socket`; null when none does. */
export async function connectToAdmin(socket: string): Promise<AdminChannel | null> {
  if (!(await isAnswering(socket))) return null
  return async (name, input, { note, signal }) => {
    try {
      const sending = { method: 'POST', path: `/${name}`, body: JSON.stringify(input), signal } as const
      return await outcomeOf(await send(socket, sending), note)
    } catch (error) {
      if (signal.aborted || !isCut(error)) throw error
      throw new CommandFailure('The node ended the command before it was done. Its log says why.')
    }
  }
}

async function isAnswering(socket: string): Promise<boolean> {
  try {
    const greeting = await send(socket, { method: 'GET', path: '/' })
    greeting.resume()
    return true
  } catch (error) {
    if (isNobodyThere(error)) return false
    throw error
  }
}

async function outcomeOf(answer: IncomingMessage, note: (note: Note) => void): Promise<Result<unknown>> {
  for await (const text of createInterface({ input: answer })) {
    const line = Line.parse(JSON.parse(text))
    if ('note' in line) note(line.note)
    else return 'failure' in line ? fail(line.failure) : succeed(line.value)
  }
  throw new CutAnswer()
}

class CutAnswer extends Error {}

function isCut(error: unknown): boolean {
  return error instanceof CutAnswer || isNobodyThere(error)
}

function isNobodyThere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET'
}

interface Sending {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  readonly signal?: AbortSignal
}

function send(socket: string, { method, path, body, signal }: Sending): Promise<IncomingMessage> {
  return atAddress(socket, async (socketPath) => {
    const outgoing = request({ socketPath, method, path, ...(signal && { signal }) })
    outgoing.end(body)
    const [answer] = await once(outgoing, 'response')
    return answer as IncomingMessage // what node:http emits as 'response'
  })
}

const LONGEST_ADDRESS = 100 // sun_path holds 108 bytes on Linux and 104 elsewhere, NUL included

/** A socket's address is short by nature: a long path is reached through a descriptor of its folder, where Linux lets one. */
async function atAddress<Value>(socket: string, use: (address: string) => Promise<Value>): Promise<Value> {
  if (Buffer.byteLength(socket) <= LONGEST_ADDRESS) return use(socket)
  const folder = await open(dirname(socket), 'r')
  try {
    return await use(`/proc/self/fd/${folder.fd}/${basename(socket)}`)
  } finally {
    await folder.close()
  }
}
