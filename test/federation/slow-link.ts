/**
 * A bad link in a process of its own: `node slow-link.ts TARGET_PORT`. Passes on bytes both ways at 512 kbit/s in all, nothing
 * during a fifth of the time, and cuts every connection within eight seconds. Prints its port, then for each line that it reads how many
 * bytes it has delivered each way.
 */
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const BYTES_PER_SECOND = 512_000 / 8
const TICK_MS = 20
const PERIOD_MS = 5000
const STALL_MS = PERIOD_MS / 5
const LONGEST_MS = 8000

const target = Number(process.argv[2])
const delivered = { down: 0, up: 0 }
/** Bytes that wait for their turn, one queue for each direction of each connection. */
const queues = new Set<Queue>()

interface Queue {
  readonly from: Socket
  readonly to: Socket
  readonly way: 'down' | 'up'
  readonly pieces: Buffer[]
}

function carry(from: Socket, to: Socket, way: Queue['way']): void {
  const queue: Queue = { from, to, way, pieces: [] }
  queues.add(queue)
  from.on('data', (piece: Buffer) => {
    queue.pieces.push(piece)
    from.pause()
  })
  from.on('end', () => queue.pieces.push(Buffer.alloc(0))) // ends the other side once all before is delivered
  to.on('close', () => queues.delete(queue))
}

/** Delivers what one tick allows, a little from each queue in turn. */
function tick(): void {
  const isStalled = performance.now() % PERIOD_MS < STALL_MS
  let left = isStalled ? 0 : Math.floor((BYTES_PER_SECOND * TICK_MS) / 1000)
  for (const queue of queues) {
    const [piece] = queue.pieces
    if (!piece || left <= 0) continue
    if (piece.length === 0) {
      queue.to.end()
      queue.pieces.length = 0
      continue
    }
    const now = piece.subarray(0, left)
    left -= now.length
    queue.to.write(now)
    delivered[queue.way] += now.length
    if (now.length < piece.length) queue.pieces[0] = piece.subarray(now.length)
    else queue.pieces.shift()
    if (queue.pieces.length === 0) queue.from.resume()
  }
}

const server = createServer((client) => {
  const node = connect(target, '127.0.0.1')
  carry(client, node, 'up')
  carry(node, client, 'down')
  const cut = () => {
    client.destroy()
    node.destroy()
  }
  const life = setTimeout(cut, LONGEST_MS * (0.5 + Math.random() / 2))
  for (const socket of [client, node]) {
    socket.on('error', cut)
    socket.on('close', () => {
      clearTimeout(life)
      cut()
    })
  }
})
setInterval(tick, TICK_MS)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' && address ? address.port : 0)
})
createInterface({ input: process.stdin })
  .on('line', () => console.log(JSON.stringify(delivered)))
  .on('close', () => process.exit())
