import type { AddressInfo } from 'node:net'

import { serve, type ServerType } from '@hono/node-server'

import { createFixture, type Stage } from './fixture.ts'

/** The fixture behind a real port. */
export interface ServedFixture extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly asked: ReturnType<typeof createFixture>['asked']
}

/** Serves the fixture on a free port of this machine. */
export async function serveFixture(stage: Stage = 'full'): Promise<ServedFixture> {
  const fixture = createFixture(stage)
  const server = await listening(fixture.app.fetch)
  const { port } = server.address() as AddressInfo // listening on TCP, so never a path
  return {
    url: `http://127.0.0.1:${port}`,
    asked: fixture.asked,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
      await fixture[Symbol.asyncDispose]()
    },
  }
}

function listening(fetch: Parameters<typeof serve>[0]['fetch']): Promise<ServerType> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(server))
  })
}
