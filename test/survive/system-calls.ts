/** Runs a node under `strace`: to see what it asks of the disk, and to make the disk refuse in the middle. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
/** Calls that leave something on a disk. */
const TRACED = ['openat', 'pwrite64', 'write', 'ftruncate', 'fsync', 'fdatasync', 'rename', 'unlink', 'mkdir']

/** A fault at the `when`-th call of its kind, counted from 1. */
export interface SystemFault {
  readonly call: 'pwrite64' | 'fsync' | 'rename' | 'unlink' | 'openat'
  readonly when: number
  readonly what: 'error=EIO' | 'error=ENOSPC' | 'signal=KILL'
}

/** Serves a folder until it has signed `size` entries or ends by itself, then kills it. Resolves to what it asked of the system. */
export async function serveTraced(
  strace: string,
  folder: string,
  size: number,
  fault?: SystemFault,
): Promise<readonly string[]> {
  const output = `${folder}.trace`
  const child = spawnTraced(strace, output, ['serve', '--data', folder, '--port', '0'], fault)
  const closed = once(child, 'close')
  const signed = Promise.withResolvers<void>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes('checkpoint signed') && line.includes(`"size":${size}`)) signed.resolve()
  })
  await Promise.race([signed.promise, closed])
  const isAlive = child.exitCode === null && child.signalCode === null // strace ends as its program did
  if (child.pid !== undefined && isAlive) process.kill(-child.pid, 'SIGKILL')
  await closed
  return (await readFile(output, 'utf8')).split('\n')
}

/** Runs a command on a folder that no node uses, until it ends by itself or by the fault. Resolves to whether it was killed. */
export async function runTraced(
  strace: string,
  folder: string,
  args: readonly string[],
  fault: SystemFault,
): Promise<boolean> {
  const child = spawnTraced(strace, `${folder}.trace`, [...args, '--data', folder], fault)
  child.stderr.resume()
  await once(child, 'close')
  return (await readFile(`${folder}.trace`, 'utf8')).includes('killed by SIGKILL')
}

function spawnTraced(strace: string, output: string, args: readonly string[], fault?: SystemFault) {
  const inject = fault ? ['-e', `inject=${fault.call}:${fault.what}:when=${fault.when}`] : []
  const options = ['-f', '-qq', '-y', '-xx', '-s', '200000', '-e', `trace=${TRACED.join(',')}`, ...inject]
  return spawn(strace, [...options, '-o', output, process.execPath, AYNI, ...args], {
    env: { ...process.env, AYNI_LOG: 'info', UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // the whole group is killed: strace would leave the node alive
  })
}

/** What a node did to its folder, in order. Paths are relative to the folder. */
export type DiskAct =
  | { readonly kind: 'create' | 'unlink' | 'mkdir'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly at: number | 'end'; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'sync'; readonly path: string }

/** Reads a trace: every call that succeeded and changed something below `folder`. */
export function readTrace(lines: readonly string[], folder: string): readonly DiskAct[] {
  return joined(lines).flatMap((line) => readAct(line, folder) ?? [])
}

/** Calls that another thread's interrupted are in two lines: put together where they end. */
function joined(lines: readonly string[]): readonly string[] {
  const open = new Map<string, string>()
  return lines.flatMap((line) => {
    const thread = line.split(' ', 1)[0] ?? ''
    if (line.endsWith('<unfinished ...>')) {
      open.set(thread, line.slice(0, -'<unfinished ...>'.length))
      return []
    }
    const resumed = /<\.\.\. \w+ resumed>(.*)$/.exec(line)
    return resumed ? [`${open.get(thread) ?? ''}${resumed[1]}`] : [line]
  })
}

function readAct(line: string, folder: string): DiskAct | null {
  const found = /^\d+\s+(\w+)\((.*)\)\s+=\s+(\d+)/.exec(line)
  if (!found) return null // it failed, or the process ended in it
  const [, call = '', args = ''] = found
  const paths = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => textOf(hex ?? ''))
  const opened = /^\d+<([^>]*)>/.exec(args)?.[1]
  const inside = (path: string | undefined) =>
    path === folder ? '.' : path?.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null
  switch (call) {
    case 'openat': {
      const path = inside(paths[0])
      return path && args.includes('O_CREAT') ? { kind: 'create', path } : null
    }
    case 'unlink':
    case 'mkdir': {
      const path = inside(paths[0])
      return path ? { kind: call, path } : null
    }
    case 'rename': {
      const [path, to] = [inside(paths[0]), inside(paths[1])]
      return path && to ? { kind: 'rename', path, to } : null
    }
    case 'fsync':
    case 'fdatasync': {
      const path = inside(textOf(opened ?? ''))
      return path ? { kind: 'sync', path } : null
    }
    case 'ftruncate': {
      const path = inside(textOf(opened ?? ''))
      const size = Number(/,\s*(\d+)/.exec(args)?.[1])
      return path ? { kind: 'truncate', path, size } : null
    }
    case 'write':
    case 'pwrite64': {
      const path = inside(textOf(opened ?? ''))
      const hex = /"((?:\\x[0-9a-f]{2})*)"/.exec(args)?.[1]
      if (!path || hex === undefined) return null
      const at = call === 'write' ? ('end' as const) : Number(/,\s*(\d+)$/.exec(args)?.[1])
      return { kind: 'write', path, at, bytes: bytesOf(hex) }
    }
    default:
      return null
  }
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}

/** Paths in brackets are hex as well where strace writes all strings so. */
function textOf(text: string): string {
  return text.startsWith('\\x') ? bytesOf(text).toString() : text
}
