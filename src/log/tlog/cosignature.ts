import { parseCheckpoint } from './checkpoint.ts'
import type { NoteSignature } from './note.ts'
import type { SigningKey } from './signing-key.ts'
import { readTimed } from './timed-signature.ts'

/**
 * States, by a key of type 4, that at `time` (whole seconds since 1970) this is the largest tree of its origin that the key's
 * holder has seen and found consistent. `text` is the checkpoint's. Throws a RangeError on any other text, key or time.
 */
export function cosign(text: string, key: SigningKey, time: number): NoteSignature {
  if (key.verifier.type !== 4) throw new RangeError('a cosignature needs a key of type 4')
  if (!parseCheckpoint(text)) throw new RangeError('a cosignature is of a checkpoint')
  return key.sign(text, time)
}

/** The time that a cosignature states, in seconds since 1970, unchecked; null when this is no Ed25519 cosignature. */
export function cosignatureTime({ signature }: NoteSignature): number | null {
  return readTimed(signature)?.time ?? null
}
