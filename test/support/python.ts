import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { run, type Finished, type RunOptions } from './process.ts'
import type { Tool } from './tool.ts'

const ROOT = fileURLToPath(new URL('../../.venv/', import.meta.url))
const HF_XET = '1.6.0'
/** A slow mirror may need this long; a machine without an index is told so within seconds. */
const INSTALL_MS = 300_000

/** The versions of huggingface_hub that a node must serve, newest first. */
export const HUB_VERSIONS = ['2.0.0', '1.33.0'] as const
export type HubVersion = (typeof HUB_VERSIONS)[number]

/** A Python with one version of huggingface_hub and hf_xet in it. */
export interface PythonClient {
  readonly version: HubVersion
  /** Its interpreter, and its folder of programs, where `hf` is. */
  readonly interpreter: string
  readonly programs: string
  run(args: readonly string[], options?: RunOptions): Promise<Finished>
}

/**
 * The virtual environment `.venv/hub-VERSION`, made on first use with one attempt and short time-outs.
 * Several test files and processes may ask at once: one makes it, the others wait. A failure counts for
 * the rest of this process, so that a machine without a package index is not asked again and again.
 */
export async function pythonClient(version: HubVersion): Promise<Tool<PythonClient>> {
  const folder = join(ROOT, `hub-${version}`)
  await mkdir(ROOT, { recursive: true })
  for (;;) {
    if (await textAt(join(folder, '.complete'))) return { ok: true, value: clientIn(folder, version) }
    const failed = parseMark(await textAt(`${folder}.failed`))
    if (failed?.pid === process.pid) return { ok: false, why: failed.why }
    if (!(await lock(`${folder}.lock`))) {
      await delay(250)
      continue
    }
    try {
      await install(folder, version)
    } finally {
      await rm(`${folder}.lock`, { force: true })
    }
  }
}

function clientIn(folder: string, version: HubVersion): PythonClient {
  const programs = join(folder, 'bin')
  const interpreter = join(programs, 'python')
  return { version, interpreter, programs, run: (args, options) => run(interpreter, args, options) }
}

async function install(folder: string, version: HubVersion): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--retries',
    '0',
    '--timeout',
    '5',
    '--disable-pip-version-check',
  ]
  const packages = ['--only-binary', ':all:', `huggingface_hub==${version}`, `hf_xet==${HF_XET}`]
  const made = await attempt('python3', ['-m', 'venv', folder])
  const installed = made ?? (await attempt(join(folder, 'bin', 'python'), [...pip, ...packages]))
  if (installed === null) return writeFile(join(folder, '.complete'), packages.join('\n'))
  await rm(folder, { recursive: true, force: true })
  const why = `huggingface_hub ${version} cannot be installed here (${installed})`
  await writeFile(`${folder}.failed`, JSON.stringify({ pid: process.pid, why }))
}

/** Null when it worked, else the last line it said. */
async function attempt(program: string, args: readonly string[]): Promise<string | null> {
  const ended = await run(program, args, { timeoutMs: INSTALL_MS }).catch((error: unknown) => String(error))
  if (typeof ended === 'string') return ended
  if (ended.code === 0) return null
  return `${ended.stdout}\n${ended.stderr}`.trim().split('\n').at(-1) ?? `${program} failed`
}

/** Whether this caller may go on; a lock of a process that is gone does not count. */
async function lock(path: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const holder = Number(await textAt(path))
    if (holder > 0 && !isAlive(holder)) await rm(path, { force: true })
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // no such process
  }
}

function parseMark(text: string | null): { readonly pid: number; readonly why: string } | null {
  const mark: unknown = text === null ? null : JSON.parse(text)
  if (typeof mark !== 'object' || mark === null || !('pid' in mark) || !('why' in mark)) return null
  return { pid: Number(mark.pid), why: String(mark.why) }
}

async function textAt(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
}
