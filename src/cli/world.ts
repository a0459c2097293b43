import type { Hono } from 'hono'

import type { Problem } from '../content/index.ts'
import type { Rebuilt } from '../database/index.ts'
import type { Accounts } from '../features/accounts/index.ts'
import type { Capacity } from '../features/capacity/index.ts'
import type {
  AssociationCommands,
  CarryCommands,
  ErasureCommands,
  FollowerCommands,
  MemberCommands,
  PublicGoodCommands,
} from '../features/follow/index.ts'
import type { MessageCommands } from '../features/letters/index.ts'
import type { HttpEnvironment } from '../http/context.ts'
import type { Result } from '../kernel/result.ts'
import type { Clock } from '../kernel/time.ts'

/** Where text goes: a stream of this process, or a test's. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Width of the terminal in characters. */
  readonly columns?: number
}

/** A data folder held by this process alone, as `adapters/disk` opens it. */
export interface HeldFolder extends AsyncDisposable {
  readonly path: string
  readonly database: string
  readonly socket: string
}

/** A node on a held folder, without any surface: what administration works on. Opening it costs little. */
export interface OpenNode extends AsyncDisposable {
  readonly accounts: Accounts
  readonly members: MemberCommands
  readonly followers: Pick<FollowerCommands, 'allow'>
  readonly publicGoods: PublicGoodCommands
  readonly messages: Pick<MessageCommands, 'list' | 'retry' | 'renewKeys'>
  readonly associations: AssociationCommands
  readonly capacity: Capacity
  readonly carry: CarryCommands
  readonly erasures: Pick<ErasureCommands, 'plan' | 'erase' | 'list'>
  /** Re-hashes everything stored and checks every reference; yields what is wrong. */
  examine(signal: AbortSignal): AsyncIterable<Problem>
  /** Drops and makes anew every projection; tells of each table whether it is what it was. */
  rebuild(signal: AbortSignal): AsyncIterable<Rebuilt>
}

/** A node with everything it answers over HTTP, mended after an interrupted run. */
export interface ServedNode extends OpenNode {
  readonly app: Hono<HttpEnvironment>
}

/** Everything the command line touches outside itself. `main.ts` makes the real one. */
export interface World {
  readonly version: string
  readonly stdout: Output
  readonly stderr: Output
  readonly clock: Clock
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal
  /** A token the user keeps for the clients: `HF_TOKEN`, else what `hf auth login` stored. */
  readonly savedToken: string | undefined
  /** The node that the clients use: `HF_ENDPOINT`. */
  readonly savedNode: string | undefined
  /** Asks the person at the terminal; rejects with a UsageError where there is none. */
  confirm(question: string): Promise<boolean>
  /** Lines that nobody else may see: asked for one by one at a terminal until an empty one, else all of standard input. */
  readSecrets(question: (number: number) => string): Promise<readonly string[]>
  openFolder(path: string, wanted: 'existing' | 'any'): Promise<Result<HeldFolder>>
  openNode(folder: HeldFolder): Promise<OpenNode>
  serveNode(folder: HeldFolder): Promise<ServedNode>
}
