/** Entries as somebody serves them: whole bundles, or redacted ones where some bytes are gone. Nothing of it is verified. */
import { decodeBundle, decodeRedacted, MAX_BUNDLE_BYTES } from './bundle.ts'
import { bundlePath, redactedPath, TILE_WIDTH } from './tile.ts'
import type { LogFiles } from './whole-log.ts'

type Decode = (bundle: Uint8Array, width: number) => readonly Uint8Array[] | null

/** The first `width` entries of a bundle; null when nobody has them in a form that can be read. */
export async function readEntries(
  files: LogFiles,
  index: number,
  width: number,
): Promise<readonly Uint8Array[] | null> {
  const whole = await readOne(files, (each) => bundlePath(index, each), decodeBundle, width)
  return whole ?? readRedacted(files, index, width)
}

/** The same of a redacted bundle. */
export function readRedacted(
  files: LogFiles,
  index: number,
  width: number,
): Promise<readonly Uint8Array[] | null> {
  return readOne(files, (each) => redactedPath(index, each), decodeRedacted, width)
}

/** Where a partial bundle is gone, the full one that replaced it begins with it. */
async function readOne(
  files: LogFiles,
  pathOf: (width: number) => string,
  decode: Decode,
  width: number,
): Promise<readonly Uint8Array[] | null> {
  const bytes = await files.read(pathOf(width), MAX_BUNDLE_BYTES)
  if (bytes) return decode(bytes, width)
  const full = width < TILE_WIDTH ? await files.read(pathOf(TILE_WIDTH), MAX_BUNDLE_BYTES) : null
  return (full && decode(full, TILE_WIDTH)?.slice(0, width)) ?? null
}
