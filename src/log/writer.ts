import { setTimeout as delay } from 'node:timers/promises'

import type { LogTable } from '../database/index.ts'
import { failure, Refusal } from '../kernel/failure.ts'
import { fail, type Result, succeed } from '../kernel/result.ts'
import { SECOND } from '../kernel/time.ts'
import { type PublicRecord, writeLeaf } from '../records/index.ts'
import { type Appended, appendTo, type ApplyOwn } from './commands/append.ts'
import { fileBundles } from './commands/file-bundles.ts'
import { publish, type PublishDeps, signedTree } from './commands/publish.ts'
import { refusalToSay } from './commands/queue.ts'
import type { LogEvents } from './events.ts'
import { findCurrent } from './queries/entries.ts'
import { DamagedLog } from './queries/tiles.ts'
import type { TreeEdge } from './tlog/index.ts'

/** A checkpoint is signed at once, then at most so often: followers fetch each. */
const PUBLISH_EVERY = SECOND
const TRY_AGAIN_AFTER = SECOND
/** How long to wait for followers that do not answer. */
const ASK_AGAIN_AFTER = 5 * SECOND

export interface WriterDeps extends PublishDeps {
  readonly events: LogEvents
  /** Whether a log may grow and be signed now. Asked at each turn. */
  readonly maySign: (log: LogTable) => Promise<boolean>
  readonly apply: ApplyOwn
}

/** The one writer of the logs of the members hosted here. Disposing it ends the turn under way and starts no other. */
export interface LogWriter extends AsyncDisposable {
  /**
   * Says something in a hosted member's name; resolves when it is durable, before it is signed. Saying the same twice
   * has one position. Refused with `personalData`, `memberNotFound`, `logFrozen`, `storageFull`.
   */
  append(memberId: string, record: PublicRecord): Promise<Result<Appended>>
  /** Something may have been queued. */
  wake(): void
}

interface Waiting {
  readonly leaf: Uint8Array
  readonly settle: (outcome: Result<Appended>) => void
}

/** What the writer knows of one log besides its rows. */
interface Pen {
  readonly waiting: Waiting[]
  /** The tree that was signed last; read from the tiles when unknown. */
  signed: TreeEdge | null
  publishedAt: number
  /** Read back as something else: signed no more until the node is started again. */
  isDamaged: boolean
}

/** Starts the writer. It works when woken; its own writes must not wake it. */
export function startLogWriter(deps: WriterDeps): LogWriter {
  const stop = new AbortController()
  const pens = new Map<string, Pen>()
  let isStarting = true // then followers are asked at once, not when something is said
  let awake = Promise.withResolvers<void>()
  const wake = () => awake.resolve()

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await awake.promise
      awake = Promise.withResolvers()
      if (stop.signal.aborted) return
      try {
        const again = await takeTurns(deps, pens, isStarting)
        isStarting = false
        if (again !== null) void wakeAfter(again)
      } catch (cause) {
        // Nothing is known but what is durable: all is read anew at the next try.
        pens.forEach((pen) => void (pen.signed = null))
        deps.events.failed(cause)
        void wakeAfter(TRY_AGAIN_AFTER)
      }
    }
  }
  async function wakeAfter(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: stop.signal, ref: false }).catch(() => {}) // ended meanwhile
    wake()
  }

  const running = run()
  wake()
  return {
    wake,
    async append(memberId, record) {
      const refused = refusalToSay(record)
      if (refused) return fail(refused)
      const log = await findCurrent(deps.database.read, memberId)
      if (log?.role !== 'own') return fail(failure('memberNotFound', { member: memberId }))
      return new Promise((settle) => {
        penOf(pens, log.origin).waiting.push({ leaf: writeLeaf(record), settle })
        wake()
      })
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      wake()
      await running
    },
  }
}

function penOf(pens: Map<string, Pen>, origin: string): Pen {
  const known = pens.get(origin)
  if (known) return known
  const pen: Pen = { waiting: [], signed: null, publishedAt: 0, isDamaged: false }
  pens.set(origin, pen)
  return pen
}

/** One turn for each own log. Resolves to when the next is due, in milliseconds; null when nothing waits. */
async function takeTurns(deps: WriterDeps, pens: Map<string, Pen>, all: boolean): Promise<number | null> {
  const dues: number[] = []
  for (const origin of await originsWithWork(deps, pens, all)) {
    const due = await takeTurn(deps, penOf(pens, origin), origin)
    if (due !== null) dues.push(due)
  }
  return dues.length > 0 ? Math.min(...dues) : null
}

/** Own logs with something to take up or to sign, or all of them. */
async function originsWithWork(
  { database }: WriterDeps,
  pens: Map<string, Pen>,
  all: boolean,
): Promise<readonly string[]> {
  const rows = await database.read
    .selectFrom('log')
    .select('origin')
    .where('role', '=', 'own')
    .where((is) =>
      is.or([
        is(is.val(all ? 1 : 0), '=', 1),
        is('size', '!=', is.ref('signed_size')),
        is.exists(
          is
            .selectFrom('outgoing_record')
            .select('sequence')
            .whereRef('outgoing_record.member_id', '=', 'log.member_id'),
        ),
      ]),
    )
    .execute()
  const asked = [...pens].filter(([, pen]) => pen.waiting.length > 0).map(([origin]) => origin)
  return [...new Set([...rows.map(({ origin }) => origin), ...asked])]
}

/** What is said becomes durable, then files, then read back and signed. Each step begins from what the one before left. */
async function takeTurn(deps: WriterDeps, pen: Pen, origin: string): Promise<number | null> {
  const before = await deps.database.read
    .selectFrom('log')
    .selectAll()
    .where('origin', '=', origin)
    .executeTakeFirst()
  if (before && before.frozen === null && !(await deps.maySign(before))) {
    // What is queued stays queued: entries that followers hold and we lost must come back before anything is added.
    pen.waiting.splice(0).forEach(({ settle }) => settle(fail(failure('notWritten'))))
    return ASK_AGAIN_AFTER
  }
  const outcome = await takeUp(deps, pen, origin)
  if (outcome === null) return null
  // If we stop here, what was said is durable and answered; the next start goes on below.
  const log = await fileBundles(deps, outcome.log)
  if (outcome.more) return 0
  if (log.size === log.signed_size || pen.isDamaged) return null
  const wait = pen.publishedAt + PUBLISH_EVERY - deps.clock()
  const isClockSetBack = wait > PUBLISH_EVERY // then nobody knows how long ago it was
  return wait > 0 && !isClockSetBack ? wait : sign(deps, pen, log)
}

async function sign(deps: WriterDeps, pen: Pen, log: LogTable): Promise<number | null> {
  try {
    pen.signed = await publish(deps, log, pen.signed ?? (await signedTree(deps, log)))
    pen.publishedAt = deps.clock()
    deps.events.published(log.origin, log.size)
    return null
  } catch (cause) {
    if (!(cause instanceof DamagedLog)) throw cause
    pen.isDamaged = true
    deps.events.damaged(log.origin, cause)
    return null
  }
}

/** Takes up what waits, and answers it. A full disk is an answer; whatever else fails fails all that waits, too. */
async function takeUp(deps: WriterDeps, pen: Pen, origin: string): ReturnType<typeof appendTo> {
  const taken = pen.waiting.splice(0)
  const leaves = taken.map(({ leaf }) => leaf)
  const settleAll = (outcome: Result<Appended>) => taken.forEach(({ settle }) => settle(outcome))
  try {
    const outcome = await appendTo(deps.database, origin, leaves, deps.apply)
    if (!outcome) settleAll(fail(failure('logFrozen', { origin })))
    outcome?.appended.forEach((place, index) => taken[index]?.settle(succeed(place)))
    return outcome
  } catch (cause) {
    settleAll(fail(cause instanceof Refusal ? cause.failure : failure('notWritten')))
    throw cause
  }
}
