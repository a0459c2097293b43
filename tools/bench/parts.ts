import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import {
  bytesBelow,
  program,
  pythonClient,
  startNode,
  succeedIn,
  type PythonClient,
  type TestNode,
} from '../../test/support/index.ts'
import { startCountingLink } from './counting-link.ts'
import { TEXTURES, writeInput, type Texture } from './inputs.ts'
import { inTurns, median, seconds, type Row } from './measure.ts'
import { startNginx } from './nginx.ts'

const MIB = 1024 * 1024
const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))
/** What the reference asks of reading each texture, as a share of nginx's throughput. */
const READ_AT_LEAST: Readonly<Record<Texture, number>> = { random: 0.5, bf16: 0.4, text: 0.45 }

export interface BenchOptions {
  /** Bytes of the large files. */
  readonly size: number
  readonly runs: number
  /** A folder on disk that may be filled. */
  readonly scratch: string
}

/** A part of the bench, or the reason why it cannot run here. */
export type Part = (options: BenchOptions) => Promise<readonly Row[] | string>

export async function publish(node: TestNode, folder: string, repository: string): Promise<void> {
  await succeedIn(process.execPath, [
    AYNI,
    'publish',
    folder,
    repository,
    '--node',
    node.url,
    '--token',
    node.token,
  ])
}

/** GET of a file rebuilt from xorbs, against nginx sending the same bytes from disk; curl to nowhere for both. */
export const read: Part = async ({ size, runs, scratch }) => {
  const nginx = await program('nginx')
  if (!nginx.ok) return nginx.why
  const folder = join(scratch, 'read')
  await mkdir(folder, { recursive: true })
  for (const texture of TEXTURES) await writeInput(join(folder, `${texture}.bin`), texture, size)
  await using node = await startNode({ dataFolder: join(scratch, 'read-data') })
  await publish(node, folder, 'nairobi/read')
  await using server = await startNginx(nginx.value, folder, join(scratch, 'nginx'))
  const rows: Row[] = []
  for (const texture of TEXTURES) {
    const get = (url: string) => () => seconds('curl', ['-sf', '-o', '/dev/null', url])
    const ours = get(`${node.url}/nairobi/read/resolve/main/${texture}.bin`)
    const theirs = get(`${server.url}/${texture}.bin`)
    await Promise.all([ours(), theirs()]) // both warm
    const taken = await inTurns(runs, ours, theirs)
    const ratio = taken.theirs / taken.ours
    rows.push({
      work: `GET ${texture}, chunk by chunk`,
      ours: rate(size, taken.ours),
      against: `nginx ${rate(size, taken.theirs)}`,
      ratio,
      bound: { at: 'least', value: READ_AT_LEAST[texture] },
      measured: ratio,
    })
  }
  return rows
}

/** PUT of a new file by the LFS door, against `openssl dgst -sha256` of the same file. */
export const ingest: Part = async ({ size, runs, scratch }) => {
  const path = join(scratch, 'ingest.bin')
  await using node = await startNode({ dataFolder: join(scratch, 'ingest-data') })
  await createRepository(node, 'ingest')
  const upload = async () => {
    await writeInput(path, 'random', size)
    const href = await uploadAddress(node, 'nairobi/ingest', path, size)
    return seconds('curl', ['-sf', '-o', '/dev/null', '-T', path, href])
  }
  const taken = await inTurns(runs, upload, async () => {
    if (!(await stat(path).catch(() => null))) await writeInput(path, 'random', size)
    return seconds('openssl', ['dgst', '-sha256', path])
  })
  const ratio = taken.ours / taken.theirs
  return [
    {
      work: 'LFS ingest: hash, cut, deduplicate, pack, sync',
      ours: rate(size, taken.ours),
      against: `openssl dgst -sha256 ${rate(size, taken.theirs)}`,
      ratio,
      bound: { at: 'most', value: 6 },
      measured: ratio,
    },
  ]
}

const UPLOAD = `
import sys
from huggingface_hub import HfApi
HfApi().upload_file(path_or_fileobj=sys.argv[1], path_in_repo="model.bin", repo_id="nairobi/deduplication")
`

/** An upload by hf_xet, then of a copy with 1 % changed in ten regions and 1 MiB inserted: bytes sent and stored. */
export const deduplication: Part = async ({ size, scratch }) => {
  const client = await pythonClient('2.0.0')
  if (!client.ok) return client.why
  const rows: Row[] = []
  for (const cache of ['kept', 'cleared'] as const) {
    const folder = join(scratch, cache)
    await mkdir(folder, { recursive: true })
    rows.push(await deduplicate(client.value, cache, size, folder))
    await rm(folder, { recursive: true })
  }
  return rows
}

async function deduplicate(
  client: PythonClient,
  cache: 'kept' | 'cleared',
  size: number,
  scratch: string,
): Promise<Row> {
  const path = join(scratch, 'model.bin')
  await writeInput(path, 'random', size)
  await using node = await startNode({ dataFolder: join(scratch, 'data') })
  await using link = await startCountingLink(node.url)
  await createRepository(node, 'deduplication')
  const stored = () => bytesBelow(join(node.dataFolder, 'xorbs'))
  const upload = async (home: string): Promise<Traffic> => {
    const before = { sent: link.sent(), stored: await stored() }
    await succeedIn(client.interpreter, ['-c', UPLOAD, path], {
      env: { HF_ENDPOINT: link.url, HF_TOKEN: node.token, HF_HOME: join(scratch, home) },
    })
    return { sent: link.sent() - before.sent, stored: (await stored()) - before.stored }
  }
  const first = await upload('home')
  await changeOnePercent(path, size)
  const second = await upload(cache === 'kept' ? 'home' : 'another-home')
  const share = Math.max(second.sent / first.sent, second.stored / first.stored)
  return {
    work: `hf_xet upload of a copy, 1 % changed and 1 MiB inserted, client cache ${cache}`,
    ours: showTraffic(second),
    against: `${showTraffic(first)} the first time`,
    ratio: share,
    bound: { at: 'most', value: 0.05 },
    measured: share,
  }
}

/** Bytes of an upload. */
interface Traffic {
  readonly sent: number
  readonly stored: number
}

function showTraffic({ sent, stored }: Traffic): string {
  return `${(sent / MIB).toFixed(1)} MiB sent, ${(stored / MIB).toFixed(1)} MiB stored`
}

/** Answers of metadata at 64 connections, against a constant from the same server. */
export const requests: Part = async ({ runs, scratch }) => {
  const folder = join(scratch, 'requests')
  await mkdir(folder, { recursive: true })
  await writeInput(join(folder, 'model.bin'), 'random', 5 * MIB)
  await writeFile(join(folder, 'README.md'), '---\nlicense: mit\n---\n# Model\n')
  await using node = await startNode({ dataFolder: join(scratch, 'requests-data') })
  await publish(node, folder, 'nairobi/requests')
  const load = (method: string, path: string) => async () =>
    Number(await succeedIn(process.execPath, [LOAD, method, `${node.url}${path}`, '64', '3']))
  const rows: Row[] = []
  for (const [work, method, path] of [
    ['HEAD resolve', 'HEAD', '/nairobi/requests/resolve/main/model.bin'],
    ['model info', 'GET', '/api/models/nairobi/requests'],
  ] as const) {
    const rates = await inTurns(runs, load(method, path), load(method, '/api/ayni/v1/health'))
    const ratio = rates.ours / rates.theirs
    rows.push({
      work: `${work}, 64 connections`,
      ours: `${rates.ours.toFixed(0)} requests/s`,
      against: `a constant, ${rates.theirs.toFixed(0)} requests/s`,
      ratio,
      bound: { at: 'least', value: 0.5 },
      measured: ratio,
    })
  }
  return rows
}

/** Resident memory of the server while ten times the size goes up and comes down: by our own command line, and by Xet. */
export const memory: Part = async ({ size, scratch }) => {
  const folder = join(scratch, 'memory')
  await mkdir(folder, { recursive: true })
  await writeInput(join(folder, 'model.bin'), 'bf16', size * 10)
  const rows = [
    await memoryRow('LFS and HTTP', size * 10, scratch, (node) => upAndDown(node, folder, scratch)),
  ]
  const python = await pythonClient('2.0.0')
  if (python.ok) {
    const way = (node: TestNode) => upAndDownByXet(python.value, node, folder, scratch)
    rows.push(await memoryRow('hf_xet', size * 10, scratch, way))
  }
  return rows
}

async function memoryRow(
  way: string,
  size: number,
  scratch: string,
  work: (node: TestNode) => Promise<void>,
): Promise<Row> {
  const dataFolder = join(scratch, 'memory-data')
  await using node = await startNode({ dataFolder })
  await createRepository(node, 'memory')
  await work(node)
  const peak = (await node.peakMemory()) / MIB
  await node.kill('SIGTERM')
  await rm(dataFolder, { recursive: true })
  return {
    work: `${(size / (1024 * MIB)).toFixed(1)} GiB up and down by ${way}`,
    ours: `${peak.toFixed(0)} MiB resident at most`,
    against: '',
    ratio: null,
    bound: { at: 'most', value: 300 },
    measured: peak,
  }
}

async function upAndDown(node: TestNode, folder: string, scratch: string): Promise<void> {
  const copy = join(scratch, 'memory-copy')
  await publish(node, folder, 'nairobi/memory')
  await succeedIn(process.execPath, [AYNI, 'get', 'nairobi/memory', copy, '--node', node.url])
  await rm(copy, { recursive: true })
}

async function upAndDownByXet(
  python: PythonClient,
  node: TestNode,
  folder: string,
  scratch: string,
): Promise<void> {
  const home = join(scratch, 'memory-home')
  const env = {
    HF_ENDPOINT: node.url,
    HF_TOKEN: node.token,
    HF_HOME: home,
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
  }
  const hf = (...args: readonly string[]) => succeedIn(join(python.programs, 'hf'), args, { env })
  await hf('upload', 'nairobi/memory', folder)
  await hf('download', 'nairobi/memory')
  await rm(home, { recursive: true })
}

/** From starting the program to its first answer. */
export const start: Part = async ({ runs, scratch }) => {
  await using node = await startNode({ dataFolder: join(scratch, 'start-data') })
  const taken: number[] = []
  for (let run = 0; run < runs; run++) {
    await node.kill('SIGTERM')
    const begun = performance.now()
    await node.restart()
    taken.push((performance.now() - begun) / 1000)
  }
  const middle = median(taken)
  return [
    {
      work: 'cold start to ready',
      ours: `${middle.toFixed(2)} s`,
      against: '',
      ratio: null,
      bound: { at: 'most', value: 1 },
      measured: middle,
    },
  ]
}

function rate(bytes: number, taken: number): string {
  return `${(bytes / 1e6 / taken).toFixed(0)} MB/s`
}

async function createRepository(node: TestNode, name: string): Promise<void> {
  const answer = await fetch(`${node.url}/api/repos/create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${node.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, organization: 'nairobi' }),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** Where the LFS batch says that a file is to be put in one piece. */
async function uploadAddress(
  node: TestNode,
  repository: string,
  path: string,
  size: number,
): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  const answer = await fetch(`${node.url}/${repository}.git/info/lfs/objects/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${node.token}`, 'content-type': 'application/vnd.git-lfs+json' },
    body: JSON.stringify({
      operation: 'upload',
      transfers: ['basic'],
      objects: [{ oid: hash.digest('hex'), size }],
    }),
  })
  const href: unknown = JSON.parse(await answer.text())?.objects?.[0]?.actions?.upload?.href
  if (typeof href !== 'string') throw new Error('the batch gave no address to upload to')
  return href
}

/** Changes a hundredth of a file in ten regions, none like another, and inserts a MiB in its middle. */
export async function changeOnePercent(path: string, size: number): Promise<void> {
  const middle = Math.floor(size / 2)
  const parts = `head -c ${middle} "$1"; head -c ${MIB} /dev/urandom; tail -c +${middle + 1} "$1"`
  await succeedIn('sh', ['-c', `{ ${parts}; } > "$1.new" && mv "$1.new" "$1"`, 'sh', path])
  await using file = await open(path, 'r+')
  for (let region = 0; region < 10; region++) {
    const bytes = randomBytes(Math.floor(size / 1000))
    await file.write(bytes, 0, bytes.length, Math.floor(((region + 0.5) * size) / 10))
  }
}
