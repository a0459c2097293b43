import { type Millis, SECOND } from '../kernel/time.ts'
import { createTranslator, type Formats } from '../web/i18n/index.ts'
import type { World } from './world.ts'

const REDRAW_MS = 100
/** Speed is that of the last while, so that a stall shows. */
const SPEED_OVER_MS = 10 * SECOND
const BAR_WIDTH = 24
const ERASE_LINE = '\r\u001b[K'

/** How far a transfer is. Disposing takes the line away. */
export interface Progress extends Disposable {
  /** More is to be done than was known. */
  expect(bytes: number): void
  /** So much is done; negative when it must be done again. */
  advance(bytes: number): void
  /** What is being worked on. */
  show(name: string): void
}

/** A line on the terminal that follows a transfer; nothing at all where stderr is no terminal. */
export function startProgress(world: Pick<World, 'stderr' | 'clock'>): Progress {
  const { stderr, clock } = world
  if (!stderr.isTTY) return SILENT
  const formats = createTranslator('en')
  const marks = [{ at: clock(), bytes: 0 }]
  const state = { total: 0, done: 0, name: '' }
  let drawnAt = -Infinity
  const draw = () => {
    const now = clock()
    if (now - drawnAt < REDRAW_MS) return
    drawnAt = now
    const line = progressLine(state, speedSince(marks, now, state.done), formats)
    stderr.write(ERASE_LINE + line.slice(0, (stderr.columns ?? 80) - 1))
  }
  return {
    expect(bytes) {
      state.total += bytes
      draw()
    },
    advance(bytes) {
      state.done += bytes
      draw()
    },
    show(name) {
      state.name = name
      draw()
    },
    [Symbol.dispose]: () => void stderr.write(ERASE_LINE),
  }
}

/** How many of some things are done. Disposing takes the line away. */
export interface Count extends Disposable {
  show(done: number, of: number): void
}

/** A line on the terminal that counts what is done, such as entries; nothing at all where stderr is no terminal. */
export function startCount({ stderr, clock }: Pick<World, 'stderr' | 'clock'>, what: string): Count {
  let drawnAt = -Infinity
  return {
    show(done, of) {
      const now = clock()
      if (!stderr.isTTY || now - drawnAt < REDRAW_MS) return
      drawnAt = now
      stderr.write(`${ERASE_LINE}${done} of ${of} ${what}`)
    },
    [Symbol.dispose]: () => void (stderr.isTTY && stderr.write(ERASE_LINE)),
  }
}

const SILENT: Progress = { expect() {}, advance() {}, show() {}, [Symbol.dispose]() {} }

interface Mark {
  readonly at: Millis
  readonly bytes: number
}

/** Bytes a second since the oldest mark that still counts; marks the present one. */
function speedSince(marks: Mark[], now: Millis, bytes: number): number {
  marks.push({ at: now, bytes })
  while (marks.length > 2 && (marks[1]?.at ?? now) < now - SPEED_OVER_MS) marks.shift()
  const since = marks[0] ?? { at: now, bytes }
  return now > since.at ? ((bytes - since.bytes) * SECOND) / (now - since.at) : 0
}

/** `[##########              ] 42%  1.2 GB of 2.8 GB  31 MB/s  52 s  model.safetensors` */
export function progressLine(
  { total, done, name }: { readonly total: number; readonly done: number; readonly name: string },
  speed: number,
  { bytes, percent }: Pick<Formats, 'bytes' | 'percent'>,
): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0
  const bar = '#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH)
  const left = speed > 0 ? `${Math.max(0, Math.ceil((total - done) / speed))} s` : ''
  return [`[${bar}] ${percent(share)}`, `${bytes(done)} of ${bytes(total)}`, `${bytes(speed)}/s`, left, name]
    .filter((part) => part !== '')
    .join('  ')
}
