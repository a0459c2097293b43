import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, it, vi } from 'vitest'

import { describeWith } from '../../../test/support/describe-with.ts'
import { program } from '../../../test/support/tool.ts'
import { fromUtf8 } from '../../kernel/bytes.ts'
import { readAll } from '../../kernel/fetcher.ts'
import { type FetcherOptions, openFetcher } from './fetcher.ts'

/** A key and a certificate that it signed itself, for one name. */
async function certify(openssl: string, name: string) {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const what = ['-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`]
    await promisify(execFile)(openssl, [...made, ...what, '-addext', `subjectAltName=DNS:${name}`])
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function serve(certificate: { key: string; cert: string }, listener: RequestListener) {
  const server = createServer(certificate, listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function told(url: string, options: Partial<FetcherOptions>): Promise<unknown> {
  await using fetcher = openFetcher({
    clock: () => 0,
    random: (length) => new Uint8Array(length),
    resolve: async () => ['127.0.0.1'],
    ...options,
  })
  const request = { url, allow: 'private', maxBytes: 1000, signal: new AbortController().signal } as const
  const fetched = await fetcher.fetch(request)
  if (!fetched.ok) return fetched.failure
  const body = await readAll(fetched.value)
  return body.ok ? fromUtf8(body.value) : body.failure
}

describeWith(await program('openssl'), 'a host that proves its name', (openssl) => {
  it('is asked by name, over a connection to the address that was judged', async () => {
    const certificate = await certify(openssl, 'member.example')
    using host = await serve(certificate, (request, response) => response.end(request.headers.host))
    const url = `https://member.example:${host.port}/`
    expect(await told(url, { trusted: [certificate.cert] })).toBe(`member.example:${host.port}`)
  })

  it('to nobody we trust, or as somebody else, is not reached, whatever the environment says', async () => {
    const certificate = await certify(openssl, 'member.example')
    using host = await serve(certificate, (_, response) => response.end('who?'))
    const refused = { reason: 'hostNotReached', problem: 'certificate' }
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    try {
      expect(await told(`https://member.example:${host.port}/`, {})).toMatchObject(refused)
      const trusted = [certificate.cert]
      expect(await told(`https://other.example:${host.port}/`, { trusted })).toMatchObject(refused)
      expect(await told(`https://127.0.0.1:${host.port}/`, { trusted })).toMatchObject(refused)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('may not send us on to an address without encryption', async () => {
    const certificate = await certify(openssl, 'member.example')
    using host = await serve(certificate, (_, response) =>
      response.writeHead(302, { Location: 'http://member.example/' }).end(),
    )
    const url = `https://member.example:${host.port}/`
    expect(await told(url, { trusted: [certificate.cert] })).toMatchObject({
      reason: 'refusedRedirect',
      problem: 'insecure',
    })
  })
})
