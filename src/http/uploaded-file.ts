/**
 * Headers of everything somebody uploaded: no browser executes it, whatever its bytes say. `sandbox` without
 * allowances gives it an origin of its own, `nosniff` keeps the media type we chose.
 */
export const UPLOAD_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'none'; script-src 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cache-Control': 'no-cache',
} as const

const SHOWN: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mpeg'],
  ['ogg', 'audio/ogg'],
  ['mp4', 'video/mp4'],
  ['txt', 'text/plain; charset=utf-8'],
  ['md', 'text/plain; charset=utf-8'],
  ['json', 'text/plain; charset=utf-8'],
  ['yaml', 'text/plain; charset=utf-8'],
  ['yml', 'text/plain; charset=utf-8'],
  ['csv', 'text/plain; charset=utf-8'],
  ['jsonl', 'text/plain; charset=utf-8'],
  ['py', 'text/plain; charset=utf-8'],
])

/** A media type by name ending: images and sound may be shown, text is plain, all else is bytes to keep. */
export function mediaTypeOf(path: string): string {
  return SHOWN.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase()) ?? 'application/octet-stream'
}
