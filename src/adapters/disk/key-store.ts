import { chmod, mkdir, open, readFile } from 'node:fs/promises'
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
const Stored = z.object({ log: Seed, witness: Seed })

/** Keys in files below `keys/`, one a member, readable by their owner only (docs/spec/data-folder.md). */
export async function openDiskKeyStore(folder: string): Promise<KeyStore> {
  const keys = join(folder, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  await chmod(keys, 0o700)
  const pathOf = (member: MemberId) => join(keys, `${member}.json`)
  return {
    async put(member, { log, witness }) {
      const text = JSON.stringify({ log: base64(log), witness: base64(witness) })
      await using file = await open(pathOf(member), 'wx', 0o600)
      await file.writeFile(`${text}\n`)
      await file.sync()
      await syncFolder(keys)
    },
    async get(member): Promise<MemberKeys | null> {
      const text = await readFile(pathOf(member), 'utf8').catch((cause: unknown) => {
        if (isMissing(cause)) return null
        throw cause
      })
      return text === null ? null : Stored.parse(JSON.parse(text))
    },
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
