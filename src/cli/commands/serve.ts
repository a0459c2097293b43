import { once } from 'node:events'
import { inspect } from 'node:util'

import { listen } from '../../http/server.ts'
import { createAdmin, directChannel, listenForAdmin } from '../admin/index.ts'
import { DATA, readUrl } from '../arguments.ts'
import { defineCommand } from '../command.ts'
import { CommandFailure, demand, UsageError } from '../failures.ts'
import type { World } from '../world.ts'

/** Runs the node until the process is asked to end. */
export const serve = defineCommand({
  summary: 'Run the node; an empty folder is set up in the browser',
  examples: [
    'ayni serve --data data',
    'ayni serve --data data --host 0.0.0.0 --port 7700 --url https://hub.nairobi.example',
  ],
  args: {
    data: DATA,
    host: { type: 'string', default: '127.0.0.1', valueHint: 'HOST', description: 'Address to listen on' },
    port: {
      type: 'string',
      default: '7700',
      valueHint: 'PORT',
      description: 'Port to listen on; 0 picks one',
    },
    url: {
      type: 'string',
      valueHint: 'URL',
      description: 'Public address, when a proxy stands before the node',
    },
  },
  async run(args, world) {
    const port = readPort(args.port)
    const url = args.url === undefined ? null : readUrl(args.url, '--url')
    await using folder = demand(await world.openFolder(args.data, 'any'))
    await using node = await world.serveNode(folder)
    if (url !== null) await node.accounts.setAddress(url)
    await using server = await listenOrExplain(node.app, args.host, port)
    const address = url ?? server.address
    const channel = directChannel({ ...node, clock: world.clock, address })
    await using _socket = await listenForAdmin({
      socket: folder.socket,
      channel,
      onError: (error) => world.stderr.write(`administration failed: ${inspect(error)}\n`),
    })
    world.stdout.write(`ayni ready ${server.address}\n`)
    const setUp = await createAdmin(channel, world.signal).ask('setUpLink', {})
    if (setUp.ok) invite(world, setUp.value.link)
    if (!world.signal.aborted) await once(world.signal, 'abort')
  },
})

function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text !== '') return port
  throw new UsageError('The option --port needs a number from 0 to 65535.')
}

async function listenOrExplain(app: Parameters<typeof listen>[0], host: string, port: number) {
  try {
    return await listen(app, host, port)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new CommandFailure(`Port ${port} is taken. Choose another with --port.`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new CommandFailure(`This machine has no address ${host}. Choose another with --host.`)
    if (code === 'EACCES') throw new CommandFailure(`Port ${port} needs rights this process does not have.`)
    throw error
  }
}

function invite({ stderr }: World, link: string): void {
  stderr.write(`This node is empty. Set it up in a browser; the link works once:\n  ${link}\n`)
}
