import { createHmac, timingSafeEqual } from 'node:crypto'

import { type Database, readSetting, type Writer, writeSetting } from '../database/index.ts'
import { canonicalJson, type Json } from '../kernel/canonical-json.ts'
import type { Random } from '../kernel/random.ts'

/** What a signature is for: one made for one purpose is worthless for another. */
export type SignedPurpose = 'xet-token' | 'xorb-fetch' | 'lfs-transfer' | 'dedup-key'

/** Signs what the node hands out and gets back, with a secret that it made itself. */
export interface Signer {
  /** HMAC-SHA256 over purpose and value, 32 bytes. The bytes signed are canonical JSON `["ayni/content", purpose, value]`. */
  sign(purpose: SignedPurpose, value: Json): Promise<Uint8Array>
  /** Whether `signature`, base64url, is this node's over `value`. Constant-time. */
  verify(purpose: SignedPurpose, value: Json, signature: string): Promise<boolean>
}

/** Settings of the node that are drawn once and kept. */
export interface DrawnSettings {
  readonly database: Database
  readonly random: Random
}

/** Makes a signer; its secret is drawn on first use and kept in the table `setting`. */
export function createSigner(deps: DrawnSettings): Signer {
  const secret = once(() => drawnSetting(deps, 'secret.content', 32))
  const sign = async (purpose: SignedPurpose, value: Json) => {
    const key = Uint8Array.fromHex(await secret())
    return createHmac('sha256', key)
      .update(canonicalJson(['ayni/content', purpose, value]))
      .digest()
  }
  return {
    sign,
    async verify(purpose, value, signature) {
      const expected = await sign(purpose, value)
      const given = Buffer.from(signature, 'base64url')
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}

/** The epoch in the CAS address, 8 hex digits. Clients keep their caches of what the node holds by that address. */
export interface CasEpoch {
  /** Drawn on first use. */
  current(): Promise<string>
  /** Draws another one, so that clients forget: what they know was deleted. It counts once the transaction did and `forget` was called. */
  renew(tx: Writer): Promise<void>
  forget(): void
}

export function createCasEpoch(deps: DrawnSettings): CasEpoch {
  const read = () => drawnSetting(deps, 'cas-epoch', 4)
  let current = once(read)
  return {
    current: () => current(),
    async renew(tx) {
      const value = Buffer.from(deps.random(4)).toString('hex')
      await writeSetting(tx, 'cas-epoch', value)
    },
    forget() {
      current = once(read)
    },
  }
}

/** The setting's value; `length` random bytes in hex on first use. */
async function drawnSetting(
  { database, random }: DrawnSettings,
  name: string,
  length: number,
): Promise<string> {
  const known = await readSetting(database.read, name)
  if (known !== null) return known
  const value = Buffer.from(random(length)).toString('hex')
  return database.write(async (tx) => {
    // Another process may have drawn it meanwhile: the first one counts.
    const first = await readSetting(tx, name)
    if (first === null) await writeSetting(tx, name, value)
    return first ?? value
  })
}

/** Remembers the first success of `make`; after a failure the next call tries again. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null
  return () => {
    made ??= make().catch((cause: unknown) => {
      made = null
      throw cause
    })
    return made
  }
}
