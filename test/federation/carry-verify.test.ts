import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { freePort, logsOf, publishCard, startMember, until } from '../support/federation.ts'
import { program, run, temporaryFolder } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

async function verify(...args: readonly string[]) {
  const { code, stdout, stderr } = await run(process.execPath, [AYNI, 'log', 'verify', ...args, '--json'])
  return { code, stderr, said: stdout === '' ? null : JSON.parse(stdout) }
}

/** nginx with nothing but a root, on a port of this machine. */
async function serveFolder(path: string, root: string, place: string, port: number) {
  const configuration = `
    ${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${place}/pid; error_log stderr; worker_processes 1;
    events { worker_connections 64; }
    http { access_log off; client_body_temp_path ${place}; proxy_temp_path ${place}; fastcgi_temp_path ${place};
      uwsgi_temp_path ${place}; scgi_temp_path ${place};
      server { listen 127.0.0.1:${port}; root ${root}; } }`
  await writeFile(join(place, 'nginx.conf'), configuration)
  const child = spawn(path, ['-c', join(place, 'nginx.conf'), '-e', 'stderr', '-p', place], {
    stdio: 'ignore',
  })
  const url = `http://127.0.0.1:${port}`
  await until(() => fetch(url).catch(() => null))
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'close')
    },
  }
}

it('a carry with several logs is verified whole, as a folder and behind nginx', async ({ skip }) => {
  await using nairobi = await startMember('nairobi')
  await using cusco = await startMember('cusco')
  await cusco.follow(nairobi)
  await publishCard(nairobi, 'nairobi/lugha', '# Lugha\n')
  const own = await until(async () => {
    const [log, held] = [(await logsOf(nairobi)).own, (await logsOf(cusco)).held[0]]
    return log && log.size >= 6 && held?.size === log.size && log
  })
  await using disk = await temporaryFolder()
  const folder = join(disk.path, 'carry')
  expect((await cusco.cli('carry', 'export', '--to', folder)).code).toBe(0)
  const both = await verify(folder)
  expect(both).toMatchObject({ code: 0, said: { ok: true, logs: [{ ok: true }, { ok: true }] } })
  const one = await verify(folder, '--origin', own.origin)
  expect(one).toMatchObject({ code: 0, said: { ok: true, origin: own.origin, size: own.size } })
  expect((await verify(folder, '--origin', `ayni/m${'a'.repeat(32)}/0`)).code).toBe(1)

  const nginx = await program('nginx')
  if (!nginx.ok) return skip(nginx.why)
  await using place = await temporaryFolder()
  await using server = await serveFolder(nginx.value, folder, place.path, await freePort())
  const prefix = `${server.url}/logs/${own.origin.split('/').slice(1).join('/')}`
  for (const address of [prefix, server.url])
    expect(await verify(address, '--origin', own.origin)).toMatchObject({
      code: 0,
      stderr: '',
      said: { ok: true, size: own.size },
    })

  // One altered byte in one of the logs, and all of it is wrong.
  const [, member = ''] = own.origin.split('/')
  const bundles = join(folder, 'logs', member, '0/tile/entries/000.p')
  const [name = ''] = await readdir(bundles)
  const bytes = await readFile(join(bundles, name))
  bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1
  await writeFile(join(bundles, name), bytes)
  const altered = await verify(folder)
  expect(altered.code).toBe(1)
  expect(altered.said.ok).toBe(false)
  expect(altered.said.logs.map(({ ok }: { ok: boolean }) => ok).toSorted()).toEqual([false, true])
  expect((await verify(server.url, '--origin', own.origin)).code).toBe(1)
})
