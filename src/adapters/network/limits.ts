import { MINUTE, type Millis, SECOND } from '../../kernel/time.ts'

/** What a host may cost. Tests give smaller ones. */
export interface NetworkLimits {
  /** Name, connection and TLS together. */
  readonly connectMs: Millis
  /** From the connection to the answer's headers, unless the request says otherwise. */
  readonly firstByteMs: Millis
  /** Longest silence within a body. */
  readonly silenceMs: Millis
  /** The same for streams, whose servers send a sign of life now and then. */
  readonly streamSilenceMs: Millis
  /** Longest time in which our own side takes nothing of a body. */
  readonly readerMs: Millis
  readonly floorBytesPerSecond: number
  /** Over how much waiting the floor is averaged. */
  readonly windowMs: Millis
  readonly tickMs: Millis
  /** Status line and headers. */
  readonly headerBytes: number
  /** Requests at once to one host; as many streams beside them. */
  readonly perHost: number
  /** How many failing hosts are remembered; the one longest unseen is forgotten first. */
  readonly hosts: number
}

export const LIMITS: NetworkLimits = {
  connectMs: 10 * SECOND,
  firstByteMs: 10 * SECOND,
  silenceMs: 30 * SECOND,
  streamSilenceMs: 3 * MINUTE,
  readerMs: 2 * MINUTE,
  floorBytesPerSecond: 1024, // a shared 128 kbit/s link gives each of its users more
  windowMs: 30 * SECOND,
  tickMs: SECOND,
  headerBytes: 16 * 1024,
  perHost: 4,
  hosts: 4096,
}
