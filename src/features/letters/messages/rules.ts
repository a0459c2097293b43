/** Decisions about messages, pure. */
import { concatBytes, fromUtf8, utf8 } from '../../../kernel/bytes.ts'
import { canonicalJson, parseCanonicalJson } from '../../../kernel/canonical-json.ts'
import type { Sha256 } from '../../../kernel/names.ts'
import { DAY, HOUR, MINUTE, type Millis, momentOf, SECOND } from '../../../kernel/time.ts'
import type { MessageKeys } from '../../../log/index.ts'
import { type Envelope, Message } from './types.ts'

/** Sizes of what is sealed: how long a message is, is told this coarsely. */
const SIZE_CLASSES = [1024, 4 * 1024, 16 * 1024, 40 * 1024]
const LENGTH_BYTES = 4

/** How far the clocks of two members may be apart, and how old a sealed message may be. */
export const TIME_WINDOW: Millis = 15 * MINUTE
/** How long a message is tried. */
export const GIVE_UP_AFTER: Millis = 14 * DAY
/** How long ids of messages, and keys that were replaced, are remembered. Longer than a message is tried. */
export const REMEMBER_FOR: Millis = 30 * DAY
/** Messages that one member may send in an hour. */
export const MOST_PER_HOUR = 500

/** Whether two members' words can reach each other at all: what they agree on before the seal is opened. */
export type Heading = Pick<Envelope, 'from' | 'to' | 'id' | 'time'>

/** The context that the seal is bound to (HPKE `info`). */
export function headingBytes({ from, to, id, time }: Heading): Uint8Array<ArrayBuffer> {
  return utf8(`sealed-message/1\n${from}\n${to}\n${id}\n${time}\n`)
}

/** What the sender signs. */
export function signedBytes(heading: Heading, sealed: Sha256): Uint8Array<ArrayBuffer> {
  return concatBytes([headingBytes(heading), utf8(`${sealed}\n`)])
}

/** A message as it is sealed: its length, its canonical JSON, zeros up to a size class. Throws when it fits into none. */
export function writePadded(message: Message): Uint8Array<ArrayBuffer> {
  const text = utf8(canonicalJson(message))
  const room = SIZE_CLASSES.find((size) => size >= LENGTH_BYTES + text.length)
  if (room === undefined) throw new RangeError(`a ${message.kind} of ${text.length} bytes`)
  const padded = new Uint8Array(room)
  new DataView(padded.buffer).setUint32(0, text.length)
  padded.set(text, LENGTH_BYTES)
  return padded
}

/** Null for anything but what {@link writePadded} makes of a message that this version knows. */
export function readPadded(padded: Uint8Array): Message | null {
  if (!SIZE_CLASSES.includes(padded.length)) return null
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0)
  const end = LENGTH_BYTES + length
  if (end > padded.length || padded.subarray(end).some((byte) => byte !== 0)) return null
  const json = parseCanonicalJson(fromUtf8(padded.subarray(LENGTH_BYTES, end)), { maxDepth: 8 })
  return json.ok ? (Message.safeParse(json.value).data ?? null) : null
}

/** Whether a message that says this time may have been sealed just now. */
export function isTimely(time: string, now: Millis): boolean {
  return Math.abs(now - momentOf(time)) <= TIME_WINDOW
}

/** Keys that still open what is sealed: the newest, and each that was replaced not long ago. Newest first, as stored. */
export function openingKeys(keys: readonly MessageKeys[], now: Millis): readonly MessageKeys[] {
  return keys.filter((_, index) => {
    const successor = keys[index - 1]
    return successor === undefined || successor.since > now - REMEMBER_FOR
  })
}

/** How long to wait after so many attempts: five seconds, twice as long each time, six hours at most. `chance` from 0 to 1 spreads it. */
export function pauseAfterAttempt(attempts: number, chance: number): Millis {
  const pause = Math.min(5 * SECOND * 2 ** Math.min(attempts - 1, 20), 6 * HOUR)
  return Math.round(pause * (0.8 + chance * 0.4))
}

/** Whether trying again cannot help: the message itself is refused, not its moment or its sender. */
export function isFinal(status: number): boolean {
  return status === 400 || status === 413 || status === 422
}
