import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import type { MemberId } from '../../kernel/names.ts'
import type { MessageKeys, MessageKeyStore } from '../../log/index.ts'
import { writeDurable } from './durable.ts'
import { isMissing } from './missing.ts'

const Seed = z
  .base64()
  .transform((text) => Uint8Array.fromBase64(text))
  .refine((seed) => seed.length === 32)
const Stored = z.array(z.object({ seal: Seed, sign: Seed, since: z.int() }))

/** Keys of messages in files below `keys/`, one a member, readable by their owner only (docs/spec/data-folder.md). */
export async function openDiskMessageKeyStore(folder: string): Promise<MessageKeyStore> {
  const keys = join(folder, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  await chmod(keys, 0o700)
  const pathOf = (member: MemberId) => join(keys, `${member}.messages.json`)
  return {
    async put(member, all) {
      const stored = all.map(({ seal, sign, since }) => ({
        seal: seal.toBase64(),
        sign: sign.toBase64(),
        since,
      }))
      await writeDurable(pathOf(member), `${JSON.stringify(stored)}\n`, 0o600)
    },
    async get(member): Promise<readonly MessageKeys[]> {
      const text = await readFile(pathOf(member), 'utf8').catch((cause: unknown) => {
        if (isMissing(cause)) return '[]'
        throw cause
      })
      return Stored.parse(JSON.parse(text))
    },
  }
}
