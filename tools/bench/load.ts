/** A load generator in a process of its own: `node load.ts METHOD URL CONNECTIONS SECONDS` prints requests per second. */
import { Agent, request } from 'node:http'

const [method = 'GET', url = '', connections = '64', duration = '3'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
const end = performance.now() + Number(duration) * 1000
let answered = 0

async function client(): Promise<void> {
  while (performance.now() < end) {
    await new Promise<void>((resolve, reject) => {
      const sent = request(url, { method, agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${method} ${url} answered ${response.statusCode}`))
        response.resume().once('end', resolve)
      })
      sent.once('error', reject).end()
    })
    answered++
  }
}

const start = performance.now()
await Promise.all(Array.from({ length: Number(connections) }, client))
console.log(answered / ((performance.now() - start) / 1000))
agent.destroy()
