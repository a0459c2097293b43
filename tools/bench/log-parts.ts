/** What the log and following cost. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { createRepo, uploadFiles } from '@huggingface/hub'

import type { Writer } from '../../src/database/index.ts'
import { DAY, HOUR, isoTime } from '../../src/kernel/time.ts'
import { queueRecord } from '../../src/log/index.ts'
import type { Node } from '../../src/node/index.ts'
import { type PublicRecord, RepositoryRevision } from '../../src/records/index.ts'
import { logsOf, startMember, until } from '../../test/support/federation.ts'
import { startNode } from '../../test/support/index.ts'
import { withStoppedNode } from '../../test/support/stopped-node.ts'
import { type CountingLink, startCountingLink } from './counting-link.ts'
import { median, type Row } from './measure.ts'
import type { Part } from './parts.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const APPENDS = 4000
const ENTRIES = 1_000_000
const REPOSITORIES = 2000
const MEMBERS = 100
const WATCHED_MS = 600_000

/** A statement as nodes make it whenever somebody publishes; about 450 bytes. */
function revision(number: number): PublicRecord {
  const digest = randomBytes(32).toString('hex')
  return RepositoryRevision.parse({
    type: 'repository-revision/1',
    time: isoTime(Date.now()),
    body: {
      repository: `nairobi/model-${number % REPOSITORIES}`,
      kind: 'model',
      ref: 'refs/heads/main',
      commit: digest.slice(0, 40),
      manifest: { sha256: digest, size: 1000 + number },
    },
  })
}

/** A member's data folder that nobody serves. */
async function madeFolder(scratch: string, name: string): Promise<string> {
  const dataFolder = join(scratch, name)
  await using _node = await startNode({ dataFolder })
  return dataFolder
}

/** Records that are durable when they are answered, from one client and from 64 at once. */
export const appends: Part = async ({ runs, scratch }) => {
  const dataFolder = await madeFolder(scratch, 'appends')
  const sync = await fsyncSeconds(join(scratch, 'fsync'))
  return withStoppedNode(dataFolder, async (node, memberId) => {
    await using writer = node.writeLogs()
    const rate = async (clients: number) => {
      const each = Math.ceil(APPENDS / clients / (clients === 1 ? 8 : 1))
      const start = performance.now()
      const client = async () => {
        for (let count = 0; count < each; count++) {
          const said = await writer.append(memberId, revision(count))
          if (!said.ok) throw new Error(said.failure.reason)
        }
      }
      await Promise.all(Array.from({ length: clients }, client))
      return (each * clients) / ((performance.now() - start) / 1000)
    }
    await rate(1) // warm
    const rows: Row[] = []
    for (const [clients, least] of [
      [1, 300],
      [64, 3000],
    ] as const) {
      const figures: number[] = []
      for (let run = 0; run < runs; run++) figures.push(await rate(clients))
      const measured = median(figures)
      rows.push({
        work: `durable appends, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
        ours: `${measured.toFixed(0)}/s`,
        against: `an fsync of 1 KiB takes ${(sync * 1000).toFixed(2)} ms`,
        ratio: null,
        bound: { at: 'least', value: least },
        measured,
      })
    }
    return rows
  })
}

/** Seconds that the disk takes to make a kilobyte durable. */
async function fsyncSeconds(path: string): Promise<number> {
  const file = await open(path, 'w')
  const figures: number[] = []
  for (let count = 0; count < 200; count++) {
    const start = performance.now()
    await file.write(Buffer.alloc(1024))
    await file.sync()
    figures.push((performance.now() - start) / 1000)
  }
  await file.close()
  return median(figures)
}

/** A million entries of another member: verified by a stranger, and followed. */
export const entries: Part = async ({ scratch }) => {
  const dataFolder = await madeFolder(scratch, 'million')
  await withStoppedNode(dataFolder, fill)
  await using home = await startMember('nairobi', { dataFolder, as: { admin: 'admin', token: '' } })
  const verified = await timed(process.execPath, [AYNI, 'log', 'verify', home.url, '--json'])
  const copyFolder = join(scratch, 'follower')
  await using follower = await startMember('cusco', { dataFolder: copyFolder })
  const flags = ['--allow-private-address', '--yes', '--data', copyFolder]
  const followed = await timed(process.execPath, [AYNI, 'follow', home.url, ...flags])
  const mebibytes = (await follower.peakMemory()) / 2 ** 20
  const row = (work: string, ours: string, measured: number, value: number): Row => ({
    work,
    ours,
    against: '',
    ratio: null,
    bound: { at: 'most', value },
    measured,
  })
  return [
    row(`${ENTRIES} entries verified from a peer (s)`, `${verified.toFixed(1)} s`, verified, 15),
    row(`verified and projected (s)`, `${followed.toFixed(1)} s`, followed, 120),
    row(`resident meanwhile (MiB)`, `${mebibytes.toFixed(0)} MiB`, mebibytes, 300),
  ]
}

async function fill(node: Node, memberId: string): Promise<void> {
  await using _writer = node.writeLogs()
  const at = 5000
  for (let from = 0; from < ENTRIES; from += at)
    await node.database.write((tx) => queueRevisions(tx, memberId, from, at))
  for (;;) {
    const [log] = await node.logs.list()
    if (log && log.signedSize >= ENTRIES) return
    await delay(100)
  }
}

async function queueRevisions(tx: Writer, memberId: string, from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number++) await queueRecord(tx, memberId, revision(number))
}

async function timed(program: string, args: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
  return (performance.now() - start) / 1000
}

/** From the answer to a commit at one member to the same commit at another, both idle before. */
export const spread: Part = async ({ runs }) => {
  await using home = await startMember('nairobi')
  await using follower = await startMember('cusco')
  await follower.follow(home)
  const hub = {
    hubUrl: home.url,
    accessToken: home.token,
    repo: { type: 'model' as const, name: 'nairobi/spread' },
  }
  await createRepo(hub)
  const figures: number[] = []
  for (let run = 0; run < runs * 4; run++) {
    await delay(3000)
    const content = new Blob([`version ${run}`])
    const committed = await uploadFiles({ ...hub, files: [{ path: 'README.md', content }] })
    const start = performance.now()
    const url = `${follower.url}/api/models/nairobi/spread/revision/${committed?.commit.oid}`
    await until(async () => (await fetch(url)).ok)
    figures.push((performance.now() - start) / 1000)
  }
  const measured = median(figures)
  return [
    {
      work: 'publish at one member to usable at another, idle (s)',
      ours: `${measured.toFixed(2)} s, at most ${Math.max(...figures).toFixed(2)} s`,
      against: '',
      ratio: null,
      bound: { at: 'most', value: 1 },
      measured,
    },
  ]
}

/**
 * A day of following a hundred members of whom none says anything: ten minutes with all streams of hints open, and the turns of 24
 * hours, both counted where bytes go over the link. The turns are taken one after another by a clock that is set on by an hour.
 */
export const idle: Part = async ({ scratch }) => {
  await using home = await startMember('nairobi')
  for (let number = 1; number < MEMBERS; number++) {
    const done = await home.cli('member', 'add', '--handle', `member-${number}`)
    if (done.code !== 0) throw new Error(done.stderr)
  }
  await using links = new AsyncDisposableStack()
  const dataFolder = join(scratch, 'follower')
  await using follower = await startMember('cusco', { dataFolder })
  const { members } = await logsOf(home)
  const counted: CountingLink[] = []
  for (const { handle } of members) {
    const link = links.use(await startCountingLink(home.url))
    await follower.follow({ ...home, url: link.url }, '--member', handle)
    counted.push(link)
  }
  const total = () => counted.reduce((sum, link) => sum + link.sent() + link.received(), 0)
  await delay(90_000) // what each side tells the other once
  const before = total()
  await delay(WATCHED_MS)
  const streams = total() - before
  await follower.kill()
  const turns = await hourlyTurns(dataFolder, total)
  const measured = ((streams * DAY) / WATCHED_MS + turns) / 1e6
  return [
    {
      work: `a day of following ${members.length} silent members, both ways (MB)`,
      ours: `${measured.toFixed(2)} MB`,
      against: `${(streams / 1000).toFixed(0)} kB in ten minutes, ${(turns / 1000).toFixed(0)} kB for the turns of 24 hours`,
      ratio: null,
      bound: { at: 'most', value: 4 },
      measured,
    },
  ]
}

/** The bytes of 24 hourly turns with every member that is followed. */
async function hourlyTurns(dataFolder: string, total: () => number): Promise<number> {
  let ahead = 0
  const clock = () => Date.now() + ahead
  const turn = async (node: Node) => {
    const signal = AbortSignal.timeout(600_000)
    for (const { memberId } of await node.members.list()) {
      const taken = await node.members.sync(memberId, signal)
      if (!taken.ok) throw new Error(taken.failure.reason)
    }
  }
  return withStoppedNode(
    dataFolder,
    async (node) => {
      await turn(node) // a node that has run for long remembers what it was shown
      const before = total()
      for (let hour = 0; hour < 24; hour++) {
        ahead += HOUR
        await turn(node)
      }
      return total() - before
    },
    clock,
  )
}
