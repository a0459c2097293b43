import type { LogTable } from '../../../../database/index.ts'
import { type Fork, freezeLog } from '../../../../log/index.ts'
import type { FollowerDeps } from './index.ts'

/** Another process signs our log too: from here on this one does not. */
export async function freeze(
  { database, events }: FollowerDeps,
  origin: string,
  why: 'fork' | 'twin',
): Promise<void> {
  if (await database.write((tx) => freezeLog(tx, origin, why))) events.frozen(origin, why)
}

/** Our key has signed two histories: the evidence is kept. */
export async function convict(
  { logs, events }: FollowerDeps,
  { origin }: LogTable,
  fork: Fork,
): Promise<void> {
  if (await logs.convict(origin, fork)) events.frozen(origin, 'fork')
}
