#!/usr/bin/env node
// Entry point, in plain JavaScript that any Node can parse. It finds Node >= 26
// (this one, else the copy npm installed beside us) and runs the program with it.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const WANTED = 26
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const argv = [
  '--max-semi-space-size=4', // MiB; V8's default keeps 60 MB more resident while bytes stream and answers no faster
  '--import',
  here('tsx-hooks.js'),
  '--enable-source-maps',
  here('../src/main.ts'),
  ...process.argv.slice(2),
]
const node = Number(process.versions.node.split('.')[0]) >= WANTED ? process.execPath : bundledNode()

if (process.execve) process.execve(node, [node, ...argv], process.env) // same pid: signals need no relay
const child = spawn(node, argv, { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal === 'SIGINT' ? 2 : 15)
})

function bundledNode() {
  const os = {
    linux: 'node-linux',
    darwin: process.arch === 'arm64' ? 'node-bin-darwin' : 'node-darwin',
    win32: 'node-win',
  }[process.platform]
  try {
    return createRequire(import.meta.url).resolve(
      `${os}-${process.arch}/bin/node${process.platform === 'win32' ? '.exe' : ''}`,
    )
  } catch {
    console.error(
      `ayni needs Node.js ${WANTED} or newer; this is ${process.version}, and no bundled copy was installed.`,
    )
    process.exit(1)
  }
}
