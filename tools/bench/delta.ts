import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { type Member, startMember, until } from '../../test/support/federation.ts'
import { program, succeedIn } from '../../test/support/index.ts'
import { type CountingLink, startCountingLink } from './counting-link.ts'
import { writeInput } from './inputs.ts'
import { startNginx } from './nginx.ts'
import { changeOnePercent, type Part, publish } from './parts.ts'

const MIB = 1024 * 1024
const REPOSITORY = 'nairobi/delta'

/** Two versions of a file, each in a folder of its own. */
interface Versions {
  readonly old: string
  readonly fresh: string
}

/**
 * A follower has a file and its home publishes another version, 1 % changed in ten regions and 1 MiB inserted: bytes both ways
 * from the publishing until the follower has it, against rsync of the same pair of files, and casync beside it.
 */
export const delta: Part = async ({ size, scratch }) => {
  const rsync = await program('rsync')
  if (!rsync.ok) return rsync.why
  const versions = { old: join(scratch, 'old'), fresh: join(scratch, 'fresh') }
  for (const folder of Object.values(versions)) await mkdir(folder, { recursive: true })
  await writeInput(join(versions.old, 'model.bin'), 'random', size)
  await copyFile(join(versions.old, 'model.bin'), join(versions.fresh, 'model.bin'))
  await changeOnePercent(join(versions.fresh, 'model.bin'), size)
  const ours = await byFollowing(versions, scratch)
  const theirs = await byRsync(rsync.value, versions, scratch)
  const beside = await byCasync(versions, scratch)
  const ratio = ours / theirs
  return [
    {
      work: 'a version with 1 % changed and 1 MiB inserted comes to a follower',
      ours: mebibytes(ours),
      against: `rsync ${mebibytes(theirs)}; casync ${beside === null ? 'not here' : mebibytes(beside)}`,
      ratio,
      bound: { at: 'most', value: 1.25 },
      measured: ratio,
    },
  ]
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(2)} MiB both ways`
}

/** Bytes that went over a link while something was done. */
async function counted(link: CountingLink, work: () => Promise<unknown>): Promise<number> {
  const total = () => link.sent() + link.received()
  const before = total()
  await work()
  return total() - before
}

async function byFollowing({ old, fresh }: Versions, scratch: string): Promise<number> {
  await using home = await startMember('nairobi', { dataFolder: join(scratch, 'home') })
  await using link = await startCountingLink(home.url)
  await using follower = await startMember('cusco', { dataFolder: join(scratch, 'follower') })
  const come = async (folder: string) => {
    await publish(home, folder, REPOSITORY)
    const { etag, commit } = await describe(home)
    await until(async () => (await describe(follower)).commit === commit)
    await succeedIn('curl', ['-sf', '-o', '/dev/null', addressAt(follower)])
    if ((await describe(follower)).etag !== etag) throw new Error('the follower has another file')
  }
  const followed = await follower.cli('follow', link.url, '--allow-private-address', '--yes')
  if (followed.code !== 0) throw new Error(followed.stderr)
  await come(old)
  return await counted(link, () => come(fresh))
}

function addressAt(node: Member): string {
  return `${node.url}/${REPOSITORY}/resolve/main/model.bin`
}

async function describe(node: Member) {
  const { headers } = await fetch(addressAt(node), { method: 'HEAD' })
  return { etag: headers.get('etag'), commit: headers.get('x-repo-commit') }
}

async function byRsync(rsync: string, { old, fresh }: Versions, scratch: string): Promise<number> {
  const port = await freePort()
  const configuration = join(scratch, 'rsyncd.conf')
  const settings = `use chroot = no\nuid = root\ngid = root\n[fresh]\npath = ${fresh}\nread only = yes\n`
  await writeFile(configuration, settings)
  const daemon = spawn(rsync, ['--daemon', '--no-detach', `--port=${port}`, `--config=${configuration}`], {
    stdio: 'inherit',
  })
  try {
    await using link = await startCountingLink(`http://127.0.0.1:${port}`)
    const target = join(scratch, 'rsynced')
    await mkdir(target)
    await copyFile(join(old, 'model.bin'), join(target, 'model.bin'))
    const from = `rsync://127.0.0.1:${new URL(link.url).port}/fresh/model.bin`
    await until(() => succeedIn(rsync, [from]).catch(() => null)) // the daemon may not listen yet
    return await counted(link, () => succeedIn(rsync, ['--no-whole-file', '-t', from, target]))
  } finally {
    const ended = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await ended
  }
}

/** Null where casync or nginx is missing. */
async function byCasync({ old, fresh }: Versions, scratch: string): Promise<number | null> {
  const casync = await program('casync')
  const nginx = await program('nginx')
  if (!casync.ok || !nginx.ok) return null
  const served = join(scratch, 'casync')
  await mkdir(served)
  const store = join(served, 'store')
  const index = join(served, 'model.caibx')
  await succeedIn(casync.value, ['make', `--store=${store}`, index, join(fresh, 'model.bin')])
  await using server = await startNginx(nginx.value, served, join(scratch, 'casync-nginx'))
  await using link = await startCountingLink(server.url)
  const seed = join(scratch, 'seed.bin')
  await rename(join(old, 'model.bin'), seed)
  return await counted(link, () =>
    succeedIn(casync.value, [
      'extract',
      `--store=${link.url}/store`,
      `--seed=${seed}`,
      `${link.url}/model.caibx`,
      join(scratch, 'casynced.bin'),
    ]),
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
