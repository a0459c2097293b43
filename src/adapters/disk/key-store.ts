import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import type { MemberId } from '../../kernel/names.ts'
import type { KeyStore, MemberKeys } from '../../log/index.ts'
import { syncFolder } from './durable.ts'
import { isMissing } from './missing.ts'

const Seed = z
  .base64()
  .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
  .refine((seed) => seed.length === 32)
const Pair = z.object({ log: Seed, witness: Seed })
const Stored = Pair.extend({ former: z.array(Pair).default([]) })

/** Keys in files below `keys/`, one a member, readable by their owner only (docs/spec/data-folder.md). */
export async function openDiskKeyStore(folder: string): Promise<KeyStore> {
  const keys = join(folder, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  await chmod(keys, 0o700)
  const pathOf = (member: MemberId) => join(keys, `${member}.json`)
  return {
    async put(member, pair) {
      await writeDurably(pathOf(member), written(pair))
      await syncFolder(keys)
    },
    async add(member, pair) {
      const former = (await get(member)).map(written)
      const next = `${pathOf(member)}.next`
      await rm(next, { force: true }) // left by an attempt that was interrupted
      await writeDurably(next, { ...written(pair), former })
      await rename(next, pathOf(member))
      await syncFolder(keys)
    },
    get,
  }

  async function get(member: MemberId): Promise<readonly MemberKeys[]> {
    const text = await readFile(pathOf(member), 'utf8').catch((cause: unknown) => {
      if (isMissing(cause)) return null
      throw cause
    })
    if (text === null) return []
    const { former, ...newest } = Stored.parse(JSON.parse(text))
    return [newest, ...former]
  }
}

async function writeDurably(path: string, value: object): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(`${JSON.stringify(value)}\n`)
  await file.sync()
}

function written({ log, witness }: MemberKeys) {
  return { log: base64(log), witness: base64(witness) }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
