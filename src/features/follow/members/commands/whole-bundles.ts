import { equalBytes } from '../../../../kernel/bytes.ts'
import { Refusal } from '../../../../kernel/failure.ts'
import {
  decodeBundle,
  decodeRedacted,
  leafHash,
  type LogFiles,
  parseTilePath,
} from '../../../../log/index.ts'

/**
 * A log's files of which bundles that its home has redacted come whole from others that still have them: each node decides
 * for itself what it erases. What others send counts only where it has the hashes that the home tells.
 */
export function preferWhole(home: LogFiles, others: () => Promise<readonly LogFiles[]>): LogFiles {
  return {
    async read(path, maxBytes) {
      const bytes = await home.read(path, maxBytes)
      const asked = bytes ? null : parseTilePath(path)
      if (asked?.kind !== 'entries') return bytes
      const redacted = await home.read(path.replace(/^tile/, 'redacted'), maxBytes)
      const hashes = redacted && decodeRedacted(redacted, asked.width)?.map(leafHash)
      if (!hashes) return null
      for (const other of await others()) {
        const whole = await readOrNull(other, path, maxBytes)
        const leaves = whole && decodeBundle(whole, asked.width)
        if (leaves?.every((leaf, at) => equalBytes(leafHash(leaf), hashes[at] ?? leaf))) return whole
      }
      return null
    },
  }
}

async function readOrNull(files: LogFiles, path: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    return await files.read(path, maxBytes)
  } catch (cause) {
    if (cause instanceof Refusal) return null // another may have it
    throw cause
  }
}
