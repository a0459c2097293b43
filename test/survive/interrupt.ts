import { setTimeout as delay } from 'node:timers/promises'

/** When, in the life of one request, the other side disappears. */
export type Moment =
  | { readonly kind: 'before' }
  | { readonly kind: 'half sent' }
  | { readonly kind: 'sent'; readonly afterMs: number }
  | { readonly kind: 'answered' }

/** A `fetch` that ends the node at one moment of the first request whose URL matches, and remembers what came before. */
export interface Interruption {
  readonly fetch: typeof fetch
  /** Method and path of every request that was answered with success, in order. */
  readonly acknowledged: readonly string[]
  /** Whether the moment came. */
  readonly happened: () => boolean
}

export function interrupt(step: RegExp, moment: Moment, end: () => Promise<void>): Interruption {
  const acknowledged: string[] = []
  let happened = false

  const interrupted: typeof fetch = async (input, init) => {
    const request = new Request(input, streamed(init))
    const name = `${request.method} ${new URL(request.url).pathname}`
    if (happened) throw new Error(`the node is gone: ${name}`)
    if (step.test(name)) {
      happened = true
      const answer = await endAt(moment, request, end)
      if (answer?.ok) acknowledged.push(name)
      throw new Error(`the node was ended ${moment.kind} ${name}`)
    }
    const response = await fetch(request)
    if (response.ok) acknowledged.push(name)
    return response
  }
  return { fetch: interrupted, acknowledged, happened: () => happened }
}

/** Ends the node around a request; its answer when there was one. */
async function endAt(moment: Moment, request: Request, end: () => Promise<void>): Promise<Response | null> {
  switch (moment.kind) {
    case 'before':
      await end()
      return null
    case 'half sent':
      await sendHalf(request, end)
      return null
    case 'sent': {
      const sent = fetch(request).catch(() => null) // that it breaks off is the point
      await delay(moment.afterMs)
      await end()
      return sent
    }
    case 'answered': {
      const response = await fetch(request)
      await end()
      return response
    }
  }
}

async function sendHalf(request: Request, end: () => Promise<void>): Promise<void> {
  const bytes = new Uint8Array(await request.arrayBuffer())
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2)))
      await delay(20)
      await end()
      controller.error(new Error('ended'))
    },
  })
  const { method, headers, url } = request
  const init: StreamedInit = { method, headers, body, duplex: 'half' }
  await fetch(url, init).catch(() => null) // that it breaks off is the point
}

/** What `fetch` needs to stream a body, which the types of browsers do not know. */
type StreamedInit = RequestInit & { readonly duplex: 'half' }

/** The init with which a body that streams may be sent. */
export function streamed(init: RequestInit | undefined): RequestInit | undefined {
  const withDuplex: StreamedInit = { ...init, duplex: 'half' }
  return init?.body instanceof ReadableStream ? withDuplex : init
}
