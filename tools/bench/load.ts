/**
 * A load generator in a process of its own: `node load.ts METHOD URL CONNECTIONS SECONDS` prints requests per second.
 * It writes and reads HTTP/1.1 on bare sockets, one request at a time on each, so that what it takes of the machine
 * is small beside what the server does. Only answers 200 with a Content-Length are understood; any other ends it.
 */
import { connect } from 'node:net'

const [method = 'GET', url = '', connections = '64', duration = '3'] = process.argv.slice(2)
const { hostname, port, pathname, search, host } = new URL(url)
const request = Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
const END_OF_HEAD = '\r\n\r\n'
const end = performance.now() + Number(duration) * 1000
let answered = 0

function client(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    let pending = ''
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (part: string) => {
      pending += part
      const length = answerLength(pending)
      if (length === null || pending.length < length) return
      answered++
      pending = pending.slice(length)
      if (performance.now() < end) return void socket.write(request)
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })
}

/** Bytes of the answer that `text` begins with, or null when its head is not whole yet. */
function answerLength(text: string): number | null {
  const head = text.indexOf(END_OF_HEAD)
  if (head < 0) return null
  if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(`${method} ${url} answered ${text.slice(0, head)}`)
  const body = method === 'HEAD' ? 0 : Number(/^content-length: *(\d+)/im.exec(text)?.[1])
  if (Number.isNaN(body)) throw new Error(`${method} ${url} did not say how long its answer is`)
  return head + END_OF_HEAD.length + body
}

const start = performance.now()
await Promise.all(Array.from({ length: Number(connections) }, client))
console.log(answered / ((performance.now() - start) / 1000))
