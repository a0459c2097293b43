import { z } from 'zod'

import type { Signer } from '../../content/index.ts'
import { failure } from '../../kernel/failure.ts'
import { Sha256 } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { DAY, type Millis, unixSeconds } from '../../kernel/time.ts'

/** How long a transfer's address is good: a large file over a thin link takes a day. It is looked at when a request begins. */
export const TRANSFER_KEPT = DAY

const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const Transfer = z.discriminatedUnion('action', [
  z.object({ action: z.literal('upload'), repositoryId: z.string(), sha256: Sha256, size: number }),
  z.object({ action: z.literal('verify'), repositoryId: z.string(), sha256: Sha256, size: number }),
  z.object({ action: z.literal('download'), repositoryId: z.string(), sha256: Sha256 }),
  z.object({ action: z.literal('part'), upload: z.string(), number }),
  z.object({ action: z.literal('complete'), repositoryId: z.string(), sha256: Sha256, upload: z.string() }),
])

/** What an address lets its holder do, without any other credential. */
export type Transfer = z.infer<typeof Transfer>
export type TransferAction = Transfer['action']

/** Signs `{base}/lfs/{action}?…`. Only who was authorised for the repository gets one. */
export async function signTransferUrl(
  signer: Signer,
  base: string,
  { action, ...fields }: Transfer,
  now: Millis,
): Promise<string> {
  const expires = unixSeconds(now + TRANSFER_KEPT)
  const query = new URLSearchParams({ ...textFields(fields), expires: String(expires) })
  const signature = await signer.sign('lfs-transfer', [action, query.toString()])
  query.set('signature', Buffer.from(signature).toString('base64url'))
  return `${base}/lfs/${action}?${query.toString()}`
}

function textFields(fields: object): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
}

/** Reads a signed address. Refuses with `transferExpired` what is not ours, not for this action, or too old. */
export async function readTransferUrl<Action extends TransferAction>(
  signer: Signer,
  action: Action,
  search: string,
  now: Millis,
): Promise<Result<Extract<Transfer, { action: Action }>>> {
  const query = new URLSearchParams(search)
  const signature = query.get('signature') ?? ''
  query.delete('signature')
  const isOurs = await signer.verify('lfs-transfer', [action, query.toString()], signature)
  const isFresh = Number(query.get('expires')) > unixSeconds(now)
  const transfer = Transfer.safeParse({ ...Object.fromEntries(query), action })
  if (!isOurs || !isFresh || !transfer.success || !isFor(transfer.data, action))
    return fail(failure('transferExpired'))
  return succeed(transfer.data)
}

function isFor<Action extends TransferAction>(
  transfer: Transfer,
  action: Action,
): transfer is Extract<Transfer, { action: Action }> {
  return transfer.action === action
}
