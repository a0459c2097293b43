import type { Database } from '../../src/database/index.ts'
import type { MemberId } from '../../src/kernel/names.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { Clock } from '../../src/kernel/time.ts'
import {
  createLogs,
  type KeyStore,
  type LogFileStore,
  type Logs,
  type MemberKeys,
  type MessageKeys,
  type MessageKeyStore,
  openLog,
} from '../../src/log/index.ts'
import { temporaryDatabase } from './temporary-database.ts'

/** Keys that are kept as long as the test lasts. */
export function memoryKeyStore(): KeyStore {
  const kept = new Map<string, readonly MemberKeys[]>()
  return {
    async put(member, keys) {
      if (kept.has(member)) throw new Error(`${member} has keys already`)
      kept.set(member, [keys])
    },
    add: async (member, keys) => void kept.set(member, [keys, ...(kept.get(member) ?? [])]),
    get: async (member) => kept.get(member) ?? [],
  }
}

/** Keys of messages that are kept as long as the test lasts. */
export function memoryMessageKeyStore(): MessageKeyStore {
  const kept = new Map<string, readonly MessageKeys[]>()
  return {
    put: async (member, keys) => void kept.set(member, keys),
    get: async (member) => kept.get(member) ?? [],
  }
}

/** Files of logs that are kept as long as the test lasts; `files` is what was written, by origin and path. */
export function memoryLogFiles(): LogFileStore & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>()
  return {
    files,
    async write(origin, written) {
      for (const { path, bytes } of written) {
        const present = files.get(`${origin} ${path}`)
        if (present && Buffer.compare(present, bytes) !== 0) throw new Error(`${path} holds other bytes`)
        files.set(`${origin} ${path}`, bytes)
      }
    },
    async replace(origin, gone, { path, bytes }) {
      files.set(`${origin} ${path}`, bytes)
      files.delete(`${origin} ${gone}`)
    },
    read: async (origin, path) => files.get(`${origin} ${path}`) ?? null,
  }
}

/** The logs of a test's database. */
export function memoryLogs(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}): Logs {
  return createLogs({
    ...deps,
    ahead: () => 0,
    keys: memoryKeyStore(),
    messageKeys: memoryMessageKeyStore(),
    files: memoryLogFiles(),
  })
}

/** A database in which another member's log is held, with its genesis and nothing more. Disposing removes it. */
export async function heldLog({
  memberId,
  leaf,
}: {
  readonly memberId: MemberId
  readonly leaf: Uint8Array
}): Promise<{ readonly database: Database; readonly files: LogFileStore } & AsyncDisposable> {
  const database = await temporaryDatabase()
  await database.write(async (tx) => {
    const row = { id: memberId, handle: 'cusco', display_name: 'Cusco', url: null, created_at: 0 }
    await tx
      .insertInto('member')
      .values({ ...row, hosted: 0 })
      .execute()
    await openLog(tx, { memberId, leaf, role: 'held' })
  })
  const files = memoryLogFiles()
  return { database, files, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}
