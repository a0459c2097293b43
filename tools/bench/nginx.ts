import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Serves a folder by nginx with `sendfile`, on a free port of this machine. Disposing ends it. */
export async function startNginx(
  nginx: string,
  folder: string,
  scratch: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const port = await freePort()
  await mkdir(scratch, { recursive: true })
  const configuration = join(scratch, 'nginx.conf')
  await writeFile(
    configuration,
    `daemon off; worker_processes 1; pid ${scratch}/pid; error_log ${scratch}/error.log; user root;
     events { worker_connections 256; }
     http { access_log off; sendfile on; tcp_nopush on; keepalive_timeout 65;
       client_body_temp_path ${scratch}/b; proxy_temp_path ${scratch}/p; fastcgi_temp_path ${scratch}/f;
       uwsgi_temp_path ${scratch}/u; scgi_temp_path ${scratch}/s;
       server { listen 127.0.0.1:${port}; root ${folder}; } }`,
  )
  const child = spawn(nginx, ['-c', configuration, '-e', join(scratch, 'error.log')], { stdio: 'inherit' })
  const url = `http://127.0.0.1:${port}`
  while (!(await answers(url))) await new Promise((resolve) => setTimeout(resolve, 50))
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false, // not listening yet
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
