import { z } from 'zod'

/** Base64 of 32 bytes: 42 full characters, one whose last two bits are zero, and the padding. */
const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/** An Ed25519 or X25519 public key: its 32 bytes in base64. Whether they are a point of the curve is not looked at. */
export const PublicKey = z.string().regex(BASE64_OF_32_BYTES).brand<'PublicKey'>()
export type PublicKey = z.infer<typeof PublicKey>

/** A hash of a log's tree (a root or a node): its 32 bytes in base64, as checkpoints and proofs write it. */
export const TreeHashText = z.string().regex(BASE64_OF_32_BYTES).brand<'TreeHashText'>()
export type TreeHashText = z.infer<typeof TreeHashText>
